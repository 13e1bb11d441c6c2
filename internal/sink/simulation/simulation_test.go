package simulation

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"envelog/internal/sink"
	"envelog/internal/vfs/simfs"
)

var (
	seeds = flag.Int("seeds", defaultSeeds, "how many `seeds` are run")
	from  = flag.Uint64("from", 1, "the first `seed`")
	seed  = flag.Uint64("seed", 0, "run this `seed` alone, and tell its story; made smaller when it fails")
	told  = flag.Int("stories", 6, "how many failures are made smaller and told")
	all   = flag.Bool("all", false, "tell also of calls that change nothing")
)

// opener opens what is simulated.
type opener func(*simfs.Process, sink.Options) (keeper, error)

// openSink opens the real sink.
func openSink(p *simfs.Process, o sink.Options) (keeper, error) {
	o.FS = p
	return sink.Open(o)
}

// TestSimulation runs seeds on all cores. Each kind of failure is told once, made as small as it gets.
func TestSimulation(t *testing.T) {
	if *seed > 0 {
		tellSeed(t, *seed)
		return
	}
	s := &simulation{failed: make(map[string][]uint64)}
	s.next.Store(*from)
	begun := time.Now()
	t.Run("seeds", func(t *testing.T) {
		for i := range runtime.GOMAXPROCS(0) {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				s.work(t, *from+uint64(*seeds))
			})
		}
	})
	t.Logf("%d seeds, %d steps, %d kills, %d lines excused, in %v", *seeds, s.steps.Load(), s.kills.Load(), s.excused.Load(), time.Since(begun).Round(time.Millisecond))
	for kind, failed := range s.failed {
		slices.Sort(failed)
		t.Errorf("%s: %d times: seeds %v", kind, len(failed), failed[:min(10, len(failed))])
	}
	s.tell(t)
}

// simulation counts what many runs come to.
type simulation struct {
	next, steps, kills, excused atomic.Uint64

	mu     sync.Mutex
	failed map[string][]uint64 // seeds by kind
}

func (s *simulation) work(t *testing.T, end uint64) {
	for n := s.next.Add(1) - 1; n < end; n = s.next.Add(1) - 1 {
		watch := time.AfterFunc(time.Minute, func() {
			fmt.Fprintf(os.Stderr, "seed %d does not come to an end\n", n)
		})
		res := execute(t, newPlan(n), openSink, false)
		watch.Stop()
		s.steps.Add(uint64(res.steps))
		s.kills.Add(uint64(res.kills))
		s.excused.Add(uint64(res.excused))
		if res.wrong != nil {
			s.note(res.wrong.kind, n)
		}
	}
}

func (s *simulation) note(kind string, seed uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed[kind] = append(s.failed[kind], seed)
	fmt.Fprintf(os.Stderr, "seed %d fails: %s\n", seed, kind) // a long run need not be waited for
}

// tell makes the first failures smaller, and tells those that are of different kinds then.
func (s *simulation) tell(t *testing.T) {
	seen := make(map[string]bool)
	for _, seed := range s.choose(*told) {
		small, calm := shrink(t, newPlan(seed), openSink, 3000)
		res := execute(t, calm, openSink, true)
		if res.wrong == nil {
			t.Errorf("seed %d fails, and does not fail again: something is decided at random", seed)
			continue
		}
		kind := res.wrong.kind + small.signature()
		t.Logf("seed %d, made smaller: %s", seed, kind)
		if !seen[kind] {
			seen[kind] = true
			t.Logf("seed %d: %v\n%s\nAs a row of the regressions:\n%s", seed, calm, res.story, small.row(res.wrong.kind))
		}
	}
}

// choose returns up to n seeds that failed, of all kinds in turn.
func (s *simulation) choose(n int) (seeds []uint64) {
	for i := 0; len(seeds) < n; i++ {
		before := len(seeds)
		for _, failed := range s.failed {
			if i < len(failed) && len(seeds) < n {
				seeds = append(seeds, failed[i])
			}
		}
		if len(seeds) == before {
			break
		}
	}
	slices.Sort(seeds)
	return seeds
}

// signature says what happens in a plan, without when.
func (p *plan) signature() (s string) {
	for _, e := range p.events {
		s += [...]string{" kill", " stop", " fail", " power cut", " failover", " move", " remove", " jump", " wait"}[e.what]
		if e.what == fail {
			s += "(" + e.err.Error() + ")"
		}
	}
	if !p.retention.IsIdle() {
		s += " retention"
	}
	for _, o := range p.others {
		s += fmt.Sprintf(" php(locks: %t)", o.locks)
	}
	return s
}

func tellSeed(t *testing.T, seed uint64) {
	p := newPlan(seed)
	res := execute(t, p, openSink, true)
	t.Logf("seed %d: %v\n%s", seed, p, res.story)
	if res.wrong != nil {
		t.Errorf("seed %d: %v", seed, res.wrong)
		tellFailure(t, p, openSink)
	}
}

// tellFailure tells the story of a run that fails, after it was made smaller.
func tellFailure(t *testing.T, p *plan, open opener) {
	small, calm := shrink(t, p, open, 3000)
	res := execute(t, calm, open, true)
	t.Logf("seed %d, made smaller: %v\n%s\nAs a row of the regressions:\n%s", p.seed, calm, res.story, small.row(res.wrong.kind))
}
