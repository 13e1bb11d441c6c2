// Package statedir is the directory .envelog below a log directory, by which processes that share the log directory know
// of each other. It owns what lies there:
//
//	consumer-<name>.lock     is locked by the process that has this consumer name, and holds its token
//	worker-<name>.health     how that worker is, rewritten once a second
//	<name>.journal           of package journal
//	directory.lock           is locked by the process that appends, see package journal
//	retention.lock           is locked by the process that removes and compresses files
//
// Rules:
//   - A lock is a flock(2): the kernel lets go of it when the process ends, however that happens.
//   - A name that is taken is followed by numbered ones, so that a process has the same name again after a restart.
//   - Some network file systems have no locks. Then a name cannot be claimed: [ErrNoLocks].
package statedir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"envelog/internal/filename"
	"envelog/internal/vfs"
)

// Name is what the directory is called.
const Name = ".envelog"

// ErrNoLocks means that the file system has no locks, so that processes cannot be told apart.
var ErrNoLocks = vfs.ErrNoLocks

// errAllTaken means that every numbered name is locked by another process.
var errAllTaken = errors.New("all names are taken")

// Dir is the directory.
type Dir struct {
	fs   vfs.FS
	path string
}

// Of returns the directory of a log directory, which need not be there.
func Of(fsys vfs.FS, logDir string) Dir { return Dir{fsys, filepath.Join(logDir, Name)} }

// Create creates the directory when it is missing, with exactly these permissions and the set-group-ID bit that it
// inherits. The log directory exists.
func (d Dir) Create(mode fs.FileMode) error {
	mode &^= 0o002 // whoever may write there could make processes believe anything
	err := d.fs.Mkdir(d.path, mode)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	info, err := d.fs.Lstat(d.path)
	if err != nil {
		return err
	}
	return d.fs.Chmod(d.path, mode|info.Mode&fs.ModeSetgid)
}

// Path returns the path of a file in the directory.
func (d Dir) Path(name string) string { return filepath.Join(d.path, name) }

// The names of files that are not claimed.
const (
	DirectoryLock = "directory.lock" // see package journal
	RetentionLock = "retention.lock" // see package retention
)

const (
	healthPrefix, healthSuffix = "worker-", ".health"
	lockPrefix, lockSuffix     = "consumer-", ".lock"
)

// HealthFile is where the worker of that consumer name tells how it is.
func (d Dir) HealthFile(consumer string) string {
	return d.Path(healthPrefix + filename.Encode([]byte(consumer)) + healthSuffix)
}

// HealthFiles returns the paths of the health files of all workers, sorted; a directory that is not there has none.
func (d Dir) HealthFiles() (paths []string, err error) {
	names, err := d.fs.ReadDir(d.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, name := range names {
		if strings.HasPrefix(name, healthPrefix) && strings.HasSuffix(name, healthSuffix) {
			paths = append(paths, d.Path(name))
		}
	}
	return paths, err
}

// Lock opens a file, creating it, and locks it. The lock ends when the file is closed. The errors are [vfs.ErrLocked],
// [ErrNoLocks], or an errno.
func (d Dir) Lock(name string, mode fs.FileMode) (vfs.File, error) {
	f, err := d.fs.OpenFile(d.Path(name), os.O_RDWR|os.O_CREATE, mode)
	if err != nil {
		return nil, err
	}
	if err := f.TryLock(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// maxNames is how many processes of one name may share a log directory.
const maxNames = 1000

// LockFirst locks the first file that no other process has locked, of those that spell returns for 1, 2 and so on.
func (d Dir) LockFirst(spell func(n int) string, mode fs.FileMode) (f vfs.File, n int, err error) {
	for n := range maxNames {
		f, err := d.Lock(spell(n+1), mode)
		if !errors.Is(err, vfs.ErrLocked) {
			return f, n + 1, err
		}
	}
	return nil, 0, fmt.Errorf("%w: %s to %s", errAllTaken, spell(1), spell(maxNames))
}
