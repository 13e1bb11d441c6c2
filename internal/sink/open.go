package sink

import (
	"errors"
	"io/fs"
	"os"

	"envelog/internal/vfs"
)

var (
	errSymlink    = errors.New("is a symbolic link, which is not followed: remove it")
	errNotRegular = errors.New("is not a regular file: move it away")
	errMoving     = errors.New("is replaced by another file again and again")
)

// openAttempts is how often a file may be replaced by others while it is opened.
const openAttempts = 5

// openRegular opens what is there under path, for appending, unless it is anything but a regular file.
func openRegular(fsys vfs.FS, path string) (vfs.File, vfs.Info, error) {
	info, err := fsys.Lstat(path) // first, because merely opening a device can do something
	if err == nil {
		err = mustBeRegular(info)
	}
	if err != nil {
		return nil, vfs.Info{}, err
	}
	fd, err := fsys.OpenFile(path, os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		return nil, vfs.Info{}, err
	}
	info, err = fd.Stat()
	if err == nil {
		err = mustBeRegular(info)
	}
	if err != nil {
		_ = fd.Close()
		return nil, vfs.Info{}, err
	}
	return fd, info, nil
}

func mustBeRegular(info vfs.Info) error {
	switch {
	case info.Mode.IsRegular():
		return nil
	case info.Mode&fs.ModeSymlink != 0:
		return errSymlink
	}
	return errNotRegular
}

// createRegular creates the file, with exactly this mode. It is an error when the name is taken.
func createRegular(fsys vfs.FS, path string, mode fs.FileMode) (vfs.File, vfs.Info, error) {
	fd, err := fsys.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return nil, vfs.Info{}, err
	}
	info, err := fd.Stat()
	if err == nil && info.Mode.Perm() != mode {
		err = vfs.SetMode(fd, mode)
	}
	if err != nil {
		_ = fd.Close()
		if _, refused := errors.AsType[*vfs.ModeError](err); refused {
			_ = fsys.Remove(path) // it is empty, and has permissions that nobody asked for
		}
		return nil, vfs.Info{}, err
	}
	return fd, info, nil
}
