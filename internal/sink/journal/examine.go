package journal

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	"envelog/internal/vfs"
)

const (
	examinePatience = 200 * time.Millisecond // a log file is locked for the time of a write
	// slipLimit is how far after its place a block is looked for: as far as lines of processes that do not lock may
	// reach which came between the look at the file's size and the write.
	slipLimit = 16 << 20
)

// examination finds out which lines of a block of a dead process are in their file, and what was written of a line in part,
// which is removed when the former is written down: without that part it could not be told any more.
type examination struct {
	target
	journal  *Journal
	block    *block
	lines    []Line
	said     *statement // nil: nothing
	appended bool       // its process has said that the block is in the file, or it held the directory lock no more
	crashed  bool       // the machine was started again since
	f        vfs.File
	size     int64

	extents  []Extent // the lines that are there
	unsynced bool     // their sync has failed
	rests    []rest   // to be removed
}

// rest is a part of a line, or what a power cut has left of one.
type rest struct{ from, to int64 }

// run finds extents and rests.
func (x *examination) run() error {
	found, err := x.open()
	if err != nil {
		return err
	}
	if !found { // it was removed, compressed or moved away
		x.extents = x.takenAway()
		return nil
	}
	defer func() { _ = x.f.Close() }()
	if x.extents, err = x.look(); err != nil {
		return err
	}
	err = x.journal.syncIfDurable(x.f) // the lines are taken for safe from now on
	x.unsynced = err != nil
	return err
}

// takenAway returns the lines that were in the file when somebody took it out of the directory. Those whose sync is known to have
// failed may be in no file: they are written again.
func (x *examination) takenAway() []Extent {
	unsafe := x.journal.options.Durable && (x.block.laid || x.isOpen())
	if x.crashed || unsafe {
		return nil
	}
	extents, _ := x.claimed()
	return extents
}

// open opens and locks the file; found is false when it is not there.
func (x *examination) open() (found bool, err error) {
	x.f, err = x.journal.openLog(x.block)
	if err != nil || x.f == nil {
		return false, err
	}
	err = vfs.Lock(x.f, examinePatience)
	if err == nil {
		err = x.measure()
	}
	if err != nil {
		_ = x.f.Close()
		return false, err
	}
	return true, nil
}

// measureAttempts is how often the size of a file is looked at that grows meanwhile.
const measureAttempts = 10

var errGrowing = errors.New("the file grows all the time")

// measure notes the size of the file when nobody who does not lock is about to append: a line that is on its way could be
// taken for what a process that was killed has left.
func (x *examination) measure() error {
	for range measureAttempts {
		before, err := x.f.Stat()
		if err != nil {
			return err
		}
		x.f.AwaitWriter(max(0, before.Size-1))
		after, err := x.f.Stat()
		if err != nil {
			return err
		}
		if x.size = after.Size; before.Size == after.Size {
			return nil
		}
	}
	return errGrowing
}

// removeRests removes what run found.
func (x *examination) removeRests() error {
	found, err := x.open()
	if err != nil || !found {
		return err
	}
	defer func() { _ = x.f.Close() }()
	if err := x.remove(); err != nil {
		return err
	}
	return x.journal.syncIfDurable(x.f)
}

// remove removes parts of lines. One at the end of a file that nobody else has open is cut off. Others become blanks and a line
// feed: a process that does not lock could append after them meanwhile.
func (x *examination) remove() error {
	for _, r := range slices.Backward(x.rests) {
		x.journal.options.Logger.Info("Removing what is left of a line that was written in part.", "path", x.f.Name(), "bytes", r.to-r.from)
	}
	tail := x.tail()
	if tail.from == x.rests[0].from {
		if cut, err := x.f.CutIfAlone(tail.from, tail.to); cut || err != nil {
			return err
		}
		return x.blankAll()
	}
	if err := x.blankAll(); err != nil {
		return err
	}
	_, err := x.f.CutIfAlone(tail.from, tail.to)
	return err
}

// tail returns the last rest, with those before it that follow each other without a line between them.
func (x *examination) tail() rest {
	tail := x.rests[len(x.rests)-1]
	for _, r := range slices.Backward(x.rests) {
		if r.to == tail.from {
			tail.from = r.from
		}
	}
	return tail
}

