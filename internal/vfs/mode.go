package vfs

import (
	"errors"
	"fmt"
	"io/fs"
)

// ModeError says that a file system refuses to change permissions, as exFAT, CIFS and some of FUSE do.
type ModeError struct {
	Path      string      // of the file or directory
	Want, Has fs.FileMode // permissions, and what the file system gave it; Has tells a directory
	Err       error       // the cause, such as syscall.EPERM
}

func (e *ModeError) Error() string {
	return fmt.Sprintf("set permissions %04o of %q, which has %04o: %v", e.Want.Perm(), e.Path, e.Has.Perm(), e.Err)
}

// Unwrap returns the cause.
func (e *ModeError) Unwrap() error { return e.Err }

// SetMode gives a file that this process has just created these permissions, whatever the umask took. Nothing is asked of
// the file system when it has them. The error of a refusal is a [*ModeError].
func SetMode(f File, mode fs.FileMode) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return changeMode(f.Name(), info, mode, func() error { return f.Chmod(mode) })
}

// SetDirMode is SetMode for a directory. It keeps the set-group-ID bit that a directory inherits, and that chmod would take
// away.
func SetDirMode(path string, info Info, mode fs.FileMode, chmod func(fs.FileMode) error) error {
	return changeMode(path, info, mode, func() error { return chmod(mode | info.Mode&fs.ModeSetgid) })
}

func changeMode(path string, info Info, mode fs.FileMode, chmod func() error) error {
	if info.Mode.Perm() == mode {
		return nil
	}
	err := chmod()
	if err == nil {
		return nil
	}
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		err = pathError.Err
	}
	return &ModeError{Path: path, Want: mode, Has: info.Mode, Err: err}
}
