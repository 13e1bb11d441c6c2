package journal

import (
	"encoding/binary"
	"time"
)

// writer encodes records. Its memory is used again.
type writer struct {
	buf  []byte
	sums []uint32
	ids  []span
}

// head is what a record says of itself beside its content.
type head struct {
	seq             uint64
	prev            uint32
	committed, boot uint64
}

// prepare encodes what is about to be appended. keys are those of all sources.
func (w *writer) prepare(h head, keys []uint64, blocks []Block) []byte {
	lines := 0
	for i := range blocks {
		lines += len(blocks[i].Lines)
	}
	b := w.begin()
	b = w.appendSources(b, keys, blocks)
	for i := range blocks {
		b = w.appendBlock(b, &blocks[i])
	}
	for i := range blocks {
		b = appendLines(b, blocks[i].Lines)
	}
	return w.end(b, h, prepare, len(keys), len(blocks), lines)
}

// move encodes another place of a block.
func (w *writer) move(h head, t target, moved *Block) []byte {
	b := binary.LittleEndian.AppendUint64(w.begin(), t.seq)
	b = binary.LittleEndian.AppendUint32(b, uint32(t.block))
	return w.end(w.appendBlock(b, moved), h, move, 0, 1, 0)
}

// decide encodes what became of blocks.
func (w *writer) decide(h head, decisions []decision) []byte {
	le, b := binary.LittleEndian, w.begin()
	for _, d := range decisions {
		b = le.AppendUint64(b, d.seq)
		b = le.AppendUint32(le.AppendUint32(b, uint32(d.block)), uint32(d.state))
		b = le.AppendUint32(b, uint32(len(d.extents)))
		for _, e := range d.extents {
			b = le.AppendUint64(b, uint64(e.Off))
			b = le.AppendUint32(le.AppendUint32(b, uint32(e.First)), uint32(e.Lines))
		}
	}
	return w.end(b, h, decide, 0, len(decisions), 0)
}

// begin leaves room for the head.
func (w *writer) begin() []byte { return append(w.buf[:0], make([]byte, recordHead)...) }

// end fills the record up to a sector and writes its head.
func (w *writer) end(b []byte, h head, kind recordKind, sources, entries, lines int) []byte {
	le, body := binary.LittleEndian, len(b)
	b = append(b, make([]byte, -len(b)&(sector-1))...)
	le.PutUint32(b, recordMagic)
	le.PutUint64(b[8:], h.seq)
	le.PutUint32(b[16:], h.prev)
	le.PutUint32(b[20:], uint32(kind))
	le.PutUint64(b[24:], uint64(time.Now().UnixMilli()))
	le.PutUint64(b[32:], h.committed)
	le.PutUint64(b[40:], h.boot)
	for i, n := range []int{body, len(b), sources, entries, lines} {
		le.PutUint32(b[48+4*i:], uint32(n))
	}
	le.PutUint32(b[4:], Sum(b[8:body]))
	w.buf = b
	return b
}

// appendSources appends the table of sources.
func (w *writer) appendSources(b []byte, keys []uint64, blocks []Block) []byte {
	w.ids = append(w.ids[:0], make([]span, len(keys))...)
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

func (w *writer) appendBlock(b []byte, block *Block) []byte {
	w.sums = appendPieceSums(w.sums[:0], block.Bytes, block.Place.Off)
	flags := uint32(0)
	if block.Laid {
		flags = flagLaid
	}
	le := binary.LittleEndian
	for _, n := range []uint32{uint32(len(block.Lines)), flags, uint32(len(block.Name)), uint32(len(w.sums))} {
		b = le.AppendUint32(b, n)
	}
	b = le.AppendUint64(le.AppendUint64(b, block.Place.Dev), block.Place.Ino)
	b = le.AppendUint64(b, uint64(block.Place.Off))
	b = append(b, block.Name...)
	for _, sum := range w.sums {
		b = le.AppendUint32(b, sum)
	}
	return b
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
