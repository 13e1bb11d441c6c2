package simulation

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"envelog/internal/vfs/simfs"
)

const (
	logDir   = "/log"
	maxSteps = 60_000
	maxTime  = 6 * time.Hour // of the virtual clock

	afterwards = 200 * time.Second // how long retention goes on, undisturbed, after all others have ended
)

// run is one run of a plan.
type run struct {
	plan    *plan
	m       *simfs.Machine
	random  *rand.Rand // of what the machine loses and keeps
	redis   *redis
	ledger  *ledger
	slots   []*slot
	writers []*writer
	direct  *simfs.Process // of operators

	over   []func()  // end what runs until all workers have ended
	overAt time.Time // when they are called; zero: some still work

	current *slot
	steps   int
	begun   time.Time
	pending []event // that have not happened
	faults  []event // errors that still come

	wrong   *violation
	story   *strings.Builder // nil: it is not told
	telling sync.Mutex
	turns   []point // at which another process went on
	kills   int
	played  []string // see note
	missing []event  // what has not happened yet; of errors: those that no call has had
}

// result is what came of a run.
type result struct {
	wrong   *violation
	steps   int
	turns   []point
	kills   int
	excused int
	story   string
	played  []string // what happened: see playedFile
	missing []event  // what did not
}

// execute runs a plan.
func execute(t *testing.T, p *plan, open opener, tell bool) (res result) {
	synctest.Test(t, func(*testing.T) {
		r := newRun(p, open, tell)
		r.loop()
		r.finish()
		res = result{wrong: r.wrong, steps: r.steps, turns: r.turns, kills: r.kills, excused: r.ledger.excused, played: r.played, missing: r.missing}
		if tell {
			res.story = r.story.String()
		}
	})
	return res
}

func newRun(p *plan, open opener, tell bool) *run {
	r := &run{plan: p, m: simfs.New(), random: rand.New(rand.NewPCG(p.schedule, 6)), begun: time.Now(), pending: slices.Clone(p.events), missing: slices.Clone(p.events)}
	if tell {
		r.story = new(strings.Builder)
		r.m.Tell, r.m.Quiet = r.tell, !*all
	}
	r.m.Tears = func(name string) bool { return strings.HasSuffix(name, ".journal") }
	r.ledger = newLedger(r)
	r.m.Changed = r.ledger.changed
	r.redis = newRedis(r)
	r.direct = r.m.Direct("operator")
	_, _ = r.direct.Mkdir(logDir, 0o750), r.direct.SyncDir("/")
	for i := range p.workers {
		r.slots = append(r.slots, &slot{r: r, index: i, name: slotName(i), startAt: time.Now(), open: open})
	}
	for _, o := range p.others {
		w := newWriter(r, o)
		w.startAt = time.Now()
		r.writers = append(r.writers, w)
		r.slots = append(r.slots, w.slot)
	}
	if !p.retention.IsIdle() {
		r.slots = append(r.slots, newKeeper(r))
	}
	return r
}

// loop lets everybody take steps until all have ended.
func (r *run) loop() {
	for r.wrong == nil {
		synctest.Wait()
		wait, over := r.arrange()
		if over {
			return
		}
		calls := r.m.Ready()
		switch {
		case r.wrong != nil:
			return
		case len(calls) == 0:
			r.m.Await(wait)
		default:
			r.step(r.pick(calls))
		}
		if r.steps > maxSteps || time.Since(r.begun) > maxTime {
			r.giveUp()
		}
	}
}

func (r *run) giveUp() {
	if r.redis.allAcked() {
		r.violate("stuck", fmt.Sprintf("processes do not end in %d steps and %v", r.steps, time.Since(r.begun)))
		return
	}
	r.violate("held", fmt.Sprintf("entries stay pending after %d steps and %v", r.steps, time.Since(r.begun)))
}

// arrange starts and continues what is due. It returns how long it may be waited for processes, and whether all have ended.
func (r *run) arrange() (wait time.Duration, over bool) {
	wait, over = time.Hour, true
	working := false
	for _, s := range r.slots {
		r.arrangeSlot(s)
		if !s.done && !s.gone {
			over = false
			working = working || s.index != keeperSlot || !s.startAt.IsZero()
		}
		for _, at := range []time.Time{s.startAt, s.goOnAt} {
			if !at.IsZero() {
				wait = min(wait, time.Until(at))
			}
		}
	}
	switch {
	case over:
	case working:
		r.overAt = time.Time{}
	case r.overAt.IsZero():
		r.faults = nil
		r.overAt = time.Now().Add(afterwards)
	case r.overAt.After(time.Now()):
		wait = min(wait, time.Until(r.overAt))
	default:
		for _, end := range r.over {
			end()
		}
		r.over = nil
		synctest.Wait()
	}
	return max(wait, time.Nanosecond), over
}

