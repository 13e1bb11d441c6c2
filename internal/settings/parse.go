package settings

import (
	"errors"
	"io/fs"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"envelog/internal/phpdate"
	"envelog/internal/secret"
	"envelog/internal/usage"
)

var errNotNumeric = errors.New("not numeric")

// ParseNumber reads what PHP's is_numeric() takes for a number: decimal, with fraction and exponent, white space
// around it.
func ParseNumber(text string) (float64, error) {
	text = strings.Trim(text, " \t\n\r\v\f")
	if text == "" || strings.Trim(text, "0123456789+-.eE") != "" {
		return 0, errNotNumeric
	}
	return strconv.ParseFloat(text, 64)
}

// PositiveInteger reads the value of an option that Symfony wants to be a positive integer, and says what Symfony says
// otherwise (ConsumeMessagesCommand::execute).
func PositiveInteger(option, text string) (int, error) {
	n, err := ParseNumber(text)
	if err != nil || n <= 0 || n != math.Trunc(n) || n > math.MaxInt32 {
		return 0, usage.Errorf(`Option "%s" must be a positive integer, "%s" passed.`, option, secret.Text(text))
	}
	return int(n), nil
}

// Seconds reads seconds, with fractions. Zero and more will do.
func Seconds(option, text string) (time.Duration, error) {
	n, err := ParseNumber(text)
	if err != nil || n < 0 || n > math.MaxInt64/float64(time.Second) {
		return 0, usage.Errorf(`Option "%s" must be a number of seconds, "%s" passed.`, option, secret.Text(text))
	}
	return time.Duration(n * float64(time.Second)), nil
}

// PositiveSeconds reads seconds, with fractions, more than zero.
func PositiveSeconds(option, text string) (time.Duration, error) {
	d, err := Seconds(option, text)
	if err != nil || d <= 0 {
		return 0, usage.Errorf(`Option "%s" must be a positive integer, "%s" passed.`, option, secret.Text(text))
	}
	return d, nil
}

// Age reads seconds, or, with m, h or d after the number, larger units. Zero will do.
func Age(option, text string) (time.Duration, error) {
	number, unit := text, time.Second
	for suffix, d := range map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour} {
		if rest, ok := strings.CutSuffix(text, suffix); ok {
			number, unit = rest, d
		}
	}
	n, err := ParseNumber(number)
	if err != nil || n < 0 || n > math.MaxInt64/float64(unit) {
		return 0, usage.Errorf(`Option "%s" must be a number of seconds, or with m, h or d for larger units, "%s" passed.`, option, secret.Text(text))
	}
	return time.Duration(n * float64(unit)), nil
}

// Bytes reads a number of bytes as ConsumeMessagesCommand::convertToBytes does: decimal with fractions, 0x and
// leading-0 octal, then k, m, g or t for powers of 1024, then perhaps b, in any case.
func Bytes(option, text string) (uint64, error) {
	number := strings.TrimRight(strings.TrimLeft(strings.ToLower(text), "+"), "b")
	scale := 1.0
	if i := strings.IndexByte("kmgt", lastByte(number)); i >= 0 {
		number = number[:len(number)-1]
		scale = math.Pow(1024, float64(i+1))
	}
	n, err := parseMagnitude(number)
	if err != nil || n <= 0 || n*scale >= math.MaxInt64 {
		return 0, usage.Errorf(`Option "%s" must be a number of bytes, with k, m, g or t for larger units, "%s" passed.`, option, secret.Text(text))
	}
	return uint64(n * scale), nil
}

func parseMagnitude(text string) (float64, error) {
	if strings.HasPrefix(text, "0x") || isOctal(text) {
		n, err := strconv.ParseUint(text, 0, 63)
		return float64(n), err
	}
	return ParseNumber(text)
}

func isOctal(text string) bool {
	return len(text) > 1 && text[0] == '0' && strings.Trim(text, "01234567") == ""
}

func lastByte(s string) byte {
	if s == "" {
		return 0
	}
	return s[len(s)-1]
}

// FileMode reads the permissions of a file or directory: octal digits, as for chmod.
func FileMode(option, text string) (fs.FileMode, error) {
	n, err := strconv.ParseUint(text, 8, 32)
	if err != nil || n == 0 || n > 0o777 {
		return 0, usage.Errorf(`Option "%s" must be permissions in octal digits such as 0640, "%s" passed.`, option, secret.Text(text))
	}
	return fs.FileMode(n), nil
}

// Zone reads the name of a time zone; nothing is no zone.
func Zone(option, text string) (*time.Location, error) {
	if text == "" {
		return nil, nil
	}
	if text == time.Local.String() {
		return time.Local, nil
	}
	zone, err := phpdate.LoadLocation(text)
	if err != nil {
		return nil, usage.Errorf(`Option "%s" must be a time zone such as Europe/Berlin, "%s" passed.`, option, secret.Text(text))
	}
	return zone, nil
}

// WholeNumber reads a whole number of any sign.
func WholeNumber(option, text string) (int, error) {
	n, err := ParseNumber(text)
	if err != nil || n != math.Trunc(n) || math.Abs(n) > math.MaxInt32 {
		return 0, usage.Errorf(`Option "%s" must be a whole number, "%s" passed.`, option, secret.Text(text))
	}
	return int(n), nil
}

// Number reads any number.
func Number(option, text string) (float64, error) {
	n, err := ParseNumber(text)
	if err != nil {
		return 0, usage.Errorf(`Option "%s" must be a number, "%s" passed.`, option, secret.Text(text))
	}
	return n, nil
}

// Milliseconds reads a whole number of milliseconds.
func Milliseconds(option, text string) (time.Duration, error) {
	n, err := WholeNumber(option, text)
	if err != nil {
		return 0, usage.Errorf(`Option "%s" must be a whole number of milliseconds, "%s" passed.`, option, secret.Text(text))
	}
	return time.Duration(n) * time.Millisecond, nil
}

// UnlessZero lets nothing and 0 stand for no limit, as PHP does for some options.
func UnlessZero[T any](parse func(option, text string) (T, error)) func(option, text string) (T, error) {
	return func(option, text string) (none T, err error) {
		if text == "" || text == "0" {
			return none, nil
		}
		return parse(option, text)
	}
}

// OneOf reads a value that is one of a few words.
func OneOf(words ...string) func(option, text string) (string, error) {
	return func(option, text string) (string, error) {
		if slices.Contains(words, text) {
			return text, nil
		}
		return "", usage.Errorf(`Option "%s" must be one of %s, "%s" passed.%s`,
			option, strings.Join(words, ", "), secret.Text(text), usage.DidYouMean(text, words, ""))
	}
}
