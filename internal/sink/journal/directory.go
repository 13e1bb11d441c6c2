package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"envelog/internal/statedir"
	"envelog/internal/vfs"
)

const (
	lockName     = "directory.lock"
	lockPatience = 5 * time.Second // a batch holds it for a sync of the journal and its appends
)

var (
	errBusy    = errors.New("another process has held the lock for 5 s: it is stopped, or its disk is stuck")
	errRemoved = errors.New("journals are removed again and again")
)

// directory is the journals' directory. Processes that share a log directory hold its lock, one at a time. The lock file
// has one number, which counts how often a journal came or went.
type directory struct {
	*statedir.Dir
	lock vfs.File

	listed bool   // the journals were listed
	seen   uint64 // the count then
}

// openDirectory opens the directory within the log directory, and creates it when it is missing.
func openDirectory(fsys vfs.FS, logDir string, mode, dirMode fs.FileMode) (*directory, error) {
	state, err := statedir.Open(fsys, logDir, dirMode)
	if err != nil {
		return nil, err
	}
	lock, err := state.OpenShared(lockName, mode)
	if err != nil {
		_ = state.Close()
		return nil, err
	}
	return &directory{Dir: state, lock: lock}, nil
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

// isCurrent reports whether the directory and its lock are still those of their names.
func (d *directory) isCurrent() (bool, error) {
	current, err := d.IsCurrent()
	if err != nil || !current {
		return false, err
	}
	return d.IsAt(d.lock, lockName)
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

// Exists reports whether there are journals in a log directory.
func Exists(fsys vfs.FS, logDir string) bool {
	names, _ := fsys.ReadDir(statedir.Path(logDir))
	return slices.ContainsFunc(names, func(name string) bool { return strings.HasSuffix(name, suffix) })
}
