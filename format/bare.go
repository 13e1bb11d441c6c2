package format

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf8"

	"envelog/phpvalue"
)

// isBare reports whether s can stand without quotes as a key, as a channel, or as a value of logfmt: it is not empty, and
// has no blank, no quote, no "=", no control character and nothing that is not UTF-8.
func isBare(s []byte) bool {
	for i := skipBare(s, 0); i < len(s); i = skipBare(s, i) {
		if s[i] < utf8.RuneSelf {
			return false
		}
		size, escape := inspect(s[i:], allControls)
		if escape {
			return false
		}
		i += size
	}
	return len(s) > 0
}

// skipBare returns the index of the first byte from i on that is not bare, or beyond ASCII.
func skipBare(s []byte, i int) int { return skip(s, i, '!'*everyByte, '='*everyByte) }

// isBarePlain is isBare for text of which it is known that it holds nothing but printable ASCII without quotes.
func isBarePlain(s []byte) bool {
	if len(s) == 0 {
		return false
	}
	for ; len(s) >= 8; s = s[8:] {
		if separators(binary.LittleEndian.Uint64(s)) != 0 {
			return false
		}
	}
	return separators(loadShort(s)) == 0
}

// isBareShort is isBarePlain for what is at span of text, which copyShort could copy.
func isBareShort(text []byte, span phpvalue.Span) bool {
	at, n := span.Offset(), span.Len()
	bare := bits.TrailingZeros64(separators(load(text, at))) / 8
	if bare == size {
		bare += bits.TrailingZeros64(separators(load(text, at+size))) / 8
	}
	return n > 0 && bare >= n
}

// separators returns a word whose lowest set bit is in the first byte of w that is a blank or "=", if all before it are ASCII; 0 if
// none of them is.
func separators(w uint64) uint64 {
	blank := (w ^ ' '*everyByte) - everyByte
	equals := (w ^ '='*everyByte) - everyByte
	return (blank | equals) & highBits
}

// isBareValue reports whether s can stand without quotes as a string of the keyvalue format: it is bare, and does not
// read as something that is not a string.
func isBareValue(s []byte) bool {
	return isBare(s) && readsAsString(s)
}

// readsAsString reports whether s, which is bare, reads as a string and as nothing else. Its first character nearly always tells.
func readsAsString(s []byte) bool {
	switch c := s[0]; {
	case c == '{' || c == '[':
		return false
	case c <= '9' && (c >= '0' || c == '-' || c == '+' || c == '.'):
		return string(s) != "-INF" && !readsAsNumber(s)
	case c == 'n' || c == 't' || c == 'f' || c == 'N' || c == 'I':
		switch string(s) {
		case "null", "true", "false", "NaN", "INF":
			return false
		}
	}
	return true
}

// readsAsNumber reports whether s is a number to one reader or another: an optional sign, digits with or without a point,
// an optional exponent.
func readsAsNumber(s []byte) bool {
	s = trimSign(s)
	whole := countDigits(s)
	s = s[whole:]
	fraction := 0
	if len(s) > 0 && s[0] == '.' {
		fraction = countDigits(s[1:])
		s = s[1+fraction:]
	}
	if whole+fraction == 0 {
		return false
	}
	if len(s) > 0 && s[0]|0x20 == 'e' {
		exponent := trimSign(s[1:])
		return len(exponent) > 0 && countDigits(exponent) == len(exponent)
	}
	return len(s) == 0
}

func trimSign(s []byte) []byte {
	if len(s) > 0 && (s[0] == '+' || s[0] == '-') {
		return s[1:]
	}
	return s
}

func countDigits(s []byte) int {
	n := 0
	for n < len(s) && s[n]-'0' <= 9 {
		n++
	}
	return n
}

// isBareMessage reports whether s can stand without quotes as the message of the keyvalue format: a reader then finds its
// end at the last blank before the first "=" that does not follow a blank.
func isBareMessage(s []byte) bool {
	if len(s) == 0 || s[0] == '"' || s[0] == ' ' || s[len(s)-1] == ' ' {
		return false
	}
	for i := skipText(s, 0); i < len(s); i = skipText(s, i) {
		size, escape := inspect(s[i:], allControls)
		if escape {
			return false
		}
		i += size
	}
	return !hasSeparator(s)
}

// skipText is skipPlain for a message, in which quotes and backslashes are as good as any character.
func skipText(s []byte, i int) int {
	for i = skipPlain(s, i); i < len(s) && (s[i] == '"' || s[i] == '\\'); {
		i = skipPlain(s, i+1)
	}
	return i
}

// hasSeparator reports whether s has a "=" that does not follow a blank.
func hasSeparator(s []byte) bool {
	for i := 0; ; i++ {
		next := bytes.IndexByte(s[i:], '=')
		if next < 0 {
			return false
		}
		if i += next; i > 0 && s[i-1] != ' ' {
			return true
		}
	}
}
