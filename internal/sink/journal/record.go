package journal

import (
	"encoding/binary"
	"time"
)

// A record is what one Commit is about to append. It begins at a multiple of the sector size, so that writing one never
// touches the sector of another, and its numbers are little-endian:
//
//	head     magic, checksum of the body behind it uint32 | sequence uint64 | time in ms int64
//	         | body, total uint32 (bytes, both with the head) | sources, blocks, lines uint32 (counts) | 4 bytes
//	sources  key uint64 | smallest and largest id (2 uint64 each), zeros when the record has none of that source
//	blocks   lines uint32 (count) | slot uint32 (offset in the record) | name uint32 (bytes) | name
//	lines    id (2 uint64) | sum, length, crc, source uint32
//	slots    one for each block, see slot; the part that is written again
//
// The body is all but the slots, which have checksums of their own.
const (
	recordMagic  uint32 = 0x314a4e45 // "ENJ1"
	sector              = 512
	recordHead          = 48
	sourceBytes         = 40
	blockHead           = 12
	lineBytes           = 32
	maxNameBytes        = 255     // NAME_MAX
	maxRecord           = 1 << 30 // bytes; far more than a half holds
)

// extent is where the ids of one source lie in a journal: those of one record.
type extent struct {
	min, max ID
	seq      uint64 // of the record
	pos      int64  // of the record, in the journal's file
}

// record is a record as it was read. Its bytes are valid until the next one is read into the same memory.
type record struct {
	raw                    []byte
	pos                    int64 // in the journal's file
	seq                    uint64
	at                     time.Time
	body, total            int
	sources, blocks, lines int
}

// parseHead reads the head of a record, as far as that is needed to read the rest.
func parseHead(b []byte) (r record, ok bool) {
	le := binary.LittleEndian
	if len(b) < recordHead || le.Uint32(b) != recordMagic {
		return record{}, false
	}
	r = record{
		seq:     le.Uint64(b[8:]),
		at:      time.UnixMilli(int64(le.Uint64(b[16:]))),
		body:    int(le.Uint32(b[24:])),
		total:   int(le.Uint32(b[28:])),
		sources: int(le.Uint32(b[32:])),
		blocks:  int(le.Uint32(b[36:])),
		lines:   int(le.Uint32(b[40:])),
	}
	return r, r.total%sector == 0 && r.total <= maxRecord && r.body <= r.total && r.tablesFit()
}

func (r *record) tablesFit() bool {
	left := r.body - recordHead
	for _, table := range [][2]int{{r.sources, sourceBytes}, {r.blocks, blockHead}, {r.lines, lineBytes}} {
		if left < 0 || table[0] < 0 || table[0] > left/table[1] {
			return false
		}
		left -= table[0] * table[1]
	}
	return left >= 0
}

// parseRecord reads a whole record; ok tells whether all of it is there and consistent.
func parseRecord(b []byte) (r record, ok bool) {
	r, ok = parseHead(b)
	if !ok || r.total > len(b) || binary.LittleEndian.Uint32(b[4:]) != Sum(b[8:r.body]) {
		return record{}, false
	}
	r.raw = b[:r.total]
	lines, at := 0, r.blocksAt()
	for range r.blocks {
		if at+blockHead > r.linesAt() {
			return record{}, false
		}
		entry := r.blockAt(at)
		lines += entry.count
		if at = entry.end; at > r.linesAt() || entry.slot < r.body || entry.slot > r.total {
			return record{}, false
		}
	}
	return r, lines == r.lines && at == r.linesAt() && r.sourcesExist()
}

func (r *record) blocksAt() int { return recordHead + r.sources*sourceBytes }
func (r *record) linesAt() int  { return r.body - r.lines*lineBytes }

func (r *record) sourcesExist() bool {
	for i := range r.lines {
		if r.line(i).Source >= uint32(r.sources) {
			return false
		}
	}
	return true
}

// source returns the key of a source, and the extent of its ids; ok tells whether there are any.
func (r *record) source(i int) (key uint64, e extent, ok bool) {
	le, b := binary.LittleEndian, r.raw[recordHead+i*sourceBytes:]
	e = extent{
		min: ID{le.Uint64(b[8:]), le.Uint64(b[16:])},
		max: ID{le.Uint64(b[24:]), le.Uint64(b[32:])},
		seq: r.seq, pos: r.pos,
	}
	return le.Uint64(b), e, e.max != ID{}
}

// blockEntry is a block as a record has it.
type blockEntry struct {
	name  string
	first int // line
	count int // of lines
	slot  int // offset in the record
	end   int // of this entry in the record
}

