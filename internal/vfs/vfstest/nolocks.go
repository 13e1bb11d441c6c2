package vfstest

import (
	"io/fs"

	"envelog/internal/vfs"
)

// NoLocks is a file system without locks, as NFS without its lock service: TryLock in a directory of [vfs.FS.Sub] is
// [vfs.ErrNoLocks].
type NoLocks struct{ vfs.FS }

// Sub opens a directory whose files cannot be locked.
func (n NoLocks) Sub(path string) (vfs.Dir, error) {
	d, err := n.FS.Sub(path)
	return dirWithoutLocks{d}, err
}

type dirWithoutLocks struct{ vfs.Dir }

func (d dirWithoutLocks) OpenFile(name string, flag int, mode fs.FileMode) (vfs.File, error) {
	f, err := d.Dir.OpenFile(name, flag, mode)
	return unlockable{f}, err
}

type unlockable struct{ vfs.File }

func (unlockable) TryLock() error { return vfs.ErrNoLocks }
