package journal

import (
	"encoding/binary"
	"time"
)

// A record begins at a multiple of the sector size, so that writing one never touches the sector of another. Its numbers
// are little-endian:
//
//	0   magic | checksum of the body after it, 2 x uint32
//	8   number of the record uint64
//	16  checksum of the record before | kind, 2 x uint32
//	24  time in ms int64
//	32  the mark's committed when it was written uint64
//	40  boot of the machine uint64
//	48  bytes of the body | of the whole, both with the head, 2 x uint32
//	56  sources | blocks or entries | lines, 3 x uint32, 4 bytes unused
//
// Prepare says what is about to be appended:
//
//	sources  key uint64 | smallest and largest id (2 x uint64 each), zeros when the record has none of that source
//	blocks   see block
//	lines    of all blocks: id 2 x uint64 | sum, length, crc, source 4 x uint32
//
// Move is one block again, with another place; Decide says what became of blocks:
//
//	target   number of the record uint64, for Move | block uint32 | block, see block
//	entries  target uint64 | block, state, extents 3 x uint32 | extents: off int64 | first, lines 2 x uint32
//
// A block:
//
//	lines, flags, bytes of name, pieces 4 x uint32 | dev, ino, off 3 x uint64 | name | checksum of each piece uint32
const (
	recordMagic  uint32 = 0x324a4e45 // "ENJ2"
	sector              = 512
	recordHead          = 72
	sourceBytes         = 40
	blockHead           = 40
	lineBytes           = 32
	entryHead           = 20
	extentBytes         = 16
	maxNameBytes        = 255     // NAME_MAX
	maxRecord           = 1 << 30 // bytes; far more than a segment holds
)

// recordKind says what a record is about.
type recordKind uint32

const (
	prepare recordKind = iota + 1
	move
	decide
)

const flagLaid uint32 = 1 // of a block: it is at its place completely

// record is a record as it was read. Its bytes are valid until the next one is read into the same memory.
type record struct {
	recordRef
	raw                     []byte
	prev                    uint32
	kind                    recordKind
	at                      time.Time
	committed, boot         uint64
	body, total             int
	sources, entries, lines int
}

// parseHead reads the head of a record, as far as that is needed to read the rest.
func parseHead(b []byte) (r record, ok bool) {
	le := binary.LittleEndian
	if len(b) < recordHead || le.Uint32(b) != recordMagic {
		return record{}, false
	}
	r = record{
		recordRef: recordRef{seq: le.Uint64(b[8:]), sum: le.Uint32(b[4:])},
		prev:      le.Uint32(b[16:]),
		kind:      recordKind(le.Uint32(b[20:])),
		at:        time.UnixMilli(int64(le.Uint64(b[24:]))),
		committed: le.Uint64(b[32:]),
		boot:      le.Uint64(b[40:]),
		body:      int(le.Uint32(b[48:])),
		total:     int(le.Uint32(b[52:])),
		sources:   int(le.Uint32(b[56:])),
		entries:   int(le.Uint32(b[60:])),
		lines:     int(le.Uint32(b[64:])),
	}
	ok = r.seq > 0 && r.kind >= prepare && r.kind <= decide && r.total > 0 && r.total%sector == 0 && r.total <= maxRecord &&
		r.body >= recordHead && r.body <= r.total
	return r, ok && r.tablesFit()
}

// tablesFit compares the counts with the bytes that there are, before anything is allocated.
func (r *record) tablesFit() bool {
	left, entry := r.body-recordHead, blockHead
	if r.kind == decide {
		entry = entryHead
	}
	for _, table := range [][2]int{{r.sources, sourceBytes}, {r.entries, entry}, {r.lines, lineBytes}} {
		if table[0] < 0 || table[0] > left/table[1] {
			return false
		}
		left -= table[0] * table[1]
	}
	return true
}

// parseRecord reads a whole record; ok reports whether all of it is there and consistent.
func parseRecord(b []byte) (r record, ok bool) {
	r, ok = parseHead(b)
	if !ok || r.total > len(b) || r.sum != Sum(b[8:r.body]) {
		return record{}, false
	}
	r.raw = b[:r.total]
	switch r.kind {
	case prepare:
		ok = r.isPrepare()
	case move:
		_, _, ok = r.move()
	case decide:
		_, ok = r.decisions()
	}
	return r, ok
}

// isPrepare reports whether the blocks have the lines that there are, and these the sources.
func (r *record) isPrepare() bool {
	blocks, ok := r.blocks()
	lines := 0
	for i := range blocks {
		lines += blocks[i].count
	}
	if !ok || lines != r.lines {
		return false
	}
	for i := range r.lines {
		if r.line(i).Source >= uint32(r.sources) {
			return false
		}
	}
	return true
}

func (r *record) linesAt() int { return r.body - r.lines*lineBytes }

// source returns the key of a source, and the span of its ids; ok reports whether there are any.
func (r *record) source(i int) (key uint64, s span, ok bool) {
	le, b := binary.LittleEndian, r.raw[recordHead+i*sourceBytes:]
	s = span{
		min:       ID{le.Uint64(b[8:]), le.Uint64(b[16:])},
		max:       ID{le.Uint64(b[24:]), le.Uint64(b[32:])},
		recordRef: r.recordRef,
	}
	return le.Uint64(b), s, s.max != ID{}
}

