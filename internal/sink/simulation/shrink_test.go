package simulation

import (
	"maps"
	"slices"
	"testing"

	"envelog/internal/sink/retention"
)

// shrink makes a plan smaller as long as its run still fails in the same way, and then lets processes take turns as rarely
// as it does.
func shrink(t *testing.T, p *plan, open opener, budget int) (small, calm *plan) {
	first := execute(t, p, open, false)
	if first.wrong == nil {
		return p, p
	}
	kind, best := first.wrong.kind, first
	// try returns whether a smaller plan fails too, with this schedule or another one.
	try := func(smaller *plan) bool {
		for i := range uint64(4) {
			if budget--; budget < 0 {
				return false
			}
			if i > 0 {
				smaller.schedule = mix(smaller.schedule, i)
			}
			if res := execute(t, smaller, open, false); res.wrong != nil && res.wrong.kind == kind {
				*p, best = *smaller, res
				return true
			}
		}
		return false
	}
	p = p.clone()
	for again := true; again && budget > 0; {
		again = false
		for _, reduce := range reductions(p) {
			smaller := p.clone()
			if reduce(smaller) && try(smaller) {
				again = true
			}
		}
	}
	small = p.clone()
	for size := len(best.turns); size > 0 && budget > 0; {
		reduced := false
		for _, chunk := range slices.Collect(slices.Chunk(best.turns, max(size, 1))) {
			smaller := p.clone()
			for _, turn := range chunk {
				smaller.keepOn[turn] = true
			}
			if budget--; budget < 0 {
				break
			}
			if res := execute(t, smaller, open, false); res.wrong != nil && res.wrong.kind == kind && len(res.turns) < len(best.turns) {
				*p, best, reduced = *smaller, res, true
				break
			}
		}
		if !reduced {
			size /= 2
		} else {
			size = min(size, len(best.turns))
		}
	}
	return small, p
}

func (p *plan) clone() *plan {
	c := *p
	c.others, c.events = slices.Clone(p.others), slices.Clone(p.events)
	c.keepOn = make(map[point]bool)
	maps.Copy(c.keepOn, p.keepOn)
	return &c
}

// reductions returns what may make a plan smaller; each tells whether it does.
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
	workers := func(p *plan) *int { return &p.workers }
	all = append(all, func(p *plan) bool {
		last := p.workers - 1
		if last < 1 || slices.ContainsFunc(p.events, func(e event) bool { return e.slot == last }) {
			return false
		}
		*workers(p) = last
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
		func(p *plan) bool { was := p.mode; p.mode = 0; return was != 0 },
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
