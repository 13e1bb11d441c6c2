package phpdate

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"envelog/phpvalue"
)

// Expected times are what PHP 8.2 printed for the same properties, with the format Y-m-d\TH:i:s.uP.
var dates = []struct {
	name  string
	local string
	kind  ZoneKind
	zone  string
	want  string
}{
	{"identifier", "2026-11-23 09:49:34.841400", 3, "Europe/Paris", "2026-11-23T09:49:34.841400+01:00"},
	{"utc", "2020-01-01 00:00:00.000000", 3, "UTC", "2020-01-01T00:00:00.000000+00:00"},
	{"offset", "2026-07-08 02:30:00.000000", 1, "+05:45", "2026-07-08T02:30:00.000000+05:45"},
	{"negative offset", "2026-07-08 02:30:00.000000", 1, "-00:30", "2026-07-08T02:30:00.000000-00:30"},
	{"offset with seconds", "2026-07-08 02:30:00.000000", 1, "+01:02:03", "2026-07-08T02:30:00.000000+01:02"},
	{"abbreviation", "2026-07-08 02:30:00.000000", 2, "EST", "2026-07-08T02:30:00.000000-05:00"},
	{"abbreviation in lower case", "2026-07-08 02:30:00.000000", 2, "est", "2026-07-08T02:30:00.000000-05:00"},
	{"abbreviation of summer", "2026-07-08 02:30:00.000000", 2, "CEST", "2026-07-08T02:30:00.000000+02:00"},
	{"abbreviation Z", "2026-07-08 02:30:00.000000", 2, "Z", "2026-07-08T02:30:00.000000+00:00"},
	{"no fraction", "2026-07-08 02:30:00", 3, "UTC", "2026-07-08T02:30:00.000000+00:00"},
	{"hour that comes twice, Paris", "2026-10-25 02:30:00.000000", 3, "Europe/Paris", "2026-10-25T02:30:00.000000+01:00"},
	{"hour that comes twice, New York", "2026-11-01 01:30:00.000000", 3, "America/New_York", "2026-11-01T01:30:00.000000-04:00"},
	{"hour that never comes, Paris", "2026-03-29 02:30:00.000000", 3, "Europe/Paris", "2026-03-29T03:30:00.000000+02:00"},
	{"hour that never comes, New York", "2026-03-08 02:30:00.000000", 3, "America/New_York", "2026-03-08T03:30:00.000000-04:00"},
	{"year 12345", "+12345-07-08 02:30:00.000000", 3, "Europe/Istanbul", "12345-07-08T02:30:00.000000+03:00"},
	{"year -44", "-0044-07-08 02:30:00.000000", 3, "UTC", "-044-07-08T02:30:00.000000+00:00"},
}

func TestTime(t *testing.T) {
	var zones Zones
	for _, tt := range dates {
		t.Run(tt.name, func(t *testing.T) {
			got, err := zones.Time(Date{Local: []byte(tt.local), Kind: tt.kind, Zone: []byte(tt.zone)})
			if err != nil {
				t.Fatal(err)
			}
			if text := spell(got); text != tt.want {
				t.Errorf("got %s, want %s", text, tt.want)
			}
			if name := got.Location().String(); name != tt.zone && name != strings.ToUpper(tt.zone) {
				t.Errorf("zone is named %q", name)
			}
		})
	}
}

func spell(t time.Time) string {
	_, offset := t.Zone()
	sign := '+'
	if offset < 0 {
		sign, offset = '-', -offset
	}
	return fmt.Sprintf("%04d%s%c%02d:%02d", t.Year(), t.Format("-01-02T15:04:05.000000"), sign, offset/3600, offset/60%60)
}

