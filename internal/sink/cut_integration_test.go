//go:build integration && faults

package sink

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"envelog/internal/filetest"
)

// TestAppendBetweenLookAndCut has PHP append at the very moment at which a process has looked at the end of a file and is
// about to cut off what a dead one has left of a line there. PHP waits in open(2), or, when it has the file open before,
// the file is not cut. Nothing of it is lost, also when the process is killed at that moment.
func TestAppendBetweenLookAndCut(t *testing.T) {
	const lines = 20
	for _, tt := range []struct {
		name   string
		killed bool
	}{{"it goes on", false}, {"it is killed", true}} {
		t.Run(tt.name, func(t *testing.T) {
			dir := filetest.Disk(t, "size=64m") // where leases are available
			stopAt(t, dir, "never", "mid-append").kill()
			path := tornFile(t, dir)
			w := startWorker(t, dir, "a", "never", "ENVELOG_CRASH_POINT=before-cut")
			if !w.said.await("faultpoint: before-cut") {
				t.Fatalf("it ended; it said %s", w.said)
			}
			filetest.Must(t, w.awaitStop())
			php := exec.Command("php", "-r", phpWriter, "--", path, strconv.Itoa(channels), strconv.Itoa(lines), "")
			php.Stderr = os.Stderr
			filetest.Must(t, php.Start())
			awaitLeaseBreak(t, path)
			if tt.killed {
				w.kill()
				w = startWorker(t, dir, "a", "never")
			} else {
				filetest.Must(t, w.cmd.Process.Signal(syscall.SIGCONT))
			}
			filetest.Must(t, php.Wait())
			w.give(numbersFrom(501, 1000))
			w.wantAcked(numbersFrom(501, 1000))
			wantNumbers(t, dir, 1000)
			wantPHPLines(t, path, lines)
		})
	}
	t.Run("PHP has the file open", func(t *testing.T) {
		dir := filetest.Disk(t, "size=64m")
		stopAt(t, dir, "never", "mid-append").kill()
		path := tornFile(t, dir)
		other, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
		filetest.Must(t, err)
		defer other.Close()
		w := startWorker(t, dir, "a", "never", "ENVELOG_CRASH_POINT=before-cut") // is not reached
		w.give(numbersFrom(501, 1000))
		w.wantAcked(numbersFrom(501, 1000))
		for n := range lines {
			_, err := other.WriteString(numberedLine(channels, n))
			filetest.Must(t, err)
		}
		wantNumbers(t, dir, 1000)
		wantPHPLines(t, path, lines)
	})
}

// tornFile returns the log file that ends within a line.
func tornFile(t *testing.T, dir string) (path string) {
	t.Helper()
	for c := range channels {
		at := filepath.Join(dir, fmt.Sprintf("app%d-2026-11-23.log", c))
		content, err := os.ReadFile(at)
		filetest.Must(t, err)
		if content[len(content)-1] != '\n' {
			path = at
		}
	}
	if path == "" {
		t.Fatal("no file ends within a line")
	}
	return path
}

// awaitLeaseBreak returns when somebody waits for the end of the lease of a file (proc_locks(5)).
func awaitLeaseBreak(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	filetest.Must(t, err)
	inode := fmt.Sprintf(":%d ", info.Sys().(*syscall.Stat_t).Ino)
	for deadline := time.Now().Add(time.Minute); ; pause(time.Millisecond) {
		locks, err := os.Open("/proc/locks")
		filetest.Must(t, err)
		for lines := bufio.NewScanner(locks); lines.Scan(); {
			if text := lines.Text(); strings.Contains(text, "BREAKING") && strings.Contains(text, inode) {
				locks.Close()
				return
			}
		}
		locks.Close()
		if time.Now().After(deadline) {
			t.Fatal("nobody waits for the lease")
		}
	}
}

// wantPHPLines checks that each line of the other program stands in the file once.
func wantPHPLines(t *testing.T, path string, lines int) {
	t.Helper()
	there := countLines(t, path, 0)
	for n := range lines {
		if key := fmt.Sprintf("%d %d", channels, n); there[key] != 1 {
			t.Errorf("line %q of the other program is there %d times", key, there[key])
		}
	}
}
