package phpserialize

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"envelog/phpvalue"
)

// The classes of errors. A value that ends too early is io.ErrUnexpectedEOF.
var (
	// ErrCorrupt says that the bytes are not what serialize() writes.
	ErrCorrupt = errors.New("corrupt data")
	// ErrLimit says that a value is larger than [Limits] allow.
	ErrLimit = errors.New("limit exceeded")
	// ErrReference says that a back reference cannot be written: its target does not stand before it, or it is
	// inside the opaque payload of a C: object that has moved.
	ErrReference = errors.New("back reference without target")
)

// Error says where in the bytes, and where in the value, reading stopped. Err wraps one of the classes above or
// io.ErrUnexpectedEOF.
type Error struct {
	Offset int    // of the byte that does not fit, from 0
	Path   string // to the value, such as `message.context["user"][0]`; empty at the root
	Err    error
}

func (e *Error) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("read value at byte %d: %v", e.Offset, e.Err)
	}
	return fmt.Sprintf("read value at byte %d (%s): %v", e.Offset, e.Path, e.Err)
}

// Unwrap returns e.Err.
func (e *Error) Unwrap() error { return e.Err }

// Path names the nodes at indexes, each the child of the one before it, as PHP code would: `a.b["c"][0]`. Only names
// and keys are in it, never values.
func Path(t *phpvalue.Tree, indexes []uint32) string {
	const most = 256
	var b strings.Builder
	for _, i := range indexes {
		if b.Len() > most {
			break
		}
		v := t.At(int(i))
		switch v.KeyKind() {
		case phpvalue.IntKey:
			appendIntKey(&b, v.IntKey())
		case phpvalue.TextKey:
			appendTextKey(&b, v.TextKey())
		}
	}
	return shorten(b.String(), most)
}

func appendIntKey(b *strings.Builder, key int64) {
	b.WriteByte('[')
	b.WriteString(strconv.FormatInt(key, 10))
	b.WriteByte(']')
}

func appendTextKey(b *strings.Builder, key []byte) {
	name, _ := phpvalue.SplitProperty(key)
	text := shorten(string(name), 80)
	if !isIdentifier(text) {
		b.WriteByte('[')
		b.WriteString(strconv.Quote(text))
		b.WriteByte(']')
		return
	}
	if b.Len() > 0 {
		b.WriteByte('.')
	}
	b.WriteString(text)
}

func isIdentifier(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		if ('a' > c || c > 'z') && s[i] != '_' && (i == 0 || s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return s != ""
}

func shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return s[:most] + "..."
}
