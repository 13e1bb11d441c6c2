package jsonstring

import (
	"unicode/utf16"
	"unicode/utf8"
)

// AppendQuoted appends s as PHP's json_encode() spells it by default: in quotes, with slashes escaped, and everything beyond
// ASCII as \uXXXX; bytes that are not UTF-8 become U+FFFD. With hexTags, < and > are escaped too (JSON_HEX_TAG).
func AppendQuoted(dst []byte, s string, hexTags bool) []byte {
	dst = append(dst, '"')
	for _, c := range s {
		switch {
		case hexTags && c == '<':
			dst = append(dst, `\u003C`...)
		case hexTags && c == '>':
			dst = append(dst, `\u003E`...)
		case c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' || c == '/':
			dst = AppendEscape(dst, c)
		default:
			dst = append(dst, byte(c))
		}
	}
	return append(dst, '"')
}

// ShortEscapes maps each character that JSON escapes in two characters to the second one. All other elements are 0.
var ShortEscapes = [256]byte{'"': '"', '\\': '\\', '/': '/', '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't'}

// AppendEscape appends the escape of a character as PHP's json_encode() spells it: two characters where JSON has such an
// escape, otherwise that of its UTF-16 unit, or of both.
func AppendEscape(dst []byte, r rune) []byte {
	if uint32(r) < utf8.RuneSelf && ShortEscapes[r] != 0 {
		return append(dst, '\\', ShortEscapes[r])
	}
	if r > 0xffff {
		high, low := utf16.EncodeRune(r)
		return AppendUnit(AppendUnit(dst, high), low)
	}
	return AppendUnit(dst, r)
}

// AppendUnit appends the escape `\uXXXX` of one UTF-16 unit, with lower-case digits.
func AppendUnit(dst []byte, unit rune) []byte {
	const hex = "0123456789abcdef"
	return append(dst, '\\', 'u', hex[unit>>12&15], hex[unit>>8&15], hex[unit>>4&15], hex[unit&15])
}
