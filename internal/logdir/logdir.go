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
	if !errors.Is(err, fs.ErrPermission) {
		return Explain(path, err)
	}
	return fmt.Errorf("user %d may not create directories in %q: %s", os.Geteuid(), existing(fsys, path), create(path, mode))
}

// existing returns the nearest directory above path that is there.
func existing(fsys vfs.FS, path string) string {
	for parent := filepath.Dir(path); ; parent = filepath.Dir(parent) {
		if _, err := fsys.Stat(parent); err == nil || parent == filepath.Dir(parent) {
			return parent
		}
	}
}

// Rights says how the user of this process gets the rights to write to the directory, which may be missing.
func Rights(fsys vfs.FS, dir string) string {
	if _, err := fsys.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return create(dir, DefaultMode)
	}
	return fmt.Sprintf("let user %d write there, such as by chown -R %d %q", os.Geteuid(), os.Geteuid(), dir)
}

func create(dir string, mode fs.FileMode) string {
	return fmt.Sprintf("create it for that user, such as by install -d -o %d -g %d -m %04o %q", os.Geteuid(), os.Getegid(), mode.Perm(), dir)
}

// probeName is the name of the file. One that a killed process left behind is used again.
const (
	probeName  = ".envelog-probe"
	probeBytes = 4096
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
	f, err := fsys.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
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

// Explain adds to an error of the file system what the operator can do about it, if that is known. The path that the error
// may begin with is left out: the caller names the directory.
func Explain(dir string, err error) error {
	if pathError, ok := err.(*fs.PathError); ok { //nolint:errorlint // what is wrapped around one stays
		err = pathError.Err
	}
	if text := cure(dir, err); text != "" {
		return fmt.Errorf("%w: %s", err, text)
	}
	return err
}

func cure(dir string, err error) string {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return Rights(vfs.OS, dir)
	case errors.Is(err, syscall.EROFS):
		return "mount the file system for writing, or choose another directory"
	case errors.Is(err, syscall.ENOTDIR):
		return "move away what is there and is not a directory"
	case errors.Is(err, fs.ErrNotExist):
		return "create it, or what its symbolic link leads to"
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "make room for more files (df -i), or raise the quota"
	}
	return ""
}
