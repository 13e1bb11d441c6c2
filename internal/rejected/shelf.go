package rejected

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"envelog/internal/logdir"
	"envelog/internal/vfs"
)

var errNotDir = errors.New("is not a directory: move it away")

// shelf is the directory of rejected entries.
type shelf struct {
	fs       vfs.FS
	token    string // in the names of unfinished files
	dir      string
	maxBytes int64
	maxCount int
	dirMode  fs.FileMode
	fileMode fs.FileMode

	mu       sync.Mutex
	at       vfs.Dir // dir, while it is open
	bytes    int64   // of all files
	count    int     // of entries
	scanned  time.Time
	named    bool // the name of the directory is on disk
	lockless bool // there are no locks here
}

// open opens the directory, and creates it when it is missing. From then on it is reached through its descriptor, so that who
// may write to the log directory cannot lead what is kept somewhere else. Its caller closes it.
func (s *shelf) open() error {
	d, err := openTrusted(s.fs, s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		d, err = s.create()
	}
	if err == nil {
		s.at = d
	}
	return err
}

func (s *shelf) create() (vfs.Dir, error) {
	s.named = false
	if err := logdir.Make(s.fs, filepath.Dir(s.dir), 0); err != nil {
		return nil, err
	}
	if err := s.fs.Mkdir(s.dir, s.dirMode); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	d, err := openTrusted(s.fs, s.dir)
	if err != nil {
		return nil, err
	}
	info, err := d.Stat(".")
	if err == nil {
		err = vfs.SetDirMode(s.dir, info, s.dirMode, func(mode fs.FileMode) error { return d.Chmod(".", mode) })
	}
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// close closes what open opened.
func (s *shelf) close() { _ = s.at.Close() } // it was open for reading

// openTrusted opens a directory of rejected entries. What is not one, or leads to one, or could be of others, is an error.
func openTrusted(fsys vfs.FS, dir string) (vfs.Dir, error) {
	d, err := fsys.Sub(dir)
	switch {
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ELOOP):
		return nil, cmp.Or(logdir.Displaced(fsys, filepath.Dir(dir), dir), errNotDir)
	case err != nil:
		return nil, err
	}
	if err := mustBeTrusted(fsys, dir, d); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// mustBeTrusted refuses a directory into which others could put files, or out of which they could take what is kept.
func mustBeTrusted(fsys vfs.FS, dir string, d vfs.Dir) error {
	info, err := d.Stat(".")
	if err != nil {
		return err
	}
	parent, err := fsys.Stat(filepath.Dir(dir))
	if err != nil {
		return err
	}
	return vfs.MustBeTrusted(dir, info, parent)
}

// scan counts what is there, and removes what processes left incomplete when they died.
func (s *shelf) scan() error {
	names, err := s.at.ReadDir(".")
	if err != nil {
		return err
	}
	s.bytes, s.count, s.scanned = 0, 0, time.Now()
	for _, name := range names {
		info, err := s.at.Lstat(name)
		if err != nil { // someone just removed it
			continue
		}
		switch {
		case strings.HasPrefix(name, tempPrefix):
			if s.scanned.Sub(info.ModTime) > tempLife {
				_ = s.at.Remove(name)
			}
			continue
		case strings.HasSuffix(name, noteSuffix):
			s.count++
		}
		s.bytes += info.Size
	}
	return nil
}

// keep stores parts and note under names that begin with base, or with what it returns when another entry has those. The
// note comes last: where it is, all is.
func (s *shelf) keep(base string, parts []part, n note) (string, error) {
	if err := s.open(); err != nil {
		return "", err
	}
	defer s.close()
	unlock, err := s.lock()
	if err != nil {
		return "", err
	}
	defer unlock()
	base, kept, err := s.place(base, n)
	if err != nil {
		return "", err
	}
	if !kept {
		if err := s.store(base, parts, n); err != nil {
			return "", err
		}
	}
	return base, s.syncNames() // also when kept: perhaps by a process that died before it came here
}

// lock keeps other processes from keeping an entry until unlock: one of the same id, from another stream or from one that
// was deleted since, would have the same names. Where there are no locks nobody waits.
func (s *shelf) lock() (unlock func(), err error) {
	f, err := s.at.OpenFile(lockName, os.O_RDWR|os.O_CREATE, s.fileMode)
	if err != nil {
		return nil, fmt.Errorf("create %q: %w", s.path(lockName), logdir.Explain(s.dir, err))
	}
	if s.lockless {
		return func() { _ = f.Close() }, nil
	}
	err = vfs.Insist(func() error { return vfs.Lock(f, lockPatience) })
	if s.lockless = errors.Is(err, vfs.ErrNoLocks); err != nil && !s.lockless {
		_ = f.Close()
		return nil, fmt.Errorf("lock %q: %w", s.path(lockName), err)
	}
	return func() { _ = f.Close() }, nil
}

// syncNames makes the names in the directory safe, and, once, its own: who created it may have died before.
func (s *shelf) syncNames() error {
	if !s.named {
		if err := s.fs.SyncDir(filepath.Dir(s.dir)); err != nil {
			return err
		}
		s.named = true
	}
	return s.at.SyncDir(".")
}

// place returns what the names of an entry begin with, and whether it is there already. Another entry may have had the
// same id, in a stream that was deleted since: both are kept.
func (s *shelf) place(base string, n note) (string, bool, error) {
	there, err := readPlain(s.at, base+noteSuffix, noteLimit)
	if errors.Is(err, fs.ErrNotExist) {
		return base, false, nil
	}
	var kept note
	if err == nil && json.Unmarshal(there, &kept) == nil && maps.Equal(kept.Fields, n.Fields) {
		return base, s.complete(base, n), nil
	}
	if err != nil && !isNoNote(err) {
		return base, false, err // what is there may be this entry
	}
	base += "~" + n.digest()
	_, err = s.at.Lstat(base + noteSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return base, false, nil
	}
	return base, err == nil, err
}

// isNoNote reports whether what could not be read is certainly no note: a link, a directory, a socket, or too long for one.
func isNoNote(err error) bool {
	return errors.Is(err, ErrIncomplete) || errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.EISDIR) || errors.Is(err, syscall.ENXIO)
}

