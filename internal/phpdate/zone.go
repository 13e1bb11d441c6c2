package phpdate

import (
	"fmt"
	"strings"
	"time"
)

// ZoneKind is PHP's timezone_type.
type ZoneKind int64

// The kinds of zones.
const (
	KindOffset       ZoneKind = 1 // "+02:00"
	KindAbbreviation ZoneKind = 2 // "EST"
	KindIdentifier   ZoneKind = 3 // "Europe/Paris"
)

// maxZones bounds what a Zones remembers. The whole tz database has about 600 names.
const maxZones = 1024

// maxZoneName is longer than every name of a zone.
const maxZoneName = 64

// Zones finds time zones and remembers them: each is decompressed and parsed once. The zero Zones is ready for use; it is
// not safe for concurrent use.
type Zones struct {
	known  map[zoneKey]*zone
	latest *zone // most records of an application are in the zone of the one before

	minute minute // of the date before: most records are of the same one

	// identifiers finds those of the tz database instead of LoadLocation, for tests that compare with a PHP of other data.
	identifiers func(name string) (*time.Location, error)
}

type zoneKey struct {
	kind ZoneKind
	name string
}

type zone struct {
	zoneKey
	location *time.Location
	err      error
}

// minute is one minute of the clocks of a zone, during which they run on evenly.
type minute struct {
	zone  *zone
	text  [len("2026-11-23 09:49:")]byte
	start time.Time
}

// Time returns the instant that d means, in its own zone. An error is an [ErrInvalid], and an [ErrUnknownZone] if the zone
// alone is at fault.
func (z *Zones) Time(d Date) (time.Time, error) {
	if t, ok := z.sameMinute(d); ok {
		return t, nil
	}
	c, err := parseClock(d.Local)
	if err != nil {
		return time.Time{}, err
	}
	location, err := z.Location(d.Kind, d.Zone)
	if err != nil {
		return time.Time{}, err
	}
	z.remember(d, c)
	return c.in(location), nil
}

// sameMinute returns the instant that d means, if it is in the minute of the date before.
func (z *Zones) sameMinute(d Date) (t time.Time, ok bool) {
	m := &z.minute
	const front = len(m.text)
	if m.zone == nil || len(d.Local) < front+2 || string(d.Local[:front]) != string(m.text[:]) || m.zone.kind != d.Kind || m.zone.name != string(d.Zone) {
		return t, false
	}
	second := two(d.Local[front:])
	nanosecond, ok := parseFraction(d.Local[front+2:])
	if !ok || second < 0 || second > 59 {
		return t, false
	}
	return m.start.Add(time.Duration(second)*time.Second + time.Duration(nanosecond)), true
}

// remember keeps the minute of d, whose zone was found last, unless its clocks change within it.
func (z *Zones) remember(d Date, c clock) {
	z.minute.zone = nil
	if copy(z.minute.text[:], d.Local) < len(z.minute.text) || z.minute.text[len(z.minute.text)-1] != ':' {
		return // a year of more than four digits
	}
	c.nanosecond, c.second = 0, 59
	last := c.in(z.latest.location)
	c.second = 0
	z.minute.start = c.in(z.latest.location)
	if last.Sub(z.minute.start) == 59*time.Second {
		z.minute.zone = z.latest
	}
}

// Location returns the zone of this kind and name. An error is an [ErrUnknownZone].
func (z *Zones) Location(kind ZoneKind, name []byte) (*time.Location, error) {
	if z.latest != nil && z.latest.kind == kind && z.latest.name == string(name) {
		return z.latest.location, z.latest.err
	}
	found, ok := z.known[zoneKey{kind, string(name)}]
	if !ok {
		if len(name) > maxZoneName {
			return nil, fmt.Errorf("%w: a name of %d bytes", ErrUnknownZone, len(name))
		}
		found = z.add(zoneKey{kind, string(name)})
	}
	z.latest = found
	return found.location, found.err
}

func (z *Zones) add(key zoneKey) *zone {
	if z.known == nil || len(z.known) >= maxZones {
		z.known = make(map[zoneKey]*zone)
	}
	location, err := z.load(key.kind, key.name)
	added := &zone{key, location, err}
	z.known[key] = added
	return added
}

func (z *Zones) load(kind ZoneKind, name string) (*time.Location, error) {
	switch kind {
	case KindOffset:
		if seconds, ok := parseOffset(name); ok {
			return time.FixedZone(name, seconds), nil
		}
	case KindAbbreviation:
		if seconds, _, ok := Abbreviation(name); ok {
			return time.FixedZone(strings.ToUpper(name), seconds), nil
		}
	case KindIdentifier:
		if z.identifiers != nil {
			return z.identifiers(name)
		}
		return LoadLocation(name)
	}
	return nil, fmt.Errorf("%w: %q of kind %d", ErrUnknownZone, name, kind)
}

// isIdentifier reports whether name may be one of the tz database's, in whatever case: it becomes part of a path.
func isIdentifier(name string) bool {
	foreign := func(r rune) bool {
		return (r|0x20 < 'a' || r|0x20 > 'z') && (r < '0' || r > '9') && !strings.ContainsRune("/_+-", r)
	}
	return name != "" && name != "Local" && !strings.ContainsFunc(name, foreign) && !strings.Contains(name, "//")
}

// parseOffset reads "+hh:mm" or "+hh:mm:ss" as seconds east of UTC.
func parseOffset(name string) (seconds int, ok bool) {
	if len(name) != len("+00:00") && len(name) != len("+00:00:00") || name[0] != '+' && name[0] != '-' {
		return 0, false
	}
	unit := 3600
	for i := 1; i < len(name); i += 3 {
		n := two([]byte(name[i : i+2]))
		if n < 0 || i > 1 && (name[i-1] != ':' || n > 59) {
			return 0, false
		}
		seconds += n * unit
		unit /= 60
	}
	if name[0] == '-' {
		seconds = -seconds
	}
	return seconds, true
}
