package format

import (
	"strings"
	"testing"
)

// TestEscapedAsItsCharacters puts each pair of characters, next to each other and apart, at each offset of the words that appendUsual
// copies: escaping a text must give the same as escaping its characters one by one.
func TestEscapedAsItsCharacters(t *testing.T) {
	const cut = "\xe2\x82" // the front of a character takes bytes along that cannot start one
	characters := []string{"a", " ", `"`, `\`, "/", "\n", "\r", "\t", "\b", "\f", "\x00", "\x1b", "\x7f", "\u0080", "é", "\u037d", "\u061c", "\u0600", "日", "\u2028", "\u202e", "\U0001f600", "\xff", cut}
	for _, mode := range []escapes{asPHP, allControls} {
		one := func(character string) string { return string(appendEscaped(nil, []byte(character), mode)) }
		for _, c := range characters {
			for _, other := range characters {
				for _, between := range []string{"", "."} {
					if c == cut && other == "\xff" && between == "" {
						continue
					}
					for before := range 18 {
						front, back := strings.Repeat("x", before), strings.Repeat("y", 17-before)
						text, want := front+c+between+other+back, "<"+front+one(c)+between+one(other)+back
						if got := string(appendEscaped([]byte("<"), []byte(text), mode)); got != want {
							t.Fatalf("%q: %q, want %q", text, got, want)
						}
					}
				}
			}
		}
	}
}

// A long text is escaped in pieces, and does not reserve twice its length when few of its bytes need an escape.
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
