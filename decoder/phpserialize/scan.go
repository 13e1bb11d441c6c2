package phpserialize

import (
	"bytes"
	"math"
	"strconv"
)

// The consume functions read one rule of the grammar each: bytes and an offset in, what was read and the offset after
// it out. A negative offset is an error; ^offset is the byte that does not fit, or len(src) when bytes are missing.

// mostLength is what a length that is larger than any input counts as.
const mostLength = math.MaxUint32

// consumeLength reads digits and the byte stop after them.
func consumeLength(src []byte, at int, stop byte) (n, next int) {
	start := at
	for at < len(src) {
		c := src[at] - '0'
		if c > 9 {
			break
		}
		n = min(n*10+int(c), mostLength)
		at++
	}
	if at == len(src) || src[at] != stop || at == start {
		return 0, ^at
	}
	return n, at + 1
}

// consumeQuoted reads `<len>:"<bytes>"` and returns the place of the bytes. When fewer bytes are left than the length
// declares, next is ^len(src) and n the length.
func consumeQuoted(src []byte, at int) (start, n, next int) {
	n, at = consumeLength(src, at, ':')
	if at < 0 {
		return 0, 0, at
	}
	if at == len(src) || src[at] != '"' {
		return 0, 0, ^at
	}
	start = at + 1
	if len(src)-start < n {
		return start, n, ^len(src)
	}
	end := start + n
	if end == len(src) || src[end] != '"' {
		return start, n, ^end
	}
	return start, n, end + 1
}

// consumeEscaped reads one byte of an S: string: itself, or `\xx` with two hex digits.
func consumeEscaped(src []byte, at int) (c byte, next int) {
	if at == len(src) {
		return 0, ^at
	}
	if src[at] != '\\' {
		return src[at], at + 1
	}
	if len(src)-at < len(`\xx`) {
		return 0, ^len(src)
	}
	high, low := hexDigit(src[at+1]), hexDigit(src[at+2])
	if high|low > 0xf {
		return 0, ^at
	}
	return high<<4 | low, at + 3
}

// hexDigit returns the value of a hex digit, or 0xff.
func hexDigit(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 0xff
}

// consumeByte reads the byte c.
func consumeByte(src []byte, at int, c byte) (next int) {
	if at >= len(src) || src[at] != c {
		return ^at
	}
	return at + 1
}

// consumeInt reads `[+-]<digits>;` as an int64.
func consumeInt(src []byte, at int) (n int64, next int) {
	n, end, fits := consumeDecimal(src, at)
	if end < 0 {
		return 0, end
	}
	if end == len(src) || src[end] != ';' {
		return 0, ^end
	}
	if !fits {
		return 0, ^at
	}
	return n, end + 1
}

// consumeDecimal reads `[+-]<digits>` and reports whether the number is an int64.
func consumeDecimal(src []byte, at int) (n int64, next int, fits bool) {
	negative := at < len(src) && src[at] == '-'
	if negative || at < len(src) && src[at] == '+' {
		at++
	}
	digits := at
	var u uint64
	for at < len(src) {
		c := src[at] - '0'
		if c > 9 {
			break
		}
		if u > (math.MaxUint64-9)/10 {
			u = math.MaxUint64 // and so it stays: beyond int64, whatever comes
		} else {
			u = u*10 + uint64(c)
		}
		at++
	}
	if at == digits {
		return 0, ^at, false
	}
	if negative {
		return int64(-u), at, u <= 1<<63
	}
	return int64(u), at, u < 1<<63
}

// ParseInt reads a decimal number with an optional sign and reports whether it is an int64.
func ParseInt(spelling []byte) (n int64, ok bool) {
	n, end, fits := consumeDecimal(spelling, 0)
	return n, fits && end == len(spelling)
}

// consumeFloat reads `<float>;` and returns its value; the spelling is src[at : next-1].
func consumeFloat(src []byte, at int) (f float64, next int) {
	if f, next = consumeShortFloat(src, at); next >= 0 {
		return f, next
	}
	const longest = 1100 // more digits than any float64 has
	end := min(len(src), at+longest)
	n := bytes.IndexByte(src[at:end], ';')
	if n < 0 {
		return 0, ^end
	}
	f, ok := ParseFloat(src[at : at+n])
	if !ok {
		return 0, ^at
	}
	return f, at + n + 1
}

// consumeShortFloat is consumeFloat for digits with a sign and a point, of which there are so few that both the number
// without the point and the power of ten are exact floats, and one division is all that rounds. It fails at all others.
func consumeShortFloat(src []byte, at int) (f float64, next int) {
	const most = 15
	sign := at
	if at < len(src) && src[at] == '-' {
		at++
	}
	var whole, scale, power uint64 = 0, 1, 1
	first, end := at, min(len(src), at+most+1)
	for ; at < end; at++ {
		switch c := src[at]; {
		case c-'0' <= 9:
			whole = whole*10 + uint64(c-'0')
			scale *= power
		case c == '.' && power == 1 && at > first:
			power = 10
		case c == ';' && at > first:
			f = float64(whole) / float64(scale)
			if first > sign {
				f = -f
			}
			return f, at + 1
		default:
			return 0, -1
		}
	}
	return 0, -1
}

// ParseFloat reads a float as unserialize() does: decimal digits with sign, point and exponent, or INF, -INF, NAN.
func ParseFloat(spelling []byte) (f float64, ok bool) {
	switch string(spelling) {
	case "INF":
		return math.Inf(1), true
	case "-INF":
		return math.Inf(-1), true
	case "NAN":
		return math.NaN(), true
	}
	for _, c := range spelling {
		if (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c|0x20 != 'e' {
			return 0, false
		}
	}
	f, err := strconv.ParseFloat(string(spelling), 64)
	if err != nil && !math.IsInf(f, 0) { // too large a number is INF, as in PHP
		return 0, false
	}
	return f, true
}

// CanonicalInt returns the int key that PHP makes of a string key such as "5" or "-5", but not of "05", "-0", "5.0"
// or a number beyond int64 (php-src Zend/zend_hash.h, ZEND_HANDLE_NUMERIC_STR).
func CanonicalInt(key []byte) (n int64, ok bool) {
	if len(key) == 0 || key[0] > '9' || key[0] == '+' {
		return 0, false
	}
	digits := key
	if key[0] == '-' {
		digits = key[1:]
	}
	if len(digits) == 0 || digits[0] == '0' && len(key) > 1 {
		return 0, false
	}
	return ParseInt(key)
}

// isClassName reports whether PHP's reader takes name for the name of a class: letters, digits, _, \ and bytes from 0x80.
func isClassName(name []byte) bool {
	const (
		digits  = 0x3ff << '0'                                                           // bytes 0 to 63
		letters = 0x3ffffff<<('A'-64) | 0x3ffffff<<('a'-64) | 1<<('_'-64) | 1<<('\\'-64) // bytes 64 to 127
	)
	for _, c := range name {
		set := uint64(digits)
		if c >= 64 {
			set = letters
		}
		if c < 0x80 && set>>(c&63)&1 == 0 {
			return false
		}
	}
	return len(name) > 0
}

// isEnumName reports whether name is "<class>:<case>".
func isEnumName(name []byte) bool {
	class, enumCase, found := bytes.Cut(name, []byte{':'})
	return found && isClassName(class) && len(enumCase) > 0
}
