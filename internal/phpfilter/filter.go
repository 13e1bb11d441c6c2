package phpfilter

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// space is what the filters remove at both ends (PHP_FILTER_TRIM_DEFAULT).
const space = " \t\n\r\v"

// Bool is FILTER_VALIDATE_BOOL with FILTER_NULL_ON_FAILURE: 1, true, on and yes are true; 0, false, off, no and the empty
// text are false, in any case. valid is false for anything else.
func Bool(text string) (value, valid bool) {
	switch strings.ToLower(strings.Trim(text, space)) {
	case "1", "true", "on", "yes":
		return true, true
	case "0", "false", "off", "no", "":
		return false, true
	}
	return false, false
}

var (
	wholeNumber = regexp.MustCompile(`^[+-]?(0|[1-9][0-9]*)$`)
	anyNumber   = regexp.MustCompile(`^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$`)
)

// Int is FILTER_VALIDATE_INT: decimal digits without leading zeros, with a sign or without, that fit 64 bits.
func Int(text string) (value int64, valid bool) {
	text = strings.Trim(text, space)
	if !wholeNumber.MatchString(text) {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, false
	}
	return n, true
}

// Float is FILTER_VALIDATE_FLOAT: digits with a fraction and an exponent or without. A number that is too large is not
// valid, nor one that becomes 0 with any other digit in it, which PHP takes for too small: 1e-400, and 0e5 as well.
func Float(text string) (value float64, valid bool) {
	text = strings.Trim(text, space)
	if !anyNumber.MatchString(text) {
		return 0, false
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f == 0 && strings.ContainsAny(text, "123456789") {
		return 0, false
	}
	return f, true
}

// Text is PHP's string cast of a scalar, which the filters work on: null and false are the empty text, true is "1". ok is
// false for lists, maps and other values, which no filter takes.
func Text(value any) (text string, ok bool) {
	switch v := value.(type) {
	case nil:
		return "", true
	case string:
		return v, true
	case bool:
		if v {
			return "1", true
		}
		return "", true
	case int:
		return strconv.Itoa(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case uint64:
		return strconv.FormatUint(v, 10), true
	case float64:
		return floatText(v), true
	}
	return "", false
}

// floatText writes a float with PHP's default precision of 14 digits: 1 for 1.0, 1.0E+25 for 1e25.
func floatText(f float64) string {
	switch {
	case math.IsInf(f, 1):
		return "INF"
	case math.IsInf(f, -1):
		return "-INF"
	case math.IsNaN(f):
		return "NAN"
	}
	s := strconv.FormatFloat(f, 'G', 14, 64)
	mantissa, exponent, found := strings.Cut(s, "E")
	if !found {
		return s
	}
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	return mantissa + "E" + exponent[:1] + strings.TrimLeft(exponent[1:], "0")
}
