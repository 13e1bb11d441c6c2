// Package statedir owns the directory .envelog in a log directory, through which the processes that share the log directory
// coordinate, and the names in it:
//
//	consumer-<name>.lock   is locked by the process that has this consumer name, and holds its token
//	worker-<name>.health   the state of that worker, rewritten once a second
//	page.token             what the pages of these workers ask for; who makes it locks page.lock
//	<name>.journal, directory.lock, retention.lock: see the packages journal and retention
//
// Rules:
//   - The directory is accessed through its descriptor, so that a user who can write to the log directory cannot redirect a
//     process by a symbolic link. A directory or a file that others could have planted is refused.
//   - A lock is a flock(2): the kernel releases it when the process ends, however that happens.
//   - A name that is taken is followed by numbered ones, so that a process has the same name again after a restart.
//   - Some network file systems have no locks. Then a name cannot be claimed: [vfs.ErrNoLocks].
package statedir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"envelog/internal/filename"
	"envelog/internal/logdir"
	"envelog/internal/vfs"
)

// Name is what the directory is called.
const Name = ".envelog"

// Dir is the directory, open. The paths of its methods are names in it.
type Dir struct {
	vfs.Dir
	fs      vfs.FS
	path    string
	ofGroup bool // a group of this user may write to it
}

// Path returns the path of the directory of a log directory.
func Path(logDir string) string { return filepath.Join(logDir, Name) }

// Open opens the directory within the log directory, and creates it when it is missing, with these permissions less that
// of everybody to write, and the set-group-ID bit that it inherits.
func Open(fsys vfs.FS, logDir string, mode fs.FileMode) (*Dir, error) {
	mode &^= 0o002
	d := &Dir{fs: fsys, path: Path(logDir)}
	err := fsys.Mkdir(d.path, mode)
	created := err == nil
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	if d.Dir, err = fsys.Sub(d.path); err != nil {
		return nil, notADirectory(fsys, logDir, err)
	}
	if created {
		if err = d.setMode(mode); err != nil {
			_ = fsys.Remove(d.path) // it is empty, and has permissions that nobody asked for
		}
	}
	if err == nil {
		err = fsys.SyncDir(logDir) // whoever created it may not have come so far
	}
	if err == nil {
		err = d.mustBeTrusted(logDir)
	}
	if err != nil {
		_ = d.Close()
		return nil, err
	}
	return d, nil
}

// Look opens the directory for whoever wants to know what is in it, and creates nothing. That may be another user than
// that of the workers, so that it is refused only when it is a link, or when strangers can have made it or write to it. One
// that is not there is fs.ErrNotExist.
func Look(fsys vfs.FS, logDir string) (*Dir, error) {
	d := &Dir{fs: fsys, path: Path(logDir)}
	var err error
	if d.Dir, err = fsys.Sub(d.path); err != nil {
		return nil, notADirectory(fsys, logDir, err)
	}
	info, err := d.Stat(".")
	parent, parentErr := fsys.Stat(logDir)
	switch err = errors.Join(err, parentErr); {
	case err != nil:
	case info.Mode&0o002 != 0:
		err = fmt.Errorf("%q may be written to by everybody: chmod o-w %q", d.path, d.path)
	case info.IsOfStranger(parent):
		err = fmt.Errorf("%q belongs to user %d, and everybody could have put it there: look who made it, and remove it", d.path, info.UID)
	}
	if err != nil {
		_ = d.Close()
		return nil, err
	}
	return d, nil
}

// Path returns the path of the directory.
func (d *Dir) Path() string { return d.path }

// setMode undoes what the umask took, and keeps the set-group-ID bit that a new directory inherits.
func (d *Dir) setMode(mode fs.FileMode) error {
	info, err := d.Stat(".")
	if err != nil {
		return err
	}
	return vfs.SetDirMode(d.path, info, mode, func(mode fs.FileMode) error { return d.Chmod(".", mode) })
}

// mustBeTrusted refuses a directory into which others could put files.
func (d *Dir) mustBeTrusted(logDir string) error {
	info, err := d.Stat(".")
	if err != nil {
		return err
	}
	parent, err := d.fs.Stat(logDir)
	if err != nil {
		return err
	}
	d.ofGroup = info.IsOfOurGroup()
	if err := vfs.MustBeTrusted(d.path, info, parent); err != nil {
		return fmt.Errorf("%q %w", d.path, err)
	}
	return nil
}

