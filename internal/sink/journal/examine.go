package journal

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"envelog/internal/vfs"
)

const (
	examinePatience = 200 * time.Millisecond // a log file is locked for the time of a write
	// slipLimit is how far behind its place a block is looked for: as far as lines of processes that do not lock may
	// reach which came between the look at the file's size and the write.
	slipLimit = 16 << 20
)

// examination finds out which lines of a block of a dead process are in their file, and takes back what was written of a
// line in part.
type examination struct {
	journal  *Journal
	block    *block
	lines    []Line
	said     *statement // nil: nothing
	appended bool       // its process has said that the block is in the file, or it held the directory lock no more
	crashed  bool       // the machine was started again since
	f        vfs.File
	size     int64
}

// run returns where lines of the block are.
func (x *examination) run() (extents []Extent, err error) {
	x.f, err = x.journal.openLog(x.block)
	if err != nil {
		return nil, err
	}
	if x.f == nil { // it was removed, compressed or moved away
		if x.crashed {
			return nil, nil
		}
		extents, _ = x.claimed()
		return extents, nil
	}
	defer func() { _ = x.f.Close() }()
	if err := vfs.Lock(x.f, examinePatience); err != nil && !errors.Is(err, vfs.ErrNoLocks) {
		return nil, err
	}
	info, err := x.f.Stat()
	if err != nil {
		return nil, err
	}
	x.size = info.Size
	if extents, err = x.look(); err == nil {
		err = x.journal.syncIfDurable(x.f) // the lines are taken for safe from now on
	}
	return extents, err
}

// look is run on a file that is open and locked.
func (x *examination) look() ([]Extent, error) {
	claimed, ok := x.claimed()
	switch {
	case x.crashed && ok:
		return x.present(claimed)
	case x.crashed:
		return x.recover()
	case !ok:
		return x.search()
	}
	if x.said != nil && x.said.state == open {
		if err := x.takeBackRest(claimed); err != nil {
			return nil, err
		}
	}
	return x.renew(claimed)
}

// claimed returns where the process has said that the lines are; ok is false when it has not said so.
func (x *examination) claimed() (extents []Extent, ok bool) {
	if x.said != nil && x.said.state != 0 {
		return x.said.extents, true
	}
	if x.appended && !x.crashed {
		return x.wholeAt(x.block.place.Off), true
	}
	return nil, false
}

// wholeAt returns all lines, end to end from off.
func (x *examination) wholeAt(off int64) []Extent { return []Extent{{Off: off, Lines: len(x.lines)}} }

// each calls do with each line of the extents and its place. Extents are as a journal has them: they may say anything.
func (x *examination) each(extents []Extent, do func(line int, off int64) error) error {
	for _, e := range extents {
		off := e.Off
		for line := e.First; line < e.First+e.Lines && line >= 0 && line < len(x.lines); line++ {
			if err := do(line, off); err != nil {
				return err
			}
			off += int64(x.lines[line].Length)
		}
	}
	return nil
}

// present returns those of the lines that are at their places.
func (x *examination) present(extents []Extent) (there []Extent, err error) {
	err = x.each(extents, func(line int, off int64) error {
		ok, err := x.isAt(line, off)
		if ok {
			there = x.extend(there, line, off)
		}
		return err
	})
	return there, err
}

// extend adds a line to extents.
func (x *examination) extend(extents []Extent, line int, off int64) []Extent {
	if last := len(extents) - 1; last >= 0 && extents[last].First+extents[last].Lines == line && x.end(extents[last]) == off {
		extents[last].Lines++
		return extents
	}
	return append(extents, Extent{Off: off, First: line, Lines: 1})
}

// end returns where an extent ends.
func (x *examination) end(e Extent) int64 {
	off := e.Off
	for _, l := range x.lines[e.First : e.First+e.Lines] {
		off += int64(l.Length)
	}
	return off
}

