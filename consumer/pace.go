package consumer

import (
	"slices"
	"sync/atomic"
	"time"
)

// pace is how long a commit takes on this disk: the shortest time of the last few, since a busy machine makes some of them last longer.
// The writer sets it, anyone reads it.
type pace struct {
	last [4]time.Duration // of the writer
	next int              // of last
	best atomic.Int64     // the shortest one, in ns
}

// took notes what a commit has taken.
func (p *pace) took(d time.Duration) {
	p.last[p.next%len(p.last)] = d
	p.next++
	p.best.Store(int64(slices.Min(p.last[:])))
}

// isSlow reports whether the disk is slow.
func (p *pace) isSlow() bool { return time.Duration(p.best.Load()) >= slowCommit }

// allowance returns how many bytes of lines may wait for the writer before no more batches are released early; 0 while the disk is quick.
func (p *pace) allowance() int64 {
	if !p.isSlow() {
		return 0
	}
	waits := min(time.Duration(p.best.Load()), time.Second)
	return min(int64(waits)*bytesPerSecond/int64(time.Second), mostBytes)
}
