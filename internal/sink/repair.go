package sink

import (
	"bytes"
	"errors"
	"io"
	"os"

	"envelog/internal/vfs"
)

// takeBack removes the torn pieces of a file that is open.
func (s *Sink) takeBack(f *file) error {
	return f.takeBack(f.fd, func(b []byte, off int64) error { return s.overwrite(f, b, off) })
}

// takeBack removes the torn pieces from fd, the last one first. At the end of a file that nobody else has open they are cut off.
// Otherwise they become blanks and a line feed: a process that does not lock could append after them meanwhile. What is no longer
// there, since others cut the file, is left alone. Until all that is on disk it is done again by each attempt: a sync may fail, and then
// the kernel may drop the blanks, which brings the piece back.
func (f *file) takeBack(fd vfs.File, overwrite func(b []byte, off int64) error) error {
	for _, p := range f.blanked {
		if err := p.blankAgain(fd, overwrite); err != nil {
			return err
		}
	}
	for len(f.torn) > 0 {
		last := len(f.torn) - 1
		blanked, err := f.torn[last].takeBack(fd, overwrite)
		if err != nil {
			return err
		}
		if blanked {
			f.blanked = append(f.blanked, f.torn[last])
		} else { // lines that begin like it may follow: a sync is all that it needs
			f.cut = true
		}
		f.torn = f.torn[:last]
	}
	return nil
}

func (p piece) takeBack(fd vfs.File, overwrite func(b []byte, off int64) error) (blanked bool, err error) {
	if ours, err := holds(fd, p.bytes, p.off); err != nil || !ours {
		return false, err
	}
	if cut, err := fd.CutIfAlone(p.off, p.off+int64(len(p.bytes))); cut || err != nil {
		return false, err
	}
	return true, overwrite(p.blank(), p.off)
}

// blankAgain writes the blanks of a piece over themselves, and over what the kernel has brought back in the place of some.
func (p piece) blankAgain(fd vfs.File, overwrite func(b []byte, off int64) error) error {
	if ours, err := holdsEither(fd, p.bytes, p.blank(), p.off); err != nil || !ours {
		return err
	}
	return overwrite(p.blank(), p.off)
}

// blank returns what a piece becomes.
func (p piece) blank() []byte {
	blank := bytes.Repeat([]byte(" "), len(p.bytes))
	blank[len(blank)-1] = '\n'
	return blank
}

func (s *Sink) overwrite(f *file, b []byte, off int64) error {
	w, err := s.openForPatch(f)
	if err != nil {
		return err
	}
	_, err = w.WriteAt(b, off)
	return errors.Join(err, w.Close())
}

// openForPatch opens the file a second time: what is open for appending cannot write anywhere else.
func (s *Sink) openForPatch(f *file) (vfs.File, error) { return s.openSame(f.path, f.info) }

// openSame opens the file that info describes, when it has this path still.
func (s *Sink) openSame(path string, info vfs.Info) (vfs.File, error) {
	w, err := s.fs.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	there, err := w.Stat()
	if err == nil && !vfs.SameFile(there, info) {
		err = errMoving
	}
	if err != nil {
		_ = w.Close()
		return nil, err
	}
	return w, nil
}

// layAgain writes the lines that are in the file since a sync failed over themselves, which makes their pages dirty
// again: the next sync has something to do, and its answer is worth something. Where the file no longer holds them, all
// are appended again.
func (s *Sink) layAgain(f *file) error {
	for _, l := range f.laid {
		ours, err := holds(f.fd, l.of(f.lines), l.off)
		if err != nil {
			return err
		}
		if !ours {
			s.log.Warn("Lines whose sync failed are no longer in their file, writing them at its end.", "path", f.path)
			f.laid = f.laid[:0]
			return nil
		}
	}
	for _, l := range f.laid {
		err := lay(f.fd, l.of(f.lines), l.off, func(b []byte, off int64) error { return s.overwrite(f, b, off) })
		if err != nil {
			return err
		}
	}
	return nil
}

// lay writes lines over themselves. A zero before them stands for the line feed of somebody else's line, which the kernel
// has dropped: they would become the end of those zeros. It may drop a line feed at this very moment, too.
func lay(fd vfs.File, b []byte, off int64, overwrite func(b []byte, off int64) error) error {
	var before [1]byte
	if off > 0 {
		if _, err := fd.ReadAt(before[:], off-1); err != nil {
			return err
		}
		if before[0] == 0 || before[0] == '\n' {
			return overwrite(append([]byte("\n"), b...), off-1)
		}
	}
	return overwrite(b, off)
}

// holds reports whether r has b at off, or zeros, as where the kernel dropped pages that it could not write.
func holds(r io.ReaderAt, b []byte, off int64) (bool, error) { return holdsEither(r, b, b, off) }

// holdsEither reports whether r has at off, byte by byte, what one of two texts of the same length has there, or a zero.
func holdsEither(r io.ReaderAt, a, b []byte, off int64) (bool, error) {
	there := make([]byte, len(b))
	if _, err := r.ReadAt(there, off); errors.Is(err, io.EOF) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	for i, c := range there {
		if c != 0 && c != a[i] && c != b[i] {
			return false, nil
		}
	}
	return true, nil
}

// endTornLine appends a line feed when the file does not end in one: a writer was killed, and the first of our lines
// must not become the end of its last.
func (s *Sink) endTornLine(f *file) error {
	torn, err := f.endsTorn()
	if err != nil || !torn {
		return err
	}
	s.log.Warn("Log file ended within a line, as after a writer was killed; ending that line.", "path", f.path)
	_, err = f.write([]byte("\n"))
	return err
}

// tailLooks is how often the end of a file is looked at that grows meanwhile.
const tailLooks = 5

// endsTorn reports whether the file ends within a line and does not grow. The size of a file grows page by page while
// someone who does not lock writes to it, so that the end of a line may merely be on its way; and who makes it grow is
// alive.
func (f *file) endsTorn() (bool, error) {
	for range tailLooks {
		before, err := f.fd.Stat()
		if err != nil || before.Size == 0 {
			return false, err
		}
		var last [1]byte
		if _, err := f.fd.ReadAt(last[:], before.Size-1); errors.Is(err, io.EOF) {
			continue // cut by others
		} else if err != nil || last[0] == '\n' {
			return false, err
		}
		f.fd.AwaitWriter(before.Size - 1)
		after, err := f.fd.Stat()
		if err != nil || after.Size == before.Size {
			return err == nil, err
		}
	}
	return false, nil
}
