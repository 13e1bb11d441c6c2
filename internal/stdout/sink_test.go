package stdout

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// narrow takes only so many bytes at a time, and fails when it has no room.
type narrow struct {
	strings.Builder
	room int
}

var errFull = errors.New("full")

func (n *narrow) Write(p []byte) (int, error) {
	taken := min(n.room, len(p))
	n.room -= taken
	n.Builder.Write(p[:taken])
	if taken < len(p) {
		return taken, errFull
	}
	return taken, nil
}

func stage(s *Sink, lines ...string) {
	for _, line := range lines {
		s.Stage(0, nil, nil, time.Time{}, []byte(line))
	}
}

func TestLinesAreWrittenOnceInTheirOrder(t *testing.T) {
	var out narrow
	out.room = 100
	s := New(&out)
	stage(s, "one\n", "two", "")
	if out.Len() != 0 || s.Staged() != 9 {
		t.Errorf("%d bytes are written before Commit, %d staged", out.Len(), s.Staged())
	}
	if err := s.Commit(); err != nil || out.String() != "one\ntwo\n\n" || s.Staged() != 0 {
		t.Errorf("%v, %q, %d bytes staged", err, out.String(), s.Staged())
	}
}

func TestALineIsNotTornByARetry(t *testing.T) {
	var out narrow
	out.room = 6
	s := New(&out)
	stage(s, "one\n", "two\n")
	if err := s.Commit(); !errors.Is(err, errFull) {
		t.Fatalf("Commit() = %v", err)
	}
	stage(s, "three\n")
	out.room = 100
	if err := s.Commit(); err != nil || out.String() != "one\ntwo\nthree\n" {
		t.Errorf("%v, %q", err, out.String())
	}
}

func TestWhereEveryLineWouldBeLost(t *testing.T) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if err := Check(null); err == nil || !strings.Contains(err.Error(), "would be lost") {
		t.Errorf("null device: %v", err)
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "lines"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for name, out := range map[string]io.Writer{"a file": file, "no file": &narrow{}} {
		if err := Check(out); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
