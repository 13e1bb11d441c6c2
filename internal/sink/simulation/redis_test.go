package simulation

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"envelog/internal/vfs/simfs"
	"envelog/transport"
)

// entry is a message of the played Redis.
type entry struct {
	n       int
	number  int // of its id, from the begin of its stream on
	channel int
	tally   *tally // of its line

	handedAt time.Time // to anyone, first
	owner    int       // slot that it is pending for
	life     int       // of the owner, in which it was handed out
	notSoon  time.Time // the owner has left it, and asks for it again then
	acked    bool
	everAck  bool // acknowledged once, even if Redis has forgotten it
	deleted  bool // with its stream
	bad      bool // it cannot be decoded
	ackedAt  time.Time
	mayLose  bool            // a power cut may have taken its line, in a mode that does not sync
	mayTwice int             // how often a power cut or an operator may have hidden its line
	ackedIn  int             // the step at which it was acknowledged first
	journals []string        // those that may tell of its line
	unknown  bool            // acknowledged, and written again when it comes again: see ledger.unknow
	commits  [firstOther]int // of each slot that had it: how many commits it had made then, plus one
	inFlight [firstOther]int // the life of each slot that has it now; 0: it has not
}

// window is how many commits of a process a small journal remembers at least.
const window = 4

func (e *entry) id() []byte { return fmt.Appendf(nil, "%d-%d", 946684800000+e.number/4, e.number%4) }

func (e *entry) transport() *transport.Entry {
	return &transport.Entry{ID: e.id(), Message: fmt.Appendf(nil, "message %d", e.n)}
}

// redis hands out entries, keeps those pending that are not acknowledged, and hands them out again.
type redis struct {
	r       *run
	entries []*entry
	next    int // of entries, the first that was never handed out
	asked   [firstOther]int
	commits [firstOther]int // of each slot
}

func newRedis(r *run) *redis {
	s := &redis{r: r}
	for n := range r.plan.entries {
		channel := int(mix(r.plan.seed, 1, uint64(n)) % uint64(r.plan.channels))
		k := n
		if r.plan.texts > 0 {
			k = n % r.plan.texts
		}
		number := n
		if renewed := r.plan.renewed; renewed > 0 && n >= renewed {
			number -= renewed
		}
		s.entries = append(s.entries, &entry{n: n, number: number, bad: int(mix(r.plan.seed, 13, uint64(n))%100) < r.plan.bad, channel: channel, tally: r.ledger.tally(r.text(channel, k))})
	}
	return s
}

// text returns a line of a channel; k tells its texts apart.
func (r *run) text(channel, k int) string {
	n := int(mix(r.plan.seed, 2, uint64(k))) % r.plan.length
	if n < 0 {
		n = -n
	}
	return fmt.Sprintf("[2000-01-01 00:00:00] app%d.ERROR: failure %d %s.\n", channel, k, strings.Repeat("x", n))
}

// ask returns a batch for a slot; done means that there will be nothing more.
func (s *redis) ask(slot, life int) (batch []*entry, done bool) {
	s.asked[slot]++
	dice := mix(s.r.plan.schedule, 3, uint64(slot), uint64(s.asked[slot]))
	want := 1 + int(dice%uint64(s.r.plan.batch))
	batch = s.take(batch, want, func(e *entry) bool {
		return e.owner == slot && (e.life != life || !e.notSoon.IsZero() && !e.notSoon.After(time.Now()))
	})
	if claim := int(dice>>16%100) < s.r.plan.claims; claim || len(batch) == 0 && s.next == len(s.entries) {
		skip := dice >> 32
		batch = s.take(batch, want, func(e *entry) bool {
			skip = mix(skip)
			return e.owner != slot && (skip%2 == 0 || !claim) && (claim || !s.r.isWorking(e.owner))
		})
	}
	for len(batch) < want && s.next < len(s.entries) && s.mayContinue(slot) {
		if s.next == s.r.plan.renewed && s.next > 0 {
			if len(batch) > 0 {
				break // those of the old stream came in an earlier answer
			}
			s.renew()
		}
		s.entries[s.next].handedAt = time.Now()
		batch = append(batch, s.entries[s.next])
		s.next++
	}
	for _, e := range batch {
		e.owner, e.life, e.notSoon = slot, life, time.Time{}
		e.commits[slot], e.inFlight[slot] = s.commits[slot]+1, life
	}
	return batch, s.allAcked()
}

