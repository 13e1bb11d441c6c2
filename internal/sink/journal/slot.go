package journal

import (
	"encoding/binary"
	"slices"
)

// The states of a slot.
const (
	planned uint32 = iota // nobody has begun to append the block
	begun                 // the block is being appended at its place, or was
	ended                 // the first lines of the block are in the file, the others are not and will not be
	stuck                 // the attempt failed and could not be undone; while its process lives, it tries again
)

// slot is the part of a record that is written again later: how far its block has got, and where.
//
//	state, whole uint32 | dev, ino, off uint64 | count of sums uint32 | checksum of all else uint32 | sums []uint32
type slot struct {
	state uint32
	whole uint32 // how many lines are in the file, when the state is ended
	place Place
	sums  []uint32 // of the lines that page boundaries cut, see Block.appendPageSums
}

const slotHead = 40

// slotSize returns how many bytes the slot of a block of n bytes takes.
func slotSize(n int) int { return slotHead + 4*pagesWithin(n) }

func (s *slot) appendTo(dst []byte) []byte {
	start := len(dst)
	le := binary.LittleEndian
	dst = le.AppendUint32(dst, s.state)
	dst = le.AppendUint32(dst, s.whole)
	dst = le.AppendUint64(dst, s.place.Dev)
	dst = le.AppendUint64(dst, s.place.Ino)
	dst = le.AppendUint64(dst, uint64(s.place.Off))
	dst = le.AppendUint32(dst, uint32(len(s.sums)))
	dst = le.AppendUint32(dst, 0)
	for _, sum := range s.sums {
		dst = le.AppendUint32(dst, sum)
	}
	le.PutUint32(dst[start+slotHead-4:], slotSum(dst[start:]))
	return dst
}

// slotSum returns the checksum of a slot's bytes, its own place left out.
func slotSum(b []byte) uint32 { return Sum(b[:slotHead-4], b[slotHead:]) }

// parseSlot reads a slot; ok tells whether it is whole.
func parseSlot(b []byte) (s slot, ok bool) {
	if len(b) < slotHead {
		return slot{}, false
	}
	le := binary.LittleEndian
	n := le.Uint32(b[32:])
	if uint64(n) > uint64(len(b)-slotHead)/4 {
		return slot{}, false
	}
	b = b[:slotHead+4*int(n)]
	if le.Uint32(b[slotHead-4:]) != slotSum(b) {
		return slot{}, false
	}
	s = slot{
		state: le.Uint32(b),
		whole: le.Uint32(b[4:]),
		place: Place{Dev: le.Uint64(b[8:]), Ino: le.Uint64(b[16:]), Off: int64(le.Uint64(b[24:]))},
	}
	s.sums = slices.Grow(s.sums, int(n))
	for i := range int(n) {
		s.sums = append(s.sums, le.Uint32(b[slotHead+4*i:]))
	}
	return s, s.place.Off >= 0
}
