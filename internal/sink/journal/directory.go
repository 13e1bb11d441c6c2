package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"envelog/internal/vfs"
)

// Dir is the name of the journals' directory, within the log directory.
const Dir = ".envelog"

const (
	lockName     = "directory.lock"
	lockPatience = 5 * time.Second // a batch holds it for a sync of the journal and its appends
)

var (
	errBusy    = errors.New("another process has held the lock for 5 s: it is stopped, or its disk is stuck")
	errRemoved = errors.New("journals are removed again and again")
)

// directory is the journals' directory. It is reached through its descriptor, so that nobody who can write to the log
// directory can lead a process elsewhere by a link in its place.
//
// Processes that share a log directory hold its lock, one at a time. The lock file has one number, which counts how often
// a journal came or went.
type directory struct {
	fs   vfs.FS
	path string
	vfs.Dir
	lock vfs.File

	listed bool   // the journals were listed
	seen   uint64 // the count then
}

// openDirectory opens the directory within the log directory, and creates it when it is missing.
// Whatever may be written to by everybody, this directory may not.
func openDirectory(fsys vfs.FS, logDir string, mode, dirMode fs.FileMode) (*directory, error) {
	dirMode &^= 0o002
	d := &directory{fs: fsys, path: filepath.Join(logDir, Dir)}
	err := fsys.Mkdir(d.path, dirMode)
	created := err == nil
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	if d.Dir, err = fsys.Sub(d.path); err != nil {
		return nil, notADirectory(d.path, err)
	}
	if created {
		err = d.setMode(dirMode)
	}
	if err == nil {
		err = fsys.SyncDir(logDir) // whoever created it may not have come so far
	}
	if err == nil {
		err = d.mustBeTrusted(logDir)
	}
	if err == nil {
		d.lock, err = d.openShared(lockName, mode)
	}
	if err != nil {
		_ = d.Close()
		return nil, err
	}
	return d, nil
}

// setMode undoes what the umask took, and keeps the set-group-ID bit that a new directory inherits.
func (d *directory) setMode(mode fs.FileMode) error {
	info, err := d.Stat(".")
	if err != nil || info.Mode.Perm() == mode {
		return err
	}
	return d.Chmod(".", mode|info.Mode&fs.ModeSetgid)
}

// mustBeTrusted refuses a directory into which others could put files: one of another owner than root, this user or that
// of the log directory, or one that everybody may write to.
func (d *directory) mustBeTrusted(logDir string) error {
	info, err := d.Stat(".")
	if err != nil {
		return err
	}
	parent, err := d.fs.Stat(logDir)
	if err != nil {
		return err
	}
	if info.UID != 0 && info.UID != uint32(os.Geteuid()) && info.UID != parent.UID {
		return fmt.Errorf("%q belongs to user %d, neither to this one nor to the owner of the log directory: look who made it, and remove it", d.path, info.UID)
	}
	if info.Mode&0o002 != 0 {
		return fmt.Errorf("%q may be written to by everybody: chmod o-w %q", d.path, d.path)
	}
	return nil
}

// notADirectory says what to do about what is in the place of the directory.
func notADirectory(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return err
	}
	return fmt.Errorf("%q is not a directory, or a link: look who made it, and remove it: %w", path, err)
}

// openShared opens a file that all processes share, and creates it with exactly this mode.
func (d *directory) openShared(name string, mode fs.FileMode) (vfs.File, error) {
	f, err := d.OpenFile(name, os.O_RDWR|os.O_CREATE, mode)
	if err != nil {
		return nil, err
	}
	info, err := d.mustBeOurs(f)
	if err == nil && info.Size == 0 && info.Mode.Perm() != mode { // just created: undo what the umask took
		err = f.Chmod(mode)
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// mustBeOurs refuses what is not a regular file, or has a second name elsewhere.
func (d *directory) mustBeOurs(f vfs.File) (vfs.Info, error) {
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

// acquire takes the directory lock.
func (d *directory) acquire() error {
	err := vfs.Lock(d.lock, lockPatience)
	if errors.Is(err, vfs.ErrLocked) {
		err = errBusy
	}
	if err != nil {
		return fmt.Errorf("lock %q: %w", d.lock.Name(), err)
	}
	return nil
}

func (d *directory) release() { d.lock.Unlock() }

// isCurrent tells whether the directory and its lock are still those of their names.
func (d *directory) isCurrent() bool {
	named, err := d.fs.Lstat(d.path)
	if err != nil {
		return false
	}
	opened, err := d.Stat(".")
	return err == nil && vfs.SameFile(named, opened) && d.isAt(d.lock, lockName)
}

// isAt tells whether name is a name of the open file f.
func (d *directory) isAt(f vfs.File, name string) bool {
	named, err := d.Lstat(name)
	if err != nil {
		return false
	}
	info, err := f.Stat()
	return err == nil && vfs.SameFile(named, info)
}

// count returns how often a journal came or went. A power cut may set it back.
func (d *directory) count() (uint64, error) {
	var b [8]byte
	n, err := readFull(d.lock, b[:], 0)
	if err != nil {
		return 0, fmt.Errorf("read %q: %w", d.lock.Name(), err)
	}
	if n < len(b) {
		return 0, nil
	}
	return binary.LittleEndian.Uint64(b[:]), nil
}

// announce tells the other processes that a journal is about to come or go. It comes first: announced too often costs one
// look at the directory.
func (d *directory) announce() error {
	count, err := d.count()
	if err != nil {
		return err
	}
	if _, err := d.lock.WriteAt(binary.LittleEndian.AppendUint64(nil, count+1), 0); err != nil {
		return fmt.Errorf("write %q: %w", d.lock.Name(), err)
	}
	return nil
}

func (d *directory) close() {
	_ = d.lock.Close()
	_ = d.Close()
}

// Exists tells whether there are journals in a log directory.
func Exists(fsys vfs.FS, logDir string) bool {
	names, _ := fsys.ReadDir(filepath.Join(logDir, Dir))
	return slices.ContainsFunc(names, func(name string) bool { return strings.HasSuffix(name, suffix) })
}

// LockFile opens a file of the journals' directory, creating both when they are missing, and takes its lock, which ends
// with the file that is returned or with the process. The error is [vfs.ErrLocked] when another process has it.
func LockFile(fsys vfs.FS, logDir, name string, mode, dirMode fs.FileMode) (vfs.File, error) {
	d, err := openDirectory(fsys, logDir, mode, dirMode)
	if err != nil {
		return nil, err
	}
	defer d.close()
	f, err := d.openShared(name, mode)
	if err != nil {
		return nil, err
	}
	if err := f.TryLock(); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}
