package messenger_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"envelog/decoder/messenger"
)

func TestAppendBody(t *testing.T) {
	tests := []struct{ name, serialized, want string }{
		{"slashes", "a\"b'c\\d\x00e", `a\"b\'c\\d\0e`},
		{"nothing to slash", `i:5;`, `i:5;`},
		{"UTF-8", `s:"é";}`, `s:\"é\";}`},
		{"no UTF-8", "\xff\"}", base64.StdEncoding.EncodeToString([]byte("\xff\\\"}"))},
		{"surrogate", "\xed\xa0\x80}", "7aCAfQ=="},
	}
	for _, c := range tests {
		if got := messenger.AppendBody([]byte("kept "), []byte(c.serialized)); string(got) != "kept "+c.want {
			t.Errorf("%s: AppendBody(%q) = %q, want %q", c.name, c.serialized, got, c.want)
		}
	}
}

func TestAppendDecoded(t *testing.T) {
	wide := base64.StdEncoding.EncodeToString([]byte(`O:8:\"stdClass\":1:{s:1:\"a\";s:2:\"\\x\";}`))
	const object = `O:8:"stdClass":1:{s:1:"a";s:2:"\x";}`
	tests := []struct{ name, body, want string }{
		{"slashes", `O:1:\"A\":1:{s:3:\"\0A\0\";s:1:\"\\\";}`, "O:1:\"A\":1:{s:3:\"\x00A\x00\";s:1:\"\\\";}"},
		{"other letters", `\a\b\'}`, `ab'}`},
		{"no slashes at all", `a:0:{}`, `a:0:{}`},
		{"cut off behind a slash", `O:1:\"A\`, `O:1:"A`},
		{"base64", wide, object},
		{"base64 without padding", strings.TrimRight(wide, "="), object},
		{"base64 in lines", wide[:10] + "\r\n" + wide[10:20] + "\n" + wide[20:], object},
		{"base64 with blanks", wide[:10] + " \t" + wide[10:], object},
		{"base64 with foreign bytes", wide[:10] + "*-_\xff" + wide[10:], object},
		{"base64 with padding within", wide[:10] + "=" + wide[10:], object},
		{"base64 with one letter too much behind padding", wide + "A", object + "\x00"},
	}
	for _, c := range tests {
		got, err := messenger.AppendDecoded([]byte("kept "), []byte(c.body))
		if err != nil || string(got) != "kept "+c.want {
			t.Errorf("%s: AppendDecoded(%q) = %q, %v, want %q", c.name, c.body, got, err, c.want)
		}
	}
}

func TestAppendDecodedRefusesNothing(t *testing.T) {
	for _, body := range []string{"", "0", "****", "\\", "=", "A"} {
		if got, err := messenger.AppendDecoded([]byte("kept"), []byte(body)); !errors.Is(err, messenger.ErrNoBody) || string(got) != "kept" {
			t.Errorf("AppendDecoded(%q) = %q, %v, want %v", body, got, err, messenger.ErrNoBody)
		}
	}
}

func TestLooksSerialized(t *testing.T) {
	tests := []struct {
		body string
		want bool
	}{
		{`O:36:\"Symfony`, true}, {`TzozNjpcIlN5bWZv`, true}, {`{"a":1}`, false}, {`"O:1"`, false}, {`O:x`, false}, {``, false}, {`[1]`, false}, {`Over`, false},
	}
	for _, c := range tests {
		if got := messenger.LooksSerialized([]byte(c.body)); got != c.want {
			t.Errorf("LooksSerialized(%q) = %v", c.body, got)
		}
	}
}

func TestIsJSON(t *testing.T) {
	tests := []struct {
		contentType string
		want        bool
	}{
		{"application/json", true}, {"Application/JSON; charset=utf-8", true}, {"application/ld+json", true}, {"", true},
		{"application/xml", false}, {"text/csv", false}, {"application/yaml", false}, {"application/x-yaml", false},
	}
	for _, c := range tests {
		if got := messenger.IsJSON([]byte(c.contentType)); got != c.want {
			t.Errorf("IsJSON(%q) = %v", c.contentType, got)
		}
	}
}

// What was encoded is decoded to the same bytes, as far as it is an object.
func FuzzBody(f *testing.F) {
	f.Add([]byte("O:1:\"A\":1:{s:3:\"\x00A\x00\";s:1:\"\\\";}"))
	f.Add([]byte("O:1:\"\xff\":0:{}"))
	f.Fuzz(func(t *testing.T, serialized []byte) {
		if decoded, err := messenger.AppendDecoded(nil, serialized); err == nil && len(decoded) == 0 {
			t.Fatalf("AppendDecoded(%q) is empty", serialized)
		}
		wire := append(append([]byte("O:1:"), serialized...), '}')
		got, err := messenger.AppendDecoded(nil, messenger.AppendBody(nil, wire))
		if err != nil || !bytes.Equal(got, wire) {
			t.Fatalf("%q became %q, %v", wire, got, err)
		}
	})
}