// isAt tells whether a line stands at off.
func (x *examination) isAt(line int, off int64) (bool, error) {
	b, err := x.read(off, int64(x.lines[line].Length))
	return err == nil && len(b) == int(x.lines[line].Length) && Sum(b) == x.lines[line].CRC, err
}

// renew writes lines over themselves that are in the file since their process appended them: a sync of theirs may have
// failed, and then the kernel takes their pages for clean. What the kernel has dropped is not there any more. Lines behind
// the end of the file were cut off by somebody, and are not written again.
func (x *examination) renew(extents []Extent) (there []Extent, err error) {
	if !x.journal.options.Durable {
		return extents, nil
	}
	err = x.each(extents, func(line int, off int64) error {
		b, err := x.read(off, int64(x.lines[line].Length))
		if err != nil {
			return err
		}
		if len(b) == int(x.lines[line].Length) {
			if Sum(b) != x.lines[line].CRC {
				return nil
			}
			if _, err := x.f.WriteAt(b, off); err != nil {
				return err
			}
		}
		there = x.extend(there, line, off)
		return nil
	})
	return there, err
}

// read returns up to n bytes of the file.
func (x *examination) read(off, n int64) ([]byte, error) {
	b := make([]byte, max(0, min(n, x.size-off)))
	got, err := readFull(x.f, b, off)
	return b[:got], err
}

// search looks for a block whose process was killed while it held the directory lock. Nobody who has a journal has
// appended since, so that what stands behind its place is its own, but for lines of processes without a journal: they
// may stand before and behind it. A write that was cut short by the kill ends with a page.
func (x *examination) search() ([]Extent, error) {
	place := x.block.place.Off
	x.f.AwaitWriter(place)
	stop, err := x.written()
	if err != nil {
		return nil, err
	}
	if stop > place {
		extents := x.wholeBefore(place, stop)
		end := place
		if len(extents) > 0 {
			end = x.end(extents[0])
		}
		return extents, x.takeBack(end, stop)
	}
	return x.searchBehind()
}

// written returns where the part of the block ends that is at its place; that is the place itself when there is none. It
// is the end of a piece.
func (x *examination) written() (stop int64, err error) {
	stop = x.block.place.Off
	total := x.length()
	if int64(len(x.block.pieces)/4) != pieceCount(total, stop) {
		return stop, nil // the record says nothing of pieces that could be believed
	}
	for i, left := int64(0), total; left > 0; i++ {
		n := min(page-stop%page, left)
		b, err := x.read(stop, n)
		if err != nil || int64(len(b)) < n || Sum(b) != x.block.piece(i) {
			return stop, err
		}
		stop += n
		left -= n
	}
	return stop, nil
}

// length returns how many bytes the lines have.
func (x *examination) length() (n int64) {
	for i := range x.lines {
		n += int64(x.lines[i].Length)
	}
	return n
}

// wholeBefore returns the lines that end at or before stop when the block begins at off.
func (x *examination) wholeBefore(off, stop int64) (extents []Extent) {
	for i := range x.lines {
		end := off + int64(x.lines[i].Length)
		if end > stop {
			break
		}
		extents = x.extend(extents, i, off)
		off = end
	}
	return extents
}

// searchBehind looks for the block at the starts of lines behind its place: processes that do not lock were faster. What
// was written of a line in part cannot be told from theirs there, and stays.
func (x *examination) searchBehind() ([]Extent, error) {
	region, err := x.read(x.block.place.Off, slipLimit)
	if err != nil || len(x.lines) == 0 {
		return nil, err
	}
	first := int(x.lines[0].Length)
	for at := bytes.IndexByte(region, '\n') + 1; at > 0 && at+first <= len(region); {
		if region[at+first-1] == '\n' && Sum(region[at:at+first]) == x.lines[0].CRC {
			extents, err := x.matchAt(x.block.place.Off + int64(at))
			if err != nil || extents != nil {
				return extents, err
			}
		}
		next := bytes.IndexByte(region[at:], '\n') + 1
		if next == 0 {
			break
		}
		at += next
	}
	return nil, nil
}

