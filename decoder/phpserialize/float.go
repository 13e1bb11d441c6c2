package phpserialize

import (
	"math"
	"strconv"
)

// AppendFloat appends f as PHP spells it with serialize_precision -1, its default: the shortest digits that read back
// as f, plain from 1.0E-4 up to 17 digits before the point, otherwise like 1.0E+25 (php-src main/snprintf.c,
// smart_str_append_double and php_gcvt).
func AppendFloat(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NAN"...)
	case math.IsInf(f, 1):
		return append(dst, "INF"...)
	case math.IsInf(f, -1):
		return append(dst, "-INF"...)
	}
	var scratch [32]byte
	shortest := strconv.AppendFloat(scratch[:0], f, 'e', -1, 64) // such as -1.25e+07
	if shortest[0] == '-' {
		dst, shortest = append(dst, '-'), shortest[1:]
	}
	e := len(shortest) - 1
	for shortest[e] != 'e' {
		e--
	}
	exponent, _ := strconv.Atoi(string(shortest[e+1:]))
	digits := append(shortest[:1], shortest[min(2, e):e]...)
	if exponent < -4 || exponent > 17-1 {
		return appendExponential(dst, digits, exponent)
	}
	return appendPlain(dst, digits, exponent)
}

func appendExponential(dst, digits []byte, exponent int) []byte {
	dst = append(dst, digits[0], '.')
	if len(digits) == 1 {
		dst = append(dst, '0')
	}
	dst = append(dst, digits[1:]...)
	dst = append(dst, 'E')
	if exponent > 0 {
		dst = append(dst, '+')
	}
	return strconv.AppendInt(dst, int64(exponent), 10)
}

func appendPlain(dst, digits []byte, exponent int) []byte {
	if exponent < 0 {
		dst = append(dst, "0."...)
		for range -exponent - 1 {
			dst = append(dst, '0')
		}
		return append(dst, digits...)
	}
	for i := range exponent + 1 {
		if i < len(digits) {
			dst = append(dst, digits[i])
			continue
		}
		dst = append(dst, '0')
	}
	if len(digits) > exponent+1 {
		dst = append(dst, '.')
		dst = append(dst, digits[exponent+1:]...)
	}
	return dst
}
