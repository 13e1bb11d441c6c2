package journal

import (
	"cmp"
	"math"
	"strconv"
)

// ID is the id of a stream entry, "<milliseconds>-<sequence>" (Redis XADD). The zero ID is no entry's.
type ID struct{ MS, Seq uint64 }

// ParseID reads an id. What is none is the zero ID: its entry is not known to any journal.
func ParseID(b []byte) ID {
	ms, n := digits(b)
	if n == 0 || n >= len(b) || b[n] != '-' {
		return ID{}
	}
	seq, m := digits(b[n+1:])
	if m == 0 || n+1+m != len(b) {
		return ID{}
	}
	return ID{ms, seq}
}

// digits reads the decimal number that b begins with, and counts its digits: 0 when there is none, or one too large.
func digits(b []byte) (v uint64, n int) {
	for n < len(b) && '0' <= b[n] && b[n] <= '9' {
		d := uint64(b[n] - '0')
		if v > (math.MaxUint64-d)/10 {
			return 0, 0
		}
		v = v*10 + d
		n++
	}
	return v, n
}

// Compare orders ids as Redis does.
func (a ID) Compare(b ID) int {
	return cmp.Or(cmp.Compare(a.MS, b.MS), cmp.Compare(a.Seq, b.Seq))
}

func (a ID) less(b ID) bool { return a.MS < b.MS || a.MS == b.MS && a.Seq < b.Seq }

// String returns the id as Redis writes it.
func (a ID) String() string {
	return strconv.FormatUint(a.MS, 10) + "-" + strconv.FormatUint(a.Seq, 10)
}
