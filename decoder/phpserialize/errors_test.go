package phpserialize_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"envelog/decoder/phpserialize"
	"envelog/internal/serialized"
	"envelog/phpvalue"
)

func TestErrorText(t *testing.T) {
	tests := []struct {
		name, wire, want string
	}{
		{"at the root", `i:x;`, "read value at byte 2: int: corrupt data"},
		{"truncated", `s:5:"ab`, "read value at byte 5: 5 bytes declared, 2 left: unexpected EOF"},
		{"below a property", `O:1:"A":1:{s:1:"p";i:x;}`, "read value at byte 21 (p): int: corrupt data"},
		{"bytes behind", `i:1;i:2;`, "read value at byte 4: 4 bytes behind the value: corrupt data"},
		{"a byte behind", `i:1;x`, "read value at byte 4: 1 byte behind the value: corrupt data"},
		{"back reference", `a:1:{i:0;r:5;}`, "read value at byte 11 ([0]): back reference to slot 5, which is not before it: corrupt data"},
		{"elements", `a:9:{i:0;N;}`, "read value at byte 5: 9 elements declared, 7 bytes left: unexpected EOF"},
	}
	for _, c := range tests {
		err := newParser(t, phpserialize.Limits{}).Parse(&phpvalue.Tree{Text: []byte(c.wire)})
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

func TestErrorUnwraps(t *testing.T) {
	err := fmt.Errorf("outer: %w", &phpserialize.Error{Err: fmt.Errorf("inner: %w", io.ErrUnexpectedEOF)})
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v is not %v", err, io.ErrUnexpectedEOF)
	}
}

// A path names keys and properties as PHP code would, never values, and stays short.
func TestErrorPath(t *testing.T) {
	in := func(key, value string) string { return "a:1:{" + key + value + "}" }
	text := func(key string) string { return serialized.Of(`s:"` + key + `";`) }
	tests := []struct{ name, wire, want string }{
		{"int", in("i:-5;", "x"), "[-5]"},
		{"name", in(text("user_id2"), "x"), "user_id2"},
		{"name that begins with a digit", in(text("2fa"), "x"), `["2fa"]`},
		{"name that is a number", in(text("12"), "x"), "[12]"},
		{"empty name", in(text(""), "x"), `[""]`},
		{"class", in(text(`App\User`), "x"), `["App\\User"]`},
		{"control characters", in(text("a\x1b[31m\n"), "x"), `["a\x1b[31m\n"]`},
		{"not UTF-8", in(text("\xff"), "x"), `["\xff"]`},
		{"nested", in(text("a"), in("i:0;", in(text("b c"), in(text("d"), "x")))), `a[0]["b c"].d`},
		{"private property", `O:1:"A":1:{` + text("\x00A\x00p") + "x}", "p"},
		{"protected property", `O:1:"A":1:{` + text("\x00*\x00p") + "x}", "p"},
		{"long name", in(text(strings.Repeat("k", 200)), "x"), `["` + strings.Repeat("k", 80) + `..."]`},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			wire := strings.Replace(c.wire, "x}", "i:y;}", 1)
			err := newParser(t, phpserialize.Limits{}).Parse(&phpvalue.Tree{Text: []byte(wire)})
			var e *phpserialize.Error
			if !errors.As(err, &e) || e.Path != c.want {
				t.Errorf("%q: %v\nwant the path %s", wire, err, c.want)
			}
		})
	}
	deep := strings.Repeat("a:1:{"+text("key"), 3000)
	err := newParser(t, phpserialize.Limits{}).Parse(&phpvalue.Tree{Text: []byte(deep)})
	if err == nil || len(err.Error()) > 2048 {
		t.Errorf("an error of %d bytes", len(err.Error()))
	}
}
