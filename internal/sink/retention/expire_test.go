package retention

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

func berlin(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	must(t, err)
	return zone
}

func TestWhatIsRemoved(t *testing.T) {
	week := []string{"app-2026-11-17.log", "app-2026-11-18.log.gz", "app-2026-11-19.log", "app-2026-11-20.log.zst",
		"app-2026-11-21.log", "app-2026-11-22.log", "app-2026-11-23.log"}
	numbered := []string{"app-2026-11-22.log", "app-2026-11-22.1.log", "app-2026-11-22.2.log", "app-2026-11-23.log", "app-2026-11-23.1.log"}
	for _, test := range []struct {
		name    string
		options Options
		there   []string
		want    []string
	}{
		{"nothing is asked for", Options{}, week, week},
		{"one day", Options{KeepDays: 1}, week, week[6:]},
		{"three days", Options{KeepDays: 3}, week, week[4:]},
		{"seven days", Options{KeepDays: 7}, week, week},
		{"all numbers of a day", Options{KeepDays: 1}, numbered, numbered[3:]},
		{"a channel that is gone", Options{KeepDays: 2}, []string{"gone-2026-01-01.log"}, nil},
		{"a day to come", Options{KeepDays: 1}, []string{"app-2026-11-24.log"}, []string{"app-2026-11-24.log"}},
		{"years", Options{KeepDays: 400}, []string{"a-2025-10-19.log", "a-2025-10-20.log"}, []string{"a-2025-10-20.log"}},
		{"three files", Options{KeepFiles: 3}, week, week[4:]},
		{"files by number", Options{KeepFiles: 3}, numbered, numbered[2:]},
		{"one file", Options{KeepFiles: 1}, numbered, numbered[4:]},
		{"files of each channel", Options{KeepFiles: 1}, []string{"a-2026-11-21.log", "a-2026-11-22.log", "b-2026-11-20.log", "b-2026-11-19.log"},
			[]string{"a-2026-11-22.log", "b-2026-11-20.log"}},
		{"30 bytes", Options{KeepBytes: 30}, week, week[4:]},
		{"39 bytes", Options{KeepBytes: 39}, week, week[4:]},
		{"70 bytes", Options{KeepBytes: 70}, week, week},
		{"one byte", Options{KeepBytes: 1}, numbered, numbered[4:]},
		{"bytes of all channels", Options{KeepBytes: 20}, []string{"a-2026-11-21.log", "a-2026-11-22.log", "b-2026-11-20.log", "b-2026-11-22.log"},
			[]string{"a-2026-11-22.log", "b-2026-11-22.log"}},
		{"days and files", Options{KeepDays: 5, KeepFiles: 2}, week, week[5:]},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			for _, name := range test.there {
				put(t, dir, name, "9 bytes..\n", noon().Add(-time.Hour))
			}
			foreign := []string{"app.log", "app-2020-01-01.log.1", "app-2020-01-01.txt", "prod.log", "a b-2020-01-01.log"}
			for _, name := range foreign {
				put(t, dir, name, "keep", noon().AddDate(-5, 0, 0))
			}
			must(t, os.Mkdir(filepath.Join(dir, "dir-2020-01-01.log"), 0o700), os.Symlink("app.log", filepath.Join(dir, "link-2020-01-01.log")))
			test.options.Dir, test.options.Timezone = dir, time.UTC
			pass(t, newKeeper(t, test.options), noon())
			foreign = append(foreign, "dir-2020-01-01.log", "link-2020-01-01.log")
			wantNames(t, dir, append(foreign, test.want...)...)
		})
	}
}

// TestFreshFilesStay has files that were just written to, and one that someone has open.
func TestFreshFilesStay(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "late-2026-01-01.log", "x\n", noon().Add(-quiet+time.Second))
	put(t, dir, "open-2026-01-01.log", "x\n", noon().Add(-time.Hour))
	put(t, dir, "gone-2026-01-01.log", "x\n", noon().Add(-quiet))
	php, err := os.OpenFile(filepath.Join(dir, "open-2026-01-01.log"), os.O_WRONLY|os.O_APPEND, 0)
	must(t, err)
	var log said
	k := newKeeper(t, Options{Dir: dir, KeepDays: 1, Timezone: time.UTC, Logger: log.logger()})
	pass(t, k, noon())
	wantNames(t, dir, "late-2026-01-01.log", "open-2026-01-01.log")
	must(t, php.Close())
	pass(t, k, noon().Add(time.Minute))
	wantNames(t, dir)
	log.want(t, `level=INFO msg="Removed a log file."`, 3)
	log.want(t, `reason="older than 1 day"`, 3)
	log.want(t, "WARN", 0)
}

// TestDaysEndInTheZone looks at the minute in which the day ends.
func TestDaysEndInTheZone(t *testing.T) {
	for _, test := range []struct {
		name string
		zone *time.Location
		ends time.Time // of 2026-11-22, with which 11-21 is too old
	}{
		{"UTC", time.UTC, time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)},
		{"Berlin", berlin(t), time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC)},
		{"none", nil, time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, dir, "app-2026-11-21.log", "x\n", test.ends.Add(-24*time.Hour))
			put(t, dir, "app-2026-11-22.log", "x\n", test.ends.Add(-time.Hour))
			k := newKeeper(t, Options{Dir: dir, KeepDays: 2, Timezone: test.zone})
			pass(t, k, test.ends.Add(-time.Second))
			wantNames(t, dir, "app-2026-11-21.log", "app-2026-11-22.log")
			pass(t, k, test.ends)
			wantNames(t, dir, "app-2026-11-22.log")
		})
	}
}

// TestClockAcrossMidnightAndClockChange runs for days of 23 and 25 hours.
func TestClockAcrossMidnightAndClockChange(t *testing.T) {
	for _, test := range []struct{ name, before, day, after string }{
		{"an hour is skipped", "2027-03-27", "2027-03-28", "2027-03-29"},
		{"an hour comes twice", "2026-10-24", "2026-10-25", "2026-10-26"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir, zone := t.TempDir(), berlin(t)
			noonBefore, err := time.ParseInLocation(time.DateOnly, test.before, zone)
			must(t, err)
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(time.Until(noonBefore.Add(12 * time.Hour)))
				k := newKeeper(t, Options{Dir: dir, KeepDays: 1, Timezone: zone})
				for _, day := range []string{test.before, test.day, test.after} {
					put(t, dir, "app-"+day+".log", "x\n", time.Now().Add(-time.Hour))
				}
				stop := run(t, k)
				wantNames(t, dir, "app-"+test.before+".log", "app-"+test.day+".log", "app-"+test.after+".log")
				for _, day := range []string{test.day, test.after} {
					midnight, _ := time.ParseInLocation(time.DateOnly, day, zone)
					time.Sleep(time.Until(midnight) - time.Second)
					synctest.Wait()
					if _, err := os.Stat(filepath.Join(dir, "app-"+test.before+".log")); day == test.day && err != nil {
						t.Errorf("a second before midnight: %v", err)
					}
					time.Sleep(passPause + time.Second)
					synctest.Wait()
					if got := names(t, dir); got[0] != "app-"+day+".log" {
						t.Errorf("a minute after midnight there is %q", got)
					}
				}
				stop()
			})
		})
	}
}
