package journal

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"envelog/internal/disk"
)

// resolve finds out how far a commit of a dead process got, its last one or one that was stuck, puts its files in order,
// and writes that down in its journal, which w can write. Whoever is killed in the midst of that leaves it for the next.
func (j *Journal) resolve(v *view, e extent, w *os.File) error {
	if e.seq == 0 {
		return nil
	}
	r, err := v.record(e.pos, e.seq)
	if err != nil {
		return err
	}
	if r == nil {
		return fmt.Errorf("journal %q has changed under its lock", v.name)
	}
	for _, b := range r.entries() {
		if err := j.resolveBlock(v, r, b, w); err != nil {
			return fmt.Errorf("look at what was appended to %q: %w", b.name, err)
		}
	}
	if e.seq < v.last.seq {
		return j.syncIfDurable(w)
	}
	return j.concludeOther(v, w)
}

// resolveBlock finds out how many lines of a block are in the file.
func (j *Journal) resolveBlock(v *view, r *record, e blockEntry, w *os.File) error {
	s, ok := parseSlot(r.raw[e.slot:])
	sameBoot := v.boot != "" && v.boot == j.boot
	switch {
	case !ok: // torn in a power cut: nothing tells where to look
		s = slot{}
	case s.state == ended, v.settled(r.seq) && s.state != stuck:
		return nil
	case s.state != planned || !sameBoot: // after a power cut, what said that it was begun may be lost
		x := examination{journal: j, lines: r.linesOf(e), slot: &s, crashed: !sameBoot}
		whole, err := x.run(e.name)
		if err != nil {
			return err
		}
		s.whole = uint32(whole)
	}
	s.state, s.sums = ended, nil
	_, err := w.WriteAt(s.appendTo(nil), r.pos+int64(e.slot))
	return err
}

func (r *record) linesOf(e blockEntry) []Line {
	lines := make([]Line, e.count)
	for i := range lines {
		lines[i] = r.line(e.first + i)
	}
	return lines
}

// concludeOther marks the last record of a journal as settled.
func (j *Journal) concludeOther(v *view, w *os.File) error {
	if err := j.syncIfDurable(w); err != nil {
		return err
	}
	if err := writeMark(w, v.last.seq); err != nil {
		return err
	}
	v.mark = v.last.seq
	return j.syncIfDurable(w)
}

func (j *Journal) syncIfDurable(f *os.File) error {
	if !j.options.Durable {
		return nil
	}
	return disk.Datasync(f)
}

// openLog opens the log file in which a block lies, also when it was renamed within the directory; nil when it is not
// there.
func (j *Journal) openLog(name string, place Place) (*os.File, error) {
	f, err := openPlace(filepath.Join(j.options.Dir, name), place)
	if f != nil || err != nil {
		return f, err
	}
	entries, err := os.ReadDir(j.options.Dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || !sameFile(info, place) {
			continue
		}
		return openPlace(filepath.Join(j.options.Dir, e.Name()), place)
	}
	return nil, nil
}

// openPlace opens path when it is the file that place is about, otherwise nothing.
func openPlace(path string, place Place) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		if isAbsent(path) {
			return nil, nil
		}
		return nil, err
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || !sameFile(info, place) {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// isAbsent tells whether path is no file that a block could lie in.
func isAbsent(path string) bool {
	info, err := os.Lstat(path)
	return err != nil || !info.Mode().IsRegular()
}

func sameFile(info fs.FileInfo, place Place) bool {
	dev, ino := identity(info)
	return dev == place.Dev && ino == place.Ino
}

// PlaceOf returns the place at which a block begins in the file that info is about.
func PlaceOf(info fs.FileInfo, off int64) Place {
	dev, ino := identity(info)
	return Place{Dev: dev, Ino: ino, Off: off}
}

func identity(info fs.FileInfo) (dev, ino uint64) {
	st := info.Sys().(*syscall.Stat_t) // what package os returns on Unix
	return uint64(st.Dev), st.Ino      //nolint:unconvert // Dev is int32 on some systems
}
