package sink

import (
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"envelog/internal/vfs"
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
					if n.calls < first {
						break // the work was done before the neighbour's turn
					}
					n.leave()
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
	t            *testing.T
	dir          string // the log directory
	name         string // what is swapped
	other        string // the directory of somebody else
	calls        int    // that named a file
	from, until  int
	swapped      bool
	untouchables []string // the files in other
}

const precious = "of somebody else\n"

func newNeighbour(t *testing.T, name string, from, until int) *neighbour {
	t.Helper()
	n := &neighbour{t: t, dir: t.TempDir(), other: t.TempDir(), from: from, until: until}
	n.name = filepath.Join(n.dir, name)
	n.untouchables = []string{"app-2026-11-23.log", "directory.lock", "test.journal"}
	for _, file := range n.untouchables {
		n.must(os.WriteFile(filepath.Join(n.other, file), []byte(precious), 0o600))
	}
	n.must(writeBatch(n.dir, vfs.OS, "1-0")) // so that each name is there to be swapped
	return n
}

func (n *neighbour) must(err error) {
	n.t.Helper()
	if err != nil {
		n.t.Fatal(err)
	}
}

// work writes two batches, with the neighbour about.
func (n *neighbour) work() error {
	fsys := callFS{vfs.OS, n.call}
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

// call swaps the name when it is time.
func (n *neighbour) call() {
	n.calls++
	if n.calls == n.from {
		n.must(os.Rename(n.name, n.aside()))
		n.must(os.Symlink(n.target(), n.name))
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
	return filepath.Join(n.other, filepath.Base(n.name))
}

// leave swaps the name back, unless the worker has made a new one meanwhile.
func (n *neighbour) leave() {
	if !n.swapped {
		return
	}
	n.swapped = false
	if info, err := os.Lstat(n.name); err == nil {
		if info.Mode()&fs.ModeSymlink == 0 {
			return
		}
		n.must(os.Remove(n.name))
	}
	n.must(os.Rename(n.aside(), n.name))
}

// check looks at what belongs to somebody else, and whether the worker goes on.
func (n *neighbour) check() {
	n.t.Helper()
	for _, file := range n.untouchables {
		if text, err := os.ReadFile(filepath.Join(n.other, file)); err != nil || string(text) != precious {
			n.t.Errorf("%s of somebody else has %q, %v", file, text, err)
		}
	}
	if names, err := os.ReadDir(n.other); err != nil || len(names) != len(n.untouchables) {
		n.t.Errorf("the directory of somebody else has %v, %v", names, err)
	}
	if err := writeBatch(n.dir, vfs.OS, "4-0"); err != nil {
		n.t.Errorf("after the neighbour has left: %v", err)
	}
}

// callFS tells of each call that names a file.
type callFS struct {
	vfs.FS
	call func()
}

func (c callFS) OpenFile(path string, flag int, mode fs.FileMode) (vfs.File, error) {
	c.call()
	return c.FS.OpenFile(path, flag, mode)
}

func (c callFS) Sub(path string) (vfs.Dir, error) {
	c.call()
	d, err := c.FS.Sub(path)
	if err != nil {
		return nil, err
	}
	return callDir{callFS{d, c.call}, d}, nil
}

func (c callFS) Lstat(path string) (vfs.Info, error)    { c.call(); return c.FS.Lstat(path) }
func (c callFS) Stat(path string) (vfs.Info, error)     { c.call(); return c.FS.Stat(path) }
func (c callFS) ReadDir(path string) ([]string, error)  { c.call(); return c.FS.ReadDir(path) }
func (c callFS) Mkdir(path string, m fs.FileMode) error { c.call(); return c.FS.Mkdir(path, m) }
func (c callFS) Chmod(path string, m fs.FileMode) error { c.call(); return c.FS.Chmod(path, m) }
func (c callFS) Remove(path string) error               { c.call(); return c.FS.Remove(path) }
func (c callFS) Rename(from, to string) error           { c.call(); return c.FS.Rename(from, to) }
func (c callFS) Link(from, to string) error             { c.call(); return c.FS.Link(from, to) }
func (c callFS) SyncDir(path string) error              { c.call(); return c.FS.SyncDir(path) }

// callDir is a directory that is open.
type callDir struct {
	callFS
	io.Closer
}
