package jsonstring_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"envelog/decoder/jsonstring"
)

// IndexSpecial agrees with a plain loop wherever the special byte and its neighbours stand.
func TestIndexSpecial(t *testing.T) {
	for c := range 256 {
		for before := range 20 {
			for _, fill := range []byte{' ', 'a', '!', '#', '[', ']', '~'} {
				text := append(bytes.Repeat([]byte{fill}, before), byte(c), fill, byte(c), fill, fill, fill, fill, fill, fill)
				want := bytes.IndexFunc(text, func(r rune) bool { return r == '"' || r == '\\' || r < 0x20 || r >= 0x7f })
				if want < 0 {
					want = len(text)
				}
				if got := jsonstring.IndexSpecial(text, 0); got != want {
					t.Fatalf("IndexSpecial(%q) = %d, want %d", text, got, want)
				}
			}
		}
	}
}

func TestAppend(t *testing.T) {
	tests := []struct {
		name, json, want string
		next             int // after the string, or where it is wrong, as ^offset
	}{
		{"empty", `",`, "", 1},
		{"plain", `abcdefghijk",`, "abcdefghijk", 12},
		{"escapes", `\"\\\/\b\f\n\r\t"`, "\"\\/\b\f\n\r\t", 17},
		{"unicode escapes", `\u0041\u00e9\u20AC\ud83d\uDE00\u0000"`, "Aé€😀\x00", 37},
		{"unicode", `é€😀"`, "é€😀", 10},
		{"no end", `abc`, "", ^3},
		{"escape that is cut", `ab\`, "", ^3},
		{"unknown escape", `ab\x"`, "", ^2},
		{"number that is cut", `ab\u00`, "", ^6},
		{"number without hex", `ab\u00g0"`, "", ^2},
		{"low surrogate alone", `\udc00"`, "", ^0},
		{"high surrogate alone", `\ud800 abcdef"`, "", ^0},
		{"high surrogate at the end", `\ud800"`, "", ^7},
		{"high surrogate twice", `\ud800\ud800"`, "", ^0},
		{"control character", "abc\n\"", "", ^3},
		{"invalid UTF-8", "abc\xff\"", "", ^3},
		{"surrogate in UTF-8", "\xed\xa0\x80\"", "", ^0},
		{"UTF-8 that is cut", "\xc3", "", ^0},
	}
	for _, c := range tests {
		got, next := jsonstring.Append([]byte("kept "), []byte(c.json), 0)
		if next != c.next || next >= 0 && string(got) != "kept "+c.want {
			t.Errorf("%s: Append(%q) = %q, %d, want %q, %d", c.name, c.json, got, next, c.want, c.next)
		}
	}
}

// What is read is what encoding/json reads, which is more lenient: it repairs UTF-8 and surrogates.
func FuzzAppend(f *testing.F) {
	f.Add([]byte(`a\u00e9\"\ud83d\ude00é"`))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, next := jsonstring.Append(nil, text, 0)
		if next < 0 {
			if ^next > len(text) {
				t.Fatalf("Append(%q) = %d", text, next)
			}
			return
		}
		var want string
		if err := json.Unmarshal(append([]byte{'"'}, text[:next]...), &want); err != nil || want != string(got) {
			t.Fatalf("Append(%q) = %q, encoding/json: %q, %v", text, got, want, err)
		}
	})
}
