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

	// identifiers finds those of the tz database in place of LoadLocation, for tests that compare with a PHP of other data.
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

// Time returns the instant that d means, in its own zone. An error is an [ErrInvalid], and an [ErrUnknownZone] if the zone
// alone is at fault.
func (z *Zones) Time(d Date) (time.Time, error) {
	c, err := parseClock(d.Local)
	if err != nil {
		return time.Time{}, err
	}
	location, err := z.Location(d.Kind, d.Zone)
	if err != nil {
		return time.Time{}, err
	}
	return c.in(location), nil
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

// isIdentifier tells whether name may be one of the tz database's, in whatever case: it becomes part of a path.
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
