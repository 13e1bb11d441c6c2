package sink

import (
	"testing"
	"time"
)

func TestDayOf(t *testing.T) {
	paris, newYork := mustLoad(t, "Europe/Paris"), mustLoad(t, "America/New_York")
	for _, tt := range []struct {
		name string
		at   time.Time
		want string
	}{
		{"epoch", time.Unix(0, 0).UTC(), "1970-01-01"},
		{"the second before", time.Unix(-1, 0).UTC(), "1969-12-31"},
		{"a nanosecond before midnight", time.Date(2026, 11, 23, 23, 59, 59, 999999999, time.UTC), "2026-11-23"},
		{"midnight", time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC), "2026-11-24"},
		{"east of UTC", time.Date(2026, 11, 24, 0, 30, 0, 0, paris), "2026-11-24"},
		{"west of UTC", time.Date(2026, 11, 23, 23, 30, 0, 0, newYork), "2026-11-23"},
		{"fixed offset", time.Date(2026, 1, 1, 0, 0, 0, 0, time.FixedZone("", 14*3600)), "2026-01-01"},
		{"the hour that DST skips", time.Date(2026, 3, 29, 2, 30, 0, 0, paris), "2026-03-29"},
		{"last second of the day with 23 hours", time.Date(2026, 3, 29, 23, 59, 59, 0, paris), "2026-03-29"},
		{"last second of the day with 25 hours", time.Date(2026, 10, 25, 23, 59, 59, 0, paris), "2026-10-25"},
		{"first second after it", time.Date(2026, 10, 26, 0, 0, 0, 0, paris), "2026-10-26"},
		{"leap day", time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC), "2024-02-29"},
		{"zero time", time.Time{}, "0001-01-01"},
		{"before year 1", time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC), "0001-01-01"},
		{"last day of four digits", time.Date(9999, 12, 31, 23, 0, 0, 0, time.UTC), "9999-12-31"},
		{"after it", time.Date(12345, 6, 7, 0, 0, 0, 0, time.UTC), "9999-12-31"},
		{"the end of time", time.Unix(1<<62, 0), "9999-12-31"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := dayOf(tt.at).String(); got != tt.want {
				t.Errorf("day of %v is %s, want %s", tt.at, got, tt.want)
			}
		})
	}
}

// TestDayOfAgreesWithFormat goes through four years in steps that fall on every time of the day.
func TestDayOfAgreesWithFormat(t *testing.T) {
	for _, zone := range []*time.Location{time.UTC, mustLoad(t, "Europe/Paris"), mustLoad(t, "America/St_Johns")} {
		at := time.Date(2023, 12, 30, 0, 0, 0, 0, zone)
		for range 8000 {
			if got, want := dayOf(at).String(), at.Format(time.DateOnly); got != want {
				t.Fatalf("day of %v is %s", at, got)
			}
			at = at.Add(4*time.Hour + 23*time.Minute + 17*time.Second)
		}
	}
}

func mustLoad(t *testing.T, zone string) *time.Location {
	t.Helper()
	loaded, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}
