package sink

import (
	"errors"
	"io/fs"
	"path/filepath"

	"envelog/internal/vfs"
)

// The files of one channel and day are numbered; lines go to the one with the highest number. Processes agree on it
// without a word: under its lock each looks whether the file is full, or whether there is one with the next number, and
// goes on to that. A file that is compressed counts, and is never written to again.

// latest is the highest number of the files of one channel and day.
type latest struct {
	number int
	open   bool // the file is not compressed
}

// place gives f, which has no number, that of the file to write to; exists is false when it is to be created.
func (s *Sink) place(f *file) (exists bool, err error) {
	number := f.least
	last, found, err := s.latestOf(f.name)
	switch {
	case err != nil:
		return false, err
	case found && last.open && last.number >= f.least:
		number, exists = last.number, true
	case found:
		number = max(last.number+1, f.least)
	}
	f.setNumber(s.options.Dir, min(number, maxNumber))
	return exists, nil
}

func (f *file) setNumber(dir string, number int) {
	f.name.Number = number
	f.path = filepath.Join(dir, f.name.String())
}

// latestOf looks in the directory. One look will do for all files of a Commit: what changes meanwhile is found out when
// the file is opened or created.
func (s *Sink) latestOf(name FileName) (last latest, found bool, err error) {
	if s.listing == nil {
		if s.listing, err = listLatest(s.fs, s.options.Dir); err != nil {
			return latest{}, false, err
		}
	}
	last, found = s.listing[name.Series()]
	return last, found, nil
}

// listLatest returns the highest numbers of all channels and days in dir.
func listLatest(fsys vfs.FS, dir string) (map[FileName]latest, error) {
	names, err := fsys.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	found := make(map[FileName]latest)
	for _, n := range names {
		name, ok := ParseFileName(n)
		if !ok {
			continue
		}
		last, known := found[name.Series()]
		switch {
		case !known || name.Number > last.number:
			last = latest{name.Number, name.Packed == ""}
		case name.Number == last.number: // it is compressed, and about to be removed
			last.open = false
		}
		found[name.Series()] = last
	}
	return found, nil
}

// isOver reports whether f, which is locked, is not to be written to any more: it is full, or others have gone on to the
// next number. One in which an earlier Commit left lines is gone on with until these are settled.
func (s *Sink) isOver(f *file) bool {
	if f.hasLeft() || f.name.Number == maxNumber {
		return false
	}
	return s.isFull(f) || s.hasNext(f)
}

// isFull reports whether the lines would make f too large. Those of one Commit stay together, so that a file is larger than
// it may be when they alone are.
func (s *Sink) isFull(f *file) bool {
	if s.options.RotateSize == 0 {
		return false
	}
	info, err := f.fd.Stat()
	return err == nil && info.Size > 0 && info.Size+int64(len(f.lines.bytes)) > s.options.RotateSize
}

func (s *Sink) hasNext(f *file) bool {
	next := f.name
	next.Number++
	info, err := s.fs.Lstat(filepath.Join(s.options.Dir, next.String()))
	return err == nil && info.Mode.IsRegular()
}

// moveOn makes f, which is over, look for a higher number when it is opened next.
func (f *file) moveOn() {
	f.least = f.name.Number + 1
	f.placed = false
}
