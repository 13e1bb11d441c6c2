package sink

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"envelog/internal/vfs"
)

// MakeDir creates a log directory as [Open] does, for who has to put something in it before. Mode 0 stands for 0750.
func MakeDir(path string, mode fs.FileMode) error { return makeLogDir(vfs.OS, path, mode) }

func makeLogDir(fsys vfs.FS, path string, mode fs.FileMode) error {
	if err := makeDir(fsys, path, cmp.Or(mode, DefaultDirMode)); err != nil {
		return fmt.Errorf("create log directory %q: %w%s", path, bare(err), cure(path, err))
	}
	return nil
}

// makeDir creates the directory and its parents, each with exactly this mode, and syncs the directory that it was
// created in. One that is there already is left as it is.
func makeDir(fsys vfs.FS, path string, mode fs.FileMode) error {
	info, err := fsys.Stat(path)
	if err == nil {
		return mustBeDir(path, info)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	parent := filepath.Dir(path)
	if parent != path {
		if err := makeDir(fsys, parent, mode); err != nil {
			return err
		}
	}
	return makeOneDir(fsys, parent, path, mode)
}

func makeOneDir(fsys vfs.FS, parent, path string, mode fs.FileMode) error {
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
		return err
	}
	return fsys.SyncDir(parent)
}

func mustBeDir(path string, info vfs.Info) error {
	if info.Mode.IsDir() {
		return nil
	}
	return &fs.PathError{Op: "open", Path: path, Err: syscall.ENOTDIR}
}

// setMode undoes what the umask took from a directory that was just created. It keeps the set-group-ID bit that a
// directory inherits, and that chmod would take away.
func setMode(fsys vfs.FS, path string, mode fs.FileMode) error {
	info, err := fsys.Lstat(path)
	if err != nil {
		return err
	}
	if info.Mode.Perm() == mode {
		return nil
	}
	return fsys.Chmod(path, mode|info.Mode&fs.ModeSetgid)
}

// Probe tells whether files can be created, written and synced in dir now, by doing it. The error says what to do.
func Probe(dir string) error { return probe(vfs.OS, dir) }

// probeName is that of the file: one that is left by a process which was killed is used again.
const (
	probeName  = ".envelog-probe"
	probeBytes = 4096
)

func probe(fsys vfs.FS, dir string) error {
	path := filepath.Join(dir, probeName)
	err := writeProbe(fsys, path)
	err = errors.Join(err, unlessMissing(fsys.Remove(path)))
	if err != nil {
		return fmt.Errorf("probe log directory %q: %w%s", dir, bare(err), cure(dir, err))
	}
	return nil
}

// writeProbe writes a page to a file and syncs it.
func writeProbe(fsys vfs.FS, path string) error {
	f, err := fsys.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(make([]byte, probeBytes), 0)
	if err == nil {
		err = f.Datasync()
	}
	return errors.Join(err, f.Close())
}

func unlessMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// cure returns what the operator can do about err, as the end of a sentence.
func cure(dir string, err error) string {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Sprintf(": let user %d write there, such as by chown %d %q", os.Geteuid(), os.Geteuid(), dir)
	case errors.Is(err, syscall.EROFS):
		return ": mount the file system for writing, or choose another directory"
	case errors.Is(err, syscall.ENOTDIR):
		return ": move away what is there and is not a directory"
	case errors.Is(err, fs.ErrNotExist):
		return ": create it, or what its symbolic link leads to"
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return ": make room for more files (df -i), or raise the quota"
	}
	return ""
}