// complete reports whether all that n names is there: a power cut can take one name and leave another.
func (s *shelf) complete(base string, n note) bool {
	for field, f := range n.Fields {
		info, err := s.at.Lstat(base + "." + field)
		if err != nil || info.Size != int64(cmp.Or(f.Kept, f.Bytes)) {
			return false
		}
	}
	return true
}

func (s *shelf) path(name string) string { return filepath.Join(s.dir, name) }

// store writes the files of an entry. Those that an error leaves behind count too; the next attempt replaces them.
func (s *shelf) store(base string, parts []part, n note) error {
	text, err := json.MarshalIndent(n, "", "  ")
	if err != nil {
		return err
	}
	parts = append(parts, part{noteSuffix[1:], append(text, '\n')})
	if err := s.reserve(parts); err != nil {
		return err
	}
	for _, p := range parts {
		if err := s.put(base+"."+p.field, p.raw); err != nil {
			return err
		}
		s.bytes += int64(len(p.raw))
	}
	s.count++
	return nil
}

// reserve makes sure that there is room for one more entry.
func (s *shelf) reserve(parts []part) error {
	var size int64
	for _, p := range parts {
		size += int64(len(p.raw))
	}
	if !s.fits(size) && time.Since(s.scanned) >= rescanPause {
		if err := s.scan(); err != nil {
			return err
		}
	}
	if !s.fits(size) {
		return fmt.Errorf("%w: %d of at most %d messages, %d of at most %d bytes in %q; remove some, or raise the settings rejected-max-messages and rejected-max-bytes",
			ErrFull, s.count, s.maxCount, s.bytes, s.maxBytes, s.dir)
	}
	return nil
}

func (s *shelf) fits(n int64) bool { return s.count < s.maxCount && s.bytes+n <= s.maxBytes }

// put creates or replaces a file as a whole, its content on disk before its name is there.
func (s *shelf) put(name string, content []byte) error {
	temporary := tempPrefix + s.token
	err := s.write(temporary, content)
	if err == nil {
		err = s.at.Rename(temporary, name)
	}
	if err != nil {
		_ = s.at.Remove(temporary)
	}
	return err
}

func (s *shelf) write(name string, content []byte) error {
	f, err := s.at.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(content, 0)
	err = errors.Join(err, f.Chmod(s.fileMode))
	err = errors.Join(err, f.Sync())
	return errors.Join(err, f.Close())
}