// blockAt reads the entry of a block; its first line is not known here.
func (r *record) blockAt(at int) blockEntry {
	le, b := binary.LittleEndian, r.raw[at:]
	end := at + blockHead + int(min(le.Uint32(b[8:]), maxNameBytes))
	return blockEntry{
		name:  string(r.raw[at+blockHead : min(end, len(r.raw))]),
		count: int(le.Uint32(b)),
		slot:  int(le.Uint32(b[4:])),
		end:   end,
	}
}

// entries returns the blocks of the record.
func (r *record) entries() []blockEntry {
	all := make([]blockEntry, r.blocks)
	at, first := r.blocksAt(), 0
	for i := range all {
		all[i] = r.blockAt(at)
		all[i].first = first
		at, first = all[i].end, first+all[i].count
	}
	return all
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

// fate tells what became of a line of a settled record: whether it is in its file, and whether that is open, since its
// process failed half-way.
func (r *record) fate(line int) (there, open bool) {
	for _, e := range r.entries() {
		if line < e.first+e.count {
			s, ok := parseSlot(r.raw[e.slot:])
			return !ok || s.state != ended || line-e.first < int(s.whole), ok && s.state == stuck
		}
	}
	return false, false
}

// writer makes records. Its memory is used again.
type writer struct {
	buf   []byte
	slots []int // offsets of the slots in the record
	sums  []uint32
	ids   []extent
	small []byte // a slot
}

// encode makes a record of what is about to be appended. keys are those of all sources.
func (w *writer) encode(seq uint64, at time.Time, keys []uint64, blocks []Block) []byte {
	le := binary.LittleEndian
	lines := 0
	b := append(w.buf[:0], make([]byte, recordHead)...)
	b = w.appendSources(b, keys, blocks)
	w.slots = w.slots[:0]
	for i := range blocks {
		lines += len(blocks[i].Lines)
		w.slots = append(w.slots, len(b)+4)
		b = le.AppendUint32(b, uint32(len(blocks[i].Lines)))
		b = le.AppendUint32(b, 0)
		b = le.AppendUint32(b, uint32(len(blocks[i].Name)))
		b = append(b, blocks[i].Name...)
	}
	for i := range blocks {
		b = appendLines(b, blocks[i].Lines)
	}
	body := len(b)
	b = w.appendSlots(b, blocks)
	b = append(b, make([]byte, -len(b)&(sector-1))...)

	le.PutUint32(b, recordMagic)
	le.PutUint64(b[8:], seq)
	le.PutUint64(b[16:], uint64(at.UnixMilli()))
	for i, n := range []int{body, len(b), len(keys), len(blocks), lines} {
		le.PutUint32(b[24+4*i:], uint32(n))
	}
	le.PutUint32(b[4:], Sum(b[8:body]))
	w.buf = b
	return b
}

// appendSources appends the table of sources, and notes their extents in w.ids.
func (w *writer) appendSources(b []byte, keys []uint64, blocks []Block) []byte {
	w.ids = append(w.ids[:0], make([]extent, len(keys))...)
	for i := range blocks {
		for j := range blocks[i].Lines {
			l := &blocks[i].Lines[j]
			w.ids[l.Source].include(l.ID)
		}
	}
	le := binary.LittleEndian
	for i, key := range keys {
		b = le.AppendUint64(b, key)
		for _, id := range []ID{w.ids[i].min, w.ids[i].max} {
			b = le.AppendUint64(le.AppendUint64(b, id.MS), id.Seq)
		}
	}
	return b
}

func (e *extent) include(id ID) {
	if id == (ID{}) {
		return
	}
	if e.max == (ID{}) || id.less(e.min) {
		e.min = id
	}
	if e.max.less(id) {
		e.max = id
	}
}

func appendLines(b []byte, lines []Line) []byte {
	le := binary.LittleEndian
	for i := range lines {
		l := &lines[i]
		b = le.AppendUint64(le.AppendUint64(b, l.ID.MS), l.ID.Seq)
		b = le.AppendUint32(le.AppendUint32(b, l.Sum), l.Length)
		b = le.AppendUint32(le.AppendUint32(b, l.CRC), l.Source)
	}
	return b
}

// appendSlots appends the slots, and puts their offsets where the blocks want them and into w.slots.
func (w *writer) appendSlots(b []byte, blocks []Block) []byte {
	for i := range blocks {
		start := len(b)
		binary.LittleEndian.PutUint32(b[w.slots[i]:], uint32(start))
		w.slots[i] = start
		state := planned
		if blocks[i].Laid {
			state = begun
		}
		b = w.appendSlot(b, &blocks[i], slot{state: state, place: blocks[i].Place})
		b = append(b, make([]byte, start+slotSize(len(blocks[i].Bytes))-len(b))...)
	}
	return b
}

// appendSlot appends a slot with the sums that belong to its place.
func (w *writer) appendSlot(b []byte, block *Block, s slot) []byte {
	w.sums = block.appendPageSums(w.sums[:0], s.place.Off)
	s.sums = w.sums
	return s.appendTo(b)
}
