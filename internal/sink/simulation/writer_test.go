package simulation

import (
	"fmt"
	"os"
	"strings"
	"time"

	"envelog/internal/vfs"
	"envelog/internal/vfs/simfs"
)

// writer is a program that appends to a log file of its own accord, as PHP's StreamHandler does: it opens the file once,
// and appends each line with one write(2), with useLocking under the lock.
type writer struct {
	*slot
	other   other
	tallies []*tally // of its lines

	begun, done int // lines
	mayLose     int // the first so many lines: a power cut may have taken them
}

func newWriter(r *run, o other) *writer {
	w := &writer{slot: &slot{r: r, index: o.slot, name: slotName(o.slot)}, other: o}
	for i := range o.lines {
		text := fmt.Sprintf("[2000-01-01 00:00:00] app0.INFO: %s line %d %s.\n", w.name, i,
			strings.Repeat("y", int(mix(r.plan.seed, 12, uint64(i))%uint64(r.plan.length))))
		if k := int(mix(r.plan.seed, 4, uint64(i)) % uint64(r.plan.entries)); o.equal {
			if r.plan.texts > 0 {
				k %= r.plan.texts
			}
			text = r.text(0, k)
		}
		w.tallies = append(w.tallies, r.ledger.tally(text))
	}
	return w
}

func (w *writer) write(p *simfs.Process) {
	f, err := p.OpenFile(fmt.Sprintf("%s/app0-%s.log", logDir, w.r.plan.day().Format(time.DateOnly)), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return
	}
	w.done = w.begun // a line that a power cut came into is not written again
	for w.done < len(w.tallies) {
		if dice := mix(w.r.plan.schedule, 5, uint64(w.index), uint64(w.done)); dice%3 == 0 {
			time.Sleep(time.Duration(dice>>8%5) * time.Millisecond)
		}
		if p.Dead() {
			return // while it slept
		}
		if w.other.locks && vfs.Lock(f, time.Hour) != nil {
			return
		}
		w.begun = w.done + 1
		if n, err := f.Append([]byte(w.tallies[w.done].text)); err != nil || n < len(w.tallies[w.done].text) {
			return
		}
		w.done = w.begun
		if w.other.locks {
			f.Unlock()
		}
	}
	w.slot.done = true
}
