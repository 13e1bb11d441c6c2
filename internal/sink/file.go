package sink

import (
	"container/list"
	"errors"
	"io/fs"
	"time"

	"envelog/internal/faultpoint"
	"envelog/internal/sink/journal"
	"envelog/internal/vfs"
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
	laid    []span  // is in the file already, but perhaps not on the disk: the first of lines, end to end
	torn    []piece // was written in part, and is to be taken back
	blanked []piece // was torn, and has become blanks, but perhaps not on the disk
	cut     bool    // what was torn has been cut off, but perhaps not on the disk

	blocks []blockRef    // of the journal's record, what it says of this file
	former []journal.Ref // blocks of earlier records that say something of these lines

	fd    vfs.File      // nil: not open
	info  vfs.Info      // which file fd is, and laid and torn are about; stays when fd is closed
	dirty bool          // written to, not synced since
	used  time.Time     // when it was last written to
	end   int64         // where the last write to fd ended
	place *list.Element // its place in openFiles
}

// blockRef is a block of the journal's record: its index there, and which of the file's lines it has.
type blockRef struct {
	index    int
	from, to int64 // bytes of the file's lines
	lines    int   // index of the first line
	told     outcome
}

// span is a piece of a file's lines that is in the file, lines.bytes[from:to], at the offset off.
type span struct{ from, to, off int64 }

func (s span) end() int64 { return s.off + s.to - s.from }

// of returns the bytes of the piece.
func (s span) of(l *lines) []byte { return l.bytes[s.from:s.to] }

// piece is a part of a line that is in a file, and of which the rest was not written.
type piece struct {
	off   int64
	bytes []byte
}

var errInterleaved = errors.New("another process wrote, without a lock, into a write that was cut short")

// adopt makes fd the descriptor of f. What an earlier Commit left in another file is no longer within reach.
func (f *file) adopt(fd vfs.File, info vfs.Info) {
	if f.info != (vfs.Info{}) && !vfs.SameFile(f.info, info) {
		f.forgetLeft()
	}
	f.fd, f.info, f.end = fd, info, 0
}

// isCurrent reports whether the name still stands for the file that is open, or was open last.
func (s *Sink) isCurrent(f *file) (bool, error) {
	info, err := s.fs.Lstat(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && vfs.SameFile(info, f.info), err
}

// hasLeft reports whether an earlier Commit has left something in the file.
func (f *file) hasLeft() bool { return len(f.laid)+len(f.torn)+len(f.blanked) > 0 }

// mustBeSynced reports whether an earlier Commit has left something in the file, or taken something away from it, that may not be on the
// disk.
func (f *file) mustBeSynced() bool { return f.hasLeft() || f.cut }

// forgetLeft forgets what earlier Commits have left.
func (f *file) forgetLeft() {
	f.laid, f.torn, f.blanked, f.cut = f.laid[:0], f.torn[:0], f.blanked[:0], false
}

// isMoved reports whether an earlier Commit was not done with a file whose name stands for another one now.
func (s *Sink) isMoved(f *file) (bool, error) {
	if !f.mustBeSynced() {
		return false, nil
	}
	current, err := s.isCurrent(f)
	return err == nil && !current, err
}

// leavesLines reports whether f would leave lines behind that are not known to be safe, or a part of one, or a cut that is not, were its
// name opened as the file that info describes. That is to be put in order first, which the journal is needed for: see saveMoved.
func (s *Sink) leavesLines(f *file, info vfs.Info) bool {
	return s.journal != nil && f.mustBeSynced() && !vfs.SameFile(f.info, info)
}

// store puts all lines that are not in the file yet at its end, after what an earlier Commit left behind is put right.
// The file must be locked.
func (s *Sink) store(f *file) error {
	if err := step("take back torn line", s.takeBack(f)); err != nil {
		return err
	}
	if err := step("write again", s.layAgain(f)); err != nil {
		return err
	}
	if err := step("end torn line", s.endTornLine(f)); err != nil {
		return err
	}
	return step("write", s.appendLines(f))
}

// appendLines writes the lines that are not laid, with one write(2) unless the kernel cuts it short. The journal learns
// before where they will be, if that is not what it was told.
func (s *Sink) appendLines(f *file) error {
	first := f.laidTo()
	if first == int64(len(f.lines.bytes)) {
		return nil
	}
	info, err := f.fd.Stat()
	if err != nil {
		return err
	}
	s.warnOfCut(f, info.Size)
	if err := s.move(f, first, info); err != nil {
		return err
	}
	parts, err := f.writeFrom(first, info.Size)
	if err == nil {
		f.laid = append(f.laid, parts...)
		f.end = parts[len(parts)-1].end()
		return nil
	}
	f.keep(parts)
	return err
}

// warnOfCut says that somebody cut the file off, as copytruncate does, which cannot be done without losing lines.
func (s *Sink) warnOfCut(f *file, size int64) {
	if size < f.end {
		s.log.Warn("Log file was cut off while it is written to: lines between a copy and the cut are lost. "+
			"If logrotate did it, take out copytruncate: a file that is moved is opened again by itself.",
			"path", f.path, "bytes", size, "before", f.end)
		f.end = size
	}
}

// writeFrom writes the lines from first on, of which there is at least one, to the end of the file, which has this size. It
// returns where they are. What is left of a write that was cut short follows it, unless somebody else was faster: then it would be
// the end of a line without its beginning.
func (f *file) writeFrom(first, size int64) (parts []span, err error) {
	for from := first; from < int64(len(f.lines.bytes)) && err == nil; {
		if len(parts) > 0 {
			if err = f.mustEndAt(parts[0].end()); err != nil {
				break
			}
		}
		var n int
		if n, err = f.write(faultpoint.Short("mid-append", size, f.lines.bytes[from:])); n == 0 {
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

// mustEndAt is errInterleaved when the file does not end at off.
func (f *file) mustEndAt(off int64) error {
	info, err := f.fd.Stat()
	if err == nil && info.Size != off {
		err = errInterleaved
	}
	return err
}

// keep notes what a write that failed has left in the file: whole lines at first, which are laid, and behind them a part
// of a line, which is torn. What came after lines of others is torn altogether.
func (f *file) keep(parts []span) {
	for i, p := range parts {
		if i == 0 {
			whole := span{p.from, p.from + f.lines.wholeWithin(p.from, p.to), p.off}
			if whole.to > whole.from {
				f.laid = append(f.laid, whole)
			}
			p = span{whole.to, p.to, whole.end()}
		}
		if p.to > p.from {
			f.torn = append(f.torn, piece{p.off, append([]byte(nil), p.of(f.lines)...)})
		}
	}
}

// laidTo returns where the lines begin that are not in the file yet.
func (f *file) laidTo() int64 {
	if last := len(f.laid) - 1; last >= 0 {
		return f.laid[last].to
	}
	return 0
}

var errNothingWritten = errors.New("nothing was written")

// write is one write(2). It reports that nothing was written, or no error.
func (f *file) write(b []byte) (n int, err error) {
	n, err = f.fd.Append(b)
	if err == nil && n == 0 {
		err = errNothingWritten
	}
	return n, err
}

// locate adds the n bytes that were just written to parts. Their place is asked of the descriptor: the end of the file
// may be another's already.
func (f *file) locate(parts []span, from, n int64) []span {
	end := f.fd.Offset()
	if last := len(parts) - 1; last >= 0 && parts[last].end() == end-n {
		parts[last].to += n
		return parts
	}
	return append(parts, span{from, from + n, end - n})
}
