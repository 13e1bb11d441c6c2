package console

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzArrange checks that what is in order stays as it is: a command line means the same after it was arranged.
func FuzzArrange(f *testing.F) {
	for _, line := range []string{"async --limit=5 -vv", "-l5 a --keepalive b", "--keepalive 7 -- --limit -x", "-nl 5 --queues= a", "--lim", "-", "-\xff"} {
		f.Add(strings.ReplaceAll(line, " ", "\x00"))
	}
	flags := someOptions()
	f.Fuzz(func(t *testing.T, line string) {
		once, err := Arrange(flags, strings.Split(line, "\x00"))
		if err != nil {
			return
		}
		twice, err := Arrange(flags, once)
		if err != nil || !slices.Equal(once, twice) {
			t.Errorf("%q becomes %q, then %q, %v", line, once, twice, err)
		}
	})
}

// FuzzPrintable checks that nothing reaches a terminal that it would obey, and that plain text is left alone.
func FuzzPrintable(f *testing.F) {
	for _, text := range []string{"plain", "ä\u202eb", "\x1b[2J", "\xff\xfe", "a\tb\r\n", "\ufffd"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := Printable(text)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, unfit) {
			t.Errorf("%q becomes %q", text, got)
		}
		if utf8.ValidString(text) && !strings.ContainsFunc(text, unfit) && got != text {
			t.Errorf("%q becomes %q without need", text, got)
		}
	})
}
