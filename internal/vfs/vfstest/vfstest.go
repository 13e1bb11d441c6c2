// Package vfstest has the behaviours that every [vfs.FS] shares. They are run on the real file system and on the simulated
// one: what the simulation shows holds for the real one as far as they go.
package vfstest

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"envelog/internal/vfs"
)

// Run runs all behaviours. New returns a file system, and a directory in it that exists and is empty.
func Run(t *testing.T, newFS func(t *testing.T) (fsys vfs.FS, dir string)) {
	for _, b := range behaviours {
		t.Run(b.name, func(t *testing.T) {
			fsys, dir := newFS(t)
			b.check(&world{T: t, FS: fsys, dir: dir})
		})
	}
}

var behaviours = []struct {
	name  string
	check func(*world)
}{
	{"what is missing is fs.ErrNotExist", missing},
	{"O_EXCL creates once", exclusive},
	{"O_TRUNC empties", emptied},
	{"a directory is not opened for writing", directoryForWriting},
	{"a file is no directory", fileAsDirectory},
	{"appends go to the end, whoever wrote", appends},
	{"WriteAt behind the end leaves zeros", writeBehindTheEnd},
	{"WriteAt is not for appending", writeAtWhileAppending},
	{"who reads only cannot write", readOnly},
	{"reads end with io.EOF", reads},
	{"Truncate shortens and extends", truncates},
	{"Reserve never shortens", reserves},
	{"CutIfAlone cuts at the end, and nothing of what others have open", cutsIfAlone},
	{"a removed file lives on while it is open", removed},
	{"a renamed file keeps its descriptors", renamed},
	{"Rename replaces", renameReplaces},
	{"Link takes no name that is taken", links},
	{"ReadDir is sorted", listing},
	{"Mkdir and Remove of directories", directories},
	{"Sub stays with its directory", sub},
	{"a removed directory takes no files", removedDirectory},
	{"a lock excludes other descriptors", locks},
	{"Close unlocks", closeUnlocks},
	{"locks belong to the file, not to its name", locksOfReplacedFiles},
	{"attributes", attributes},
	{"syncs succeed", syncs},
	{"Writers", writers},
	{"a closed file is fs.ErrClosed", closed},
}

// world is what a behaviour runs in.
type world struct {
	*testing.T
	vfs.FS
	dir string
}

func (w *world) path(name string) string { return filepath.Join(w.dir, name) }

func (w *world) open(name string, flag int) vfs.File {
	w.Helper()
	f, err := w.OpenFile(w.path(name), flag, 0o640)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = f.Close() })
	return f
}

func (w *world) create(name, content string) vfs.File {
	w.Helper()
	f := w.open(name, os.O_RDWR|os.O_CREATE|os.O_APPEND)
	w.append(f, content)
	return f
}

