package format

import (
	"strconv"
	"strings"
	"time"

	"envelog/internal/phpdate"
)

// letterOf returns what the letter c of PHP's date() appends, or nil if it has no meaning there (php-src
// ext/date/php_date.c, date_format).
func letterOf(c byte) dateLetter {
	for _, find := range []func(byte) dateLetter{dayLetter, yearLetter, clockLetter, zoneLetter} {
		if letter := find(c); letter != nil {
			return letter
		}
	}
	return nil
}

func dayLetter(c byte) dateLetter {
	switch c {
	case 'd':
		return func(dst []byte, t time.Time) []byte { return appendDigits(dst, t.Day(), 2) }
	case 'D':
		return func(dst []byte, t time.Time) []byte { return append(dst, t.Weekday().String()[:3]...) }
	case 'j':
		return func(dst []byte, t time.Time) []byte { return strconv.AppendInt(dst, int64(t.Day()), 10) }
	case 'l':
		return func(dst []byte, t time.Time) []byte { return append(dst, t.Weekday().String()...) }
	case 'N':
		return func(dst []byte, t time.Time) []byte { return append(dst, '1'+byte(t.Weekday()+6)%7) }
	case 'S':
		return func(dst []byte, t time.Time) []byte { return append(dst, ordinalSuffix(t.Day())...) }
	case 'w':
		return func(dst []byte, t time.Time) []byte { return append(dst, '0'+byte(t.Weekday())) }
	case 'z':
		return func(dst []byte, t time.Time) []byte { return strconv.AppendInt(dst, int64(t.YearDay()-1), 10) }
	}
	return nil
}

func ordinalSuffix(day int) string {
	if day/10 == 1 {
		return "th"
	}
	switch day % 10 {
	case 1:
		return "st"
	case 2:
		return "nd"
	case 3:
		return "rd"
	}
	return "th"
}

func yearLetter(c byte) dateLetter {
	switch c {
	case 'W':
		return func(dst []byte, t time.Time) []byte { _, week := t.ISOWeek(); return appendDigits(dst, week, 2) }
	case 'F':
		return func(dst []byte, t time.Time) []byte { return append(dst, t.Month().String()...) }
	case 'm':
		return func(dst []byte, t time.Time) []byte { return appendDigits(dst, int(t.Month()), 2) }
	case 'M':
		return func(dst []byte, t time.Time) []byte { return append(dst, t.Month().String()[:3]...) }
	case 'n':
		return func(dst []byte, t time.Time) []byte { return strconv.AppendInt(dst, int64(t.Month()), 10) }
	case 't':
		return func(dst []byte, t time.Time) []byte { return strconv.AppendInt(dst, int64(daysInMonth(t)), 10) }
	case 'L':
		return func(dst []byte, t time.Time) []byte { return appendFlag(dst, isLeap(t.Year())) }
	case 'o':
		return func(dst []byte, t time.Time) []byte {
			year, _ := t.ISOWeek()
			return strconv.AppendInt(dst, int64(year), 10)
		}
	case 'Y':
		return func(dst []byte, t time.Time) []byte { return appendYear(dst, t.Year()) }
	case 'y':
		return func(dst []byte, t time.Time) []byte { return appendYearOfCentury(dst, t.Year()) }
	case 'x':
		return func(dst []byte, t time.Time) []byte { return appendSignedYear(dst, t.Year(), 10_000) }
	case 'X':
		return func(dst []byte, t time.Time) []byte { return appendSignedYear(dst, t.Year(), 0) }
	}
	return nil
}

