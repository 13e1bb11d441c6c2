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
	"time"

	"envelog/internal/logdir"
	"envelog/internal/vfs"
)

var errNotDir = errors.New("is not a directory: move it away")

// shelf is the directory of rejected entries.
type shelf struct {
	dir      string
	maxBytes int64
	maxCount int
	dirMode  fs.FileMode
	fileMode fs.FileMode

	mu      sync.Mutex
	bytes   int64 // of all files
	count   int   // of entries
	scanned time.Time
}

// make creates the directory when it is missing. A symbolic link in its place is not followed: it could lead to where
// others may look.
func (s *shelf) make() error {
	info, err := os.Lstat(s.dir)
	switch {
	case err == nil && info.IsDir():
		return nil
	case err == nil:
		return errNotDir
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := logdir.Make(vfs.OS, filepath.Dir(s.dir), 0); err != nil {
		return err
	}
	return vfs.MkdirAll(vfs.OS, s.dir, s.dirMode)
}

// scan counts what is there, and removes what processes left incomplete when they died.
func (s *shelf) scan() error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	s.bytes, s.count, s.scanned = 0, 0, time.Now()
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil { // someone just removed it
			continue
		}
		switch name := entry.Name(); {
		case strings.HasPrefix(name, tempPrefix):
			if s.scanned.Sub(info.ModTime()) > tempLife {
				_ = os.Remove(s.path(name))
			}
			continue
		case strings.HasSuffix(name, noteSuffix):
			s.count++
		}
		s.bytes += info.Size()
	}
	return nil
}

// keep stores parts and note under names that begin with base, or with what it returns when another entry has those. The
// note comes last: where it is, all is.
func (s *shelf) keep(base string, parts []part, n note) (string, error) {
	if err := s.make(); err != nil {
		return "", err
	}
	base, kept, err := s.place(base, n)
	if err != nil {
		return "", err
	}
	if !kept {
		if err := s.store(base, parts, n); err != nil {
			return "", err
		}
	}
	return base, vfs.OS.SyncDir(s.dir) // also when kept: perhaps by a process that died before it came here
}

// place returns what the names of an entry begin with, and whether it is there already. Another entry may have had the
// same id, in a stream that was deleted since: both are kept.
func (s *shelf) place(base string, n note) (string, bool, error) {
	there, err := os.ReadFile(s.path(base + noteSuffix))
	if errors.Is(err, fs.ErrNotExist) {
		return base, false, nil
	}
	var kept note
	if err == nil && json.Unmarshal(there, &kept) == nil && maps.Equal(kept.Fields, n.Fields) {
		return base, s.complete(base, n), nil
	}
	base += "~" + n.digest()
	_, err = os.Lstat(s.path(base + noteSuffix))
	if errors.Is(err, fs.ErrNotExist) {
		return base, false, nil
	}
	return base, err == nil, err
}

// complete reports whether all that n names is there: a power cut can take one name and leave another.
func (s *shelf) complete(base string, n note) bool {
	for field, f := range n.Fields {
		info, err := os.Lstat(s.path(base + "." + field))
		if err != nil || info.Size() != int64(cmp.Or(f.Kept, f.Bytes)) {
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
		return fmt.Errorf("%w: %d entries, %d bytes in %q", ErrFull, s.count, s.bytes, s.dir)
	}
	return nil
}

func (s *shelf) fits(n int64) bool { return s.count < s.maxCount && s.bytes+n <= s.maxBytes }

// put creates or replaces a file as a whole, its content on disk before its name is there.
func (s *shelf) put(name string, content []byte) error {
	f, err := os.CreateTemp(s.dir, tempPrefix+"*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Chmod(s.fileMode))
	err = errors.Join(err, f.Sync())
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), s.path(name))
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
