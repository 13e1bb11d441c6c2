package phpdate

import (
	"errors"
	"fmt"
	"time"

	"envelog/phpvalue"
)

// ErrInvalid is the class of all errors about a date or zone that PHP itself could not have written.
var ErrInvalid = errors.New("invalid date")

// ErrUnknownZone is the [ErrInvalid] about a zone that is not known here: PHP may have a newer or other tz database.
var ErrUnknownZone = fmt.Errorf("%w: unknown time zone", ErrInvalid)

// The names of the three properties that make an object a date.
const (
	LocalProperty = "date"
	KindProperty  = "timezone_type"
	ZoneProperty  = "timezone"
)

// Date is a date as it is serialized. The bytes are views into the tree that it was found in.
type Date struct {
	Local []byte   // "2026-11-23 09:49:34.841400", in the zone's own time
	Kind  ZoneKind // timezone_type
	Zone  []byte   // "+02:00", "EST" or "Europe/Paris", as Kind says
}

// Find returns the date that v holds, and whether v is an object with all that makes a date.
func Find(v phpvalue.Value) (Date, bool) {
	var d Date
	if v.Kind() != phpvalue.Object {
		return d, false
	}
	for it := v.Children(); it.Next(); {
		if d.Add(it.Value()); d.Complete() {
			return d, true
		}
	}
	return d, false
}

// Add takes the property p into d if it is one of the three, for callers that look at an object's properties anyway.
func (d *Date) Add(p phpvalue.Value) {
	if p.KeyKind() != phpvalue.TextKey {
		return
	}
	switch string(p.TextKey()) {
	case LocalProperty:
		d.Local = text(p.Resolve())
	case KindProperty:
		if kind := p.Resolve(); kind.Kind() == phpvalue.Int {
			d.Kind = ZoneKind(kind.Int())
		}
	case ZoneProperty:
		d.Zone = text(p.Resolve())
	}
}

// The mangled names of the property of Monolog's own date class that says whether it prints microseconds, in Monolog 3
// and 2.
const (
	microseconds3 = "\x00Monolog\\JsonSerializableDateTimeImmutable\x00useMicroseconds"
	microseconds2 = "\x00Monolog\\DateTimeImmutable\x00useMicroseconds"
)

// IsMicroseconds reports whether the property p is the one of Monolog's own date class that says whether the date is printed
// with microseconds.
func IsMicroseconds(p phpvalue.Value) bool {
	if p.KeyKind() != phpvalue.TextKey {
		return false
	}
	name := p.TextKey()
	return string(name) == microseconds3 || string(name) == microseconds2
}

// WholeSeconds reports whether v is a date of Monolog's own class that is printed without microseconds.
func WholeSeconds(v phpvalue.Value) bool {
	if v.Kind() != phpvalue.Object || v.Len() <= len([...]string{LocalProperty, KindProperty, ZoneProperty}) {
		return false
	}
	for it := v.Children(); it.Next(); {
		if IsMicroseconds(it.Value()) {
			uses := it.Value().Resolve()
			return uses.Kind() == phpvalue.Bool && !uses.Bool()
		}
	}
	return false
}

// InUTC returns the instant when the clocks of UTC show the local time of d: the nearest that can be told of a date whose
// zone is not known. An error is an [ErrInvalid].
func (d Date) InUTC() (time.Time, error) {
	c, err := parseClock(d.Local)
	if err != nil {
		return time.Time{}, err
	}
	return c.in(time.UTC), nil
}

// Complete reports whether all three properties have been seen.
func (d *Date) Complete() bool {
	return d.Local != nil && d.Zone != nil && d.Kind >= KindOffset && d.Kind <= KindIdentifier
}

func text(v phpvalue.Value) []byte {
	if v.Kind() != phpvalue.String {
		return nil
	}
	return v.Text()
}

// clock is a local time, field by field.
type clock struct {
	year, month, day, hour, minute, second, nanosecond int
}

// in returns the instant when the clocks of zone show c. A time that they skip is read as PHP does, by the offset before
// the change; time.Date may take the other one, and then shows an earlier time than c.
func (c clock) in(zone *time.Location) time.Time {
	t := time.Date(c.year, time.Month(c.month), c.day, c.hour, c.minute, c.second, c.nanosecond, zone)
	if missing := time.Duration(c.hour-t.Hour())*time.Hour + time.Duration(c.minute-t.Minute())*time.Minute; missing > 0 {
		return t.Add(missing)
	}
	return t
}

// parseClock reads "Y-m-d H:i:s.u"; the fraction may be shorter, or missing.
func parseClock(b []byte) (clock, error) {
	year, rest := parseYear(b)
	if rest == nil || len(rest) < len("-01-02 15:04:05") {
		return clock{}, badClock(b)
	}
	c := clock{year: year, month: two(rest[1:]), day: two(rest[4:]), hour: two(rest[7:]), minute: two(rest[10:]), second: two(rest[13:])}
	if rest[0] != '-' || rest[3] != '-' || rest[6] != ' ' || rest[9] != ':' || rest[12] != ':' || !c.possible() {
		return clock{}, badClock(b)
	}
	var ok bool
	if c.nanosecond, ok = parseFraction(rest[15:]); !ok {
		return clock{}, badClock(b)
	}
	return c, nil
}

func badClock(b []byte) error {
	return fmt.Errorf("%w: %.40q is not in the form of 2026-11-23 09:49:34.841400", ErrInvalid, b)
}

func (c clock) possible() bool {
	return c.month >= 1 && c.month <= 12 && c.day >= 1 && c.day <= 31 &&
		c.hour >= 0 && c.hour <= 23 && c.minute >= 0 && c.minute <= 59 && c.second >= 0 && c.second <= 59
}

// parseYear reads a year of four to nine digits with an optional sign; rest is nil if there isn't one.
func parseYear(b []byte) (year int, rest []byte) {
	sign := 1
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		if b[0] == '-' {
			sign = -1
		}
		b = b[1:]
	}
	n := 0
	for n < len(b) && n <= 9 && b[n]-'0' <= 9 {
		year = year*10 + int(b[n]-'0')
		n++
	}
	if n < 4 || n > 9 {
		return 0, nil
	}
	return sign * year, b[n:]
}

// two reads two digits, or returns -1.
func two(b []byte) int {
	tens, ones := b[0]-'0', b[1]-'0'
	if tens > 9 || ones > 9 {
		return -1
	}
	return int(tens)*10 + int(ones)
}

// parseFraction reads nothing, or a dot and up to nine digits, as nanoseconds.
func parseFraction(b []byte) (nanoseconds int, ok bool) {
	if len(b) == 0 {
		return 0, true
	}
	if b[0] != '.' || len(b) < 2 || len(b) > 10 {
		return 0, false
	}
	scale := 1_000_000_000
	for _, c := range b[1:] {
		if c-'0' > 9 {
			return 0, false
		}
		scale /= 10
		nanoseconds += int(c-'0') * scale
	}
	return nanoseconds, true
}
