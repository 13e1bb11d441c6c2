package simulation

import (
	"maps"
	"slices"
	"testing"

	"envelog/internal/sink/retention"
)

// shrinker makes a plan smaller as long as its run still fails in the same way.
type shrinker struct {
	t      *testing.T
	open   opener
	kind   string // of the failure
	plan   *plan  // the smallest so far
	turns  []point
	budget int // runs that are left
}

// shrink makes a plan smaller, and then lets processes take turns as rarely as the run still fails.
func shrink(t *testing.T, p *plan, open opener, budget int) (small, calm *plan) {
	first := execute(t, p, open, false)
	if first.wrong == nil {
		return p, p
	}
	s := &shrinker{t: t, open: open, kind: first.wrong.kind, plan: p.clone(), turns: first.turns, budget: budget}
	for again := true; again && s.budget > 0; {
		again = false
		for _, reduce := range reductions(s.plan) {
			smaller := s.plan.clone()
			if reduce(smaller) && s.trySchedules(smaller) {
				again = true
			}
		}
	}
	small = s.plan.clone()
	for size := len(s.turns); size > 0 && s.budget > 0; {
		if !s.calm(size) {
			size /= 2
		}
		size = min(size, len(s.turns))
	}
	return small, s.plan
}

// trySchedules reports whether a smaller plan fails too, in its order of steps or another one.
func (s *shrinker) trySchedules(smaller *plan) bool {
	for i := range uint64(4) {
		if i > 0 {
			smaller.schedule = mix(smaller.schedule, i)
		}
		if s.try(smaller, func(result) bool { return true }) {
			return true
		}
	}
	return false
}

// try reports whether a plan fails in the same way, and is better; then it is the smallest so far.
func (s *shrinker) try(p *plan, better func(result) bool) bool {
	if s.budget--; s.budget < 0 {
		return false
	}
	res := execute(s.t, p, s.open, false)
	if res.wrong == nil || res.wrong.kind != s.kind || !better(res) {
		return false
	}
	s.plan, s.turns = p, res.turns
	return true
}

// calm leaves out some turns at once; it reports whether the run has fewer then.
func (s *shrinker) calm(size int) bool {
	for chunk := range slices.Chunk(s.turns, size) {
		smaller := s.plan.clone()
		for _, turn := range chunk {
			smaller.keepOn[turn] = true
		}
		if s.try(smaller, func(res result) bool { return len(res.turns) < len(s.turns) }) {
			return true
		}
	}
	return false
}

func (p *plan) clone() *plan {
	c := *p
	c.others, c.events = slices.Clone(p.others), slices.Clone(p.events)
	c.keepOn = make(map[point]bool)
	maps.Copy(c.keepOn, p.keepOn)
	return &c
}

// reductions returns what may make a plan smaller; each reports whether it does.
func reductions(p *plan) (all []func(*plan) bool) {
	for i := range slices.Backward(p.events) {
		all = append(all, func(p *plan) bool {
			if i >= len(p.events) {
				return false
			}
			p.events = slices.Delete(p.events, i, i+1)
			return true
		})
	}
	for i := range p.events {
		for _, smaller := range []func(int) int{func(n int) int { return n / 2 }, func(n int) int { return max(0, n-1) }} {
			all = append(all, func(p *plan) bool {
				if i >= len(p.events) {
					return false
				}
				was := p.events[i].step
				p.events[i].step = smaller(was)
				return p.events[i].step != was
			})
		}
	}
	for i := range slices.Backward(p.others) {
		all = append(all, func(p *plan) bool {
			if i >= len(p.others) {
				return false
			}
			p.others = slices.Delete(p.others, i, i+1)
			return true
		})
	}
	set := func(field func(*plan) *int, value func(int) int) {
		all = append(all, func(p *plan) bool {
			n := field(p)
			was := *n
			*n = value(was)
			return *n != was
		})
	}
	half := func(n int) int { return max(1, n/2) }
	less := func(n int) int { return max(1, n-1) }
	zero := func(int) int { return 0 }
	all = append(all, func(p *plan) bool {
		last := p.workers - 1
		if last < 1 || slices.ContainsFunc(p.events, func(e event) bool { return e.slot == last }) {
			return false
		}
		p.workers = last
		return true
	})
	set(func(p *plan) *int { return &p.entries }, half)
	set(func(p *plan) *int { return &p.entries }, less)
	set(func(p *plan) *int { return &p.batch }, half)
	set(func(p *plan) *int { return &p.channels }, half)
	set(func(p *plan) *int { return &p.claims }, zero)
	set(func(p *plan) *int { return &p.kernel }, zero)
	set(func(p *plan) *int { return &p.files }, zero)
	set(func(p *plan) *int { return &p.lull }, func(n int) int { return n / 2 })
	set(func(p *plan) *int { return &p.length }, func(n int) int { return max(20, n/2) })
	set(func(p *plan) *int { return &p.rest }, func(n int) int { return n / 2 })
	set(func(p *plan) *int { return &p.texts }, zero)
	all = append(all,
		func(p *plan) bool { was := p.rotate; p.rotate = 0; return was != 0 },
		func(p *plan) bool { was := p.journal; p.journal = largeJournal; return was != largeJournal },
		func(p *plan) bool { was := p.mode; p.mode, p.modes = 0, nil; return was != 0 },
		func(p *plan) bool { was := p.modes; p.modes = nil; return was != nil },
		func(p *plan) bool { was := p.bad; p.bad = 0; return was != 0 },
		func(p *plan) bool { was := p.bad; p.bad = min(was, 1) * 100; return was != p.bad },
		func(p *plan) bool { was := p.renewed; p.renewed = 0; return was != 0 },
		func(p *plan) bool { was := p.retention; p.retention = retention.Options{}; return !was.IsIdle() },
	)
	for i := range p.others {
		set(func(p *plan) *int { return lines(p, i) }, half)
		set(func(p *plan) *int { return lines(p, i) }, less)
	}
	return all
}

func lines(p *plan, i int) *int {
	if i >= len(p.others) {
		return new(int)
	}
	return &p.others[i].lines
}
