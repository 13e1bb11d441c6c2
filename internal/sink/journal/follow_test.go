package journal

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"envelog/internal/statedir"
	"envelog/internal/vfs"
)

// TestOthersFollow has a process commit records of all sizes to a small journal, and others look at it now and then, or
// for the first time: each must know what the journal must remember, at least half of its last segment, and nothing that was never there.
func TestOthersFollow(t *testing.T) {
	const segment = 64 << 10
	const size = segmentsAt + 2*segment
	for _, seed := range []uint64{1, 2, 3, 4} {
		random := rand.New(rand.NewPCG(seed, 0))
		dir := t.TempDir()
		p := startWith(t, Options{Dir: dir, Name: "writer", Bytes: size})
		follower := startWith(t, Options{Dir: dir, Name: "follower", Bytes: size})
		next := 1
		for round := range 400 {
			n := 1 + random.IntN(60)
			if random.IntN(4) == 0 {
				n = 14 // with what surrounds them, one sector
			}
			p.commit(next, next+n)
			next += n
			if random.IntN(20) > 0 {
				continue
			}
			for _, q := range []*process{p, follower, startWith(t, Options{Dir: dir, Name: "newcomer", Bytes: size})} {
				q.wantVerdicts(max(1, next-segment/(2*(lineBytes+sector/2))), next, Written)
				q.wantVerdicts(next, next+3, Unknown)
			}
			if round%2 == 0 {
				p.die()
				p = startWith(t, Options{Dir: dir, Name: "writer", Bytes: size})
			}
		}
		info, err := os.Stat(filepath.Join(dir, statedir.Name, "writer.journal"))
		if must(t, err); info.Size() != size {
			t.Errorf("the journal has %d bytes", info.Size())
		}
	}
}

// lockedLate is a file of whose process something becomes just before it is locked.
type lockedLate struct {
	vfs.File
	before func()
}

func (f *lockedLate) TryLock() error {
	f.before()
	return f.File.TryLock()
}

// TestTheLastWordsOfOneThatEnds is a process that lives when its journal is read, commits lines that it has written again since a sync
// had failed, and has ended when its journal is locked. The file is gone then: the last mark alone tells that the lines were safe.
func TestTheLastWordsOfOneThatEnds(t *testing.T) {
	dir := t.TempDir()
	p := startWith(t, Options{Dir: dir, Name: "p", Durable: true})
	q := startWith(t, Options{Dir: dir, Name: "q", Durable: true})
	p.appendTwice(1, 11)
	q.wantVerdicts(1, 11, Held)
	theirs := q.views[slices.IndexFunc(q.views, func(v *view) bool { return v != q.own })]
	ends := sync.OnceFunc(func() {
		must(t, p.Commit(nil), os.Remove(filepath.Join(dir, logName)))
		p.die()
	})
	theirs.f = &lockedLate{theirs.f, ends}
	q.wantVerdicts(1, 11, Written)
}
