package jsonvalue

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// IndexSpecial returns the offset of the first byte from at on that ends a plain run of a string: a quote, a
// backslash, a control character, or a byte beyond ASCII; or len(src).
func IndexSpecial(src []byte, at int) int {
	for ; len(src)-at >= 8; at += 8 {
		if mask := SpecialMask(binary.LittleEndian.Uint64(src[at:])); mask != 0 {
			return at + bits.TrailingZeros64(mask)>>3
		}
	}
	for at < len(src) && !isSpecial(src[at]) {
		at++
	}
	return at
}

// SpecialMask looks at eight bytes at once. The lowest bit of the result is the high bit of the first special byte, see
// [IndexSpecial]; it is 0 if all eight are plain.
func SpecialMask(word uint64) uint64 {
	const (
		ones  = 0x0101010101010101
		highs = 0x80 * ones
	)
	quote := (word ^ '"'*ones) - ones // borrows where a byte is the quote, and maybe above it
	backslash := (word ^ '\\'*ones) - ones
	control := word - 0x20*ones
	return (quote | backslash | control | word) & highs
}

func isSpecial(c byte) bool { return c == '"' || c == '\\' || c < 0x20 || c >= 0x80 }

// AppendString appends the decoded bytes of the string whose opening quote stands before offset at, and returns the
// offset behind its closing quote; a negative one is an error, and ^offset the byte that does not fit, or len(src).
func AppendString(dst, src []byte, at int) ([]byte, int) {
	for {
		end := IndexSpecial(src, at)
		dst = append(dst, src[at:end]...)
		if end == len(src) {
			return dst, ^end
		}
		switch c := src[end]; {
		case c == '"':
			return dst, end + 1
		case c == '\\':
			dst, at = AppendEscape(dst, src, end)
		default:
			dst, at = appendRune(dst, src, end)
		}
		if at < 0 {
			return dst, at
		}
	}
}

// AppendEscape appends what the escape at offset at, a backslash, stands for, and returns the offset behind it. Errors
// are those of [AppendString].
func AppendEscape(dst, src []byte, at int) ([]byte, int) {
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
		r, next := consumeUnicode(src, at)
		if next < 0 {
			return dst, next
		}
		return utf8.AppendRune(dst, r), next
	}
	return dst, ^at
}

// consumeUnicode reads `\uXXXX`, or two of them that make a surrogate pair.
func consumeUnicode(src []byte, at int) (rune, int) {
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
	if src[at] != '\\' || src[at+1] != 'u' {
		return 0, ^at
	}
	var unit rune
	for _, c := range src[at+2 : at+length] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, ^at
		}
		unit = unit<<4 | rune(c)
	}
	return unit, at + length
}

// appendRune appends one character beyond ASCII; a control character is an error, and so is what is not UTF-8.
func appendRune(dst, src []byte, at int) ([]byte, int) {
	r, n := utf8.DecodeRune(src[at:])
	if r < 0x20 || r == utf8.RuneError && n == 1 {
		return dst, ^at
	}
	return append(dst, src[at:at+n]...), at + n
}

// skipSpace returns the offset of the first byte from at on that is not white space.
func skipSpace(src []byte, at int) int {
	for at < len(src) && (src[at] == ' ' || src[at] == '\n' || src[at] == '\r' || src[at] == '\t') {
		at++
	}
	return at
}

// consumeNumber reads a number and tells whether it is written as an int.
func consumeNumber(src []byte, at int) (isInt bool, next int) {
	if src[at] == '-' {
		at++
	}
	digits := at
	at = skipDigits(src, at)
	if at == digits || src[digits] == '0' && at > digits+1 {
		return false, ^digits
	}
	isInt = true
	if at < len(src) && src[at] == '.' {
		isInt = false
		digits = at + 1
		if at = skipDigits(src, digits); at == digits {
			return false, ^at
		}
	}
	if at < len(src) && src[at]|0x20 == 'e' {
		isInt = false
		digits = at + 1
		if digits < len(src) && (src[digits] == '+' || src[digits] == '-') {
			digits++
		}
		if at = skipDigits(src, digits); at == digits {
			return false, ^at
		}
	}
	return isInt, at
}

func skipDigits(src []byte, at int) int {
	for at < len(src) && src[at]-'0' <= 9 {
		at++
	}
	return at
}
