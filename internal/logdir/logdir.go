// Package logdir is the directory that log files are written to: it creates the directory, checks that files can be
// written there, and says what helps when they cannot.
package logdir

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

// DefaultMode is the mode of a log directory that envelog creates.
const DefaultMode fs.FileMode = 0o750

// Make creates the directory and its parents when they are missing, with this mode; 0 means [DefaultMode]. The error
// names the directory and the cure.
func Make(fsys vfs.FS, path string, mode fs.FileMode) error {
	if err := vfs.MkdirAll(fsys, path, cmp.Or(mode, DefaultMode)); err != nil {
		return fmt.Errorf("create log directory %q: %w", path, explainMissing(fsys, path, cmp.Or(mode, DefaultMode), err))
	}
	return nil
}

// explainMissing is Explain for a directory that could not be created: where rights are missing, they are its parent's.
func explainMissing(fsys vfs.FS, path string, mode fs.FileMode, err error) error {
	if _, refused := errors.AsType[*vfs.ModeError](err); refused || !errors.Is(err, fs.ErrPermission) {
		return Explain(path, err)
	}
	return fmt.Errorf("user %d may not create directories in %q: %s", os.Geteuid(), existing(fsys, path), create(path, os.Geteuid(), os.Getegid(), mode))
}

// existing returns the nearest directory above path that is there.
func existing(fsys vfs.FS, path string) string {
	for parent := filepath.Dir(path); ; parent = filepath.Dir(parent) {
		if _, err := fsys.Stat(parent); err == nil || parent == filepath.Dir(parent) {
			return parent
		}
	}
}

// Rights says how a user gets the rights to write to the directory, which may be missing.
func Rights(fsys vfs.FS, dir string, uid, gid int) string {
	if _, err := fsys.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return create(dir, uid, gid, DefaultMode)
	}
	return fmt.Sprintf("let user %d write there, such as by chown -R %d %q", uid, uid, dir)
}

// Modes says what to do on a file system that refuses to change permissions.
func Modes(refused *vfs.ModeError) string {
	setting := "file-mode"
	if refused.Has.IsDir() {
		setting = "dir-mode"
	}
	return fmt.Sprintf("this file system does not let permissions be changed (as exFAT, CIFS and some mounts of FUSE): set %s to %04o, which it gives by itself, or mount it with other permissions",
		setting, refused.Has.Perm())
}

func create(dir string, uid, gid int, mode fs.FileMode) string {
	return fmt.Sprintf("create it for that user, such as by install -d -o %d -g %d -m %04o %q", uid, gid, mode.Perm(), dir)
}

// probeName is the name of the file. One that a killed process left behind is removed, and never written to: it could be
// another name of a file of somebody else.
const (
	probeName     = ".envelog-probe"
	probeBytes    = 4096
	probeAttempts = 100 // to create it while others do so
)

// Probe checks that files can be created, written and synced in the directory now, by doing it. The error names the
// directory and the cure.
func Probe(fsys vfs.FS, dir string) error {
	path := filepath.Join(dir, probeName)
	err := writeProbe(fsys, path)
	if removeErr := fsys.Remove(path); err == nil && !errors.Is(removeErr, fs.ErrNotExist) {
		err = removeErr
	}
	if err != nil {
		return fmt.Errorf("probe log directory %q: %w", dir, Explain(dir, err))
	}
	return nil
}

// writeProbe writes a page to a file and syncs it.
func writeProbe(fsys vfs.FS, path string) error {
	f, err := createProbe(fsys, path)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(make([]byte, probeBytes), 0)
	if err == nil {
		err = f.Datasync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

// createProbe creates the file. Workers that start at the same moment meet here, and take away each other's.
func createProbe(fsys vfs.FS, path string) (f vfs.File, err error) {
	for range probeAttempts {
		f, err = fsys.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
		if err := fsys.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("remove the %s of somebody else: %w", probeName, bare(err))
		}
	}
	return nil, err
}

// Explain adds to an error of the file system what the operator can do about it, if that is known. The path that the error
// may begin with is left out: the caller names the directory.
func Explain(dir string, err error) error {
	if _, done := errors.AsType[*advised](err); done {
		return err
	}
	if text := cure(dir, err); text != "" {
		return Advise(err, text)
	}
	return bare(err)
}

// Displaced returns the error for what is in the place of a log directory, or on the way to it, and no directory, where that is why
// this path in it cannot be reached. Otherwise it returns nil.
func Displaced(fsys vfs.FS, dir, path string) error {
	if _, err := fsys.Lstat(path); !errors.Is(err, syscall.ENOTDIR) {
		return nil
	}
	return fmt.Errorf("log directory %q: %w", dir, Explain(dir, syscall.ENOTDIR))
}

// Advise adds to an error what the operator can do about it, where the caller knows better than Explain, which then adds
// nothing. The path that the error may begin with is left out.
func Advise(err error, cure string) error { return &advised{bare(err), cure} }

// advised is an error with what can be done about it.
type advised struct {
	error
	cure string
}

func (e *advised) Error() string { return e.error.Error() + ": " + e.cure }

// Unwrap returns the cause.
func (e *advised) Unwrap() error { return e.error }

func bare(err error) error {
	if pathError, ok := err.(*fs.PathError); ok { //nolint:errorlint // what is wrapped around one stays
		return pathError.Err
	}
	return err
}

func cure(dir string, err error) string {
	if refused, ok := errors.AsType[*vfs.ModeError](err); ok {
		return Modes(refused)
	}
	switch {
	case errors.Is(err, fs.ErrPermission):
		return Rights(vfs.OS, dir, os.Geteuid(), os.Getegid())
	case errors.Is(err, syscall.EROFS):
		return "mount the file system for writing, or choose another directory"
	case errors.Is(err, syscall.ENOTDIR):
		return "move away what is there and is not a directory"
	case errors.Is(err, fs.ErrNotExist):
		return "create it, or what its symbolic link leads to"
	case errors.Is(err, syscall.EDQUOT):
		return "remove files, or raise the quota"
	case errors.Is(err, syscall.ENOSPC):
		return cureFull(dir)
	}
	return ""
}

// cureFull returns what to do about a file system on which there is no room for another file: it is out of bytes, or of inodes.
func cureFull(dir string) string {
	if _, free, err := vfs.OS.Space(dir); err == nil && free == 0 {
		return "make room on its file system, of which no byte is free (df -h)"
	}
	return "make room for more files (df -i), or raise the quota"
}
