package health

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"envelog/internal/vfs"
)

// check compares what counts of a report.
func check(t *testing.T, r Report, live, ready bool, state string) {
	t.Helper()
	if r.Live != live || r.Ready != ready || r.State != state {
		t.Errorf("live %v, ready %v, %s (%s), want live %v, ready %v, %s", r.Live, r.Ready, r.State, r.Reason, live, ready, state)
	}
	if (r.Reason == "") != (live && ready) {
		t.Errorf("the reason is %q", r.Reason)
	}
}

func TestAWorkerIsReadyWhenItReadsAndWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		away := ""
		m := NewMonitor("web-1", "1.2.3", time.Second)
		m.WatchServer(Redis, func() string { return away })
		check(t, m.Report(), true, false, Starting)
		m.Joined()
		check(t, m.Report(), true, true, Working)
		read := m.BeginRead()
		check(t, m.Report(), true, true, Idle)
		away = "connection refused"
		check(t, m.Report(), true, false, Redis)
		if why := m.Report().Reason; why != away {
			t.Errorf("the reason is %q", why)
		}
		away = ""
		read(true)
		m.BeginCommit()(errors.New("no space left on device"))
		check(t, m.Report(), true, false, Disk)
		m.BeginCommit()(nil)
		check(t, m.Report(), true, true, Working)
		m.Stopping()
		check(t, m.Report(), true, false, Stopping)
	})
}

func TestWaitingForRedisOrTheDiskIsLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		away := "connection refused"
		m := NewMonitor("web-1", "1.2.3", time.Second)
		m.WatchServer(Redis, func() string { return away })
		time.Sleep(time.Hour)
		check(t, m.Report(), true, false, Redis)
		m.Joined()
		time.Sleep(time.Hour)
		check(t, m.Report(), true, false, Redis)
		away = ""
		end := m.BeginCommit()
		time.Sleep(time.Hour)
		check(t, m.Report(), true, false, Disk)
		end(nil)
		check(t, m.Report(), true, true, Working)
	})
}

func TestALoopThatStandsIsNotLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMonitor("web-1", "1.2.3", time.Minute)
		m.Joined()
		end := m.BeginRead()
		time.Sleep(time.Minute) // as long as a read may block
		check(t, m.Report(), true, true, Idle)
		end(true)
		time.Sleep(time.Minute + stuckAfter + time.Second)
		check(t, m.Report(), false, false, Working)
		m.BeginRead()(true)
		check(t, m.Report(), true, true, Working)
	})
}

// noteAt returns the note of a monitor in the file of that path.
func noteAt(t *testing.T, m *Monitor, path string) Note {
	t.Helper()
	dir, err := vfs.OS.Sub(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = dir.Close() })
	return Note{m, filepath.Base(path), func() (vfs.Dir, error) { return dir, nil }}
}

// readAt reads the note at a path.
func readAt(t *testing.T, path, host string, most time.Duration) (Report, error) {
	t.Helper()
	dir, err := vfs.OS.Sub(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = dir.Close() }()
	return Read(dir, []string{filepath.Base(path)}, host, most)
}

func TestTheNoteTellsTheSameAsTheReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "worker.health")
		m := NewMonitor("web-1", "1.2.3", time.Second)
		m.Joined()
		m.BeginRead()
		note := noteAt(t, m, path)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- note.Run(ctx) }()
		synctest.Wait()
		got, err := readAt(t, path, "", 30*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if want := m.Report(); got != want {
			t.Errorf("read %+v, want %+v", got, want)
		}
		m.BeginCommit()(errors.New(strings.Repeat("x", 5000)))
		time.Sleep(noteEvery)
		synctest.Wait()
		got, err = readAt(t, path, "", 30*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		check(t, got, true, false, Disk)
		if info, err := os.Stat(path); err != nil || info.Size() != noteBytes {
			t.Errorf("the file has not its fixed size: %v, %v", info, err)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if _, err := readAt(t, path, "", time.Second); !errors.Is(err, ErrNoWorker) {
			t.Errorf("a worker that ended: %v", err)
		}
	})
}

func TestASilentNoteIsNotLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "worker.health")
		m := NewMonitor("web-1", "1.2.3", time.Second)
		m.Joined()
		m.BeginRead()
		noteAt(t, m, path).Write()
		time.Sleep(time.Minute)
		got, err := readAt(t, path, "", 30*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		check(t, got, false, false, Idle)
	})
}

// TestWhatLiesInTheWayDoesNotHoldUpTheWorker puts a FIFO and a link where the note should be.
func TestWhatLiesInTheWayDoesNotHoldUpTheWorker(t *testing.T) {
	dir := t.TempDir()
	fifo, link, target := filepath.Join(dir, "fifo"), filepath.Join(dir, "link"), filepath.Join(dir, "target")
	if err := errors.Join(syscall.Mkfifo(fifo, 0o600), os.WriteFile(target, []byte("precious"), 0o600), os.Symlink(target, link)); err != nil {
		t.Fatal(err)
	}
	m := NewMonitor("web", "1.0", time.Second)
	for _, path := range []string{fifo, link} {
		noteAt(t, m, path).Write() // returns
		if _, err := readAt(t, path, "", time.Minute); err == nil {
			t.Errorf("%s is taken for a note", path)
		}
	}
	if text, err := os.ReadFile(target); err != nil || string(text) != "precious" {
		t.Errorf("the target holds %q (%v)", text, err)
	}
}
