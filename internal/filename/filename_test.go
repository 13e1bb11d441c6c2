package filename

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

var nameTests = []struct {
	name    string
	channel string
	want    string // with "%~": what it begins with
}{
	{"a word", "app", "app"},
	{"Symfony's dotted channel", "security.authorization_v2-x", "security.authorization_v2-x"},
	{"digits", "007", "007"},
	{"upper case stays", "App", "App"},
	{"no bytes", "", "%empty"},
	{"the word empty", "%empty", "%25empty"},
	{"this directory", ".", "%2E"},
	{"the directory above", "..", "%2E."},
	{"up and away", "../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd"},
	{"absolute", "/etc/cron.d/x", "%2Fetc%2Fcron.d%2Fx"},
	{"slash", "a/b", "a%2Fb"},
	{"backslash, as of a PHP class", `App\Log`, "App%5CLog"},
	{"NUL", "a\x00b", "a%00b"},
	{"control characters", "a\n\x1b[31m\x7f", "a%0A%1B%5B31m%7F"},
	{"space", "my app", "my%20app"},
	{"shell", "$(rm -rf ~);*?'\"`|&<>", "%24%28rm%20-rf%20%7E%29%3B%2A%3F%27%22%60%7C%26%3C%3E"},
	{"leading hyphen, as of an option", "-rf", "%2Drf"},
	{"percent", "100%", "100%25"},
	{"an escape", "a%2Fb", "a%252Fb"},
	{"colon, at, plus", "a:b@c+d", "a%3Ab%40c%2Bd"},
	{"hidden", ".hidden", "%2Ehidden"},
	{"the rejected entries", ".rejected", "%2Erejected"},
	{"the journal", ".envelog", "%2Eenvelog"},
	{"the overflow file", "overflow", "%6Fverflow"},
	{"longer than overflow", "overflow2", "overflow2"},
	{"a date", "app-2026-11-23", "app-2026-11-23"},
	{"umlauts", "zahlungsausgänge", "zahlungsausgänge"},
	{"Japanese", "ログ", "ログ"},
	{"decomposed umlaut", "a\u0308", "a%CC%88"},
	{"right-to-left override", "a\u202Egol", "a%E2%80%AEgol"},
	{"emoji", "🔥", "%F0%9F%94%A5"},
	{"replacement character", "\uFFFD", "%EF%BF%BD"},
	{"not UTF-8", "a\xff\xc3b", "a%FF%C3b"},
	{"surrogate", "\xed\xa0\x80", "%ED%A0%80"},
	{"as long as can be", strings.Repeat("x", 200), strings.Repeat("x", 200)},
	{"one more", strings.Repeat("x", 201), strings.Repeat("x", 166) + "%~"},
	{"long by its escapes", strings.Repeat("/", 67), strings.Repeat("%2F", 55) + "%~"},
	{"a letter where it ends", strings.Repeat("x", 165) + strings.Repeat("ä", 40), strings.Repeat("x", 165) + "%~"},
}

func TestEncode(t *testing.T) {
	for _, tt := range nameTests {
		t.Run(tt.name, func(t *testing.T) {
			got := Encode([]byte(tt.channel))
			short := strings.Contains(tt.want, shortMark)
			if start, _, _ := strings.Cut(tt.want, shortMark); short && !strings.HasPrefix(got, start+shortMark) || !short && got != tt.want {
				t.Errorf("Encode(%q) = %q, want %q", tt.channel, got, tt.want)
			}
			checkName(t, []byte(tt.channel), got)
		})
	}
}

// checkName tests what holds for the name of any channel.
func checkName(t *testing.T, channel []byte, name string) {
	t.Helper()
	if name == "" || len(name) > Limit || !utf8.ValidString(name) || name[0] == '.' || name[0] == '-' || name == Reserved {
		t.Errorf("Encode(%q) = %q: not a safe name", channel, name)
	}
	if i := strings.IndexFunc(name, isUnsafe); i >= 0 {
		t.Errorf("Encode(%q) = %q: unsafe at %d", channel, name, i)
	}
	decoded, err := Decode(name)
	if strings.Contains(name, shortMark) {
		if !errors.Is(err, ErrShortened) {
			t.Errorf("Decode(%q): %v, want ErrShortened", name, err)
		}
		return
	}
	if err != nil || !bytes.Equal(decoded, channel) {
		t.Errorf("Decode(%q) = %q, %v; want %q", name, decoded, err, channel)
	}
}

func isUnsafe(r rune) bool {
	return !strings.ContainsRune("%~_.-", r) && !unicode.IsLetter(r) && !unicode.IsDigit(r)
}

func TestDecodeRefusesOtherNames(t *testing.T) {
	for _, name := range []string{
		"", ".", "..", ".rejected", "-rf", "a/b", "a b", "a%", "a%2", "a%2f", "%61pp", "%zz", "overflow", "%EMPTY",
		"a\x00", "%2E%2E", "\xff", strings.Repeat("x", 201), "a\u0308",
	} {
		if channel, err := Decode(name); name == "" && err == nil || name != "" && !errors.Is(err, ErrNotEncoded) {
			t.Errorf("Decode(%q) = %q, %v; want ErrNotEncoded", name, channel, err)
		}
	}
}

func TestLongNamesDiffer(t *testing.T) {
	long := bytes.Repeat([]byte("x"), 1000)
	seen := make(map[string]bool)
	for i := range long {
		other := bytes.Clone(long)
		other[i] = 'y'
		seen[Encode(other)] = true
	}
	if len(seen) != len(long) {
		t.Errorf("%d channels have %d names", len(long), len(seen))
	}
}

func FuzzEncode(f *testing.F) {
	for _, tt := range nameTests {
		f.Add([]byte(tt.channel))
	}
	f.Fuzz(func(t *testing.T, channel []byte) {
		checkName(t, channel, Encode(channel))
	})
}

// FuzzDecode checks that no two names stand for one channel.
func FuzzDecode(f *testing.F) {
	for _, tt := range nameTests {
		f.Add(tt.channel)
		f.Add(tt.want)
	}
	f.Fuzz(func(t *testing.T, name string) {
		channel, err := Decode(name)
		if err == nil && Encode(channel) != name {
			t.Errorf("Decode(%q) = %q, whose name is %q", name, channel, Encode(channel))
		}
	})
}
