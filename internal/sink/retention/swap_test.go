package retention

import (
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
					n.pass(vfstest.Before(vfs.OS, n.Call))
					if n.Calls < first {
						break // the pass was over before the neighbour's turn
					}
					if n.checkArchive() {
						archives++
					}
					n.Leave()
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
	filetest.Swap
	dir, other string // the log directory, and that of somebody else
	victim     string // the file of somebody else
	before     fs.FileInfo
}

func newNeighbour(t *testing.T, name string, from, until int) *neighbour {
	t.Helper()
	n := &neighbour{dir: t.TempDir(), other: t.TempDir()}
	n.victim = filepath.Join(n.other, oldLog)
	at := noon().AddDate(0, 0, -3)
	filetest.Must(t, os.WriteFile(n.victim, []byte(precious), 0o600), os.Chtimes(n.victim, at, at), os.Mkdir(filepath.Join(n.dir, ".envelog"), 0o750))
	put(t, n.dir, oldLog, lines(100), at)
	put(t, n.dir, olderLog, lines(10), at)
	var err error
	n.before, err = os.Stat(n.victim)
	filetest.Must(t, err)
	target := n.victim
	if name == ".envelog" {
		target = n.other
	}
	n.Swap = filetest.Swap{T: t, Name: filepath.Join(n.dir, name), Target: target, Aside: n.other + ".aside", From: from, Until: until}
	return n
}

// pass makes a pass on a file system, and returns what it said of what did not work.
func (n *neighbour) pass(fsys vfs.FS) (failed map[string]string) {
	n.T.Helper()
	k, err := New(Options{FS: fsys, Dir: n.dir, KeepDays: 10, Compress: Gzip, CompressAfter: 24 * time.Hour, Timezone: time.UTC, Logger: slog.New(slog.DiscardHandler)})
	filetest.Must(n.T, err)
	defer k.journals.Close()
	if err := k.work(n.T.Context(), noon()); err != nil {
		return map[string]string{"look": err.Error()}
	}
	return k.failed
}

// checkArchive reports whether there is an archive, which must not have what is behind the link.
func (n *neighbour) checkArchive() bool {
	n.T.Helper()
	path := filepath.Join(n.dir, oldLog+".gz")
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return false
	}
	if got := unpacked(n.T, path); got != lines(100) {
		n.T.Errorf("the archive has %.100q", got)
	}
	return true
}

// check looks at what belongs to somebody else, and at what the next pass leaves.
func (n *neighbour) check() {
	n.T.Helper()
	text, err := os.ReadFile(n.victim)
	filetest.Must(n.T, err)
	after, err := os.Stat(n.victim)
	filetest.Must(n.T, err)
	if string(text) != precious || after.Mode() != n.before.Mode() || !after.ModTime().Equal(n.before.ModTime()) || !os.SameFile(n.before, after) {
		n.T.Errorf("the file of somebody else begins %.100q, has %v, had %v", text, after, n.before)
	}
	if names, err := os.ReadDir(n.other); err != nil || len(names) != 1 {
		n.T.Errorf("the directory of somebody else has %v, %v", names, err)
	}
	if failed := n.pass(vfs.OS); len(failed) != 0 {
		n.T.Errorf("after the neighbour has left: %v", failed)
	}
	wantNames(n.T, n.dir, oldLog+".gz")
	if !n.checkArchive() && !n.tookLines() {
		n.T.Error("there is no archive")
	}
}

// tookLines reports whether the neighbour has put the link in the place of the archive right before that was given its name, and
// so has taken the lines away, as by removing the log file.
func (n *neighbour) tookLines() bool {
	to, err := os.Readlink(filepath.Join(n.dir, oldLog+".gz"))
	return err == nil && to == n.victim && filepath.Ext(n.Name) == partSuffix
}
