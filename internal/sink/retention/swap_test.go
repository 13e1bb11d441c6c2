package retention

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"envelog/internal/filetest"
	"envelog/internal/vfs"
	"envelog/internal/vfs/vfstest"
)

const (
	oldLog   = "app-2026-11-20.log" // is compressed
	olderLog = "app-2026-11-01.log" // is removed
	precious = "of somebody else\n"
)

// TestANeighbourSwapsFilesOfOldDays has somebody else replace an old log file, its archive, the unfinished archive or the state
// directory by a link to what belongs to others, before each call of a pass that names a file, for one call, a few, and all that
// follow. The pass may do nothing for a file; nothing behind the link is touched, no archive has what is behind it, and the next
// pass does what is left.
func TestANeighbourSwapsFilesOfOldDays(t *testing.T) {
	for _, name := range []string{oldLog, oldLog + ".gz", "." + oldLog + ".gz.part", olderLog, ".envelog"} {
		for _, calls := range []int{1, 3, 1000} {
			t.Run(fmt.Sprintf("%s for %d", name, calls), func(t *testing.T) {
				t.Parallel()
				archives, first := 0, 1
				for ; ; first++ {
					n := newNeighbour(t, name, first, first+calls)
					n.pass(vfstest.Before(vfs.OS, n.call))
					if n.calls < first {
						break // the pass was over before the neighbour's turn
					}
					if n.checkArchive() {
						archives++
					}
					n.leave()
					n.check()
					if t.Failed() {
						t.Fatalf("swapped at call %d", first)
					}
				}
				t.Logf("%d calls, %d archives", first-1, archives)
				if first < 10 || archives == 0 {
					t.Errorf("there were %d calls and %d archives", first-1, archives)
				}
			})
		}
	}
}

// neighbour swaps a name before the call from of a pass, and swaps it back before the call until.
type neighbour struct {
	t           *testing.T
	dir, other  string // the log directory, and that of somebody else
	name        string // what is swapped
	victim      string // the file of somebody else
	before      fs.FileInfo
	calls       int // that named a file
	from, until int
	swapped     bool
	moved       bool // there was something of that name
}

func newNeighbour(t *testing.T, name string, from, until int) *neighbour {
	t.Helper()
	n := &neighbour{t: t, dir: t.TempDir(), other: t.TempDir(), from: from, until: until}
	n.name, n.victim = filepath.Join(n.dir, name), filepath.Join(n.other, oldLog)
	at := noon().AddDate(0, 0, -3)
	filetest.Must(t, os.WriteFile(n.victim, []byte(precious), 0o600), os.Chtimes(n.victim, at, at), os.Mkdir(filepath.Join(n.dir, ".envelog"), 0o750))
	put(t, n.dir, oldLog, lines(100), at)
	put(t, n.dir, olderLog, lines(10), at)
	var err error
	n.before, err = os.Stat(n.victim)
	filetest.Must(t, err)
	return n
}

// pass makes a pass on a file system, and returns what it said of what did not work.
func (n *neighbour) pass(fsys vfs.FS) (failed map[string]string) {
	n.t.Helper()
	k, err := New(Options{FS: fsys, Dir: n.dir, KeepDays: 10, Compress: Gzip, CompressAfter: 24 * time.Hour, Timezone: time.UTC, Logger: slog.New(slog.DiscardHandler)})
	filetest.Must(n.t, err)
	defer k.journals.Close()
	if err := k.work(n.t.Context(), noon()); err != nil {
		return map[string]string{"look": err.Error()}
	}
	return k.failed
}

// call swaps the name when it is time.
func (n *neighbour) call() {
	n.calls++
	if n.calls == n.from {
		err := os.Rename(n.name, n.aside())
		n.moved = err == nil
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			n.t.Fatal(err)
		}
		filetest.Must(n.t, os.Symlink(n.target(), n.name))
		n.swapped = true
	}
	if n.calls == n.until {
		n.leave()
	}
}

func (n *neighbour) aside() string {
	return filepath.Join(n.other, "..", filepath.Base(n.other)+".aside")
}

func (n *neighbour) target() string {
	if filepath.Base(n.name) == ".envelog" {
		return n.other
	}
	return n.victim
}

// leave swaps the name back, unless the pass has made a new file of it meanwhile.
func (n *neighbour) leave() {
	if !n.swapped {
		return
	}
	n.swapped = false
	if info, err := os.Lstat(n.name); err == nil {
		if info.Mode()&fs.ModeSymlink == 0 {
			return
		}
		filetest.Must(n.t, os.Remove(n.name))
	}
	if n.moved {
		filetest.Must(n.t, os.Rename(n.aside(), n.name))
	}
}

// checkArchive reports whether there is an archive, which must not have what is behind the link.
func (n *neighbour) checkArchive() bool {
	n.t.Helper()
	path := filepath.Join(n.dir, oldLog+".gz")
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return false
	}
	if got := unpacked(n.t, path); got != lines(100) {
		n.t.Errorf("the archive has %.100q", got)
	}
	return true
}

// check looks at what belongs to somebody else, and at what the next pass leaves.
func (n *neighbour) check() {
	n.t.Helper()
	text, err := os.ReadFile(n.victim)
	filetest.Must(n.t, err)
	after, err := os.Stat(n.victim)
	filetest.Must(n.t, err)
	if string(text) != precious || after.Mode() != n.before.Mode() || !after.ModTime().Equal(n.before.ModTime()) || !os.SameFile(n.before, after) {
		n.t.Errorf("the file of somebody else begins %.100q, has %v, had %v", text, after, n.before)
	}
	if names, err := os.ReadDir(n.other); err != nil || len(names) != 1 {
		n.t.Errorf("the directory of somebody else has %v, %v", names, err)
	}
	if failed := n.pass(vfs.OS); len(failed) != 0 {
		n.t.Errorf("after the neighbour has left: %v", failed)
	}
	wantNames(n.t, n.dir, oldLog+".gz")
	if !n.checkArchive() && !n.tookLines() {
		n.t.Error("there is no archive")
	}
}

// tookLines reports whether the neighbour has put the link in the place of the archive right before that was given its name, and
// so has taken the lines away, as by removing the log file.
func (n *neighbour) tookLines() bool {
	to, err := os.Readlink(filepath.Join(n.dir, oldLog+".gz"))
	return err == nil && to == n.victim && filepath.Ext(n.name) == partSuffix
}
