package vfstest

import (
	"io"
	"io/fs"

	"envelog/internal/vfs"
)

// Before is a file system that does something before each call that names a file: what others may do there at any moment is done
// at every one in turn, and not at some by chance.
func Before(fsys vfs.FS, do func()) vfs.FS { return calls{fsys, do} }

type calls struct {
	vfs.FS
	do func()
}

func (c calls) OpenFile(path string, flag int, mode fs.FileMode) (vfs.File, error) {
	c.do()
	return c.FS.OpenFile(path, flag, mode)
}

func (c calls) Sub(path string) (vfs.Dir, error) {
	c.do()
	d, err := c.FS.Sub(path)
	if err != nil {
		return nil, err
	}
	return callsIn{calls{d, c.do}, d}, nil
}

func (c calls) Lstat(path string) (vfs.Info, error)    { c.do(); return c.FS.Lstat(path) }
func (c calls) Stat(path string) (vfs.Info, error)     { c.do(); return c.FS.Stat(path) }
func (c calls) ReadDir(path string) ([]string, error)  { c.do(); return c.FS.ReadDir(path) }
func (c calls) Mkdir(path string, m fs.FileMode) error { c.do(); return c.FS.Mkdir(path, m) }
func (c calls) Chmod(path string, m fs.FileMode) error { c.do(); return c.FS.Chmod(path, m) }
func (c calls) Remove(path string) error               { c.do(); return c.FS.Remove(path) }
func (c calls) Rename(from, to string) error           { c.do(); return c.FS.Rename(from, to) }
func (c calls) Link(from, to string) error             { c.do(); return c.FS.Link(from, to) }
func (c calls) SyncDir(path string) error              { c.do(); return c.FS.SyncDir(path) }

// callsIn is a directory that is open.
type callsIn struct {
	calls
	io.Closer
}
