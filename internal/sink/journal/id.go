package journal

import (
	"cmp"
	"strconv"
)

// ID is the id of a stream entry, "<milliseconds>-<sequence>" (Redis XADD). The zero ID is no entry's.
type ID struct{ MS, Seq uint64 }

// Compare orders ids as Redis does.
func (a ID) Compare(b ID) int {
	return cmp.Or(cmp.Compare(a.MS, b.MS), cmp.Compare(a.Seq, b.Seq))
}

func (a ID) less(b ID) bool { return a.MS < b.MS || a.MS == b.MS && a.Seq < b.Seq }

// Newer returns the one of two ids that Redis gave out later.
func Newer(a, b ID) ID {
	if a.less(b) {
		return b
	}
	return a
}

// Older returns the other one.
func Older(a, b ID) ID {
	if a.less(b) {
		return a
	}
	return b
}

// String returns the id as Redis writes it.
func (a ID) String() string {
	return strconv.FormatUint(a.MS, 10) + "-" + strconv.FormatUint(a.Seq, 10)
}