// matchAt returns the lines of the block that stand at off, when all do, or when the first that does not was cut off by the
// end of a page.
func (x *examination) matchAt(off int64) ([]Extent, error) {
	end := off
	for i := range x.lines {
		ok, err := x.isAt(i, end)
		if err != nil {
			return nil, err
		}
		if !ok {
			boundary := (end + page - 1) / page * page
			if boundary-end < int64(x.lines[i].Length) && boundary <= x.size {
				return []Extent{{Off: off, Lines: i}}, nil
			}
			return nil, nil
		}
		end += int64(x.lines[i].Length)
	}
	return x.wholeAt(off), nil
}

// takeBack replaces a part of a line, which is proven to be of the block, by blanks and a line feed. It is not cut off: a
// process that does not lock may have appended behind it.
func (x *examination) takeBack(from, to int64) error {
	if from >= to {
		return nil
	}
	x.journal.options.Logger.Info("Blanking a line that a killed process wrote in part.", "path", x.f.Name(), "bytes", to-from)
	return x.blank(from, to)
}

func (x *examination) blank(from, to int64) error {
	b := bytes.Repeat([]byte(" "), int(to-from))
	b[len(b)-1] = '\n'
	if _, err := x.f.WriteAt(b, from); err != nil {
		return fmt.Errorf("blank out: %w", err)
	}
	return nil
}

// takeBackRest takes back what the block has in the file behind the lines that are there: its process could not.
func (x *examination) takeBackRest(extents []Extent) error {
	stop, err := x.written()
	if err != nil {
		return err
	}
	end := x.block.place.Off
	for _, e := range extents {
		if e.First+e.Lines <= len(x.lines) && e.First >= 0 && e.Lines >= 0 {
			end = max(end, x.end(e))
		}
	}
	return x.takeBack(end, stop)
}

// recover looks for the lines of a block after a power cut, each at its place. Any pages of it may be missing. Where it
// stands in part, what is left of damaged lines becomes blanks.
func (x *examination) recover() ([]Extent, error) {
	there, err := x.present(x.wholeAt(x.block.place.Off))
	if err != nil {
		return nil, err
	}
	off := x.block.place.Off
	for i := range x.lines {
		end := off + int64(x.lines[i].Length)
		if !has(there, i) {
			if err := x.blankDamaged(off, min(end, x.size)); err != nil {
				return nil, err
			}
		}
		off = end
	}
	return there, nil
}

// blankDamaged blanks what is left of a line when all of it is the block's own.
func (x *examination) blankDamaged(from, to int64) error {
	for at := from; at < to; {
		end := min((at/page+1)*page, to)
		ours, err := x.isOurs(at, end)
		if err != nil || !ours {
			return err
		}
		at = end
	}
	if from >= to {
		return nil
	}
	x.journal.options.Logger.Info("Blanking a line of which a power cut has taken a part.", "path", x.f.Name(), "bytes", to-from)
	return x.blank(from, to)
}

// isOurs tells whether bytes within a page are of the block: zeros, or part of a piece whose checksum is right.
func (x *examination) isOurs(from, to int64) (bool, error) {
	b, err := x.read(from, to-from)
	if err != nil || len(bytes.Trim(b, "\x00")) == 0 {
		return err == nil, err
	}
	place, total := x.block.place.Off, x.length()
	i := from/page - place/page
	if int64(len(x.block.pieces)/4) != pieceCount(total, place) || i < 0 || i >= pieceCount(total, place) {
		return false, nil
	}
	start := max(place, from/page*page)
	piece, err := x.read(start, min((start/page+1)*page, place+total)-start)
	return err == nil && Sum(piece) == x.block.piece(i), err
}
