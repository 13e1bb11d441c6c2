package journal

import (
	"bytes"
	"encoding/binary"
	"os"
)

// A journal's file begins with a header page, followed by two halves of equal size:
//
//	0     magic (8 bytes) | version uint32 | checksum uint32 | bytes of a half int64 | boot mark (64 bytes, zeros behind)
//	512   the mark: sequence uint64 of the last record whose lines are settled | its checksum uint32
//	4096  the first half, then the second one
//
// Records lie end to end from the start of a half. When one does not fit, it begins the other half, whose records are
// forgotten thereby.
const (
	headerMagic   = "ENVELOGJ"
	headerVersion = 1
	headerBytes   = 88
	bootBytes     = 64
	markAt        = sector
	markBytes     = 12
	halvesAt      = 4096
	minHalf       = 64 << 10
	maxHalf       = 1 << 30
)

// header is what the header page says beside the mark.
type header struct {
	half int64  // bytes of a half
	boot string // of the machine, when the last owner opened the journal
}

func (h *header) encode() []byte {
	le := binary.LittleEndian
	b := append(make([]byte, 0, headerBytes), headerMagic...)
	b = le.AppendUint32(b, headerVersion)
	b = le.AppendUint32(b, 0)
	b = le.AppendUint64(b, uint64(h.half))
	boot := make([]byte, bootBytes)
	copy(boot, h.boot)
	b = append(b, boot...)
	le.PutUint32(b[12:], Sum(b[:12], b[16:]))
	return b
}

// parseHeader reads a header; ok tells whether it is one that this version understands.
func parseHeader(b []byte) (h header, ok bool) {
	le := binary.LittleEndian
	if len(b) < headerBytes || string(b[:8]) != headerMagic || le.Uint32(b[8:]) != headerVersion {
		return header{}, false
	}
	b = b[:headerBytes]
	h = header{half: int64(le.Uint64(b[16:])), boot: string(bytes.TrimRight(b[24:], "\x00"))}
	ok = le.Uint32(b[12:]) == Sum(b[:12], b[16:])
	return h, ok && h.half >= minHalf && h.half <= maxHalf && h.half%sector == 0
}

// size returns how long the file is.
func (h *header) size() int64 { return halvesAt + 2*h.half }

// start returns where a half begins.
func (h *header) start(second bool) int64 {
	if second {
		return halvesAt + h.half
	}
	return halvesAt
}

// readHeader reads the header of a journal; ok tells whether the file is one.
func readHeader(f *os.File) (h header, ok bool) {
	b := make([]byte, headerBytes)
	if _, err := f.ReadAt(b, 0); err != nil {
		return header{}, false
	}
	if h, ok = parseHeader(b); !ok {
		return header{}, false
	}
	info, err := f.Stat()
	return h, err == nil && info.Size() >= h.size()
}

func encodeMark(seq uint64) []byte {
	b := binary.LittleEndian.AppendUint64(make([]byte, 0, markBytes), seq)
	return binary.LittleEndian.AppendUint32(b, Sum(b))
}

// readMark returns the sequence of the last record that is settled; 0 when there is none, or when it cannot be told.
func readMark(f *os.File) uint64 {
	var b [markBytes]byte
	if _, err := f.ReadAt(b[:], markAt); err != nil || binary.LittleEndian.Uint32(b[8:]) != Sum(b[:8]) {
		return 0
	}
	return binary.LittleEndian.Uint64(b[:])
}
