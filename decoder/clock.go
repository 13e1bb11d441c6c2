package decoder

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"time"

	"envelog/internal/phpdate"
	"envelog/phpvalue"
)

// clock reads the times of messages.
type clock struct {
	zones phpdate.Zones
	local []byte // a time from text, in PHP's spelling
	zone  []byte

	unknown   map[string]bool   // zones that were not found
	onUnknown func(zone string) // told of each of them once, if it is not nil
}

// maxUnknownZones bounds how many zones that are not found are remembered, and told about.
const maxUnknownZones = 64

// time reads a time: a date object of any class, unix seconds as int or float, or ISO 8601 text. Unix seconds are in
// UTC, and so is text without a zone; every other time keeps its zone.
func (c *clock) time(v phpvalue.Value) (time.Time, error) {
	switch v.Kind() {
	case phpvalue.Object:
		d, ok := phpdate.Find(v)
		if !ok {
			return time.Time{}, fmt.Errorf("%w: an object of class %.100q, not a date", ErrUnmappable, v.Text())
		}
		return c.date(d)
	case phpvalue.Int:
		return unix(v.Int(), 0)
	case phpvalue.Float:
		return unixFloat(v.Float())
	case phpvalue.String:
		return c.iso(v.Text())
	}
	return time.Time{}, fmt.Errorf("%w: %s, not a time", ErrUnmappable, kindName(v))
}

// date reads a date object. A zone that is not known costs no record: its time is taken for one of UTC.
func (c *clock) date(d phpdate.Date) (time.Time, error) {
	t, err := c.zones.Time(d)
	if errors.Is(err, phpdate.ErrUnknownZone) {
		c.tellUnknown(string(d.Zone))
		t, err = d.InUTC()
	}
	if err != nil {
		return t, fmt.Errorf("%w: %w", ErrUnmappable, err)
	}
	return t, nil
}

// tellUnknown tells of a zone once.
func (c *clock) tellUnknown(zone string) {
	if c.onUnknown == nil || c.unknown[zone] || len(c.unknown) == maxUnknownZones {
		return
	}
	if c.unknown == nil {
		c.unknown = make(map[string]bool)
	}
	c.unknown[zone] = true
	c.onUnknown(zone)
}

// unix returns a time in UTC. Beyond the year 9999 it is taken for a mistake, such as milliseconds.
func unix(seconds, nanoseconds int64) (time.Time, error) {
	const last = 253402300799 // 9999-12-31T23:59:59Z
	if seconds < -last || seconds > last {
		return time.Time{}, fmt.Errorf("%w: a number beyond the year 9999; unix time is in seconds", ErrUnmappable)
	}
	return time.Unix(seconds, nanoseconds).UTC(), nil
}

// unixFloat rounds to microseconds, as PHP's dates do.
func unixFloat(seconds float64) (time.Time, error) {
	const micros = 1e6
	whole := math.Floor(seconds)
	if math.IsNaN(whole) || math.Abs(whole) > math.MaxInt32*1e6 {
		return unix(math.MaxInt64, 0)
	}
	return unix(int64(whole), int64(math.Round((seconds-whole)*micros))*int64(time.Microsecond))
}

// iso reads "2026-11-23T08:49:34.841400+00:00", with a blank for the T, without fraction, with Z or an abbreviation or a
// zone's name, without colon or minutes in the offset, or without zone.
func (c *clock) iso(text []byte) (time.Time, error) {
	const seconds = len("2026-11-23T08:49:34")
	if len(text) < seconds || !isISODate(text[:seconds]) {
		return time.Time{}, errISO()
	}
	end := seconds
	if end < len(text) && text[end] == '.' {
		for end++; end < len(text) && text[end]-'0' <= 9; end++ {
		}
	}
	c.local = append(c.local[:0], text[:end]...)
	c.local[len("2026-11-23")] = ' '
	d := phpdate.Date{Local: c.local}
	d.Kind, d.Zone = c.isoZone(bytes.TrimLeft(text[end:], " "))
	t, err := c.zones.Time(d)
	if err != nil {
		return t, errISO()
	}
	return t, nil
}

// isISODate reports whether text is spelled like 2026-11-23T08:49:34.
func isISODate(text []byte) bool {
	for i, c := range []byte("0000-00-00T00:00:00") {
		switch {
		case c == '0' && text[i]-'0' <= 9:
		case c == 'T' && (text[i] == 'T' || text[i] == 't' || text[i] == ' '):
		case c != '0' && c == text[i]:
		default:
			return false
		}
	}
	return true
}

// isoZone returns the zone of ISO 8601 text as PHP would name it.
func (c *clock) isoZone(text []byte) (phpdate.ZoneKind, []byte) {
	switch {
	case len(text) == 0:
		return phpdate.KindIdentifier, []byte("UTC")
	case text[0] == '+' || text[0] == '-':
		return phpdate.KindOffset, c.isoOffset(text)
	case bytes.IndexByte(text, '/') > 0:
		return phpdate.KindIdentifier, text
	}
	return phpdate.KindAbbreviation, text
}

// isoOffset spells +hh and +hhmm as +hh:mm.
func (c *clock) isoOffset(text []byte) []byte {
	c.zone = append(c.zone[:0], text...)
	switch len(text) {
	case len("+00"):
		c.zone = append(c.zone, ":00"...)
	case len("+0000"):
		c.zone = append(append(c.zone[:3], ':'), text[3:]...)
	}
	return c.zone
}

// errISO does not repeat the text: it may be anything.
func errISO() error {
	return fmt.Errorf("%w: a string that is not in the form of 2026-11-23T08:49:34.841400+00:00", ErrUnmappable)
}
