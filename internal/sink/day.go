package sink

import "time"

// day counts days from 1970-01-01 in the zone of the time that it was taken from.
type day int32

// File names have four digits for the year: days before and after are those of their ends. The line itself holds the
// time in full.
const (
	firstDay   day = -719162 // 0001-01-01
	lastDay    day = 2932896 // 9999-12-31
	daySeconds     = 24 * 60 * 60
)

// dayOf returns the day of t in t's own zone.
func dayOf(t time.Time) day {
	_, offset := t.Zone()
	seconds := t.Unix() + int64(offset)
	n := seconds / daySeconds
	if seconds%daySeconds < 0 {
		n--
	}
	return day(min(max(n, int64(firstDay)), int64(lastDay)))
}

// String returns the day as YYYY-MM-DD.
func (d day) String() string {
	return time.Unix(int64(d)*daySeconds, 0).UTC().Format(time.DateOnly)
}
