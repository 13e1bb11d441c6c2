package decoder

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/vmihailenco/msgpack/v5"

	"envelog/decoder/jsonstring"
	"envelog/decoder/phpserialize"
)

// Serializer is the option "serializer" of Symfony's Redis transport: what phpredis wraps the values of fields in. The
// numbers are those of Redis::SERIALIZER_*.
type Serializer uint8

// The serializers of phpredis. PHP is the default of Symfony's transport.
const (
	None     Serializer = 0
	PHP      Serializer = 1
	Igbinary Serializer = 2
	Msgpack  Serializer = 3
	JSON     Serializer = 4
)

// String returns the name in small letters, as phpredis' documentation has it.
func (s Serializer) String() string {
	switch s {
	case None:
		return "none"
	case PHP:
		return "php"
	case Igbinary:
		return "igbinary"
	case Msgpack:
		return "msgpack"
	case JSON:
		return "json"
	}
	return fmt.Sprintf("serializer %d", uint8(s))
}

// unwrapper undoes what phpredis' serializer did to a string.
type unwrapper struct {
	serializer Serializer
	msgpack    *msgpack.Decoder
	reader     bytes.Reader
	text       []byte // decoded strings of JSON
}

// unwrap returns the string that is stored: what the serializer made a value of, or stored itself if that is a JSON
// object as it stands. phpredis, too, hands out what it cannot unserialize.
func (u *unwrapper) unwrap(stored []byte) ([]byte, error) {
	if len(stored) > 0 && stored[0] == '{' { // as no serializer's string begins
		return stored, nil
	}
	text, err := u.unserialize(stored)
	if err == nil {
		return text, nil
	}
	if bytes.HasPrefix(bytes.TrimLeft(stored, " \t\r\n"), []byte{'{'}) {
		return stored, nil
	}
	return nil, fail(LayerField, err)
}

func (u *unwrapper) unserialize(stored []byte) ([]byte, error) {
	switch u.serializer {
	case PHP:
		return phpserialize.Text(stored) // bytes behind the value are ignored, as phpredis does
	case Igbinary:
		return igbinaryText(stored)
	case Msgpack:
		return u.msgpackText(stored)
	case JSON:
		return u.jsonText(stored)
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
		return nil, &phpserialize.Error{Err: fmt.Errorf("igbinary header: %w", ErrCorrupt)}
	}
	kind, at := stored[header], header+1
	size, ok := igbinarySize(kind)
	if !ok {
		return nil, &phpserialize.Error{Offset: header, Err: fmt.Errorf("igbinary type 0x%02x is not a string: %w", kind, ErrNotEnvelope)}
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
		return nil, &phpserialize.Error{Offset: at, Err: fmt.Errorf("%d bytes declared, %d left: %w", n, left, io.ErrUnexpectedEOF)}
	}
	return stored[at : at+int(n)], nil
}

func (u *unwrapper) msgpackText(stored []byte) ([]byte, error) {
	u.reader.Reset(stored)
	if u.msgpack == nil {
		u.msgpack = msgpack.NewDecoder(nil)
	}
	u.msgpack.Reset(&u.reader)
	n, err := u.msgpack.DecodeBytesLen()
	at := len(stored) - u.reader.Len()
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return nil, &phpserialize.Error{Offset: len(stored), Err: fmt.Errorf("msgpack: %w", io.ErrUnexpectedEOF)}
	case err != nil || n < 0:
		return nil, &phpserialize.Error{Err: fmt.Errorf("msgpack type 0x%02x is not a string: %w", stored[0], ErrNotEnvelope)}
	}
	return take(stored, at, uint64(n))
}

func (u *unwrapper) jsonText(stored []byte) ([]byte, error) {
	if len(stored) == 0 || stored[0] != '"' {
		return nil, &phpserialize.Error{Err: fmt.Errorf("JSON that is neither a string nor an object: %w", ErrNotEnvelope)}
	}
	start := len(u.text)
	var next int
	u.text, next = jsonstring.Append(u.text, stored, 1)
	switch {
	case next >= 0:
		return u.text[start:], nil
	case ^next == len(stored):
		return nil, &phpserialize.Error{Offset: ^next, Err: fmt.Errorf("JSON string: %w", io.ErrUnexpectedEOF)}
	}
	return nil, &phpserialize.Error{Offset: ^next, Err: fmt.Errorf("JSON string: %w", ErrCorrupt)}
}