// blankAll makes blanks of all rests, from the last page to the first: the line feed of one comes first, so that whoever is killed
// here leaves no line behind a piece of another. What two rests have of a page is written at once: it is proved by one checksum, which
// does not hold any more when a part of it is blank.
func (x *examination) blankAll() error {
	first := x.rests[0].from
	for end := x.rests[len(x.rests)-1].to; end > first; {
		start := max(first, (end-1)/page*page)
		if err := x.blankWithin(start, end); err != nil {
			return fmt.Errorf("blank out: %w", err)
		}
		end = start
	}
	return nil
}

// blankWithin makes blanks of what rests have from start to end. The lines between them are the block's own.
func (x *examination) blankWithin(start, end int64) error {
	from, to := end, start
	for _, r := range x.rests {
		if r.from < end && r.to > start {
			from, to = min(from, max(r.from, start)), max(to, min(r.to, end))
		}
	}
	if from >= to {
		return nil
	}
	b, err := x.read(from, to-from)
	if err != nil {
		return err
	}
	for i := range b {
		at := from + int64(i)
		for _, r := range x.rests {
			switch {
			case at == r.to-1:
				b[i] = '\n'
			case r.from <= at && at < r.to:
				b[i] = ' '
			}
		}
	}
	_, err = x.f.WriteAt(b, from)
	return err
}

// leave notes a rest.
func (x *examination) leave(from, to int64) {
	if from < to {
		x.rests = append(x.rests, rest{from, to})
	}
}

// look is run on a file that is open and locked.
func (x *examination) look() ([]Extent, error) {
	claimed, ok := x.claimed()
	switch {
	case ok && len(claimed) == 0 && x.said != nil && x.said.state == placed: // nothing was appended, and others may have been there
		return nil, nil
	case x.crashed && ok && !x.isAtPlace(claimed):
		return x.present(claimed)
	case x.crashed && ok:
		return x.recover(claimed)
	case x.crashed:
		return x.recover(x.wholeAt(x.block.place.Off))
	case !ok:
		found, err := x.searchDropped()
		if err != nil {
			return nil, err
		}
		return x.renew(found) // somebody may have found them before, and failed to sync them
	}
	if !x.isOpen() {
		return x.renew(claimed)
	}
	if err := x.renewBlanks(claimed); err != nil { // before they are looked at: the kernel may drop them in between
		return nil, err
	}
	dropped, err := x.hasDropped()
	if err != nil {
		return nil, err
	}
	if dropped && x.isAtPlace(claimed) { // the begin of the block does not show any more how far it was written
		claimed, err = x.recover(claimed)
	} else {
		err = x.findRest(claimed)
	}
	if err != nil {
		return nil, err
	}
	return x.renew(claimed)
}

// claimed returns where the process has said that the lines are; ok is false when it has not said so.
func (x *examination) claimed() (extents []Extent, ok bool) {
	if x.said != nil && x.said.state == doubtful {
		return nil, false
	}
	if x.said != nil && x.said.state != 0 {
		return x.said.extents, true
	}
	if x.appended && !x.crashed {
		return x.wholeAt(x.block.place.Off), true
	}
	return nil, false
}

// isAtPlace reports whether extents are where the block was prepared, so that all of its place can be looked at.
func (x *examination) isAtPlace(extents []Extent) bool {
	for _, e := range extents {
		if !x.isValid(e) || x.block.place.Off+x.before(e.First) != e.Off {
			return false
		}
	}
	return true
}

// isValid reports whether an extent names lines of the block: a journal may say anything.
func (x *examination) isValid(e Extent) bool {
	return e.First >= 0 && e.Lines >= 0 && e.First <= len(x.lines) && e.Lines <= len(x.lines)-e.First
}