func (r *run) arrangeSlot(s *slot) {
	now := time.Now()
	if !s.goOnAt.IsZero() && !s.goOnAt.After(now) {
		s.goOnAt = time.Time{}
		if !s.process.Dead() {
			r.m.Continue(s.process)
		}
	}
	if s.process != nil && s.process.Dead() && !s.done && !s.gone && s.startAt.IsZero() {
		s.startAt = now.Add(100 * time.Millisecond) // it could not start
	}
	if !s.startAt.IsZero() && !s.startAt.After(now) {
		r.start(s)
	}
}

func (r *run) start(s *slot) {
	s.startAt, s.ending = time.Time{}, false
	s.life++
	main := s.work
	for _, w := range r.writers {
		if w.slot == s {
			main = w.write
		}
	}
	if s.index == keeperSlot {
		main = s.keep
	}
	name := s.name
	if s.index < firstOther || s.index == keeperSlot {
		name = fmt.Sprintf("%s.%d", s.name, s.life)
	}
	s.process = r.m.Start(name, main)
	synctest.Wait()
}

// pick decides who takes the next step: the one who took the last, unless its turn is over.
func (r *run) pick(calls []*simfs.Call) *simfs.Call {
	dice := uint64(0)
	if s := r.current; s != nil {
		dice = mix(r.plan.schedule, 7, uint64(s.index), uint64(s.steps[anyStep]))
		here := point{s.index, s.steps[anyStep]}
		turn := int(dice%1000) < r.plan.rest && !r.plan.keepOn[here]
		for _, c := range calls {
			if c.Process == s.process && !turn {
				return c
			}
		}
		if turn && len(calls) > 1 {
			r.turns = append(r.turns, here)
		}
	}
	return calls[dice>>32%uint64(len(calls))]
}

// step takes a step of a call, after what happens at this step.
func (r *run) step(c *simfs.Call) {
	s := r.slots[0]
	for _, o := range r.slots {
		if o.process == c.Process {
			s = o
		}
	}
	r.current = s
	r.steps++
	for m := range s.steps {
		if match(m).matches(c) {
			s.steps[m]++
		}
	}
	if r.happens(s, c) && s.process.Dead() || s.process.Stopped() && c.Done == 0 {
		return
	}
	if r.plan.kernel > 0 && r.random.IntN(1000) < r.plan.kernel {
		r.m.Writeback(r.random)
		r.m.Evict(r.random)
	}
	r.ledger.watch(s, c)
	retired := func() {}
	if c.Kind == simfs.Remove && s.index == keeperSlot {
		retired = r.ledger.retires(c.Path)
	}
	fate := r.fate(s, c)
	r.m.Step(c, fate)
	r.ledger.stepped(s, c, fate)
	retired()
	if dice := mix(r.plan.schedule, 8, uint64(s.index), uint64(s.steps[anyStep])); int(dice%1000) < r.plan.lull {
		time.Sleep([]time.Duration{20 * time.Microsecond, 200 * time.Microsecond, 3 * time.Millisecond, 50 * time.Millisecond}[dice>>20%4])
	}
}

// happens lets the events of this step happen.
func (r *run) happens(s *slot, c *simfs.Call) (any bool) {
	for i := 0; i < len(r.pending); {
		e := r.pending[i]
		if e.slot != s.index || !e.match.matches(c) || s.steps[e.match] <= e.step {
			i++
			continue
		}
		r.pending = append(r.pending[:i], r.pending[i+1:]...)
		if e.what != fail || !r.overAt.IsZero() { // an error is noted of each call that has it, unless it comes too late for any
			r.noteEvent(s, c, e)
		}
		r.happen(s, e)
		any = true
	}
	return any
}

