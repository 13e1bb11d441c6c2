package format

import (
	"strings"
	"testing"
)

// TestEscapedAsItsCharacters has each character at each place of the words that are looked at together: a text is escaped as its
// characters are, one by one.
func TestEscapedAsItsCharacters(t *testing.T) {
	characters := []string{"a", " ", `"`, `\`, "/", "\n", "\r", "\t", "\x00", "\x1b", "\x7f", "\u0080", "é", "ͽ", "\u061c", "؀", "日", "\u2028", "\u202e", "\U0001f600", "\xff", "\xe2\x82"}
	for _, mode := range []escapes{asPHP, allControls} {
		for _, c := range characters {
			for _, other := range characters {
				for before := range 18 {
					text := strings.Repeat("x", before) + c + "." + other + strings.Repeat("y", 17-before)
					want := strings.Repeat("x", before) + string(appendEscaped(nil, []byte(c), mode)) + "." + string(appendEscaped(nil, []byte(other), mode)) + strings.Repeat("y", 17-before)
					if got := string(appendEscaped([]byte("<"), []byte(text), mode)); got != "<"+want {
						t.Fatalf("%q: %q, want %q", text, got, "<"+want)
					}
				}
			}
		}
	}
}

// A long text is escaped in pieces, with no more room than it needs.
func TestEscapedLong(t *testing.T) {
	for _, n := range []int{4094, 4095, 4096, 4097, 8200, 100_000} {
		plain, quotes := strings.Repeat("x", n)+`"`, strings.Repeat(`"`, n)
		if got := appendEscaped(nil, []byte(plain), asPHP); string(got) != strings.Repeat("x", n)+`\"` || cap(got) > 2*n+20_000 {
			t.Errorf("%d plain ones and a quote: %d bytes with room for %d", n, len(got), cap(got))
		}
		if got := appendEscaped(nil, []byte(quotes), asPHP); string(got) != strings.Repeat(`\"`, n) {
			t.Errorf("%d quotes: %d bytes", n, len(got))
		}
	}
}
