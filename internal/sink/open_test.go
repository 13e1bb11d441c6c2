package sink

import (
	"bytes"
	"envelog/internal/filetest"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestASecondNameOfALogFileIsTold gives a log file a hard link.
func TestASecondNameOfALogFileIsTold(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "app-2026-11-23.log")
	filetest.Must(t, os.WriteFile(path, nil, 0o600), os.Link(path, filepath.Join(dir, "other")))
	var said bytes.Buffer
	s := openWith(t, Options{Dir: dir, Logger: slog.New(slog.NewTextHandler(&said, nil))})
	for range 2 {
		stage(s, "1-0", "app", "one\n")
		commit(t, s)
	}
	if n := strings.Count(said.String(), "has another name too"); n != 1 {
		t.Errorf("it is told %d times:\n%s", n, said.String())
	}
}
