package format

import (
	"testing"
	"time"

	"envelog/internal/phpdate"
)

// Expected texts are what PHP 8.2's date() printed; TestDatesAsPHP asks the PHP at hand about thousands more.
func TestDateLetters(t *testing.T) {
	var zones phpdate.Zones
	paris, err := zones.Location(phpdate.KindIdentifier, []byte("Europe/Paris"))
	if err != nil {
		t.Fatal(err)
	}
	edt, err := zones.Location(phpdate.KindAbbreviation, []byte("EDT"))
	if err != nil {
		t.Fatal(err)
	}
	summer := time.Date(2026, 7, 2, 15, 4, 5, 678_901_000, paris)
	tests := []struct {
		name, format string
		at           time.Time
		want         string
	}{
		{"days", "d D j l N S w z", summer, "02 Thu 2 Thursday 4 nd 4 182"},
		{"weeks, months, years", "W F m M n t L o Y y x X", summer, "27 July 07 Jul 7 31 0 2026 2026 26 2026 +2026"},
		{"clock", "a A B g G h H i s u v", summer, "pm PM 586 3 15 03 15 04 05 678901 678"},
		{"zone", "e I O P p T Z", summer, "Europe/Paris 1 +0200 +02:00 +02:00 CEST 7200"},
		{"whole dates", "c | r | U", summer, "2026-07-02T15:04:05+02:00 | Thu, 02 Jul 2026 15:04:05 +0200 | 1782997445"},
		{"offset", "e I O P p T Z", at, "+01:00 0 +0100 +01:00 +01:00 GMT+0100 3600"},
		{"abbreviation of summer", "e I O P p T Z", at.In(edt), "EDT 1 -0400 -04:00 -04:00 EDT -14400"},
		{"UTC", "e I O P p T Z", at.In(time.UTC), "UTC 0 +0000 +00:00 Z UTC 0"},
		{"escapes", `\Y\\Y`, at, `Y\2024`},
		{"no letters", "QVJ?é%", at, "QVJ?é%"},
		{"year before 0", "Y y o c X", time.Date(-44, 3, 15, 12, 0, 0, 0, time.UTC), "-0044 -44 -44 -044-03-15T12:00:00+00:00 -0044"},
		{"year beyond 9999", "Y y c x", time.Date(12345, 3, 15, 12, 0, 0, 0, time.UTC), "12345 45 12345-03-15T12:00:00+00:00 +12345"},
		{"Monolog's own", isoMicroseconds, at, "2024-01-02T03:04:05.678900+01:00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			layout, err := compileDate(tt.format)
			if err != nil {
				t.Fatal(err)
			}
			if got := string(layout.append(nil, tt.at)); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// TestISODates compares the two default formats with the same formats made of letters.
func TestISODates(t *testing.T) {
	for _, when := range []time.Time{at, at.UTC(), time.Date(-44, 3, 15, 12, 0, 0, 0, time.UTC), time.Date(12345, 1, 1, 0, 0, 0, 1000, time.UTC), time.Date(0, 12, 31, 23, 59, 59, 999_999_999, time.FixedZone("-00:30", -1800))} {
		for _, format := range []string{isoSeconds, isoMicroseconds} {
			layout, err := compileDate(format)
			if err != nil {
				t.Fatal(err)
			}
			iso := dateLayout{iso: true, fraction: format == isoMicroseconds}
			if got, want := string(iso.append(nil, when)), string(layout.append(nil, when)); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
	}
}

func TestDateFormatOption(t *testing.T) {
	context := `a:{s:"d";O:"DateTime":{s:"date";s:"2020-01-01 00:00:00.000000";s:"timezone_type";i:3;s:"timezone";s:"UTC";}}`
	tests := []struct{ name, format, dateFormat, want string }{
		{"line", "line", "Y-m-d H:i", `[2024-01-02 03:04] messenger.INFO: m {"d":"2020-01-01 00:00"} []`},
		{"line, Monolog's simple format", "line", isoSeconds, `[2024-01-02T03:04:05.678900+01:00] messenger.INFO: m {"d":"2020-01-01T00:00:00+00:00"} []`},
		{"json", "json", `Y "H"`, `{"message":"m","context":{"d":"2020 \"00\""},"level":200,"level_name":"INFO","channel":"messenger","datetime":"2024 \"03\"","extra":{}}`},
		{"keyvalue", "keyvalue", "H:i, d.m.Y", `[03:04, 02.01.2024] messenger.INFO: m d="00:00, 01.01.2020"`},
		{"keyvalue, a number", "keyvalue", "U", `[1704161045] messenger.INFO: m d="1577836800"`},
		{"logfmt", "logfmt", "Y-m-d", `ts=2024-01-02 level=info channel=messenger msg=m d=2020-01-01`},
		{"logfmt, with a blank", "logfmt", "Y H", `ts="2024 03" level=info channel=messenger msg=m d="2020 00"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := mustNew(t, tt.format, Options{DateFormat: tt.dateFormat})
			if got := string(f.Append(nil, newRecord(t, "m", context))); got != tt.want+"\n" {
				t.Errorf("\n got %swant %s", got, tt.want)
			}
		})
	}
}

// TestISODatesOfOneMinute prints the times of records one after the other, with the clocks changing and without.
func TestISODatesOfOneMinute(t *testing.T) {
	paris, err := phpdate.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	monrovia, err := phpdate.LoadLocation("Africa/Monrovia") // 44:30 after until 1972
	if err != nil {
		t.Fatal(err)
	}
	var m isoMinute
	for _, zone := range []*time.Location{time.UTC, paris, monrovia, time.FixedZone("+01:02:03", 3723)} {
		for _, minute := range []int64{0, 1, -1, -2, 63072000 / 60, 29_700_000, 1_792_890_000 / 60, 1_792_889_940 / 60, 1 << 40} {
			for _, nanosecond := range []int64{0, 59_999_999_999, 30_000_001_000, 7_500_000_000} {
				when := time.Unix(minute*60, nanosecond).In(zone)
				if got, want := string(m.append([]byte("["), when)), string(appendISO([]byte("["), when, true)); got != want {
					t.Errorf("got %s, want %s", got, want)
				}
			}
		}
	}
}
