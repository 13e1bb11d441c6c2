package sink

import (
	"envelog/internal/filetest"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCopytruncate cuts a file off as logrotate's copytruncate does: it is said once, and lines go to the new end.
func TestCopytruncate(t *testing.T) {
	dir, said := t.TempDir(), new(strings.Builder)
	s := open(t, Options{Dir: dir, Logger: slog.New(slog.NewTextHandler(said, nil))})
	path := filepath.Join(dir, "app-2026-11-23.log")
	write(t, s, 1, "before\n")
	filetest.Must(t, os.Truncate(path, 0))
	write(t, s, 2, "behind\n")
	write(t, s, 3, "behind that\n")
	filetest.WantContent(t, path, "behind\nbehind that\n")
	if n := strings.Count(said.String(), "take out copytruncate"); n != 1 {
		t.Errorf("it is said %d times:\n%s", n, said)
	}
}
