package retention

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"envelog/internal/disk"
)

// errInUse means that a file is left for a later pass.
var errInUse = errors.New("file is in use")

// claim opens and locks a file that nobody uses, has changed since it was looked at, or needs for its journal. Whoever
// waits for the lock to write finds the file gone afterwards. Otherwise the error is errInUse.
func (k *Keeper) claim(f logFile) (*os.File, error) {
	opened, err := openLog(f)
	if err != nil {
		return nil, err
	}
	err = k.lockUnneeded(opened, f)
	if err == nil {
		err = mustBeUnused(opened, f)
	}
	if err == nil {
		err = k.journals.Sync()
	}
	if err != nil {
		_ = opened.Close()
		return nil, err
	}
	return opened, nil
}

// openLog opens a file for reading.
func openLog(f logFile) (*os.File, error) {
	opened, err := os.OpenFile(f.path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errInUse
	}
	return opened, err
}

// lockUnneeded locks a file that no journal needs.
func (k *Keeper) lockUnneeded(opened *os.File, f logFile) error {
	if err := k.journals.Enter(); err != nil {
		return busy(err)
	}
	defer k.journals.Leave()
	needed, err := k.journals.Needs(f.info)
	if err != nil {
		return fmt.Errorf("look whether a journal needs %q: %w", f.path, err)
	}
	if needed {
		return errInUse
	}
	return busy(disk.TryLock(opened))
}

// busy makes errInUse of the error of a lock that another process holds.
func busy(err error) error {
	if errors.Is(err, disk.ErrLocked) {
		return errInUse
	}
	return err
}

// mustBeUnused compares a file with what was seen of it.
func mustBeUnused(opened *os.File, f logFile) error {
	info, err := opened.Stat()
	if err != nil {
		return err
	}
	named, err := os.Lstat(f.path)
	if err != nil || !os.SameFile(info, named) || !os.SameFile(info, f.info) {
		return errInUse
	}
	if info.Size() != f.info.Size() || !info.ModTime().Equal(f.info.ModTime()) || disk.HasWriters(opened) {
		return errInUse
	}
	return nil
}
