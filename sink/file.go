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
)

// file is one log file: what is staged for it, and its descriptor while it has one.
type file struct {
	path    string
	channel string // as the sink finds it by
	day     day

	lines *lines // what is staged; nil: nothing

	// What an earlier Commit left behind when it failed.
	laid []span // where the first of lines lie in the file already, but perhaps not on the disk
	torn []span // pieces of lines in the file that could not be taken back

	fd    *os.File      // nil: not open
	info  os.FileInfo   // which file fd is, and laid and torn are about; stays when fd is closed
	dirty bool          // written to, not synced since
	used  time.Time     // when it was last written to
	place *list.Element // its place in openFiles
}

// span is n bytes of a file from off on.
type span struct{ off, n int64 }

var errInterleaved = errors.New("another process wrote, without a lock, into a write that was cut short")

// adopt makes fd the descriptor of f. What an earlier Commit left in another file is no longer within reach.
func (f *file) adopt(fd *os.File, info os.FileInfo) {
	if f.info != nil && !os.SameFile(f.info, info) {
		f.laid, f.torn = f.laid[:0], f.torn[:0]
	}
	f.fd, f.info = fd, info
}

// isCurrent tells whether the name still stands for the file that is open.
func (f *file) isCurrent() bool {
	info, err := os.Lstat(f.path)
	return err == nil && os.SameFile(info, f.info)
}

// store puts all lines that are not in the file yet at its end, after what an earlier Commit left behind is settled.
// The file must be locked.
func (f *file) store(log *slog.Logger) error {
	if err := step("take back torn line", f.takeBack()); err != nil {
		return err
	}
	if err := step("write again", f.layAgain(log)); err != nil {
		return err
	}
	if err := step("end torn line", f.endTornLine(log)); err != nil {
		return err
	}
	rest := f.lines.bytes[f.laidBytes():]
	if len(rest) == 0 {
		return nil
	}
	return step("write", f.append(rest))
}

func (f *file) laidBytes() (n int64) {
	for _, s := range f.laid {
		n += s.n
	}
	return n
}

// append writes b, with one write(2) unless the kernel cuts it short. What an error leaves of b in the file is taken
// back.
func (f *file) append(b []byte) error {
	var parts []span
	var err error
	for rest := b; len(rest) > 0 && err == nil; {
		var n int
		n, err = f.write(rest)
		if n == 0 {
			break
		}
		rest = rest[n:]
		if parts = f.locate(parts, int64(n)); len(parts) > 1 {
			err = errInterleaved
		}
	}
	if err == nil {
		f.laid = append(f.laid, parts...)
		return nil
	}
	f.torn = append(f.torn, parts...)
	if left := f.takeBack(); left != nil {
		return fmt.Errorf("%w; take back torn line: %w", err, bare(left))
	}
	return err
}

// write is one write(2). It reports that nothing was written, or no error.
func (f *file) write(b []byte) (n int, err error) {
	err = retryInterrupted(func() error {
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
func (f *file) locate(parts []span, n int64) []span {
	end, _ := f.fd.Seek(0, io.SeekCurrent) // a regular file cannot refuse that
	last := len(parts) - 1
	if last >= 0 && parts[last].off+parts[last].n == end-n {
		parts[last].n += n
		return parts
	}
	return append(parts, span{end - n, n})
}
