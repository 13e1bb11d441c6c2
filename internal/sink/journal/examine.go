package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"envelog/internal/disk"
)

const (
	examinePatience = 200 * time.Millisecond // a log file is locked for the time of a write
	// slipLimit is how far behind its place a block is looked for: as far as lines of processes that do not lock may
	// reach which slipped in between the look at the file's size and the write.
	slipLimit = 64 << 10
)

// examination compares the file of a block with what the journal says of it, and takes back a line that was written in
// part.
type examination struct {
	journal *Journal
	lines   []Line
	slot    *slot
	crashed bool // the machine was started anew since
	f       *os.File
	size    int64
}

// run returns how many lines of the block are in the file, from the first one on without a gap.
func (x *examination) run(name string) (whole int, err error) {
	x.f, err = x.journal.openLog(name, x.slot.place)
	if err != nil || x.f == nil {
		return 0, err
	}
	defer func() { _ = x.f.Close() }()
	if err := disk.Lock(x.f, examinePatience); err != nil && !errors.Is(err, disk.ErrNoLocks) {
		return 0, err
	}
	info, err := x.f.Stat()
	if err != nil {
		return 0, err
	}
	x.size = info.Size()
	if whole, err = x.look(name); err == nil {
		err = x.journal.syncIfDurable(x.f) // the lines are taken for safe from now on
	}
	return whole, err
}

// look is run on a file that is open and locked.
func (x *examination) look(name string) (whole int, err error) {
	whole, end, err := x.match(x.slot.place.Off)
	if err != nil || whole == len(x.lines) {
		return whole, err
	}
	if whole == 0 {
		if whole, err = x.matchBehind(); err != nil || whole > 0 {
			return whole, err
		}
	}
	return whole, x.takeBack(name, whole, end)
}

// match returns how many lines stand at off, and where the last of them ends.
func (x *examination) match(off int64) (whole int, end int64, err error) {
	end = off
	var buf []byte
	for i := range x.lines {
		if buf, err = x.read(buf, end, int64(x.lines[i].Length)); err != nil || len(buf) < int(x.lines[i].Length) {
			return i, end, err
		}
		if Sum(buf) != x.lines[i].CRC {
			return i, end, nil
		}
		end += int64(len(buf))
	}
	return len(x.lines), end, nil
}

// read returns up to n bytes of the file.
func (x *examination) read(buf []byte, off, n int64) ([]byte, error) {
	n = max(0, min(n, x.size-off))
	if int64(cap(buf)) < n {
		buf = make([]byte, n)
	}
	buf = buf[:n]
	got, err := x.f.ReadAt(buf, off)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return buf[:got], err
}

// matchBehind looks for the block at the starts of lines behind its place. One line alone could be another's of the same
// text, so that two are needed.
func (x *examination) matchBehind() (whole int, err error) {
	if len(x.lines) < 2 {
		return 0, nil
	}
	region, err := x.read(nil, x.slot.place.Off, slipLimit)
	if err != nil {
		return 0, err
	}
	first := int(x.lines[0].Length)
	for at := bytes.IndexByte(region, '\n') + 1; at > 0 && at+first <= len(region); {
		if Sum(region[at:at+first]) == x.lines[0].CRC {
			if whole, _, err = x.match(x.slot.place.Off + int64(at)); err != nil || whole > 1 {
				return whole, err
			}
		}
		next := bytes.IndexByte(region[at:], '\n') + 1
		if next == 0 {
			break
		}
		at += next
	}
	return 0, nil
}

// takeBack removes what was written of the first line that is not whole, which begins at off, when it is proven to be of
// the block: at the end of the file it is cut off, and where somebody has ended it, it becomes a blank line. With anything
// else behind it, it may as well be the head of a whole line of others: lines begin alike, and this process may have been
// killed before it wrote, and another one have appended there.
func (x *examination) takeBack(name string, whole int, off int64) error {
	end, err := x.tornEnd(whole, off)
	if err != nil || end == off {
		return err
	}
	next, err := x.read(nil, end, 1)
	if err != nil || string(next) != "" && string(next) != "\n" {
		return err
	}
	x.journal.options.Logger.Info("Taking back a line that a killed process left in part.", "path", name, "bytes", end-off)
	if end == x.size {
		return x.f.Truncate(off)
	}
	return x.blank(off, end)
}

// tornEnd returns where the piece of the line ends that was written; off when there is none that is proven.
func (x *examination) tornEnd(whole int, off int64) (int64, error) {
	line, err := x.read(nil, off, int64(x.lines[whole].Length)-1)
	if err != nil || len(line) == 0 {
		return off, err
	}
	place := x.slot.place.Off
	for i := len(x.slot.sums) - 1; i >= 0; i-- {
		boundary := place - place%page + int64(i+1)*page
		if n := boundary - off; n > 0 && n <= int64(len(line)) && Sum(line[:n]) == x.slot.sums[i] {
			return boundary, nil
		}
	}
	if x.crashed && x.isZeros(off, whole) {
		return x.size, nil
	}
	return off, nil
}

// isZeros tells whether the file has nothing but zeros behind off, where the lines from whole on should be, as a power
// cut may leave it.
func (x *examination) isZeros(off int64, whole int) bool {
	room := int64(0)
	for i := range x.lines[whole:] {
		room += int64(x.lines[whole+i].Length)
	}
	rest, err := x.read(nil, off, room)
	return err == nil && off+room >= x.size && len(bytes.Trim(rest, "\x00")) == 0
}

// blank overwrites a piece of a line by blanks; the line is ended behind them.
func (x *examination) blank(off, end int64) error {
	if _, err := x.f.WriteAt(bytes.Repeat([]byte(" "), int(end-off)), off); err != nil {
		return fmt.Errorf("blank out: %w", err)
	}
	return nil
}