// renew deletes the stream, with what is pending, and makes it anew.
func (s *redis) renew() {
	s.r.tell("redis", "the stream is deleted and created again")
	for _, e := range s.entries[:s.next] {
		e.acked, e.deleted = true, true // nobody gets it again
	}
}

// take adds pending entries to a batch.
func (s *redis) take(batch []*entry, want int, which func(*entry) bool) []*entry {
	taken := len(batch)
	for _, e := range s.entries[:s.next] {
		if len(batch) < want && !e.acked && which(e) && !contains(batch[:taken], e) {
			batch = append(batch, e)
		}
	}
	return batch
}

func contains(batch []*entry, e *entry) bool {
	for _, o := range batch {
		if o == e {
			return true
		}
	}
	return false
}

// mayContinue reports whether a slot may get new entries: not while what it had, and is pending still, would leave the window
// of its journal.
func (s *redis) mayContinue(slot int) bool {
	for _, e := range s.entries[:s.next] {
		if s.isOld(e, slot) && (!e.acked || s.isInFlight(e)) {
			return false
		}
	}
	return true
}

// isInFlight reports whether a process has an entry, which another one may have acknowledged meanwhile.
func (s *redis) isInFlight(e *entry) bool {
	for slot := range s.r.plan.workers {
		if o := s.r.slots[slot]; e.inFlight[slot] == o.life && o.life > 0 && !o.process.Dead() {
			return true
		}
	}
	return false
}

func (s *redis) isOld(e *entry, slot int) bool {
	return s.r.plan.journal == smallJournal && e.commits[slot] > 0 && s.commits[slot]-e.commits[slot] >= window
}

func (s *redis) ack(e *entry, slot int) {
	e.inFlight[slot] = 0
	if !e.everAck {
		e.ackedIn = s.r.steps
	}
	e.acked, e.everAck, e.ackedAt = true, true, time.Now()
}

// leave notes that a slot could not write an entry now, and asks for it again later.
func (s *redis) leave(e *entry, slot, life int) {
	e.inFlight[slot] = 0
	if e.owner == slot && e.life == life {
		e.notSoon = time.Now().Add(5 * time.Second)
	}
}

func (s *redis) allAcked() bool {
	if s.next < len(s.entries) {
		return false
	}
	for _, e := range s.entries {
		if !e.acked {
			return false
		}
	}
	return true
}

// isPending answers what a sink asks before it removes the journal of a process that is gone. One that was stopped for more
// than an hour, after which journals may go, would write an entry again that others have acknowledged (docs/delivery.md):
// nobody is to be in that place, when the clock has jumped, or the world has waited.
func (s *redis) isPending(p *simfs.Process) func(int, string, string) (bool, error) {
	return func(_ int, least, most string) (pending bool, err error) {
		p.Do("asks for pending entries", func() {
			for _, e := range s.entries[:s.next] {
				open := !e.acked || s.isInFlight(e)
				pending = pending || open && compareIDs(string(e.id()), least) >= 0 && compareIDs(string(e.id()), most) <= 0
			}
		})
		return pending, nil
	}
}

// compareIDs compares ids of entries, all of whose first numbers have the same length.
func compareIDs(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) }

// forget loses acknowledgements, as a failover does, within the window of the journals.
func (s *redis) forget(dice uint64) {
	for _, e := range s.entries[:s.next] {
		old := false
		for slot := range s.r.plan.workers {
			old = old || s.isOld(e, slot)
		}
		old = old || time.Since(e.handedAt) > 50*time.Minute || s.r.m.Skew != 0 // its journal may be removed an hour after the last record
		if dice = mix(dice); e.acked && !old && !e.deleted && dice%3 == 0 {
			s.r.tell("redis", fmt.Sprintf("forgets that entry %d is acknowledged", e.n))
			e.acked = false
			e.life = -1 // it comes again to whoever asks
			if e.unknown {
				e.mayTwice, e.unknown = e.mayTwice+1, false
			}
		}
	}
}
