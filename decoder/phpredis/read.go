package phpredis

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/vmihailenco/msgpack/v5"

	"envelog/decoder/jsonstring"
	"envelog/decoder/phpserialize"
	"envelog/internal/quantity"
)

// ErrNotString is wrapped by the error of Read for a value that is no string.
var ErrNotString = errors.New("not a string")

// Reader undoes what a serializer did to strings. It uses its memory again.
type Reader struct {
	Serializer Serializer

	msgpack *msgpack.Decoder
	reader  bytes.Reader
	text    []byte // decoded strings of JSON
}

// Reset releases what Read has returned. Memory beyond most bytes is left to the garbage collector.
func (r *Reader) Reset(most int) {
	if cap(r.text) > most {
		r.text = nil
	}
	r.text = r.text[:0]
}

// Read returns the string that is stored: what the serializer made a value of, or stored itself if that is a JSON
// object as it stands. phpredis, too, hands out what it cannot unserialize. The string may share memory with stored, and
// with the Reader until Reset. An error is a [*phpserialize.Error] with the place.
func (r *Reader) Read(stored []byte) ([]byte, error) {
	if len(stored) > 0 && stored[0] == '{' { // as no serializer's string begins
		return stored, nil
	}
	text, err := r.unserialize(stored)
	if err == nil {
		return text, nil
	}
	if bytes.HasPrefix(bytes.TrimLeft(stored, " \t\r\n"), []byte{'{'}) {
		return stored, nil
	}
	return nil, err
}

func (r *Reader) unserialize(stored []byte) ([]byte, error) {
	switch r.Serializer {
	case PHP:
		return phpserialize.Text(stored) // bytes after the value are ignored, as phpredis does
	case Igbinary:
		return igbinaryText(stored)
	case Msgpack:
		return r.msgpackText(stored)
	case JSON:
		return r.jsonText(stored)
	}
	return stored, nil
}

// igbinaryText returns the string that igbinary stored: a version in four bytes, the type, the length, the bytes
// (igbinary src/php7/igbinary.c).
func igbinaryText(stored []byte) ([]byte, error) {
	const header = 4
	if len(stored) < header+1 {
		return nil, &phpserialize.Error{Offset: len(stored), Err: fmt.Errorf("igbinary header: %w", io.ErrUnexpectedEOF)}
	}
	if version := binary.BigEndian.Uint32(stored); version < 1 || version > 4 {
		return nil, &phpserialize.Error{Err: fmt.Errorf("igbinary header: %w", phpserialize.ErrCorrupt)}
	}
	kind, at := stored[header], header+1
	size, ok := igbinarySize(kind)
	if !ok {
		return nil, &phpserialize.Error{Offset: header, Err: fmt.Errorf("igbinary type 0x%02x is %w", kind, ErrNotString)}
	}
	if len(stored)-at < size {
		return nil, &phpserialize.Error{Offset: len(stored), Err: fmt.Errorf("igbinary length: %w", io.ErrUnexpectedEOF)}
	}
	var n uint64
	for _, b := range stored[at : at+size] {
		n = n<<8 | uint64(b)
	}
	return take(stored, at+size, n)
}

// igbinarySize returns how many bytes the length of a string of this type takes, and whether it is one of a string.
func igbinarySize(kind byte) (size int, ok bool) {
	switch kind {
	case 0x0d: // the empty string
		return 0, true
	case 0x11:
		return 1, true
	case 0x12:
		return 2, true
	case 0x13:
		return 4, true
	case 0x26:
		return 8, true
	}
	return 0, false
}

// take returns the n bytes from offset at on.
func take(stored []byte, at int, n uint64) ([]byte, error) {
	if left := len(stored) - at; n > uint64(left) {
		return nil, &phpserialize.Error{Offset: at, Err: fmt.Errorf("%s declared, %d left: %w", quantity.Count(n, "byte", "bytes"), left, io.ErrUnexpectedEOF)}
	}
	return stored[at : at+int(n)], nil
}

func (r *Reader) msgpackText(stored []byte) ([]byte, error) {
	r.reader.Reset(stored)
	if r.msgpack == nil {
		r.msgpack = msgpack.NewDecoder(nil)
	}
	r.msgpack.Reset(&r.reader)
	n, err := r.msgpack.DecodeBytesLen()
	at := len(stored) - r.reader.Len()
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return nil, &phpserialize.Error{Offset: len(stored), Err: fmt.Errorf("msgpack: %w", io.ErrUnexpectedEOF)}
	case err != nil || n < 0:
		return nil, &phpserialize.Error{Err: fmt.Errorf("msgpack type 0x%02x is %w", stored[0], ErrNotString)}
	}
	return take(stored, at, uint64(n))
}

func (r *Reader) jsonText(stored []byte) ([]byte, error) {
	if len(stored) == 0 || stored[0] != '"' {
		return nil, &phpserialize.Error{Err: fmt.Errorf("JSON value is %w", ErrNotString)}
	}
	start := len(r.text)
	var next int
	r.text, next = jsonstring.Append(r.text, stored, 1)
	switch {
	case next >= 0:
		return r.text[start:], nil
	case ^next == len(stored):
		return nil, &phpserialize.Error{Offset: ^next, Err: fmt.Errorf("JSON string: %w", io.ErrUnexpectedEOF)}
	}
	return nil, &phpserialize.Error{Offset: ^next, Err: fmt.Errorf("JSON string: %w", phpserialize.ErrCorrupt)}
}