// before returns how many bytes the lines before one have.
func (x *examination) before(line int) (n int64) {
	for i := range x.lines[:line] {
		n += int64(x.lines[i].Length)
	}
	return n
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

// isAt reports whether a line stands at off.
func (x *examination) isAt(line int, off int64) (bool, error) {
	b, err := x.read(off, int64(x.lines[line].Length))
	return err == nil && len(b) == int(x.lines[line].Length) && Sum(b) == x.lines[line].CRC, err
}

// renew writes lines over themselves that are in the file since their process appended them: a sync of theirs may have
// failed, their process' own or that of whoever examined them before, and then the kernel takes their pages for clean. What the
// kernel has dropped is not there any more: what it has left of such a line becomes blanks, since another line may follow its
// zeros. Lines after the end of the file were cut off by somebody, and are not written again. The time of the file stays: nothing
// was added to it, and retention goes by that.
func (x *examination) renew(extents []Extent) (there []Extent, err error) {
	if !x.journal.options.Durable {
		return extents, nil
	}
	info, err := x.f.Stat()
	if err != nil {
		return nil, err
	}
	defer func() { _ = x.f.SetModTime(info.ModTime) }()
	err = x.each(extents, func(line int, off int64) error {
		b, err := x.read(off, int64(x.lines[line].Length))
		if err != nil {
			return err
		}
		if len(b) == int(x.lines[line].Length) {
			if Sum(b) != x.lines[line].CRC {
				return x.findDamaged(off, off+int64(len(b)))
			}
			if err := x.rewrite(b, off); err != nil {
				return err
			}
		}
		there = x.extend(there, line, off)
		return nil
	})
	return there, err
}

// renewBlanks writes the blanks over themselves that parts of lines have become, each with its line feed: a sync of theirs may have failed,
// and then the kernel may drop them, which brings the part back, in front of what others have appended behind it. Only what is there
// is written, so that blanks of somebody else come to no harm.
func (x *examination) renewBlanks(extents []Extent) error {
	if !x.journal.options.Durable {
		return nil
	}
	info, err := x.f.Stat()
	if err != nil {
		return err
	}
	defer func() { _ = x.f.SetModTime(info.ModTime) }()
	off := x.block.place.Off
	for i := range x.lines {
		end := off + int64(x.lines[i].Length)
		if !has(extents, i) {
			if err := x.renewBlank(off, min(end, x.size)); err != nil {
				return err
			}
		}
		off = end
	}
	return nil
}

// renewBlank writes the blanks over themselves that fill what the place of a line has of a page, or end there in a line feed.
func (x *examination) renewBlank(from, to int64) error {
	for at := from; at < to; {
		end := min((at/page+1)*page, to)
		b, err := x.read(at, end-at)
		if err != nil {
			return err
		}
		if i := bytes.IndexByte(b, '\n'); i >= 0 {
			b = b[:i+1]
		}
		if len(bytes.Trim(b, " \n")) == 0 {
			if _, err := x.f.WriteAt(b, at); err != nil {
				return err
			}
		}
		at = end
	}
	return nil
}

// rewrite writes a line over itself, and the line feed before it, which the kernel may drop with somebody else's line: that one would
// go on in this one.
func (x *examination) rewrite(b []byte, off int64) error {
	before, err := x.read(max(0, off-1), min(1, off))
	if err != nil {
		return err
	}
	if len(before) == 1 && (before[0] == 0 || before[0] == '\n') {
		b, off = append([]byte("\n"), b...), off-1
	}
	_, err = x.f.WriteAt(b, off)
	return err
}

// read returns up to n bytes of the file.
func (x *examination) read(off, n int64) ([]byte, error) {
	b := make([]byte, max(0, min(n, x.size-off)))
	got, err := readFull(x.f, b, off)
	return b[:got], err
}

// searchDropped looks for a block whose process was killed while it held the directory lock. When a sync has failed since, the kernel
// may have dropped any of its pages, as a power cut does; and the word that its lines were appended, upon which others have appended
// behind it: what stands there is not the block then.
func (x *examination) searchDropped() ([]Extent, error) {
	found, err := x.search()
	if err != nil || len(found) > 0 && found[0].Lines == len(x.lines) && found[0].Off == x.block.place.Off {
		return found, err
	}
	dropped, err := x.hasDropped()
	if err != nil || !dropped {
		return found, err
	}
	x.rests = nil
	return x.recover(x.wholeAt(x.block.place.Off))
}

// hasDropped reports whether all that the block would have of some page are zeros, which no line has.
func (x *examination) hasDropped() (bool, error) {
	for at, end := x.block.place.Off, min(x.block.place.Off+x.length(), x.size); at < end; {
		next := min((at/page+1)*page, end)
		b, err := x.read(at, next-at)
		if err != nil || len(bytes.Trim(b, "\x00")) == 0 {
			return err == nil, err
		}
		at = next
	}
	return false, nil
}

// search looks for a block whose process was killed while it held the directory lock. Nobody who has a journal has
// appended since, so that what follows its place is its own, except for lines of processes without a journal: they
// may stand before and after it. A write that was cut short by the kill ends with a page.
func (x *examination) search() ([]Extent, error) {
	place := x.block.place.Off
	stop, err := x.written()
	if err != nil {
		return nil, err
	}
	if stop > place {
		return x.wholeFrom(place, stop)
	}
	if extents, err := x.wholeBeforePiece(place); err != nil || extents != nil {
		return extents, err
	}
	return x.searchBehind()
}

// wholeFrom returns the lines of a block, of which pages are at its place up to stop. Where the lines there go on behind these pages
// and end too early, they may be equal lines of a process that does not lock, which was faster: then the whole block follows, or a longer
// part of it.
func (x *examination) wholeFrom(place, stop int64) ([]Extent, error) {
	extents, err := x.wholeAround(place, stop)
	if err != nil || len(extents) == 0 || extents[0].Lines == len(x.lines) || x.end(extents[0]) <= stop {
		return extents, err
	}
	behind, err := x.searchBehind()
	if err == nil && len(behind) > 0 && behind[0].Lines > extents[0].Lines {
		x.rests = nil
		return behind, nil
	}
	return extents, err
}

// wholeBeforePiece returns the lines that stand at the place of a block when a piece of a line ends the file after them: a
// full disk has cut the write within its first page. Without that piece they may as well be equal lines of somebody else.
func (x *examination) wholeBeforePiece(place int64) ([]Extent, error) {
	extents, err := x.wholeAround(place, place)
	if err != nil || len(extents) == 0 || extents[0].Lines == len(x.lines) {
		return nil, err
	}
	end := x.end(extents[0])
	piece, err := x.read(end, int64(x.lines[extents[0].Lines].Length))
	if err != nil || len(piece) == 0 || end+int64(len(piece)) < x.size || bytes.IndexByte(piece, '\n') >= 0 {
		return nil, err
	}
	return extents, nil
}

// wholeAround returns the lines of a block, of which pages are there up to stop: those before, and those that follow. A full
// disk cuts a write anywhere.
func (x *examination) wholeAround(place, stop int64) ([]Extent, error) {
	extents := x.wholeBefore(place, stop)
	line, end := 0, place
	if len(extents) > 0 {
		line, end = extents[0].Lines, x.end(extents[0])
	}
	for ; line < len(x.lines); line++ {
		whole, err := x.isAt(line, end)
		if err != nil {
			return nil, err
		}
		if !whole {
			break
		}
		extents = x.extend(extents, line, end)
		end += int64(x.lines[line].Length)
	}
	return extents, x.leaveTorn(line, end, stop)
}

// written returns where the part of the block ends that is at its place; that is the place itself when there isn't one. It
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

// searchBehind looks for the block at the starts of lines after its place: processes that do not lock were faster. What
// was written of a line in part cannot be told from theirs there, and stays. A part of the block counts only when no longer one stands
// behind it: the shorter one may be equal lines of theirs, before the block.
func (x *examination) searchBehind() (part []Extent, err error) {
	region, err := x.read(x.block.place.Off, slipLimit)
	if err != nil || len(x.lines) == 0 {
		return nil, err
	}
	first := int(x.lines[0].Length)
	for at := bytes.IndexByte(region, '\n') + 1; at > 0 && at+first <= len(region); {
		if region[at+first-1] == '\n' && Sum(region[at:at+first]) == x.lines[0].CRC {
			extents, err := x.matchAt(x.block.place.Off + int64(at))
			if err != nil || len(extents) > 0 && extents[0].Lines == len(x.lines) {
				return extents, err
			}
			if part == nil || len(extents) > 0 && extents[0].Lines > part[0].Lines {
				part = extents
			}
		}
		next := bytes.IndexByte(region[at:], '\n') + 1
		if next == 0 {
			break
		}
		at += next
	}
	return part, nil
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

// findRest looks for what the block has in the file after the lines that are there: its process could not remove it.
func (x *examination) findRest(extents []Extent) error {
	stop, err := x.written()
	if err != nil {
		return err
	}
	end := x.block.place.Off
	for _, e := range extents {
		if x.isValid(e) {
			end = max(end, x.end(e))
		}
	}
	line := 0
	for line < len(x.lines) && x.block.place.Off+x.before(line) < end {
		line++
	}
	return x.leaveTorn(line, end, stop)
}

// commonPrefix is more than what lines of one time and channel begin with.
const commonPrefix = 64

// leaveTorn notes the part of a line that begins at from and ends with a page. It is not the block's when the whole line
// stands there, which somebody else has written then, nor when it is so short that any line may begin like that and there
// is more after it: the lines before it, too, may be equal ones of the same somebody, and the piece the begin of his next.
func (x *examination) leaveTorn(line int, from, to int64) error {
	if from >= to || line >= len(x.lines) {
		return nil
	}
	whole, err := x.isAt(line, from)
	if err != nil || whole || to-from < commonPrefix && to < x.size {
		return err
	}
	x.leave(from, to)
	return nil
}

// recover looks for lines of a block after a power cut, each at its place. Any pages of it may be missing. Where it stands in part, what
// is left of damaged lines becomes blanks. A line that its process has not appended, or has taken back, is not looked for: others may have
// appended an equal one at its place.
func (x *examination) recover(appended []Extent) ([]Extent, error) {
	there, err := x.present(appended)
	if err != nil {
		return nil, err
	}
	off := x.block.place.Off
	for i := range x.lines {
		end := off + int64(x.lines[i].Length)
		others := false
		if !has(appended, i) {
			if others, err = x.isAt(i, off); err != nil {
				return nil, err
			}
		}
		if !has(there, i) && !others {
			if err := x.findDamaged(off, min(end, x.size)); err != nil {
				return nil, err
			}
		}
		off = end
	}
	return there, nil
}

// findDamaged notes what is left of a line: all that is the block's own, or its pages before the one in which others have appended.
func (x *examination) findDamaged(from, to int64) error {
	if within, err := x.isWithinLine(from); err != nil || within {
		return err
	}
	for at := from; at < to; {
		end := min((at/page+1)*page, to)
		ours, err := x.isOurs(at, end)
		if err != nil {
			return err
		}
		if !ours {
			return x.leavePiece(from, at)
		}
		at = end
	}
	x.leave(from, to)
	return nil
}

// leavePiece notes the part of a line from which others go on at the end of a page. The last page of it must be proved by its checksum:
// zeros and blanks may be the begin of what follows, and so may what is so short that any line may begin like that.
func (x *examination) leavePiece(from, to int64) error {
	if to-from < commonPrefix {
		return nil
	}
	start := max(from, (to-1)/page*page)
	last, err := x.read(start, to-start)
	if err != nil || len(bytes.Trim(last, "\x00 ")) == 0 {
		return err
	}
	x.leave(from, to)
	return nil
}

// isWithinLine reports whether a line that others have appended reaches over off. After a power cut they may append before anybody
// has looked, in the middle of the block's place: the blanks and the line feed that end their line look like what was removed of it.
func (x *examination) isWithinLine(off int64) (bool, error) {
	if off == 0 {
		return false, nil
	}
	before, err := x.read(off-1, 1)
	return len(bytes.Trim(before, "\x00\n")) > 0, err
}

// isOurs reports whether bytes within a page are of the block: zeros, blanks, or part of a piece whose checksum is right.
func (x *examination) isOurs(from, to int64) (bool, error) {
	b, err := x.read(from, to-from)
	if err != nil || len(bytes.Trim(b, "\x00 \n")) == 0 { // lost, or blank since somebody was killed at this very work
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
