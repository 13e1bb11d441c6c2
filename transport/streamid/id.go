// Package streamid reads the ids of Redis' stream entries.
package streamid

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"time"
)

// ID is the id of a stream entry, "<milliseconds>-<sequence>" (Redis XADD), as the two numbers that order it. No entry
// has the zero ID.
type ID struct{ MS, Seq uint64 }

// Parse reads "1795423651867-0".
func Parse(b []byte) (ID, error) {
	ms, n := Digits(b)
	if n == 0 || n >= len(b) || b[n] != '-' {
		return ID{}, idError(b)
	}
	seq, m := Digits(b[n+1:])
	if m == 0 || n+1+m != len(b) {
		return ID{}, idError(b)
	}
	return ID{ms, seq}, nil
}

func idError(b []byte) error {
	return fmt.Errorf("read stream entry id %.60q: not two numbers", b)
}

// safeDigits is how many decimal digits fit an uint64, whatever they are.
const safeDigits = 19

// Digits reads the decimal number at the start of b and counts its digits: 0 when there isn't one, or one that does
// not fit.
func Digits(b []byte) (v uint64, n int) {
	if len(b) >= group {
		v, n = eightDigits(binary.LittleEndian.Uint64(b)) // most ids have thirteen before the dash
	}
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

// group is how many digits are read together.
const group = 8

// eightDigits reads eight digits at once, the first one in the lowest byte of word; n is group, or 0 if one of the bytes is no digit.
func eightDigits(word uint64) (v uint64, n int) {
	const ones = 0x0101010101010101
	v = word ^ '0'*ones
	if (v|(v+0x76*ones))&(0x80*ones) != 0 { // more than 9 carries into the high bit
		return 0, 0
	}
	// Each step makes one number of two neighbours, the first of which is in the lower bits.
	v = v * (10<<8 + 1) >> 8 & 0x00ff00ff00ff00ff
	v = v * (100<<16 + 1) >> 16 & 0x0000ffff0000ffff
	return v * (10000<<32 + 1) >> 32, group
}

// Append appends the id as Redis writes it.
func (id ID) Append(dst []byte) []byte {
	dst = strconv.AppendUint(dst, id.MS, 10)
	dst = append(dst, '-')
	return strconv.AppendUint(dst, id.Seq, 10)
}

// String returns the id as Redis writes it.
func (id ID) String() string { return string(id.Append(nil)) }

// Next is the smallest id after this one.
func (id ID) Next() ID {
	if id.Seq == math.MaxUint64 {
		return ID{id.MS + 1, 0}
	}
	return ID{id.MS, id.Seq + 1}
}

// After says whether the entry came after another one.
func (id ID) After(other ID) bool {
	return id.MS > other.MS || id.MS == other.MS && id.Seq > other.Seq
}

// Time is when the entry was added, unless it was given an id of its own.
func (id ID) Time() time.Time { return time.UnixMilli(int64(min(id.MS, math.MaxInt64))) }

// Previous is the largest id before this one; there is none before the smallest.
func (id ID) Previous() ID {
	switch {
	case id.Seq > 0:
		return ID{id.MS, id.Seq - 1}
	case id.MS > 0:
		return ID{id.MS - 1, math.MaxUint64}
	}
	return ID{}
}