func TestTimeRefuses(t *testing.T) {
	tests := []struct {
		name, local string
		kind        ZoneKind
		zone        string
	}{
		{"empty", "", 3, "UTC"},
		{"words", "tomorrow at noon, at last..", 3, "UTC"},
		{"short year", "026-11-23 09:49:34.841400", 3, "UTC"},
		{"endless year", "2026202620262026-11-23 09:49:34.841400", 3, "UTC"},
		{"month 13", "2026-13-23 09:49:34.841400", 3, "UTC"},
		{"day 0", "2026-11-00 09:49:34.841400", 3, "UTC"},
		{"hour 24", "2026-11-23 24:49:34.841400", 3, "UTC"},
		{"T", "2026-11-23T09:49:34.841400", 3, "UTC"},
		{"trailing dot", "2026-11-23 09:49:34.", 3, "UTC"},
		{"ten digits of fraction", "2026-11-23 09:49:34.1234567890", 3, "UTC"},
		{"trailing text", "2026-11-23 09:49:34 UTC", 3, "UTC"},
		{"unknown identifier", "2026-11-23 09:49:34.841400", 3, "Europe/Atlantis"},
		{"empty identifier", "2026-11-23 09:49:34.841400", 3, ""},
		{"this machine's zone", "2026-11-23 09:49:34.841400", 3, "Local"},
		{"path as identifier", "2026-11-23 09:49:34.841400", 3, "../../etc/passwd"},
		{"identifier with a dot", "2026-11-23 09:49:34.841400", 3, "Europe/./Paris"},
		{"identifier with two slashes", "2026-11-23 09:49:34.841400", 3, "Europe//Paris"},
		{"long identifier", "2026-11-23 09:49:34.841400", 3, strings.Repeat("Europe/", 1000)},
		{"unknown abbreviation", "2026-11-23 09:49:34.841400", 2, "XYZT"},
		{"list entry as abbreviation", "2026-11-23 09:49:34.841400", 2, "ACDT+37800d ACST"},
		{"offset without sign", "2026-11-23 09:49:34.841400", 1, "02:00"},
		{"offset of 60 minutes", "2026-11-23 09:49:34.841400", 1, "+02:60"},
		{"unknown kind", "2026-11-23 09:49:34.841400", 4, "UTC"},
	}
	var zones Zones
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := zones.Time(Date{Local: []byte(tt.local), Kind: tt.kind, Zone: []byte(tt.zone)}); !errors.Is(err, ErrInvalid) {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

func TestZonesAreBounded(t *testing.T) {
	var zones Zones
	for i := range 10 * maxZones {
		if _, err := zones.Location(KindIdentifier, fmt.Appendf(nil, "Europe/No%d", i)); err == nil {
			t.Fatal("found a zone that is none")
		}
	}
	if n := len(zones.known); n > maxZones {
		t.Errorf("%d zones remembered, want at most %d", n, maxZones)
	}
}

func TestAbbreviations(t *testing.T) {
	for entry := range strings.FieldsSeq(abbreviations) {
		name := entry[:strings.IndexAny(entry, "+-")]
		offset, daylight, ok := Abbreviation(strings.ToLower(name))
		if got := fmt.Sprintf("%s%+d", name, offset); !ok || got != strings.TrimSuffix(entry, "d") || daylight != strings.HasSuffix(entry, "d") {
			t.Errorf("%s: got %d, %t, %t", entry, offset, daylight, ok)
		}
	}
}

func TestFind(t *testing.T) {
	property := func(tree *phpvalue.Tree, name string, n phpvalue.Node) {
		n.KeyKind, n.Key, n.End = phpvalue.TextKey, uint64(tree.AddText([]byte(name))), uint32(len(tree.Nodes)+1)
		tree.Nodes = append(tree.Nodes, n)
	}
	date := func(without string) phpvalue.Value {
		tree := &phpvalue.Tree{Nodes: []phpvalue.Node{{Kind: phpvalue.Object, Num: 4}}}
		property(tree, "own", phpvalue.Node{Kind: phpvalue.Bool})
		for _, name := range []string{"date", "timezone_type", "timezone"} {
			n := phpvalue.Node{Kind: phpvalue.String, Text: tree.AddText([]byte("text of " + name))}
			if name == "timezone_type" {
				n = phpvalue.Node{Kind: phpvalue.Int, Num: 3}
			}
			if name != without {
				property(tree, name, n)
			}
		}
		tree.Nodes[0].End = uint32(len(tree.Nodes))
		return tree.Root()
	}
	d, ok := Find(date(""))
	if !ok || string(d.Local) != "text of date" || d.Kind != KindIdentifier || string(d.Zone) != "text of timezone" {
		t.Errorf("got %+v, %t", d, ok)
	}
	for _, name := range []string{"date", "timezone_type", "timezone"} {
		if _, ok := Find(date(name)); ok {
			t.Errorf("found a date without %s", name)
		}
	}
	if _, ok := Find(phpvalue.Value{}); ok {
		t.Error("found a date in nothing")
	}
}

func FuzzTime(f *testing.F) {
	for _, tt := range dates {
		f.Add([]byte(tt.local), int64(tt.kind), []byte(tt.zone))
	}
	var zones Zones
	f.Fuzz(func(t *testing.T, local []byte, kind int64, zone []byte) {
		got, err := zones.Time(Date{Local: local, Kind: ZoneKind(kind), Zone: zone})
		if (err == nil) == errors.Is(err, ErrInvalid) {
			t.Errorf("error %v", err)
		}
		if err == nil && got.Location() == nil {
			t.Error("no zone")
		}
	})
}

func TestIdentifiersInAnyCase(t *testing.T) {
	for typed, spelled := range map[string]string{"europe/berlin": "Europe/Berlin", "AMERICA/ARGENTINA/BUENOS_AIRES": "America/Argentina/Buenos_Aires",
		"etc/gmt+5": "Etc/GMT+5", "uTc": "UTC", "us/pacific": "US/Pacific", "gb-eire": "GB-Eire"} {
		got, err := LoadLocation(typed)
		if err != nil {
			t.Fatal(err)
		}
		want, err := LoadLocation(spelled)
		if err != nil {
			t.Fatal(err)
		}
		at := time.Date(2026, 7, 8, 12, 0, 0, 0, time.UTC)
		if got.String() != typed || at.In(got).Format(time.RFC3339) != at.In(want).Format(time.RFC3339) {
			t.Errorf("%s: %s at %s", typed, got, at.In(got))
		}
	}
}

func TestVersionOfTheZones(t *testing.T) {
	if v := EmbeddedVersion(); !regexp.MustCompile(`^20\d\d[a-z]$`).MatchString(v) {
		t.Errorf("the embedded zones are of version %q", v)
	}
	dir := t.TempDir()
	if v := versionIn(dir); v != "" {
		t.Errorf("an empty directory has version %q", v)
	}
	for file, content := range map[string]string{"tzdata.zi": "# version 2031a\n# redo posix_only\n", "+VERSION": "2031b\n"} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if v := versionIn(dir); v != strings.TrimSpace(strings.TrimPrefix(strings.SplitN(content, "\n", 2)[0], "# version ")) {
			t.Errorf("%s: version %q", file, v)
		}
		if err := os.Remove(filepath.Join(dir, file)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestZonesOfAMachine reads a machine's database, in whatever case its zones are asked for.
func TestZonesOfAMachine(t *testing.T) {
	d, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	data, err := d.read("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"Europe/Berlin", "Europe/Atlantis"} { // the one in other words than the embedded, the other new
		if err := os.MkdirAll(filepath.Join(dir, "Europe"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"europe/BERLIN", "Europe/Atlantis"} {
		location, err := loadFrom(dir, name)
		if err != nil {
			t.Fatal(err)
		}
		if _, offset := time.Unix(0, 0).In(location).Zone(); offset != 9*3600 || location.String() != name {
			t.Errorf("%s: %s, offset %d", name, location, offset)
		}
	}
	if _, err := loadFrom(dir, "Europe/Paris"); !errors.Is(err, ErrUnknownZone) {
		t.Errorf("a zone that is not there: %v", err)
	}
}

// TestDatesOfOneMinute reads dates of a minute one after the other, in changing order, also where clocks change.
func TestDatesOfOneMinute(t *testing.T) {
	var warm Zones
	for _, zone := range []Date{{Kind: KindIdentifier, Zone: []byte("Europe/Paris")}, {Kind: KindOffset, Zone: []byte("+01:02:03")}, {Kind: KindIdentifier, Zone: []byte("Africa/Monrovia")},
		{Kind: KindIdentifier, Zone: []byte("Europe/Amsterdam")}} {
		for _, minute := range []string{"2026-11-23 09:49", "2026-10-25 02:59", "2026-10-25 03:00", "2026-03-29 02:00", "1972-01-06 23:15", "1972-01-07 00:44", "1937-06-30 23:59", "0999-12-31 23:59", "+12345-01-01 00:00"} {
			for _, rest := range []string{":00.000000", ":59.999999", ":30", ":60.000000", ":1x.000000", ":00.", ":07.5", ":00.000000"} {
				d := Date{Local: []byte(minute + rest), Kind: zone.Kind, Zone: zone.Zone}
				var cold Zones
				want, wantErr := cold.Time(d)
				got, err := warm.Time(d)
				if (err == nil) != (wantErr == nil) || !got.Equal(want) || got.String() != want.String() {
					t.Errorf("%s %s: got %s, %v, want %s, %v", d.Local, d.Zone, got, err, want, wantErr)
				}
			}
		}
	}
}
