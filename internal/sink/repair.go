package sink

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"os"
	"syscall"

	"envelog/internal/disk"
)

// takeBack removes the torn pieces, the last one first. At the end of the file they are cut off; with lines of others
// behind them they become a blank line. What is no longer there, since others cut the file, is left alone.
func (f *file) takeBack() error {
	for len(f.torn) > 0 {
		last := len(f.torn) - 1
		if err := f.takeBackPiece(f.torn[last]); err != nil {
			return err
		}
		f.torn = f.torn[:last]
	}
	return nil
}

func (f *file) takeBackPiece(s span) error {
	if ours, err := holds(f.fd, s.of(f.lines), s.off); err != nil || !ours {
		return err
	}
	info, err := f.fd.Stat()
	if err != nil {
		return err
	}
	if info.Size() == s.end() {
		return f.fd.Truncate(s.off)
	}
	blank := bytes.Repeat([]byte(" "), len(s.of(f.lines)))
	blank[len(blank)-1] = '\n'
	return f.overwrite(blank, s.off)
}

func (f *file) overwrite(b []byte, off int64) error {
	w, err := f.openForPatch()
	if err != nil {
		return err
	}
	_, err = w.WriteAt(b, off)
	return errors.Join(err, w.Close())
}

// openForPatch opens the file a second time: what is open for appending cannot write anywhere else.
func (f *file) openForPatch() (*os.File, error) {
	w, err := os.OpenFile(f.path, os.O_RDWR|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := w.Stat()
	if err == nil && !os.SameFile(info, f.info) {
		err = errMoving
	}
	if err != nil {
		_ = w.Close()
		return nil, err
	}
	return w, nil
}

// layAgain writes the lines that lie in the file since a sync failed over themselves, which makes their pages dirty
// again: the next sync has something to do, and its answer is worth something. Where the file no longer holds them, all
// are appended anew.
func (f *file) layAgain(log *slog.Logger) error {
	for _, s := range f.laid {
		ours, err := holds(f.fd, s.of(f.lines), s.off)
		if err != nil {
			return err
		}
		if !ours {
			log.Warn("Lines whose sync failed are no longer in their file, writing them at its end.", "path", f.path)
			f.laid = f.laid[:0]
			return nil
		}
	}
	for _, s := range f.laid {
		if err := f.overwrite(s.of(f.lines), s.off); err != nil {
			return err
		}
	}
	return nil
}

// holds tells whether r has b at off, or zeros, as where the kernel dropped pages that it could not write.
func holds(r io.ReaderAt, b []byte, off int64) (bool, error) {
	there := make([]byte, len(b))
	if _, err := r.ReadAt(there, off); errors.Is(err, io.EOF) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	for i, c := range there {
		if c != 0 && c != b[i] {
			return false, nil
		}
	}
	return true, nil
}

// endTornLine appends a line feed when the file does not end in one: a writer was killed, and the first of our lines
// must not become the end of its last.
func (f *file) endTornLine(log *slog.Logger) error {
	torn, err := f.endsTorn()
	if err != nil || !torn {
		return err
	}
	log.Warn("Log file ended within a line, as after a writer was killed; ending that line.", "path", f.path)
	_, err = f.write([]byte("\n"))
	return err
}

// tailLooks is how often the end of a file is looked at that grows meanwhile.
const tailLooks = 5

// endsTorn tells whether the file ends within a line and does not grow. The size of a file grows page by page while
// someone who does not lock writes to it, so that the end of a line may merely be on its way; and who makes it grow is
// alive.
func (f *file) endsTorn() (bool, error) {
	for range tailLooks {
		before, err := f.fd.Stat()
		if err != nil || before.Size() == 0 {
			return false, err
		}
		var last [1]byte
		if _, err := f.fd.ReadAt(last[:], before.Size()-1); errors.Is(err, io.EOF) {
			continue // cut by others
		} else if err != nil || last[0] == '\n' {
			return false, err
		}
		disk.AwaitWriter(f.fd, before.Size()-1)
		after, err := f.fd.Stat()
		if err != nil || after.Size() == before.Size() {
			return err == nil, err
		}
	}
	return false, nil
}
