package phpserialize

import (
	"bytes"
	"fmt"
	"io"

	"envelog/internal/quantity"
)

// Text returns the string at the front of src, as a view; what follows it is not looked at. An error is an
// *[Error]: [ErrCorrupt] also when src is a value of another type.
func Text(src []byte) ([]byte, error) {
	start, n, next := 0, 0, ^0
	if bytes.HasPrefix(src, []byte("s:")) {
		start, n, next = consumeQuoted(src, len("s:"))
	}
	if next >= 0 {
		next = consumeByte(src, next, ';')
	}
	switch {
	case next >= 0:
		return src[start : start+n : start+n], nil
	case n > len(src)-start:
		return nil, &Error{Offset: start, Err: fmt.Errorf("%s declared, %d left: %w", quantity.Count(n, "byte", "bytes"), len(src)-start, io.ErrUnexpectedEOF)}
	case ^next >= len(src) || string(src) == "s":
		return nil, &Error{Offset: len(src), Err: fmt.Errorf("string: %w", io.ErrUnexpectedEOF)}
	}
	return nil, &Error{Offset: ^next, Err: fmt.Errorf("string: %w", ErrCorrupt)}
}
