// Package jsonstring reads the strings of JSON: strictly, as PHP's json_decode() does (php-src ext/json); and it escapes
// characters as json_encode() does. It is a leaf, below the reader of JSON values, the reader of serialized values that lie
// inside such a string, and whatever writes JSON.
//
// A string is valid UTF-8 without control characters; its escapes are those of JSON, and surrogates come in pairs.
// Positions are offsets; a negative one is an error, and ^offset the byte that does not fit, or len(src) when bytes are
// missing.
package jsonstring

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// IndexSpecial returns the offset of the first byte from at on that ends a plain run of a string: a quote, a
// backslash, a control character, DEL, or a byte beyond ASCII; or len(src). DEL stands for itself, but is nothing that may
// go to a terminal: whoever prints a plain run need not look at it again.
func IndexSpecial(src []byte, at int) int {
	for ; len(src)-at >= 8; at += 8 {
		if special := Special(binary.LittleEndian.Uint64(src[at : at+8])); special != 0 {
			return at + FirstByte(special)
		}
	}
	for at < len(src) && !isSpecial(src[at]) {
		at++
	}
	return at
}

// Special looks at the eight bytes of word, in little-endian order, for special ones, see [IndexSpecial]. It returns a word
// whose lowest set bit lies in the first of them, and 0 if there aren't any.
func Special(word uint64) uint64 {
	const (
		ones  = 0x0101010101010101
		highs = 0x80 * ones
	)
	// Each of these sets the high bit of what it looks for. A borrow or carry out of such a byte does not matter: it is only
	// ever the first that counts.
	low := (word ^ 0x02*ones) - 0x21*ones // turned around within its pairs, a quote comes next below the control characters
	backslash := (word ^ '\\'*ones) - ones
	del := word + ones
	return (low | backslash | del | word) & highs
}

// FirstByte returns the number of the byte, from 0, in which the lowest set bit of what [Special] returned lies; 8 if there
// is none.
func FirstByte(special uint64) int { return bits.TrailingZeros64(special) >> 3 }

func isSpecial(c byte) bool { return c == '"' || c == '\\' || c < 0x20 || c >= 0x7f }

// Append appends the decoded bytes of the string whose opening quote stands before offset at, and returns the
// offset after its closing quote; a negative one is an error, and ^offset the byte that does not fit, or len(src).
func Append(dst, src []byte, at int) ([]byte, int) {
	for {
		end := IndexSpecial(src, at)
		dst = append(dst, src[at:end]...)
		if end == len(src) {
			return dst, ^end
		}
		if src[end] == '"' {
			return dst, end + 1
		}
		if dst, at = AppendChar(dst, src, end); at < 0 {
			return dst, at
		}
	}
}

// AppendChar appends the decoded bytes of the one character at offset at of a string, which is not the closing quote,
// and returns the offset after it. Errors are those of [Append].
func AppendChar(dst, src []byte, at int) ([]byte, int) {
	switch c := src[at]; {
	case c == '\\':
		return appendEscape(dst, src, at)
	case c < 0x80:
		if c < 0x20 {
			return dst, ^at
		}
		return append(dst, c), at + 1
	}
	r, n := utf8.DecodeRune(src[at:])
	if r == utf8.RuneError && n == 1 {
		return dst, ^at
	}
	return append(dst, src[at:at+n]...), at + n
}

func appendEscape(dst, src []byte, at int) ([]byte, int) {
	if at+1 == len(src) {
		return dst, ^len(src)
	}
	switch c := src[at+1]; c {
	case '"', '\\', '/':
		return append(dst, c), at + 2
	case 'n':
		return append(dst, '\n'), at + 2
	case 't':
		return append(dst, '\t'), at + 2
	case 'r':
		return append(dst, '\r'), at + 2
	case 'b':
		return append(dst, '\b'), at + 2
	case 'f':
		return append(dst, '\f'), at + 2
	case 'u':
		r, next := ConsumeUnicode(src, at)
		if next < 0 {
			return dst, next
		}
		return utf8.AppendRune(dst, r), next
	}
	return dst, ^at
}

// ConsumeUnicode reads the escape `\uXXXX` at offset at, or two of them that make a surrogate pair, and returns the
// character and the offset after it. Errors are those of [Append].
func ConsumeUnicode(src []byte, at int) (rune, int) {
	high, next := consumeUnit(src, at)
	if next < 0 || !utf16.IsSurrogate(high) {
		return high, next
	}
	const firstLow = 0xdc00
	if high >= firstLow {
		return 0, ^at
	}
	low, end := consumeUnit(src, next)
	if end < 0 && ^end == len(src) {
		return 0, end
	}
	r := utf16.DecodeRune(high, low)
	if end < 0 || r == utf8.RuneError {
		return 0, ^at
	}
	return r, end
}

// consumeUnit reads one `\uXXXX`.
func consumeUnit(src []byte, at int) (rune, int) {
	const length = len(`\uXXXX`)
	if len(src)-at < length {
		return 0, ^len(src)
	}
	b := src[at : at+length]
	if b[0] != '\\' || b[1] != 'u' {
		return 0, ^at
	}
	unit := hex(b[2])<<12 | hex(b[3])<<8 | hex(b[4])<<4 | hex(b[5])
	if unit < 0 {
		return 0, ^at
	}
	return unit, at + length
}

// hex returns the value of a hex digit, or a negative number.
func hex(c byte) rune {
	switch {
	case c-'0' <= 9:
		return rune(c - '0')
	case c|0x20-'a' < 6:
		return rune(c|0x20-'a') + 10
	}
	return -1 << 16
}
