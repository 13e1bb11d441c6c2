package sink

import (
	"container/list"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"syscall"
	"time"

	"envelog/internal/disk"
	"envelog/internal/faultpoint"
	"envelog/internal/sink/journal"
)

// file is one log file: what is staged for it, and its descriptor while it has one.
type file struct {
	path    string
	channel string // as the sink finds it by
	day     day

	name   FileName // of path
	placed bool     // its number is known; otherwise it is to be looked for
	least  int      // the lowest number that it may have

	lines *lines // what is staged; nil: nothing

	// What an earlier Commit left behind when it failed.
	laid []span // lies in the file already, but perhaps not on the disk: the first of lines, end to end
	torn []span // was written in part, and could not be taken back

	blocks []blockRef // of the journal's record, what it says of this file

	fd    *os.File      // nil: not open
	info  os.FileInfo   // which file fd is, and laid and torn are about; stays when fd is closed
	dirty bool          // written to, not synced since
	used  time.Time     // when it was last written to
	end   int64         // where the last write to fd ended
	place *list.Element // its place in openFiles
}

// blockRef is a block of the journal's record: its index there, and where it begins in the file's lines.
type blockRef struct {
	index int
	from  int64
}

// span is a piece of a file's lines that lies in the file, lines.bytes[from:to], at the offset off.
type span struct{ from, to, off int64 }

func (s span) end() int64 { return s.off + s.to - s.from }

// of returns the bytes of the piece.
func (s span) of(l *lines) []byte { return l.bytes[s.from:s.to] }

var errInterleaved = errors.New("another process wrote, without a lock, into a write that was cut short")

// adopt makes fd the descriptor of f. What an earlier Commit left in another file is no longer within reach.
func (f *file) adopt(fd *os.File, info os.FileInfo) {
	if f.info != nil && !os.SameFile(f.info, info) {
		f.laid, f.torn = f.laid[:0], f.torn[:0]
	}
	f.fd, f.info, f.end = fd, info, 0
}

// isCurrent tells whether the name still stands for the file that is open.
func (f *file) isCurrent() bool {
	info, err := os.Lstat(f.path)
	return err == nil && os.SameFile(info, f.info)
}

// store puts all lines that are not in the file yet at its end, after what an earlier Commit left behind is settled.
// The file must be locked.
func (f *file) store(log *slog.Logger, j *journal.Journal) error {
	if err := step("take back torn line", f.takeBack()); err != nil {
		return err
	}
	if err := step("write again", f.layAgain(log)); err != nil {
		return err
	}
	if err := step("end torn line", f.endTornLine(log)); err != nil {
		return err
	}
	return step("write", f.append(log, j))
}

// append writes the lines that are not laid, with one write(2) unless the kernel cuts it short. What an error leaves of
// them in the file is taken back. The journal learns where they will be before, and where they are when that is not the
// same: a process that does not lock may have been faster.
func (f *file) append(log *slog.Logger, j *journal.Journal) error {
	first := f.laidTo()
	if first == int64(len(f.lines.bytes)) {
		return nil
	}
	info, err := f.fd.Stat()
	if err != nil {
		return err
	}
	f.warnOfCut(log, info.Size())
	if err := f.begin(j, first, info.Size()); err != nil {
		return err
	}
	parts, err := f.writeFrom(first)
	if err == nil {
		f.laid = append(f.laid, parts...)
		f.end = parts[len(parts)-1].end()
		if parts[0].off != info.Size() {
			err = f.begin(j, first, parts[0].off)
		}
		return err
	}
	f.torn = append(f.torn, parts...)
	if left := f.takeBack(); left != nil {
		return fmt.Errorf("%w; take back torn line: %w", err, bare(left))
	}
	return err
}

// warnOfCut says that somebody cut the file off, as copytruncate does, which cannot be done without losing lines.
func (f *file) warnOfCut(log *slog.Logger, size int64) {
	if size < f.end {
		log.Warn("Log file was cut off while it is written to: lines between a copy and the cut are lost. "+
			"If logrotate did it, take out copytruncate: a file that is moved is opened anew by itself.",
			"path", f.path, "bytes", size, "before", f.end)
		f.end = size
	}
}

// writeFrom writes the lines from first on, which are not none, and returns where they are.
func (f *file) writeFrom(first int64) (parts []span, err error) {
	for from := first; from < int64(len(f.lines.bytes)) && err == nil; {
		var n int
		if n, err = f.write(faultpoint.Short("mid-append", f.fd, f.lines.bytes[from:])); n == 0 {
			break
		}
		if from+int64(n) < int64(len(f.lines.bytes)) {
			faultpoint.Within("mid-append")
		}
		if parts = f.locate(parts, from, int64(n)); len(parts) > 1 {
			err = errInterleaved
		}
		from += int64(n)
	}
	return parts, err
}

// begin tells the journal where the lines from first on will be, or are.
func (f *file) begin(j *journal.Journal, first, off int64) error {
	for _, b := range f.blocks {
		if b.from < first {
			continue
		}
		if err := j.Begin(b.index, journal.PlaceOf(f.info, off+b.from-first)); err != nil {
			return err
		}
	}
	return nil
}

// laidTo returns where the lines begin that do not lie in the file yet.
func (f *file) laidTo() int64 {
	if last := len(f.laid) - 1; last >= 0 {
		return f.laid[last].to
	}
	return 0
}

// write is one write(2). It reports that nothing was written, or no error.
func (f *file) write(b []byte) (n int, err error) {
	err = disk.Retry(func() error {
		n, err = syscall.Write(int(f.fd.Fd()), b)
		return err
	})
	if err == nil && n == 0 {
		err = io.ErrShortWrite
	}
	return max(n, 0), err
}

// locate adds the n bytes that were just written to parts. Their place is asked of the descriptor: the end of the file
// may be another's already.
func (f *file) locate(parts []span, from, n int64) []span {
	end, _ := f.fd.Seek(0, io.SeekCurrent) // a regular file cannot refuse that
	if last := len(parts) - 1; last >= 0 && parts[last].end() == end-n {
		parts[last].to += n
		return parts
	}
	return append(parts, span{from, from + n, end - n})
}
