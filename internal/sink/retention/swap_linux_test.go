package retention

import (
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestANeighbourSwapsFilesOfOldDays has somebody exchange old log files, their archives and unfinished archives for links to
// files of others, at one instant each (RENAME_EXCHANGE), again and again, while passes remove and compress. Passes may do
// nothing for a file meanwhile; nothing behind the links is touched, and no archive has what is behind them.
func TestANeighbourSwapsFilesOfOldDays(t *testing.T) {
	const passes, precious = 60, "of somebody else\n"
	dir, other := t.TempDir(), t.TempDir()
	victim, bait := filepath.Join(other, "app-2026-11-20.log"), filepath.Join(dir, "bait")
	at := noon().AddDate(0, 0, -3)
	must(t, os.WriteFile(victim, []byte(precious), 0o600), os.Chtimes(victim, at, at), os.Symlink(victim, bait))
	before, err := os.Stat(victim)
	must(t, err)
	exchanged := []string{"app-2026-11-20.log", "app-2026-11-20.log.gz", ".app-2026-11-20.log.gz.part", "app-2026-11-01.log", ".envelog"}
	stop, swaps := make(chan struct{}), 0
	var neighbour sync.WaitGroup
	end := sync.OnceFunc(func() { close(stop); neighbour.Wait() })
	defer end()
	neighbour.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			if info, err := os.Lstat(bait); err != nil || info.Mode()&os.ModeSymlink == 0 {
				// A pass has made a new file of that name between the two exchanges. In the place of an archive, the test would
				// unpack a file that is not one.
				_ = os.RemoveAll(bait)
				_ = os.Symlink(victim, bait)
			}
			name := filepath.Join(dir, exchanged[n%len(exchanged)])
			if unix.Renameat2(unix.AT_FDCWD, bait, unix.AT_FDCWD, name, unix.RENAME_EXCHANGE) != nil {
				continue // it is not there now
			}
			swaps++
			if unix.Renameat2(unix.AT_FDCWD, bait, unix.AT_FDCWD, name, unix.RENAME_EXCHANGE) != nil {
				_ = os.RemoveAll(bait) // a pass has removed the link
				_ = os.Symlink(victim, bait)
			}
		}
	})
	archives := 0
	for range passes {
		create(filepath.Join(dir, "app-2026-11-20.log"), lines(2000), at)
		create(filepath.Join(dir, "app-2026-11-01.log"), lines(10), at)
		k, err := New(Options{Dir: dir, KeepDays: 10, Compress: Gzip, CompressAfter: 24 * time.Hour, Timezone: time.UTC, Logger: slog.New(slog.DiscardHandler)})
		must(t, err)
		_ = k.work(t.Context(), noon())
		k.journals.Close()
		for _, name := range names(t, dir) {
			if filepath.Ext(name) != ".gz" {
				continue
			}
			path := filepath.Join(dir, name)
			f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW, 0)
			if err != nil {
				continue // it is a link, or away, at this moment
			}
			archives++
			if got := unpackedFile(t, f, Gzip); got == precious {
				t.Errorf("%s has what is behind the link", name)
			}
			_ = os.Remove(path)
		}
	}
	end()
	t.Logf("%d swaps, %d archives", swaps, archives)
	if swaps == 0 || archives == 0 {
		t.Errorf("there were %d swaps and %d archives", swaps, archives)
	}
	text, err := os.ReadFile(victim)
	must(t, err)
	after, err := os.Stat(victim)
	must(t, err)
	if string(text) != precious || after.Mode() != before.Mode() || !after.ModTime().Equal(before.ModTime()) || !os.SameFile(before, after) {
		t.Errorf("the file of somebody else begins %.100q, has %v, had %v", text, after, before)
	}
	if names, err := os.ReadDir(other); err != nil || len(names) != 1 {
		t.Errorf("the directory of somebody else has %v, %v", names, err)
	}
}

// create makes a file of that time, and follows no link; while a name is taken it does nothing.
func create(path, content string, at time.Time) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return
	}
	defer f.Close()
	_, _ = f.WriteString(content)
	when := unix.NsecToTimeval(at.UnixNano())
	_ = unix.Futimes(int(f.Fd()), []unix.Timeval{when, when})
}
