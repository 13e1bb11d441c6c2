package format

import (
	"bytes"
	"math"
	"strconv"
)

// appendInt appends n. Most numbers that are logged are short: of those it knows how many digits they have.
func appendInt(dst []byte, n int64) []byte {
	switch u := uint64(n); {
	case u < 10:
		return append(dst, '0'+byte(u))
	case u < 100:
		return append(dst, '0'+byte(u/10), '0'+byte(u%10))
	case u < 1000:
		return append(dst, '0'+byte(u/100), '0'+byte(u/10%10), '0'+byte(u%10))
	case u < 10000:
		return append(dst, '0'+byte(u/1000), '0'+byte(u/100%10), '0'+byte(u/10%10), '0'+byte(u%10))
	}
	return strconv.AppendInt(dst, n, 10)
}

// appendShortest appends spelling, a float as PHP serialized it, if that is the shortest that reads back as it, in the form in
// which json_encode() prints it too: at most fifteen digits, since no two decimals of so many are the same float, and
// neither an exponent nor zeros that say nothing. json_encode() always prints a point.
func appendShortest(dst, spelling []byte) (line []byte, ok bool) {
	const most = 15
	number := spelling
	if len(number) > 0 && number[0] == '-' {
		number = number[1:]
	}
	whole := countDigits(number)
	if whole == 0 || whole > most || whole > 1 && number[0] == '0' {
		return dst, false
	}
	if len(number) == whole {
		return append(append(dst, spelling...), ".0"...), true
	}
	fraction := number[whole+1:]
	digits := countDigits(fraction)
	if number[whole] != '.' || digits == 0 || digits != len(fraction) || whole+digits > most || fraction[digits-1] == '0' {
		return dst, false
	}
	if number[0] == '0' && bytes.HasPrefix(fraction, []byte("0000")) { // what is less has an exponent
		return dst, false
	}
	return append(dst, spelling...), true
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
