package phpredis

import (
	"encoding/binary"
	"strconv"

	"envelog/decoder/jsonstring"
)

// Wrap returns what phpredis stores for a string.
func (s Serializer) Wrap(text []byte) []byte {
	n := len(text)
	switch s {
	case PHP:
		out := strconv.AppendInt([]byte("s:"), int64(n), 10)
		out = append(append(out, `:"`...), text...)
		return append(out, `";`...)
	case Igbinary:
		return append(igbinaryHead(n), text...)
	case Msgpack:
		return append(msgpackHead(n), text...)
	case JSON:
		return jsonstring.AppendQuoted(nil, string(text), true)
	}
	return text
}

// igbinaryHead is format version 2 and the head of a string.
func igbinaryHead(n int) []byte {
	head := []byte{0, 0, 0, 2}
	switch {
	case n < 1<<8:
		return append(head, 0x11, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(head, 0x12), uint16(n))
	}
	return binary.BigEndian.AppendUint32(append(head, 0x13), uint32(n))
}

// msgpackHead is the head of a str.
func msgpackHead(n int) []byte {
	switch {
	case n < 32:
		return []byte{0xa0 | byte(n)}
	case n < 1<<8:
		return []byte{0xd9, byte(n)}
	case n < 1<<16:
		return binary.BigEndian.AppendUint16([]byte{0xda}, uint16(n))
	}
	return binary.BigEndian.AppendUint32([]byte{0xdb}, uint32(n))
}
