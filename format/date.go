package format

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"envelog/record"
)

// Monolog's date formats (NormalizerFormatter::SIMPLE_DATE, JsonSerializableDateTimeImmutable::jsonSerialize).
const (
	isoSeconds      = `Y-m-d\TH:i:sP`
	isoMicroseconds = `Y-m-d\TH:i:s.uP`
)

// dates holds how dates are printed, compiled.
type dates struct {
	record  dateLayout // the time of a record, and Monolog's own dates that have microseconds
	context dateLayout // every other date
}

// newDates compiles format as Monolog understands it: the default format, spelled out, is the default.
func newDates(format string) (dates, error) {
	if format == "" || format == isoSeconds {
		return dates{record: dateLayout{iso: true, fraction: true}, context: dateLayout{iso: true}}, nil
	}
	layout, err := compileDate(format)
	return dates{record: layout, context: layout}, err
}

// dateLayout is a date format of PHP, compiled.
type dateLayout struct {
	iso      bool // one of Monolog's two formats, which need no parts
	fraction bool // of the two, the one with microseconds
	parts    []datePart
}

// datePart is one letter of a date format, or text between letters.
type datePart struct {
	letter  dateLetter
	literal string
}

// dateLetter appends what one letter of PHP's date() stands for.
type dateLetter func(dst []byte, t time.Time) []byte

// compileDate reads a format in the letters of PHP's date(); a letter that has no meaning there stands for itself, and
// so does one after a backslash.
func compileDate(format string) (dateLayout, error) {
	var layout dateLayout
	for i := 0; i < len(format); i++ {
		if format[i] != '\\' {
			layout.addLetter(format[i])
			continue
		}
		if i++; i == len(format) {
			return layout, errors.New("date format ends in a backslash")
		}
		layout.addLiteral(format[i : i+1])
	}
	if !utf8.ValidString(format) || layout.holdsAny(unicode.IsControl) {
		return layout, errors.New("date format has a control character or is not UTF-8")
	}
	return layout, nil
}

// addLetter adds what c stands for. The standard formats c and r spell years before 0 in their own way.
func (l *dateLayout) addLetter(c byte) {
	switch letter := letterOf(c); {
	case c == 'c':
		l.addStandard("", `-m-d\TH:i:sP`)
	case c == 'r':
		l.addStandard("D, d M ", " H:i:s O")
	case letter != nil:
		l.parts = append(l.parts, datePart{letter: letter})
	default:
		l.addLiteral(string([]byte{c}))
	}
}

func (l *dateLayout) addStandard(beforeYear, afterYear string) {
	year := func(dst []byte, t time.Time) []byte { return fmt.Appendf(dst, "%04d", t.Year()) }
	before, _ := compileDate(beforeYear)
	after, _ := compileDate(afterYear)
	l.parts = append(l.parts, before.parts...)
	l.parts = append(l.parts, datePart{letter: year})
	l.parts = append(l.parts, after.parts...)
}

func (l *dateLayout) addLiteral(text string) {
	if n := len(l.parts); n > 0 && l.parts[n-1].letter == nil {
		l.parts[n-1].literal += text
		return
	}
	l.parts = append(l.parts, datePart{literal: text})
}

// holdsAny reports whether the text between the letters has a character for which is tells true.
func (l *dateLayout) holdsAny(is func(rune) bool) bool {
	for _, part := range l.parts {
		if strings.ContainsFunc(part.literal, is) {
			return true
		}
	}
	return false
}

// time appends the time of r: Monolog's own dates say whether they print microseconds.
func (n *normalizer) time(dst []byte, r *record.Record) []byte {
	if r.WholeSeconds {
		return n.dates.context.append(dst, r.Time)
	}
	if n.dates.record.iso {
		return n.minute.append(dst, r.Time)
	}
	return n.dates.record.append(dst, r.Time)
}

// isoMinute remembers how the minute of the record before is spelled: most records are of the same one.
type isoMinute struct {
	unix          int64 // minutes since 1970
	zone          *time.Location
	front, offset []byte // what stands before the seconds, and after their fraction; no front where nothing is remembered
}

// append appends t as appendISO does with the fraction.
func (m *isoMinute) append(dst []byte, t time.Time) []byte {
	const seconds = len("04.678900")
	minute := t.Unix() / 60
	if len(m.front) == 0 || m.unix != minute || m.zone != t.Location() || t.Unix() < 0 {
		start := len(dst)
		dst = appendISO(dst, t, true)
		m.remember(dst[start:], t, minute)
		return dst
	}
	dst = append(dst, m.front...)
	second := int(t.Unix() - 60*minute)
	dst = append(dst, tens(second), ones(second), '.')
	dst = appendDigits(dst, t.Nanosecond()/1000, seconds-len("04."))
	return append(dst, m.offset...)
}

// remember keeps the spelling of t, unless the minutes of its zone do not begin with those of UTC, or its year is long.
func (m *isoMinute) remember(spelled []byte, t time.Time, minute int64) {
	const front, back = len("2006-01-02T15:04:"), len("2006-01-02T15:04:05.678900")
	m.front = m.front[:0]
	if _, offset := t.Zone(); offset%60 != 0 || len(spelled) != back+len("+00:00") || minute < 0 {
		return
	}
	m.unix, m.zone = minute, t.Location()
	m.front, m.offset = append(m.front, spelled[:front]...), append(m.offset[:0], spelled[back:]...)
}

// append appends t in its own zone.
func (l *dateLayout) append(dst []byte, t time.Time) []byte {
	if l.iso {
		return appendISO(dst, t, l.fraction)
	}
	for i := range l.parts {
		if part := &l.parts[i]; part.letter != nil {
			dst = part.letter(dst, t)
		} else {
			dst = append(dst, part.literal...)
		}
	}
	return dst
}

// appendISO appends t as Y-m-d\TH:i:sP, or with the fraction .u as well.
func appendISO(dst []byte, t time.Time, fraction bool) []byte {
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	dst = appendYear(dst, year)
	dst = append(dst, '-', tens(int(month)), ones(int(month)), '-', tens(day), ones(day), 'T',
		tens(hour), ones(hour), ':', tens(minute), ones(minute), ':', tens(second), ones(second))
	if fraction {
		dst = append(dst, '.')
		dst = appendDigits(dst, t.Nanosecond()/1000, 6)
	}
	return appendOffsetWithColon(dst, t)
}

func tens(n int) byte { return '0' + byte(n/10%10) }
func ones(n int) byte { return '0' + byte(n%10) }

// appendDigits appends n, which is not negative, with zeros in front up to width digits.
func appendDigits(dst []byte, n, width int) []byte {
	end := len(dst) + width
	for limit := pow10(width); n >= limit; limit *= 10 {
		end++
	}
	for len(dst) < end {
		dst = append(dst, '0')
	}
	for i := end - 1; n > 0; i-- {
		dst[i] = '0' + byte(n%10)
		n /= 10
	}
	return dst
}

func pow10(n int) int {
	p := 1
	for range n {
		p *= 10
	}
	return p
}

// appendYear appends a year as PHP's Y: at least four digits, a minus before year 0.
func appendYear(dst []byte, year int) []byte {
	if year < 0 {
		dst = append(dst, '-')
		year = -year
	}
	if year > 9999 {
		return appendDigits(dst, year, 5)
	}
	return append(dst, '0'+byte(year/1000), '0'+byte(year/100%10), tens(year), ones(year))
}
