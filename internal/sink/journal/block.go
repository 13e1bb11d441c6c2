package journal

import (
	"hash/crc32"

	"envelog/internal/vfs"
)

// Line is what a journal remembers of a line: whose it is, and how to know it again.
type Line struct {
	ID     ID
	Source uint32 // the index of the entry's source in Options.Sources
	Sum    uint32 // of the entry's payload (Sum): another entry may have had the same id in a stream that was lost since
	Length uint32 // of the line, its line feed included
	CRC    uint32 // Sum of the line
}

// Block is lines that lie, or are about to lie, end to end in one log file.
type Block struct {
	Name  string // of the file, in the log directory
	Lines []Line
	Bytes []byte // the lines themselves
	Place Place  // where the block lies, or where it will when nobody else appends before
	Laid  bool   // it lies there completely: an earlier attempt got so far
}

// Place is an offset in a file that may be renamed.
type Place struct {
	Dev, Ino uint64 // stat(2)
	Off      int64
}

// PlaceOf returns the place at off in the file that info describes.
func PlaceOf(info vfs.Info, off int64) Place { return Place{Dev: info.Dev, Ino: info.Ino, Off: off} }

// isIn reports whether the place is in the file that info describes.
func (p Place) isIn(info vfs.Info) bool { return p.Dev == info.Dev && p.Ino == info.Ino }

// Extent is lines of a block that stand end to end in its file.
type Extent struct {
	Off   int64 // of the first of them
	First int   // the index of that line in the block
	Lines int   // how many they are
}

// has reports whether a line is within one of the extents.
func has(extents []Extent, line int) bool {
	for _, e := range extents {
		if e.First <= line && line < e.First+e.Lines {
			return true
		}
	}
	return false
}

// Sum returns the CRC-32C of all pieces, end to end. Processors have instructions for that polynomial.
func Sum(pieces ...[]byte) (sum uint32) {
	castagnoli := crc32.MakeTable(crc32.Castagnoli) // made once
	for _, p := range pieces {
		sum = crc32.Update(sum, castagnoli, p)
	}
	return sum
}

// page is what write(2) advances by, and what a disk gets or loses as a whole: a process that is killed leaves whole pages
// of its last write after, a power cut takes whole pages. File systems with larger units advance by multiples of it.
const page = 4096

// A block is cut by the boundaries of pages into pieces: the first ends at the first boundary after its offset.

// firstPiece returns how long the first piece is of a block at off.
func firstPiece(off int64) int64 { return page - off%page }

// pieceCount returns how many pieces a block of n bytes at off has.
func pieceCount(n, off int64) int64 {
	if n == 0 {
		return 0
	}
	return (off%page + n + page - 1) / page
}

// appendPieceSums appends the checksum of each piece of b when it is at off.
func appendPieceSums(dst []uint32, b []byte, off int64) []uint32 {
	for n := firstPiece(off); len(b) > 0; n = page {
		n = min(n, int64(len(b)))
		dst = append(dst, Sum(b[:n]))
		b = b[n:]
	}
	return dst
}