func (w *world) append(f vfs.File, content string) {
	w.Helper()
	if n, err := f.Append([]byte(content)); n != len(content) || err != nil {
		w.Fatalf("append: %d of %d bytes, %v", n, len(content), err)
	}
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// fails wants an error that is want, around a path.
func (w *world) fails(err, want error) {
	w.Helper()
	var pathError *fs.PathError
	if !errors.Is(err, want) || !errors.As(err, &pathError) {
		w.Errorf("error is %v (%T), want a path error with %v", err, err, want)
	}
}

func (w *world) content(f vfs.File, want string) {
	w.Helper()
	info, err := f.Stat()
	w.must(err)
	b := make([]byte, info.Size)
	if _, err := f.ReadAt(b, 0); err != nil || string(b) != want {
		w.Errorf("content is %q (%v), want %q", b, err, want)
	}
}

func missing(w *world) {
	_, err := w.OpenFile(w.path("a"), os.O_RDWR, 0)
	w.fails(err, fs.ErrNotExist)
	_, err = w.OpenFile(w.path("no/a"), os.O_RDWR|os.O_CREATE, 0o600)
	w.fails(err, fs.ErrNotExist)
	_, err = w.Lstat(w.path("a"))
	w.fails(err, fs.ErrNotExist)
	_, err = w.ReadDir(w.path("a"))
	w.fails(err, fs.ErrNotExist)
	_, err = w.Sub(w.path("a"))
	w.fails(err, fs.ErrNotExist)
	w.fails(w.Remove(w.path("a")), fs.ErrNotExist)
	if err := w.Rename(w.path("a"), w.path("b")); !errors.Is(err, fs.ErrNotExist) {
		w.Errorf("rename: %v", err)
	}
}

func exclusive(w *world) {
	w.open("a", os.O_RDWR|os.O_CREATE|os.O_EXCL)
	_, err := w.OpenFile(w.path("a"), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	w.fails(err, fs.ErrExist)
}

func emptied(w *world) {
	f := w.create("a", "content")
	w.open("a", os.O_WRONLY|os.O_TRUNC)
	w.content(f, "")
}

func directoryForWriting(w *world) {
	_, err := w.OpenFile(w.dir, os.O_RDWR, 0)
	w.fails(err, syscall.EISDIR)
}

func fileAsDirectory(w *world) {
	w.create("a", "")
	_, err := w.OpenFile(w.path("a/b"), os.O_RDWR|os.O_CREATE, 0o600)
	w.fails(err, syscall.ENOTDIR)
	_, err = w.Sub(w.path("a"))
	w.fails(err, syscall.ENOTDIR)
}

func appends(w *world) {
	one, two := w.create("a", ""), w.open("a", os.O_WRONLY|os.O_APPEND)
	w.append(one, "one\n")
	w.append(two, "two\n")
	w.append(one, "three\n")
	if off := [2]int64{one.Offset(), two.Offset()}; off != [2]int64{14, 8} {
		w.Errorf("offsets are %v", off)
	}
	w.content(one, "one\ntwo\nthree\n")
}

func writeBehindTheEnd(w *world) {
	f := w.open("a", os.O_RDWR|os.O_CREATE)
	n, err := f.WriteAt([]byte("x"), 3)
	if n != 1 || err != nil {
		w.Errorf("%d, %v", n, err)
	}
	w.content(f, "\x00\x00\x00x")
	large := bytes.Repeat([]byte("0123456789"), 2000)
	if n, err := f.WriteAt(large, 1); n != len(large) || err != nil {
		w.Errorf("%d, %v", n, err)
	}
	w.content(f, "\x00"+string(large))
}

func writeAtWhileAppending(w *world) {
	if _, err := w.create("a", "content").WriteAt([]byte("x"), 0); err == nil {
		w.Error("no error")
	}
}

func readOnly(w *world) {
	w.create("a", "content")
	f := w.open("a", os.O_RDONLY)
	_, err := f.Append([]byte("x"))
	w.fails(err, syscall.EBADF)
	_, err = f.WriteAt([]byte("x"), 0)
	w.fails(err, syscall.EBADF)
	w.fails(f.Truncate(0), syscall.EINVAL)
	w.content(f, "content")
}

func reads(w *world) {
	w.create("a", "content")
	f := w.open("a", os.O_RDONLY)
	var b [5]byte
	for _, c := range []struct {
		off  int64
		want string
		err  error
	}{{0, "conte", nil}, {2, "ntent", nil}, {3, "tent", io.EOF}, {7, "", io.EOF}, {9, "", io.EOF}} {
		if n, err := f.ReadAt(b[:], c.off); string(b[:n]) != c.want || err != c.err { //nolint:errorlint // io.EOF itself
			w.Errorf("at %d: %q, %v", c.off, b[:n], err)
		}
	}
	if all, err := io.ReadAll(f); string(all) != "content" || err != nil {
		w.Errorf("%q, %v", all, err)
	}
}

func truncates(w *world) {
	f := w.create("a", "content")
	w.must(f.Truncate(3))
	w.content(f, "con")
	w.must(f.Truncate(5))
	w.content(f, "con\x00\x00")
	w.append(f, "x")
	w.content(f, "con\x00\x00x")
}

func reserves(w *world) {
	f := w.open("a", os.O_RDWR|os.O_CREATE)
	_, err := f.WriteAt([]byte("content"), 0)
	w.must(err)
	w.must(f.Reserve(10_000))
	w.must(f.Reserve(50))
	info, err := f.Stat()
	w.must(err)
	if info.Size != 10_000 {
		w.Errorf("size is %d", info.Size)
	}
	var b [8]byte
	if _, err := f.ReadAt(b[:], 0); err != nil || string(b[:]) != "content\x00" {
		w.Errorf("content is %q (%v)", b, err)
	}
}

func cutsIfAlone(w *world) {
	f := w.create("a", "content")
	cut := func(end int64) (ok bool) {
		ok, err := f.CutIfAlone(3, end)
		w.must(err)
		return ok
	}
	if cut(6) {
		w.Error("cut where the file does not end")
	}
	other := w.open("a", os.O_RDONLY)
	if cut(7) {
		w.Error("cut while another process may read it")
	}
	w.content(f, "content")
	w.must(other.Close())
	want := "content" // where it cannot be told whether somebody has it open
	if cut(7) {
		want = "con"
	}
	w.content(f, want)
}

func removed(w *world) {
	f := w.create("a", "content")
	before, err := f.Stat()
	w.must(err)
	w.must(w.Remove(w.path("a")))
	w.append(f, "more")
	w.content(f, "contentmore")
	info, err := f.Stat()
	w.must(err)
	if before.Links != 1 || info.Links != 0 || !vfs.SameFile(info, before) {
		w.Errorf("before %+v, then %+v", before, info)
	}
	again, err := w.create("a", "").Stat()
	w.must(err)
	if vfs.SameFile(info, again) {
		w.Error("the new file is the one that was removed")
	}
}

func renamed(w *world) {
	f := w.create("a", "content")
	w.must(w.Rename(w.path("a"), w.path("b")))
	w.append(f, "more")
	w.content(w.open("b", os.O_RDONLY), "contentmore")
	_, err := w.Lstat(w.path("a"))
	w.fails(err, fs.ErrNotExist)
}

func renameReplaces(w *world) {
	w.create("a", "new")
	old := w.create("b", "old")
	w.must(w.Rename(w.path("a"), w.path("b")))
	w.content(w.open("b", os.O_RDONLY), "new")
	w.content(old, "old")
	names, err := w.ReadDir(w.dir)
	if !slices.Equal(names, []string{"b"}) || err != nil {
		w.Errorf("%q, %v", names, err)
	}
}

func links(w *world) {
	f := w.create("a", "content")
	w.create("b", "")
	if err := w.Link(w.path("a"), w.path("b")); !errors.Is(err, fs.ErrExist) {
		w.Errorf("link to a name that is taken: %v", err)
	}
	w.must(w.Link(w.path("a"), w.path("c")))
	info, err := f.Stat()
	w.must(err)
	there, err := w.Lstat(w.path("c"))
	if err != nil || info.Links != 2 || info != there {
		w.Errorf("%+v and %+v, %v", info, there, err)
	}
}

func listing(w *world) {
	for _, name := range []string{"b", ".c", "a-1", "a"} {
		w.create(name, "")
	}
	names, err := w.ReadDir(w.dir)
	if !slices.Equal(names, []string{".c", "a", "a-1", "b"}) || err != nil {
		w.Errorf("%q, %v", names, err)
	}
}

func directories(w *world) {
	w.must(w.Mkdir(w.path("d"), 0o750))
	w.fails(w.Mkdir(w.path("d"), 0o750), fs.ErrExist)
	w.fails(w.Mkdir(w.path("no/d"), 0o750), fs.ErrNotExist)
	w.create("d/a", "")
	w.fails(w.Remove(w.path("d")), syscall.ENOTEMPTY)
	w.must(w.Remove(w.path("d/a")))
	w.must(w.Chmod(w.path("d"), 0o700))
	info, err := w.Lstat(w.path("d"))
	if err != nil || info.Mode != fs.ModeDir|0o700 {
		w.Errorf("%v, %v", info.Mode, err)
	}
	w.must(w.Remove(w.path("d")))
	w.fails(w.Remove(w.path("d")), fs.ErrNotExist)
}

func sub(w *world) {
	w.must(w.Mkdir(w.path("d"), 0o750))
	d, err := w.Sub(w.path("d"))
	w.must(err)
	defer func() { _ = d.Close() }()
	w.must(w.Rename(w.path("d"), w.path("e")))
	f, err := d.OpenFile("a", os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o640)
	w.must(err)
	defer func() { _ = f.Close() }()
	w.append(f, "content")
	w.content(w.open("e/a", os.O_RDONLY), "content")
	names, err := d.ReadDir(".")
	if !slices.Equal(names, []string{"a"}) || err != nil {
		w.Errorf("%q, %v", names, err)
	}
	here, err := d.Lstat(".")
	w.must(err)
	if there, err := w.Lstat(w.path("e")); err != nil || !vfs.SameFile(here, there) {
		w.Errorf("%+v and %+v, %v", here, there, err)
	}
	w.must(d.Rename("a", "b"))
	w.must(d.SyncDir("."))
	w.must(d.Remove("b"))
}

func removedDirectory(w *world) {
	w.must(w.Mkdir(w.path("d"), 0o750))
	d, err := w.Sub(w.path("d"))
	w.must(err)
	defer func() { _ = d.Close() }()
	w.must(w.Remove(w.path("d")))
	_, err = d.OpenFile("a", os.O_RDWR|os.O_CREATE, 0o640)
	w.fails(err, fs.ErrNotExist)
}

func locks(w *world) {
	one, two := w.create("a", ""), w.open("a", os.O_RDONLY)
	w.must(one.TryLock())
	w.must(one.TryLock()) // it has it
	if err := two.TryLock(); !errors.Is(err, vfs.ErrLocked) {
		w.Errorf("locked twice: %v", err)
	}
	two.Unlock() // it has none
	if err := two.TryLock(); !errors.Is(err, vfs.ErrLocked) {
		w.Errorf("locked twice: %v", err)
	}
	one.Unlock()
	w.must(two.TryLock())
}

func closeUnlocks(w *world) {
	one, two := w.create("a", ""), w.open("a", os.O_RDWR)
	w.must(one.TryLock())
	w.must(one.Close())
	w.must(two.TryLock())
}

func locksOfReplacedFiles(w *world) {
	one := w.create("a", "")
	w.must(one.TryLock())
	w.must(w.Rename(w.path("a"), w.path("b")))
	w.must(w.create("a", "").TryLock())
	if err := w.open("b", os.O_RDWR).TryLock(); !errors.Is(err, vfs.ErrLocked) {
		w.Errorf("locked twice: %v", err)
	}
}

func attributes(w *world) {
	f := w.create("a", "content")
	w.must(f.Chmod(0o604))
	at := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	w.must(f.SetModTime(at))
	w.must(f.Chown(-1, -1))
	info, err := w.Stat(w.path("a"))
	if err != nil || info.Mode != 0o604 || !info.ModTime.Equal(at) || info.Size != 7 {
		w.Errorf("%+v, %v", info, err)
	}
	if total, free, err := w.Space(w.dir); free == 0 || total < free || err != nil {
		w.Errorf("%d of %d bytes are free, %v", free, total, err)
	}
}

func syncs(w *world) {
	f := w.create("a", "content")
	w.must(f.Sync())
	w.must(f.Datasync())
	w.must(w.SyncDir(w.dir))
	f.AwaitWriter(0)
	w.content(f, "content")
}

func writers(w *world) {
	writing := w.create("a", "content")
	reading := w.open("a", os.O_RDONLY)
	if got := reading.Writers(); got != vfs.SomeWriters && got != vfs.WritersUnknown {
		w.Errorf("while someone writes: %v", got)
	}
	w.must(writing.Close())
	if got := reading.Writers(); got != vfs.NoWriters && got != vfs.WritersUnknown {
		w.Errorf("when nobody writes: %v", got)
	}
}

func closed(w *world) {
	f := w.create("a", "content")
	w.must(f.Close())
	w.fails(f.Close(), fs.ErrClosed)
	if _, err := f.ReadAt(make([]byte, 1), 0); !errors.Is(err, fs.ErrClosed) {
		w.Errorf("read: %v", err)
	}
}
