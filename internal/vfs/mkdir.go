package vfs

import (
	"errors"
	"io/fs"
	"path/filepath"
	"syscall"
)

// MkdirAll creates the directory and its parents, each with exactly this mode, and syncs the directory that it was
// created in. One that is there already is left as it is.
func MkdirAll(fsys FS, path string, mode fs.FileMode) error {
	info, err := fsys.Stat(path)
	if err == nil {
		return mustBeDir(path, info)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	parent := filepath.Dir(path)
	if parent != path {
		if err := MkdirAll(fsys, parent, mode); err != nil {
			return err
		}
	}
	return mkdirOne(fsys, parent, path, mode)
}

func mkdirOne(fsys FS, parent, path string, mode fs.FileMode) error {
	err := fsys.Mkdir(path, mode)
	if errors.Is(err, fs.ErrExist) { // another process was faster, or a symbolic link leads nowhere
		info, err := fsys.Stat(path)
		if err != nil {
			return err
		}
		return mustBeDir(path, info)
	}
	if err != nil {
		return err
	}
	if err := setMode(fsys, path, mode); err != nil {
		_ = fsys.Remove(path) // it is empty, and would be taken for what somebody else made
		return err
	}
	return fsys.SyncDir(parent)
}

func mustBeDir(path string, info Info) error {
	if info.Mode.IsDir() {
		return nil
	}
	return &fs.PathError{Op: "open", Path: path, Err: syscall.ENOTDIR}
}

// setMode undoes what the umask took from a directory that was just created.
func setMode(fsys FS, path string, mode fs.FileMode) error {
	info, err := fsys.Lstat(path)
	if err != nil {
		return err
	}
	return SetDirMode(path, info, mode, func(mode fs.FileMode) error { return fsys.Chmod(path, mode) })
}
