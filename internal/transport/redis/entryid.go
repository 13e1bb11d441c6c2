package redis

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// entryID is a stream entry's id, "ms-seq", as the two numbers that order it.
type entryID struct{ ms, seq uint64 }

// noID is after every entry that a stream holds. The very last id would not do: to Redis that is another word for >.
const noID = "18446744073709551615-18446744073709551614"

// parseID reads "1795423651867-0".
func parseID(b []byte) (entryID, error) {
	ms, n := parseDigits(b)
	if n == 0 || n >= len(b) || b[n] != '-' {
		return entryID{}, idError(b)
	}
	seq, m := parseDigits(b[n+1:])
	if m == 0 || n+1+m != len(b) {
		return entryID{}, idError(b)
	}
	return entryID{ms, seq}, nil
}

func idError(b []byte) error {
	return fmt.Errorf("read stream entry id %.60q: not two numbers", b)
}

// safeDigits is how many decimal digits fit an uint64, whatever they are.
const safeDigits = 19

// parseDigits reads the decimal number at the start of b and counts its digits: 0 when there is none, or one that does
// not fit.
func parseDigits(b []byte) (v uint64, n int) {
	for n < len(b) && '0' <= b[n] && b[n] <= '9' {
		d := uint64(b[n] - '0')
		if n >= safeDigits && v > (math.MaxUint64-d)/10 {
			return 0, 0
		}
		v = v*10 + d
		n++
	}
	return v, n
}

func (id entryID) append(dst []byte) []byte {
	dst = strconv.AppendUint(dst, id.ms, 10)
	dst = append(dst, '-')
	return strconv.AppendUint(dst, id.seq, 10)
}

func (id entryID) String() string { return string(id.append(nil)) }

// next is the smallest id after this one.
func (id entryID) next() entryID {
	if id.seq == math.MaxUint64 {
		return entryID{id.ms + 1, 0}
	}
	return entryID{id.ms, id.seq + 1}
}

// after says whether the entry came after another one.
func (id entryID) after(other entryID) bool {
	return id.ms > other.ms || id.ms == other.ms && id.seq > other.seq
}

// time is when the entry was added, unless it was given an id of its own.
func (id entryID) time() time.Time { return time.UnixMilli(int64(min(id.ms, math.MaxInt64))) }

// previous is the largest id before this one; there is none before the smallest.
func (id entryID) previous() entryID {
	switch {
	case id.seq > 0:
		return entryID{id.ms, id.seq - 1}
	case id.ms > 0:
		return entryID{id.ms - 1, math.MaxUint64}
	}
	return entryID{}
}
