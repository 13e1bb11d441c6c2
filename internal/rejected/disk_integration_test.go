//go:build integration && linux

package rejected

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"envelog/internal/filetest"
)

func TestRejectsOnAFullDisk(t *testing.T) {
	dir := filetest.Disk(t, "size=256k")
	r := openKeeper(t, dir, Options{})
	filler := filetest.FillDisk(t, dir)
	payload := strings.Repeat("x", 50_000)
	for range 2 {
		if _, err := r.Keep(entry("1-0", payload), errors.New("x")); !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("Keep: %v", err)
		}
	}
	filetest.WantNames(t, filepath.Join(dir, DirName), lockName)
	filetest.Must(t, os.Remove(filler))
	keep(t, r, entry("1-0", payload), errors.New("x"))
	filetest.WantContent(t, filepath.Join(dir, DirName, "async_logging-1-0.message"), payload)
}
