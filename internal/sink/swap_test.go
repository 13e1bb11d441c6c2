package sink

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"envelog/internal/filetest"
	"envelog/internal/vfs"
	"envelog/internal/vfs/vfstest"
)

// TestANeighbourSwapsNames has somebody else replace log file, state directory or a file in it by a link to what belongs to
// others, before each call that names a file, for one call, a few, and all that follow. Opening or committing may fail meanwhile;
// nothing behind the link is touched, and all is well once it is gone.
func TestANeighbourSwapsNames(t *testing.T) {
	for _, name := range []string{"app-2026-11-23.log", ".envelog", ".envelog/test.journal", ".envelog/directory.lock"} {
		for _, calls := range []int{1, 3, 1000} {
			t.Run(fmt.Sprintf("%s for %d", name, calls), func(t *testing.T) {
				t.Parallel()
				failed, first := 0, 1
				for ; ; first++ {
					n := newNeighbour(t, name, first, first+calls)
					if n.work() != nil {
						failed++
					}
					if n.Calls < first {
						break // the work was done before the neighbour's turn
					}
					n.Leave()
					n.check()
					if t.Failed() {
						t.Fatalf("swapped at call %d", first)
					}
				}
				if first < 10 || calls == 1000 && failed == 0 {
					t.Errorf("there were %d calls; %d swaps were noticed", first-1, failed)
				}
			})
		}
	}
}

// neighbour swaps a name before the call from of a worker, and swaps it back before the call until.
type neighbour struct {
	filetest.Swap
	dir   string // the log directory
	other string // the directory of somebody else
}

const precious = "of somebody else\n"

// untouchables are the files in the directory of somebody else.
var untouchables = []string{"app-2026-11-23.log", "directory.lock", "test.journal"}

func newNeighbour(t *testing.T, name string, from, until int) *neighbour {
	t.Helper()
	n := &neighbour{dir: t.TempDir(), other: t.TempDir()}
	for _, file := range untouchables {
		filetest.Must(t, os.WriteFile(filepath.Join(n.other, file), []byte(precious), 0o600))
	}
	filetest.Must(t, writeBatch(n.dir, vfs.OS, "1-0")) // so that each name is there to be swapped
	target := filepath.Join(n.other, filepath.Base(name))
	if name == ".envelog" {
		target = n.other
	}
	n.Swap = filetest.Swap{T: t, Name: filepath.Join(n.dir, name), Target: target, Aside: n.other + ".aside", From: from, Until: until}
	return n
}

// work writes two batches, with the neighbour about.
func (n *neighbour) work() error {
	fsys := vfstest.Before(vfs.OS, n.Call)
	if err := writeBatch(n.dir, fsys, "2-0"); err != nil {
		return err
	}
	return writeBatch(n.dir, fsys, "3-0")
}

func writeBatch(dir string, fsys vfs.FS, id string) error {
	s, err := Open(Options{FS: fsys, Dir: dir, Logger: slog.New(slog.DiscardHandler), Journal: "test", Sources: []string{"stream"}, Sync: SyncNever})
	if err != nil {
		return err
	}
	defer s.Close()
	stage(s, id, "app", "line")
	return s.Commit()
}

// check looks at what belongs to somebody else, and whether the worker goes on.
func (n *neighbour) check() {
	n.T.Helper()
	for _, file := range untouchables {
		if text, err := os.ReadFile(filepath.Join(n.other, file)); err != nil || string(text) != precious {
			n.T.Errorf("%s of somebody else has %q, %v", file, text, err)
		}
	}
	if names, err := os.ReadDir(n.other); err != nil || len(names) != len(untouchables) {
		n.T.Errorf("the directory of somebody else has %v, %v", names, err)
	}
	if err := writeBatch(n.dir, vfs.OS, "4-0"); err != nil {
		n.T.Errorf("after the neighbour has left: %v", err)
	}
}
