package retention

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"envelog/internal/vfs"
)

// errInUse means that a file is left for a later pass.
var errInUse = errors.New("file is in use")

// claim opens and locks a file that nobody uses, has changed since it was looked at, or needs for its journal. Whoever
// waits for the lock to write finds the file gone afterwards. Otherwise the error is errInUse.
func (k *Keeper) claim(f logFile) (vfs.File, error) {
	opened, err := k.openLog(f)
	if err != nil {
		return nil, err
	}
	err = k.lockUnneeded(opened, f)
	if err == nil {
		err = k.mustBeUnused(opened, f)
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

// openLog opens a file for reading, if it is still the one that was looked at.
func (k *Keeper) openLog(f logFile) (vfs.File, error) {
	opened, err := k.fs.OpenFile(f.path, os.O_RDONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errInUse
	}
	if err != nil {
		return nil, err
	}
	if info, err := opened.Stat(); err != nil || !vfs.SameFile(info, f.info) {
		_ = opened.Close()
		return nil, errors.Join(errInUse, err)
	}
	return opened, nil
}

// settle has it found out what dead processes left in a file, and made safe, before the file is read: the kernel may drop lines whose sync
// has failed, which then stand in what was read, and in no journal.
func (k *Keeper) settle(f logFile) error {
	if err := k.journals.Lock(); err != nil {
		return busy(err)
	}
	defer k.journals.Unlock()
	return k.mustBeUnneeded(f)
}

// lockUnneeded locks a file that no journal needs.
func (k *Keeper) lockUnneeded(opened vfs.File, f logFile) error {
	if err := k.journals.Lock(); err != nil {
		return busy(err)
	}
	defer k.journals.Unlock()
	if err := k.mustBeUnneeded(f); err != nil {
		return err
	}
	if err := busy(opened.TryLock()); err != nil {
		return err
	}
	return k.journals.Renew()
}

// mustBeUnneeded looks whether a journal needs a file, while the directory lock is held.
func (k *Keeper) mustBeUnneeded(f logFile) error {
	needed, err := k.journals.Needs(f.info)
	if err != nil {
		return fmt.Errorf("look whether a journal needs %q: %w", f.path, err)
	}
	if needed {
		return errInUse
	}
	return nil
}

// busy makes errInUse of the error of a lock that another process holds.
func busy(err error) error {
	if errors.Is(err, vfs.ErrLocked) {
		return errInUse
	}
	return err
}

// mustBeUnused compares a file with what was seen of it.
func (k *Keeper) mustBeUnused(opened vfs.File, f logFile) error {
	info, err := opened.Stat()
	if err != nil {
		return err
	}
	named, err := k.fs.Lstat(f.path)
	if err != nil || !vfs.SameFile(info, named) || !vfs.SameFile(info, f.info) {
		return errInUse
	}
	// Where it cannot be told whether somebody writes to the file, nobody is taken for that, unless it is another user's:
	// then the kernel does not tell because it may not.
	writers := opened.Writers()
	if writers == vfs.WritersUnknown && info.UID != uint32(os.Geteuid()) {
		writers = vfs.SomeWriters
	}
	if info.Size != f.info.Size || !info.ModTime.Equal(f.info.ModTime) || writers == vfs.SomeWriters {
		return errInUse
	}
	return nil
}
