package format

import (
	"bytes"
	"math"
	"strconv"
)

// isShortest reports whether spelling, a float as PHP serialized it, is the shortest that reads back as it, in the form in
// which json_encode() prints it too: at most fifteen digits, since no two decimals of so many are the same float, and
// neither an exponent nor zeros that say nothing.
func isShortest(spelling []byte) bool {
	if len(spelling) > 0 && spelling[0] == '-' {
		spelling = spelling[1:]
	}
	const most = 15
	whole := countDigits(spelling)
	if whole == 0 || whole > most || whole > 1 && spelling[0] == '0' {
		return false
	}
	if len(spelling) == whole {
		return true
	}
	fraction := spelling[whole+1:]
	digits := countDigits(fraction)
	if spelling[whole] != '.' || digits == 0 || digits != len(fraction) || whole+digits > most || fraction[digits-1] == '0' {
		return false
	}
	return spelling[0] != '0' || !bytes.HasPrefix(fraction, []byte("0000")) // less has an exponent
}

// appendSpelledFloat appends a float that isShortest, always with a point.
func appendSpelledFloat(dst, spelling []byte) []byte {
	dst = append(dst, spelling...)
	if bytes.IndexByte(spelling, '.') < 0 {
		dst = append(dst, ".0"...)
	}
	return dst
}

// appendJSONFloat appends the finite f as json_encode() spells it with JSON_PRESERVE_ZERO_FRACTION and
// serialize_precision -1: the shortest digits that read back as f, always with a point, "1.0e+25" from 1e17 on.
func appendJSONFloat(dst []byte, f float64) []byte {
	size := math.Abs(f)
	if size != 0 && (size < 1e-4 || size >= 1e17) {
		return appendExponent(dst, f, -1, 'e')
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
	if bytes.IndexByte(dst[start:], '.') < 0 {
		dst = append(dst, ".0"...)
	}
	return dst
}

// castDigits is PHP's default for the ini setting precision.
const castDigits = 14

// appendCastFloat appends f as PHP's (string) does with precision 14: "1" for 1.0, "0.3" for 0.1+0.2, "1.0E+25".
func appendCastFloat(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return appendNotFinite(dst, f)
	case f == 0:
		return strconv.AppendFloat(dst, f, 'f', 0, 64)
	}
	exponent := decimalExponent(f)
	if exponent < -4 || exponent >= castDigits {
		return appendExponent(dst, f, castDigits-1, 'E')
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', castDigits-1-exponent, 64)
	return trimFraction(dst, start)
}

// decimalExponent returns the exponent of f, which is not zero, once it is rounded to castDigits.
func decimalExponent(f float64) int {
	var buffer [32]byte
	digits := strconv.AppendFloat(buffer[:0], f, 'e', castDigits-1, 64)
	exponent, _ := strconv.Atoi(string(digits[bytes.IndexByte(digits, 'e')+1:]))
	return exponent
}

// appendExponent appends f as PHP's zend_gcvt() writes exponents: "1.0e+25", "1.5e-7". Negative digits mean the shortest
// that read back as f.
func appendExponent(dst []byte, f float64, digits int, e byte) []byte {
	var buffer [32]byte
	mantissa, exponent, _ := bytes.Cut(strconv.AppendFloat(buffer[:0], f, 'e', digits, 64), []byte{'e'})
	start := len(dst)
	dst = trimFraction(append(dst, mantissa...), start)
	if bytes.IndexByte(dst[start:], '.') < 0 {
		dst = append(dst, ".0"...)
	}
	dst = append(dst, e, exponent[0])
	exponent = exponent[1:]
	if exponent[0] == '0' {
		exponent = exponent[1:]
	}
	return append(dst, exponent...)
}

// trimFraction takes the zeros off that end the fraction written from start on, and the point if nothing else is left.
func trimFraction(dst []byte, start int) []byte {
	if bytes.IndexByte(dst[start:], '.') < 0 {
		return dst
	}
	return bytes.TrimSuffix(bytes.TrimRight(dst, "0"), []byte{'.'})
}

// appendNotFinite appends INF, -INF or NaN, as Monolog spells them (NormalizerFormatter::normalize).
func appendNotFinite(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case f < 0:
		return append(dst, "-INF"...)
	}
	return append(dst, "INF"...)
}

func isFinite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }
