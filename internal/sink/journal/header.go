package journal

import (
	"encoding/binary"

	"envelog/internal/vfs"
)

// A journal's file begins with a page for itself, followed by two segments of equal size:
//
//	0     magic (8 bytes) | version uint32 | checksum uint32 | bytes of a segment int64
//	512   the mark: appended uint64 | committed uint64 | their checksum uint32
//	4096  the first segment, then the second one
//
// The header is written once, before the file gets its name. Records lie end to end from the start of a segment. When one
// does not fit, it begins the other segment, whose records are forgotten thereby.
const (
	headerMagic   = "ENVELOGJ"
	headerVersion = 2
	headerBytes   = 24
	markAt        = sector
	markBytes     = 20
	segmentsAt    = 4096
	minSegment    = 8 << 10
	maxSegment    = 1 << 30
)

// header is what a journal says of itself.
type header struct {
	segment int64 // bytes of a segment
}

func (h *header) encode() []byte {
	le := binary.LittleEndian
	b := append(make([]byte, 0, headerBytes), headerMagic...)
	b = le.AppendUint32(b, headerVersion)
	b = le.AppendUint32(b, 0)
	b = le.AppendUint64(b, uint64(h.segment))
	le.PutUint32(b[12:], Sum(b[:12], b[16:]))
	return b
}

// kind is what the beginning of a file says that it is.
type kind int

const (
	alien      kind = iota // not a journal
	unreadable             // a journal of another version, or one that is damaged
	readable
)

// parseHeader reads a header.
func parseHeader(b []byte) (h header, is kind) {
	le := binary.LittleEndian
	if len(b) < len(headerMagic) || string(b[:8]) != headerMagic {
		return header{}, alien
	}
	if len(b) < headerBytes || le.Uint32(b[8:]) != headerVersion || le.Uint32(b[12:]) != Sum(b[:12], b[16:headerBytes]) {
		return header{}, unreadable
	}
	h.segment = int64(le.Uint64(b[16:]))
	if h.segment < minSegment || h.segment > maxSegment || h.segment%sector != 0 {
		return header{}, unreadable
	}
	return h, readable
}

// size returns how long the file is.
func (h *header) size() int64 { return segmentsAt + 2*h.segment }

// start returns where a segment begins.
func (h *header) start(second bool) int64 {
	if second {
		return segmentsAt + h.segment
	}
	return segmentsAt
}

// end returns where the segment ends in which pos lies.
func (h *header) end(pos int64) int64 {
	if pos < h.start(true) {
		return h.start(true)
	}
	return h.size()
}

// readHeader reads the header of a file.
func readHeader(f vfs.File) (h header, is kind, err error) {
	b := make([]byte, headerBytes)
	n, err := readFull(f, b, 0)
	if err != nil {
		return header{}, alien, err
	}
	if h, is = parseHeader(b[:n]); is != readable {
		return h, is, nil
	}
	info, err := f.Stat()
	if err == nil && info.Size < h.size() {
		is = unreadable
	}
	return h, is, err
}

// mark says how far a journal has got. Numbers of records never shrink.
type mark struct {
	appended  uint64 // records up to this one are in their files, as far as a Decide record does not say otherwise
	committed uint64 // records up to this one are safe, as far as a Decide record does not say otherwise
}

func (m mark) encode() []byte {
	b := binary.LittleEndian.AppendUint64(make([]byte, 0, markBytes), m.appended)
	b = binary.LittleEndian.AppendUint64(b, m.committed)
	return binary.LittleEndian.AppendUint32(b, Sum(b))
}

// readMark reads the mark; it is zero when a power cut has torn it, or when it is just being written.
func readMark(f vfs.File) (m mark, err error) {
	var b [markBytes]byte
	n, err := readFull(f, b[:], markAt)
	if err != nil || n < markBytes || binary.LittleEndian.Uint32(b[16:]) != Sum(b[:16]) {
		return mark{}, err
	}
	return mark{binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[8:])}, nil
}

// raise makes m include n.
func (m *mark) raise(n mark) {
	m.appended = max(m.appended, n.appended, n.committed)
	m.committed = max(m.committed, n.committed)
}

// includes reports whether m says all that n does.
func (m mark) includes(n mark) bool { return m.appended >= n.appended && m.committed >= n.committed }
