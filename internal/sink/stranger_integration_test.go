//go:build integration

package sink

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"envelog/internal/filetest"
)

// TestALogFileOfAStrangerIsTold has another user make tomorrow's file today, in a directory that he may write to or not.
func TestALogFileOfAStrangerIsTold(t *testing.T) {
	filetest.MustBeRoot(t, "to give files to another user")
	const stranger = 54321
	for _, tc := range []struct {
		name       string
		mode       os.FileMode
		dir, owner int
		want       int
	}{
		{"a directory of everybody", 0o777, 0, stranger, 1},
		{"a directory of all that keeps what is there", 0o777 | os.ModeSticky, 0, stranger, 1},
		{"a directory of its owner", 0o755, 0, stranger, 0},
		{"the owner of a directory of everybody", 0o777, stranger, stranger, 0},
		{"root", 0o777, stranger, 0, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "app-2026-11-23.log")
			filetest.Must(t, os.WriteFile(path, nil, 0o600), os.Chown(path, tc.owner, 0), os.Chown(dir, tc.dir, 0), os.Chmod(dir, tc.mode))
			var said bytes.Buffer
			s := openWith(t, Options{Dir: dir, Logger: slog.New(slog.NewTextHandler(&said, nil))})
			for range 2 {
				stage(s, "1-0", "app", "one\n")
				commit(t, s)
			}
			if n := strings.Count(said.String(), "Log file belongs to user 54321"); n != tc.want {
				t.Errorf("it is told %d times, want %d:\n%s", n, tc.want, said.String())
			}
		})
	}
}
