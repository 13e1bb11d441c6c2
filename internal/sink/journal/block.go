package journal

import "hash/crc32"

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
	Laid  bool   // it lies there already, or a part of it: an earlier attempt got so far
}

// Place is an offset in a file that may be renamed.
type Place struct {
	Dev, Ino uint64 // stat(2)
	Off      int64
}

// Sum returns the CRC-32C of all pieces, end to end. Processors have instructions for that polynomial.
func Sum(pieces ...[]byte) (sum uint32) {
	castagnoli := crc32.MakeTable(crc32.Castagnoli) // made once
	for _, p := range pieces {
		sum = crc32.Update(sum, castagnoli, p)
	}
	return sum
}

// page is what write(2) advances by: a process that is killed leaves whole pages of its last write behind. File systems
// with larger units advance by multiples of it.
const page = 4096

// pagesWithin returns how many page boundaries a block of n bytes may have within it, wherever it begins.
func pagesWithin(n int) int { return n/page + 1 }

// appendPageSums appends, for each page boundary within the block when it begins at off, the sum of what stands before
// the boundary of the line that the boundary cuts.
func (b *Block) appendPageSums(dst []uint32, off int64) []uint32 {
	start, i := int64(0), 0
	for at := page - off%page; at < int64(len(b.Bytes)); at += page {
		for i < len(b.Lines) && start+int64(b.Lines[i].Length) <= at {
			start += int64(b.Lines[i].Length)
			i++
		}
		dst = append(dst, Sum(b.Bytes[start:at]))
	}
	return dst
}