// block is a block as a record has it.
type block struct {
	name   string
	first  int // line of the record
	count  int // of lines
	laid   bool
	place  Place
	pieces []byte // checksums, 4 bytes each
}

// piece returns the checksum of a piece.
func (b *block) piece(i int64) uint32 { return binary.LittleEndian.Uint32(b.pieces[4*i:]) }

// blocks returns the blocks of the record; ok reports whether they fill the room before the lines.
func (r *record) blocks() (all []block, ok bool) {
	c := cursor{b: r.raw[:r.linesAt()], at: recordHead + r.sources*sourceBytes}
	all = make([]block, r.entries)
	first := 0
	for i := range all {
		all[i] = c.block()
		all[i].first = first
		first += all[i].count
	}
	return all, !c.bad && c.at == len(c.b)
}

func (r *record) line(i int) Line {
	le, b := binary.LittleEndian, r.raw[r.linesAt()+i*lineBytes:]
	return Line{
		ID:     ID{le.Uint64(b), le.Uint64(b[8:])},
		Sum:    le.Uint32(b[16:]),
		Length: le.Uint32(b[20:]),
		CRC:    le.Uint32(b[24:]),
		Source: le.Uint32(b[28:]),
	}
}

// linesOf returns the lines of a block.
func (r *record) linesOf(b *block) []Line {
	lines := make([]Line, b.count)
	for i := range lines {
		lines[i] = r.line(b.first + i)
	}
	return lines
}

// find returns the index of the line of an entry, or -1.
func (r *record) find(key uint64, id ID, sum uint32) int {
	le := binary.LittleEndian
	for i, b := 0, r.raw[r.linesAt():r.body]; i < r.lines; i, b = i+1, b[lineBytes:] {
		if le.Uint64(b) != id.MS || le.Uint64(b[8:]) != id.Seq || le.Uint32(b[16:]) != sum {
			continue
		}
		if has, _, _ := r.source(int(le.Uint32(b[28:]))); has == key {
			return i
		}
	}
	return -1
}

// target is a block of a record.
type target struct {
	seq   uint64 // of the record
	block int
}

// move returns what a Move record says.
func (r *record) move() (t target, b block, ok bool) {
	c := cursor{b: r.raw[:r.body], at: recordHead}
	t = target{seq: c.uint64(), block: int(c.uint32())}
	b = c.block()
	return t, b, !c.bad && c.at == len(c.b)
}

// state is what a Decide record says of a block.
type state uint32

const (
	// placed: the lines within the extents are in the file, the others are not and will not be. Whether those that are
	// there are safe is said by the mark.
	placed state = iota + 1
	// open: the lines within the extents are in the file, and their process will try again to make them safe, or to take
	// them back; until then they are neither committed nor aborted, whatever the mark says.
	open
	// final: the lines within the extents are safe, the others are not in the file and will not be.
	final
	// doubtful: nothing is known of the lines yet, whatever the mark says. A process says so of its predecessor's blocks
	// when it cannot find it out, before it raises the mark itself.
	doubtful
)

// decision is what became of a block.
type decision struct {
	target
	state   state
	extents []Extent
}

// decisions returns what a Decide record says.
func (r *record) decisions() (all []decision, ok bool) {
	c := cursor{b: r.raw[:r.body], at: recordHead}
	all = make([]decision, r.entries)
	for i := range all {
		all[i] = c.decision()
	}
	return all, !c.bad && c.at == len(c.b)
}

// cursor reads numbers and what is made of them; bad reports whether there was less than that.
type cursor struct {
	b   []byte
	at  int
	bad bool
}

func (c *cursor) bytes(n int) []byte {
	if c.bad || n < 0 || n > len(c.b)-c.at {
		c.bad = true
		return nil
	}
	c.at += n
	return c.b[c.at-n : c.at]
}

func (c *cursor) uint32() uint32 {
	if b := c.bytes(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (c *cursor) uint64() uint64 {
	if b := c.bytes(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

func (c *cursor) block() block {
	b := block{count: int(c.uint32())}
	b.laid = c.uint32()&flagLaid != 0
	name, pieces := c.uint32(), c.uint32()
	b.place = Place{Dev: c.uint64(), Ino: c.uint64(), Off: int64(c.uint64())}
	c.bad = c.bad || name > maxNameBytes || b.place.Off < 0 || pieces > maxRecord/4
	b.name = string(c.bytes(int(name)))
	b.pieces = c.bytes(4 * int(pieces))
	return b
}

func (c *cursor) decision() decision {
	d := decision{target: target{seq: c.uint64(), block: int(c.uint32())}, state: state(c.uint32())}
	count := c.uint32()
	c.bad = c.bad || d.state < placed || d.state > doubtful || int64(count) > int64(len(c.b)-c.at)/extentBytes
	for range count {
		if c.bad {
			break
		}
		e := Extent{Off: int64(c.uint64()), First: int(c.uint32()), Lines: int(c.uint32())}
		c.bad = c.bad || e.Off < 0
		d.extents = append(d.extents, e)
	}
	return d
}