// ModeOf returns the mode of a new file that should have this one: nobody but its owner may open it, as whoever may read a file
// can hold its lock, and with it all workers. Where the group may write to the directory, so that its users can take over
// from each other, it may also write to what is in it.
func (d *Dir) ModeOf(mode fs.FileMode) fs.FileMode {
	mode &^= 0o077
	if d.ofGroup {
		return mode | 0o060
	}
	return mode
}

// notADirectory says what to do about what is instead of the directory, or of the log directory.
func notADirectory(fsys vfs.FS, logDir string, err error) error {
	if !errors.Is(err, syscall.ENOTDIR) && !errors.Is(err, syscall.ELOOP) {
		return err
	}
	path := Path(logDir)
	if displaced := logdir.Displaced(fsys, logDir, path); displaced != nil {
		return displaced
	}
	return fmt.Errorf("%q is not a directory, or a link: look who made it, and remove it: %w", path, err)
}

// IsCurrent reports whether the directory is still that of its name. Only a name that is missing, or that stands for something
// else, says that it was removed: an error says nothing.
func (d *Dir) IsCurrent() (bool, error) {
	named, err := d.fs.Lstat(d.path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	opened, err := d.Stat(".")
	return err == nil && vfs.SameFile(named, opened), err
}

// IsAt reports whether name is a name of the open file f; an error says nothing.
func (d *Dir) IsAt(f vfs.File, name string) (bool, error) {
	named, err := d.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	info, err := f.Stat()
	return err == nil && vfs.SameFile(named, info), err
}

// OpenShared opens a file that all processes share, and creates it with exactly the mode that ModeOf makes of this one.
func (d *Dir) OpenShared(name string, mode fs.FileMode) (vfs.File, error) {
	return d.openOurs(name, d.ModeOf(mode))
}

func (d *Dir) openOurs(name string, mode fs.FileMode) (vfs.File, error) {
	f, err := d.OpenFile(name, os.O_RDWR|os.O_CREATE, mode)
	if err != nil {
		return nil, err
	}
	info, err := MustBeOurs(f)
	if err == nil && info.Size == 0 { // just created: undo what the umask took
		err = vfs.SetMode(f, mode)
		if _, refused := errors.AsType[*vfs.ModeError](err); refused && info.UID != uint32(os.Geteuid()) { //nolint:gosec // no user's number is negative
			err = nil // another user of the group made it, of a version that gave it other permissions
		}
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// MustBeOurs refuses what is not a regular file, or has a second name elsewhere.
func MustBeOurs(f vfs.File) (vfs.Info, error) {
	info, err := f.Stat()
	switch {
	case err != nil:
		return info, err
	case !info.Mode.IsRegular():
		return info, fmt.Errorf("%q is not a regular file: move it away", f.Name())
	case info.Links > 1:
		return info, fmt.Errorf("%q has %d names: look who made the others, and remove it", f.Name(), info.Links)
	}
	return info, nil
}

// Lock opens a file, creating it, and locks it. The lock ends when the file is closed. The errors are [vfs.ErrLocked],
// [vfs.ErrNoLocks], or an errno.
func (d *Dir) Lock(name string, mode fs.FileMode) (vfs.File, error) {
	f, err := d.OpenShared(name, mode)
	if err != nil {
		return nil, err
	}
	if err := f.TryLock(); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// maxNames is how many processes of one name may share a log directory.
const maxNames = 1000

// FirstFree calls try with 1, 2 and so on, the numbers of names, until one is not locked by another process. It returns
// what try returned for that one.
func FirstFree(try func(n int) error) error {
	for n := 1; n <= maxNames; n++ {
		if err := try(n); !errors.Is(err, vfs.ErrLocked) {
			return err
		}
	}
	return fmt.Errorf("%d numbered names: %w", maxNames, vfs.ErrLocked)
}

const (
	healthPrefix, healthSuffix = "worker-", ".health"
	lockPrefix, lockSuffix     = "consumer-", ".lock"
)

// HealthFile is the name in the directory of the file in which the worker of that consumer name tells how it is.
func HealthFile(consumer string) string {
	return healthPrefix + filename.Encode([]byte(consumer)) + healthSuffix
}

// HealthFiles returns the names of the health files of all workers, sorted.
func (d *Dir) HealthFiles() (names []string, err error) {
	all, err := d.ReadDir(".")
	for _, name := range all {
		if strings.HasPrefix(name, healthPrefix) && strings.HasSuffix(name, healthSuffix) {
			names = append(names, name)
		}
	}
	return names, err
}
