package phpserialize_test

import (
	"errors"
	"io"
	"testing"

	"envelog/decoder/phpserialize"
)

func TestText(t *testing.T) {
	tests := []struct {
		name, wire, want string
		offset           int
		class            error
	}{
		{"string", `s:3:"a"b";`, `a"b`, 0, nil},
		{"empty string", `s:0:"";`, ``, 0, nil},
		{"bytes behind", `s:1:"a";trailing`, `a`, 0, nil},
		{"nothing", ``, ``, 0, io.ErrUnexpectedEOF},
		{"one letter", `s`, ``, 1, io.ErrUnexpectedEOF},
		{"no length", `s:`, ``, 2, io.ErrUnexpectedEOF},
		{"cut off", `s:5:"abc`, ``, 5, io.ErrUnexpectedEOF},
		{"cut off behind the quote", `s:3:"abc"`, ``, 9, io.ErrUnexpectedEOF},
		{"too long", `s:1:"abc";`, ``, 6, phpserialize.ErrCorrupt},
		{"array", `a:0:{}`, ``, 0, phpserialize.ErrCorrupt},
		{"escaped string", `S:1:"a";`, ``, 0, phpserialize.ErrCorrupt},
	}
	for _, c := range tests {
		got, err := phpserialize.Text([]byte(c.wire))
		var e *phpserialize.Error
		if string(got) != c.want || !errors.Is(err, c.class) || errors.As(err, &e) && e.Offset != c.offset {
			t.Errorf("%s: Text(%q) = %q, %v, want %q, %v at %d", c.name, c.wire, got, err, c.want, c.class, c.offset)
		}
	}
}