func (r *run) happen(s *slot, e event) {
	now := time.Now()
	if e.what != fail { // which does not happen any more when all others have ended
		r.overAt = time.Time{} // the time that retention has undisturbed begins again
	}
	switch e.what {
	case kill:
		if s.process.Dead() {
			return
		}
		r.kills++
		r.ledger.interrupted(s)
		r.m.Kill(s.process)
		if e.also != kill {
			r.operate(event{what: e.also, step: e.step})
		}
		s.goOnAt = time.Time{}
		if s.gone = e.pause < 0; !s.gone {
			s.startAt = now.Add(e.pause)
		}
	case stop:
		if !s.process.Dead() && !s.process.Stopped() {
			r.m.Stop(s.process)
			s.goOnAt = now.Add(e.pause)
		}
	case fail:
		if r.overAt.IsZero() {
			r.faults = append(r.faults, e)
		}
	case powerCut:
		r.powerCut()
	case failover:
		r.redis.forget(mix(r.plan.schedule, 9, uint64(e.step)))
	case moveFile, removeFile:
		r.operate(e)
	case jump:
		r.tell("the machine", fmt.Sprintf("its clock jumps by %v", e.pause))
		r.m.Skew += e.pause
	case wait:
		r.tell("the world", fmt.Sprintf("waits for %v", e.pause))
		time.Sleep(e.pause)
	}
}

func (r *run) powerCut() {
	r.kills += r.plan.workers
	r.ledger.powerCut()
	before := r.contents()
	r.m.PowerCut(r.random)
	r.noteCut(before)
	r.ledger.unknow()
	for _, s := range r.slots {
		s.goOnAt = time.Time{}
		if !s.done && !s.gone {
			s.startAt = time.Now().Add(time.Second)
		}
	}
	r.faults = nil
}

// operate takes a log file away, or renames it.
func (r *run) operate(e event) {
	var logs []string
	for _, name := range r.m.Names(logDir) {
		if strings.HasSuffix(name, ".log") {
			logs = append(logs, name)
		}
	}
	if len(logs) == 0 || !r.plan.retention.IsIdle() { // whose files could be anywhere
		return
	}
	name := logs[mix(r.plan.schedule, 10, uint64(e.step))%uint64(len(logs))]
	path := logDir + "/" + name
	if e.what == moveFile {
		r.tell("operator", "moves "+name)
		_ = r.direct.Rename(path, fmt.Sprintf("%s/%s.%d", logDir, name, r.steps))
		return
	}
	r.tell("operator", "removes "+name)
	if f, err := r.direct.OpenFile(path, os.O_RDONLY, 0); err == nil {
		r.ledger.hide(f)
	}
	_ = r.direct.Remove(path)
	r.ledger.unknow()
}

// fate says whether the call fails.
func (r *run) fate(s *slot, c *simfs.Call) simfs.Fate {
	for i := range r.faults {
		f := &r.faults[i]
		if f.slot != s.index || f.times == 0 || !applies(f.err, c) {
			continue
		}
		f.times--
		r.noteEvent(s, c, *f)
		return simfs.Fate{Err: f.err, Short: f.short}
	}
	return simfs.Fate{}
}

// calm reports whether nothing kept syncs from being made in time: those of a process that is killed are made by nobody.
func (r *run) calm() bool {
	for _, e := range r.plan.events {
		if e.what == kill || e.what == stop || e.what == fail || e.what == wait {
			return false
		}
	}
	return true
}

// isWorking reports whether a slot has a process, or will have one.
func (r *run) isWorking(slot int) bool {
	return slot >= 0 && slot < r.plan.workers && !r.slots[slot].gone && !r.slots[slot].done
}

func (r *run) slotOf(p *simfs.Process) int {
	for _, s := range r.slots {
		if s.process == p {
			return s.index
		}
	}
	return -1
}

// finish checks the end, and lets no goroutine stay.
func (r *run) finish() {
	if r.wrong == nil {
		r.ledger.check(true)
	}
	for _, p := range r.m.Alive() {
		if p != r.direct && !p.Dead() {
			r.m.Kill(p)
		}
	}
	synctest.Wait()
	time.Sleep(time.Hour) // who sleeps wakes up, and exits
}

func (r *run) violate(kind, what string) {
	if r.wrong == nil {
		r.wrong = &violation{kind, what}
		r.tell("FAILED", r.wrong.Error())
	}
}

func (r *run) tell(who, what string) {
	if r.story == nil {
		return
	}
	r.telling.Lock()
	defer r.telling.Unlock()
	fmt.Fprintf(r.story, "%5d %9v %-12s %s\n", r.steps, time.Since(r.begun).Round(time.Microsecond), who, strings.ReplaceAll(what, logDir+"/", ""))
}
