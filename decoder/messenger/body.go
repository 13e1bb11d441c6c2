package messenger

import (
	"bytes"
	"encoding/base64"
	"errors"
	"slices"
	"unicode/utf8"
)

// ErrNoBody says that there is nothing in a body that PhpSerializer could decode.
var ErrNoBody = errors.New("empty body")

// AppendBody appends the body that PhpSerializer::encode() makes of the serialized envelope.
func AppendBody(dst, serialized []byte) []byte {
	start := len(dst)
	dst = appendSlashes(dst, serialized)
	if utf8.Valid(dst[start:]) {
		return dst
	}
	slashed := bytes.Clone(dst[start:])
	return base64.StdEncoding.AppendEncode(dst[:start], slashed)
}

// appendSlashes is PHP's addslashes().
func appendSlashes(dst, b []byte) []byte {
	for _, c := range b {
		switch c {
		case '\'', '"', '\\':
			dst = append(dst, '\\', c)
		case 0:
			dst = append(dst, '\\', '0')
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// AppendDecoded appends the serialized envelope that body, the work of PhpSerializer::encode(), holds. It is
// [ErrNoBody] when there isn't one; whether it is an envelope at all is not looked at.
func AppendDecoded(dst, body []byte) ([]byte, error) {
	if len(body) == 0 || string(body) == "0" { // PHP's empty()
		return dst, ErrNoBody
	}
	start := len(dst)
	if IsBase64(body) {
		dst = appendBase64(dst, body)
	} else {
		dst = append(dst, body...)
	}
	n := stripSlashes(dst[start:])
	if n == 0 {
		return dst[:start], ErrNoBody
	}
	return dst[:start+n], nil
}

// IsBase64 reports whether PhpSerializer takes body for base64: it does not end as an object does. A body that begins as
// an object does is one that was cut off.
func IsBase64(body []byte) bool {
	return len(body) > 0 && body[len(body)-1] != '}' && !beginsAsObject(body)
}

// LooksSerialized reports whether body is PhpSerializer's, by its front: an object as serialize() writes it, or that in
// base64. No JSON text looks like it.
func LooksSerialized(body []byte) bool {
	return beginsAsObject(body) || bytes.HasPrefix(body, []byte("Tzo"))
}

func beginsAsObject(body []byte) bool {
	return len(body) > 2 && body[0] == 'O' && body[1] == ':' && body[2]-'0' <= 9
}

// appendBase64 is PHP's base64_decode() as far as it is not strict: what does not belong to base64 is skipped.
func appendBase64(dst, encoded []byte) []byte {
	start := len(dst)
	dst = slices.Grow(dst, base64.StdEncoding.DecodedLen(len(encoded)))
	n, err := base64.StdEncoding.Decode(dst[start:cap(dst)], encoded)
	if err == nil {
		return dst[:start+n]
	}
	return appendLaxBase64(dst[:start], encoded)
}

func appendLaxBase64(dst, encoded []byte) []byte {
	var bits, n uint
	for _, c := range encoded {
		v, ok := base64Value(c)
		if !ok {
			continue
		}
		bits = bits<<6 | v
		if n += 6; n >= 8 {
			n -= 8
			dst = append(dst, byte(bits>>n))
		}
	}
	return dst
}

func base64Value(c byte) (value uint, ok bool) {
	switch {
	case 'A' <= c && c <= 'Z':
		return uint(c - 'A'), true
	case 'a' <= c && c <= 'z':
		return uint(c-'a') + 26, true
	case '0' <= c && c <= '9':
		return uint(c-'0') + 52, true
	case c == '+':
		return 62, true
	case c == '/':
		return 63, true
	}
	return 0, false
}

// stripSlashes is PHP's stripslashes(), in place; it returns what is left of the length.
func stripSlashes(b []byte) int {
	at := bytes.IndexByte(b, '\\')
	if at < 0 {
		return len(b)
	}
	to := at
	for at < len(b) {
		// b[at] is a backslash: it goes, and what it protects stays.
		if at++; at == len(b) {
			break
		}
		b[to] = b[at]
		if b[at] == '0' {
			b[to] = 0
		}
		to, at = to+1, at+1
		next := bytes.IndexByte(b[at:], '\\')
		if next < 0 {
			next = len(b) - at
		}
		to += copy(b[to:], b[at:at+next])
		at += next
	}
	return to
}
