package jsonstring_test

import (
	"encoding/json"
	"testing"

	"envelog/decoder/jsonstring"
)

func TestAppendQuoted(t *testing.T) {
	for text, want := range map[string]string{
		"": `""`, `a"b\c/d`: `"a\"b\\c\/d"`, "\b\f\n\r\t\x00\x1f\x7f": `"\b\f\n\r\t\u0000\u001f` + "\x7f" + `"`,
		"é€😀": `"\u00e9\u20ac\ud83d\ude00"`, "\xff!": `"\ufffd!"`, "<&>": `"<&>"`,
	} {
		if got := string(jsonstring.AppendQuoted([]byte("kept "), text, false)); got != "kept "+want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
	if got := string(jsonstring.AppendQuoted(nil, "<&>", true)); got != `"\u003C&\u003E"` {
		t.Errorf("with escaped tags it is %s", got)
	}
}

// FuzzAppendQuoted checks that what is written is read back, by this package and by encoding/json.
func FuzzAppendQuoted(f *testing.F) {
	for _, text := range []string{"", `a"b\c/d`, "é€😀\x00", "<\u2028>"} {
		f.Add(text, true)
	}
	f.Fuzz(func(t *testing.T, text string, hexTags bool) {
		quoted := jsonstring.AppendQuoted(nil, text, hexTags)
		var want string
		if err := json.Unmarshal(quoted, &want); err != nil {
			t.Fatalf("%q is %s: %v", text, quoted, err)
		}
		got, next := jsonstring.Append(nil, quoted, 1)
		if next != len(quoted) || string(got) != want || string([]rune(text)) != want {
			t.Fatalf("%q is %s, and read as %q", text, quoted, got)
		}
	})
}