func daysInMonth(t time.Time) int {
	return time.Date(t.Year(), t.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

func isLeap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

func appendFlag(dst []byte, on bool) []byte {
	if on {
		return append(dst, '1')
	}
	return append(dst, '0')
}

// appendYearOfCentury appends two digits, and a minus before year 0, as PHP's "%02d" does.
func appendYearOfCentury(dst []byte, year int) []byte {
	if year %= 100; year < 0 {
		return strconv.AppendInt(dst, int64(year), 10)
	}
	return appendDigits(dst, year, 2)
}

// appendSignedYear appends year with its sign, which a year before least does without unless it is negative.
func appendSignedYear(dst []byte, year, least int) []byte {
	if year >= least {
		dst = append(dst, '+')
	}
	return appendYear(dst, year)
}

func clockLetter(c byte) dateLetter {
	switch c {
	case 'a':
		return func(dst []byte, t time.Time) []byte { return append(dst, "am\x00pm"[t.Hour()/12*3:][:2]...) }
	case 'A':
		return func(dst []byte, t time.Time) []byte { return append(dst, "AM\x00PM"[t.Hour()/12*3:][:2]...) }
	case 'B':
		return func(dst []byte, t time.Time) []byte { return appendDigits(dst, swatchBeat(t), 3) }
	case 'g':
		return func(dst []byte, t time.Time) []byte { return strconv.AppendInt(dst, int64(hourOf12(t)), 10) }
	case 'G':
		return func(dst []byte, t time.Time) []byte { return strconv.AppendInt(dst, int64(t.Hour()), 10) }
	case 'h':
		return func(dst []byte, t time.Time) []byte { return appendDigits(dst, hourOf12(t), 2) }
	case 'H':
		return func(dst []byte, t time.Time) []byte { return appendDigits(dst, t.Hour(), 2) }
	case 'i':
		return func(dst []byte, t time.Time) []byte { return appendDigits(dst, t.Minute(), 2) }
	case 's':
		return func(dst []byte, t time.Time) []byte { return appendDigits(dst, t.Second(), 2) }
	case 'u':
		return func(dst []byte, t time.Time) []byte { return appendDigits(dst, t.Nanosecond()/1000, 6) }
	case 'v':
		return func(dst []byte, t time.Time) []byte { return appendDigits(dst, t.Nanosecond()/1_000_000, 3) }
	}
	return nil
}

func hourOf12(t time.Time) int { return (t.Hour()+11)%12 + 1 }

// swatchBeat returns the thousandth of the day in Swatch's zone, one hour east of UTC.
func swatchBeat(t time.Time) int {
	const day = 86400
	seconds := ((t.Unix()+3600)%day + day) % day
	return int(seconds * 1000 / day)
}

func zoneLetter(c byte) dateLetter {
	switch c {
	case 'e':
		return appendZoneName
	case 'I':
		return func(dst []byte, t time.Time) []byte { return appendFlag(dst, isDaylight(t)) }
	case 'O':
		return func(dst []byte, t time.Time) []byte { return appendOffset(dst, t, "") }
	case 'p':
		return appendOffsetOrZ
	case 'P':
		return appendOffsetWithColon
	case 'T':
		return appendAbbreviation
	case 'U':
		return func(dst []byte, t time.Time) []byte { return strconv.AppendInt(dst, t.Unix(), 10) }
	case 'Z':
		return func(dst []byte, t time.Time) []byte { return strconv.AppendInt(dst, int64(offsetOf(t)), 10) }
	}
	return nil
}

func offsetOf(t time.Time) int {
	_, offset := t.Zone()
	return offset
}

// appendOffset appends the offset from UTC in hours and minutes; PHP leaves out the seconds of historical ones.
func appendOffset(dst []byte, t time.Time, colon string) []byte {
	minutes := offsetOf(t) / 60
	sign := byte('+')
	if offsetOf(t) < 0 {
		sign, minutes = '-', -minutes
	}
	dst = append(dst, sign, tens(minutes/60), ones(minutes/60))
	dst = append(dst, colon...)
	return append(dst, tens(minutes%60), ones(minutes%60))
}

func appendOffsetWithColon(dst []byte, t time.Time) []byte { return appendOffset(dst, t, ":") }

// appendOffsetOrZ appends Z where the zone is UTC by name or by offset; London's winter, which is GMT, is +00:00.
func appendOffsetOrZ(dst []byte, t time.Time) []byte {
	if name, offset := t.Zone(); offset == 0 && (isOffsetZone(t) || name == "UTC" || name == "Z") {
		return append(dst, 'Z')
	}
	return appendOffset(dst, t, ":")
}

// isOffsetZone reports whether the zone of t is a mere offset, which has no name, or its offset for one.
func isOffsetZone(t time.Time) bool {
	name := t.Location().String()
	return name == "" || name[0] == '+' || name[0] == '-'
}

func appendZoneName(dst []byte, t time.Time) []byte {
	if isOffsetZone(t) {
		return appendOffset(dst, t, ":")
	}
	return appendName(dst, t.Location().String())
}

func appendAbbreviation(dst []byte, t time.Time) []byte {
	if isOffsetZone(t) {
		return appendOffset(append(dst, "GMT"...), t, "")
	}
	name, _ := t.Zone()
	return appendName(dst, name)
}

// appendName appends what is fit for the name of a zone.
func appendName(dst []byte, name string) []byte {
	for i := range len(name) {
		c := name[i]
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("/_+-", c) >= 0 {
			dst = append(dst, c)
		}
	}
	return dst
}

// isDaylight reports whether it is daylight saving time: by the season, or always in a zone such as EDT.
func isDaylight(t time.Time) bool {
	name, offset := t.Zone()
	if t.IsDST() || name != t.Location().String() {
		return t.IsDST()
	}
	known, daylight, _ := phpdate.Abbreviation(name)
	return daylight && known == offset
}
