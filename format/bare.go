package format

import (
	"bytes"
	"unicode/utf8"
)

// isBare tells whether s can stand without quotes as a key, as a channel, or as a value of logfmt: it is not empty, and
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

// isBareValue tells whether s can stand without quotes as a string of the keyvalue format: it is bare, and does not
// read as something that is not a string.
func isBareValue(s []byte) bool {
	if !isBare(s) || s[0] == '{' || s[0] == '[' {
		return false
	}
	switch string(s) {
	case "null", "true", "false", "NaN", "INF", "-INF":
		return false
	}
	return !readsAsNumber(s)
}

// readsAsNumber tells whether s is a number to one reader or another: an optional sign, digits with or without a point,
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

// isBareMessage tells whether s can stand without quotes as the message of the keyvalue format: a reader then finds its
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

// hasSeparator tells whether s has a "=" that does not follow a blank.
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
