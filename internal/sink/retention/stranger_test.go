package retention

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// hollow makes a file of a terabyte that takes nothing.
func hollow(t *testing.T, dir, name string, at time.Time) {
	t.Helper()
	put(t, dir, name, "", at)
	path := filepath.Join(dir, name)
	must(t, os.Truncate(path, 1<<40), os.Chtimes(path, at, at))
}

// TestAHollowFileIsNotCompressed has somebody put a terabyte of holes among the logs, with and without an archive beside it.
func TestAHollowFileIsNotCompressed(t *testing.T) {
	dir, old := t.TempDir(), noon().AddDate(0, 0, -1)
	hollow(t, dir, "a-2026-11-22.log", old)
	hollow(t, dir, "b-2026-11-22.log", old)
	put(t, dir, "b-2026-11-22.log.gz", "no archive", old)
	put(t, dir, "c-2026-11-22.log", lines(10), old)
	var log said
	k := newKeeper(t, Options{Dir: dir, Compress: Gzip, CompressAfter: 24 * time.Hour, Timezone: time.UTC, Logger: log.logger()})
	must(t, k.work(t.Context(), noon()))
	wantNames(t, dir, "a-2026-11-22.log", "b-2026-11-22.log", "b-2026-11-22.log.gz", "c-2026-11-22.log.gz")
	if cause := k.failed["compress"]; !strings.Contains(cause, "a-2026-11-22.log") || !strings.Contains(cause, "no log file") {
		t.Errorf("it says %q", cause)
	}
}

// TestAHollowFilePushesOutNothing has somebody make a file of today that is larger than all logs may be.
func TestAHollowFilePushesOutNothing(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "app-2026-11-22.log", lines(10), noon().AddDate(0, 0, -1))
	hollow(t, dir, "zzz-2026-11-23.log", noon())
	pass(t, newKeeper(t, Options{Dir: dir, KeepBytes: 1 << 20, Timezone: time.UTC}), noon())
	wantNames(t, dir, "app-2026-11-22.log", "zzz-2026-11-23.log")
}

// TestAnArchiveWithoutEndHoldsUpNothing has somebody put an archive that has 16 GiB of zeros beside an empty file.
func TestAnArchiveWithoutEndHoldsUpNothing(t *testing.T) {
	dir, old := t.TempDir(), noon().AddDate(0, 0, -1)
	const frame, block, last = "\x28\xb5\x2f\xfd\x00\x38", "\x02\x00\x10\x00", "\x0b\x00\x00\x00" // RFC 8878: blocks of 128 KiB of one byte
	put(t, dir, "app-2026-11-22.log", "", old)
	put(t, dir, "app-2026-11-22.log.zst", frame+strings.Repeat(block, 1<<17)+last, old)
	pass(t, newKeeper(t, Options{Dir: dir, Compress: Zstd, CompressAfter: 48 * time.Hour, Timezone: time.UTC}), noon())
	wantNames(t, dir, "app-2026-11-22.1.log", "app-2026-11-22.log.zst")
}
