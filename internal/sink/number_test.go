package sink

import (
	"envelog/internal/filetest"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// write commits the line of entry n to the file of app and 2026-11-23.
func write(t *testing.T, s *Sink, n int, line string) {
	t.Helper()
	stage(s, fmt.Sprintf("%d-0", n), "app", line)
	commit(t, s)
}

func put(t *testing.T, dir, name, content string) {
	t.Helper()
	filetest.Must(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
}

func TestRotationBySize(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Options{Dir: dir, RotateSize: 10})
	for i, line := range []string{"1234\n", "5678\n", "9\n", strings.Repeat("x", 20) + "\n", "a\n", "b\n"} {
		write(t, s, i+1, line)
	}
	for name, want := range map[string]string{
		"app-2026-11-23.log":   "1234\n5678\n",
		"app-2026-11-23.1.log": "9\n",
		"app-2026-11-23.2.log": strings.Repeat("x", 20) + "\n",
		"app-2026-11-23.3.log": "a\nb\n",
	} {
		filetest.WantContent(t, filepath.Join(dir, name), want)
	}
}

func TestTheNumberOfAFile(t *testing.T) {
	for _, test := range []struct {
		name  string
		there []string
		want  string
	}{
		{"nothing is there", nil, "app-2026-11-23.log"},
		{"the first is", []string{"app-2026-11-23.log"}, "app-2026-11-23.log"},
		{"several are", []string{"app-2026-11-23.log", "app-2026-11-23.9.log", "app-2026-11-23.10.log"}, "app-2026-11-23.10.log"},
		{"the first are removed", []string{"app-2026-11-23.4.log"}, "app-2026-11-23.4.log"},
		{"the first is compressed", []string{"app-2026-11-23.log.gz"}, "app-2026-11-23.1.log"},
		{"all are compressed", []string{"app-2026-11-23.log.gz", "app-2026-11-23.2.log.zst"}, "app-2026-11-23.3.log"},
		{"the last is not compressed", []string{"app-2026-11-23.log.gz", "app-2026-11-23.1.log"}, "app-2026-11-23.1.log"},
		{"the last is both", []string{"app-2026-11-23.2.log", "app-2026-11-23.2.log.gz"}, "app-2026-11-23.3.log"},
		{"others are of no concern", []string{"app-2026-11-22.5.log", "b-2026-11-23.6.log", "app-2026-11-23.7.log.1"}, "app-2026-11-23.log"},
		{"no number is higher", []string{"app-2026-11-23.999999999.log"}, "app-2026-11-23.999999999.log"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			for _, name := range test.there {
				put(t, dir, name, "before\n")
			}
			s := open(t, Options{Dir: dir, RotateSize: 1 << 10})
			write(t, s, 1, "line\n")
			want := "line\n"
			for _, name := range test.there {
				if name == test.want {
					want = "before\nline\n"
				}
			}
			filetest.WantContent(t, filepath.Join(dir, test.want), want)
		})
	}
}

// TestOthersAreFollowed has another process go on to a higher number, and one compress the file that is open.
func TestOthersAreFollowed(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Options{Dir: dir})
	write(t, s, 1, "1\n")
	put(t, dir, "app-2026-11-23.1.log", "")
	write(t, s, 2, "2\n")
	filetest.Must(t, os.Rename(filepath.Join(dir, "app-2026-11-23.1.log"), filepath.Join(dir, "app-2026-11-23.1.log.gz")))
	write(t, s, 3, "3\n")
	put(t, dir, "app-2026-11-23.3.log", "")
	put(t, dir, "app-2026-11-23.7.log", "")
	write(t, s, 4, "4\n")
	filetest.WantContent(t, filepath.Join(dir, "app-2026-11-23.log"), "1\n")
	filetest.WantContent(t, filepath.Join(dir, "app-2026-11-23.2.log"), "3\n")
	filetest.WantContent(t, filepath.Join(dir, "app-2026-11-23.7.log"), "4\n")
}

// TestIdleFileThatWasCompressed finds the file closed, and then gone, by its number.
func TestIdleFileThatWasCompressed(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Options{Dir: dir})
	write(t, s, 1, "1\n")
	s.Reopen()
	filetest.Must(t, os.Rename(filepath.Join(dir, "app-2026-11-23.log"), filepath.Join(dir, "app-2026-11-23.log.gz")))
	write(t, s, 2, "2\n")
	filetest.WantContent(t, filepath.Join(dir, "app-2026-11-23.1.log"), "2\n")
}

// TestProcessesRotateTogether has three processes fill small files at the same time. Each line must stand once in all of
// them, and no file may be larger than it may.
func TestProcessesRotateTogether(t *testing.T) {
	const processes, batches, batch, size = 3, 150, 20, 64 << 10
	dir := t.TempDir()
	var running []*exec.Cmd
	for p := range processes {
		child := childAppender(dir, p, batches, batch)
		child.Env = append(child.Env, fmt.Sprint(childRotate, "=", size))
		child.Stderr = os.Stderr
		filetest.Must(t, child.Start())
		running = append(running, child)
	}
	for _, child := range running {
		filetest.Must(t, child.Wait())
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.log"))
	filetest.Must(t, err)
	all := make(map[string]bool)
	for _, path := range paths {
		for key := range checkLines(t, path, 0) {
			if all[key] {
				t.Errorf("line %s is in two files", key)
			}
			all[key] = true
		}
		if info, err := os.Stat(path); err != nil || info.Size() > size {
			t.Errorf("%s has %d bytes (%v)", path, info.Size(), err)
		}
	}
	if len(all) != processes*batches*batch || len(paths) < 10 {
		t.Errorf("%d lines in %d files, want %d", len(all), len(paths), processes*batches*batch)
	}
}
