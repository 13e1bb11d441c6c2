package simulation

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"time"

	"envelog/internal/sink"
	"envelog/internal/sink/retention"
	"envelog/internal/vfs/simfs"
)

// plan is what a run consists of. It is made from a seed, and made smaller when the run fails.
type plan struct {
	seed      uint64
	schedule  uint64          // decides who takes the next step
	workers   int             // slots: processes that start again after a kill, under the same name
	mode      sink.SyncMode   // the one that syncs least
	modes     []sink.SyncMode // of each worker; nil: all have mode
	journal   int64           // bytes of a journal
	files     int             // that a process has open at once; 0: as in production
	rotate    int64           // bytes of a log file; 0: any
	channels  int
	entries   int
	renewed   int // from which entry on they are of a stream that was deleted and created again, with the same ids; 0: none
	batch     int // entries at once, at most
	texts     int // how many different lines there are; 0: each entry has its own
	length    int // bytes of a line, at most
	bad       int // of 100 entries, how many cannot be decoded, and are kept in .rejected
	claims    int // of 100 requests, how many claim entries of others, who may be alive
	others    []other
	retention retention.Options
	events    []event
	rest      int            // of 1000 steps, after how many another process goes on
	keepOn    map[point]bool // where it does not: made by shrinking
	lull      int            // of 1000 steps, after how many time passes
	kernel    int            // of 1000 steps, before how many the kernel writes something to disk
}

// point is a moment of a run that stays the same when something else is left out: the nth step of a slot.
type point struct{ slot, step int }

// other is a writer of another program: it appends each line with one write(2).
type other struct {
	locks bool
	lines int
	equal bool // its lines are those of entries
	slot  int  // above those of workers
}

// event is something that happens to a slot, or to the machine, at the nth step of a slot that matches.
type event struct {
	slot  int
	step  int // counted among the steps that match, over all lives of the slot
	match match
	what  what
	err   syscall.Errno // of an error
	times int           // of an error: for how many calls
	short int64         // of an error: bytes that are written nevertheless
	pause time.Duration // of a stop; of a kill: until it starts again, or forGood
	also  what          // of a kill: what becomes of a log file at the same moment; kill: nothing
}

// match says which steps of a slot are counted.
type match int

const (
	anyStep match = iota
	aWrite        // of a page, to any file
	anAppend
	aSync
	aLock
	aRedisStep
)

var matchNames = [...]string{"step", "write", "append", "sync", "lock or unlock", "request to Redis"}

func (m match) matches(c *simfs.Call) bool {
	switch m {
	case aWrite:
		return c.Kind == simfs.Write
	case anAppend:
		return c.Kind == simfs.Append
	case aSync:
		return c.Kind == simfs.Sync || c.Kind == simfs.SyncDir
	case aLock:
		return c.Kind == simfs.Lock || c.Kind == simfs.Unlock
	case aRedisStep:
		return c.Kind == simfs.Other
	}
	return true
}

type what int

const (
	kill what = iota
	stop
	fail
	powerCut
	failover // Redis forgets the last acknowledgements
	moveFile
	removeFile
	jump // of the clock
	wait // nothing happens for a while
)

// forGood is the pause of a process that is killed and does not start again.
const forGood time.Duration = -1

func (e event) String() string {
	at := fmt.Sprintf("at %s %d of %s", matchNames[e.match], e.step, slotName(e.slot))
	switch e.what {
	case kill:
		if e.pause == forGood {
			return at + ": killed for good"
		}
		also := map[what]string{moveFile: ", and a log file is moved", removeFile: ", and a log file is removed"}[e.also]
		return fmt.Sprintf("%s: killed, starts again after %v%s", at, e.pause, also)
	case stop:
		return fmt.Sprintf("%s: stopped for %v", at, e.pause)
	case fail:
		return fmt.Sprintf("%s: %v, %d times", at, e.err, e.times)
	}
	return at + ": " + [...]string{powerCut: "power cut", failover: "Redis forgets acknowledgements", moveFile: "a log file is moved", removeFile: "a log file is removed", jump: "the clock jumps", wait: "nothing happens for a while"}[e.what]
}

func slotName(slot int) string {
	switch {
	case slot == keeperSlot:
		return "keeper"
	case slot >= firstOther:
		return fmt.Sprintf("php%d", slot-firstOther+1)
	}
	return fmt.Sprintf("w%d", slot+1)
}

const firstOther = 8 // slots of workers are below

func (p *plan) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d workers, sync=%s, %d entries of %d channels in batches of up to %d, lines of up to %d bytes",
		p.workers, [...]string{"batch", "interval", "never"}[p.mode], p.entries, p.channels, p.batch, p.length)
	if p.texts > 0 {
		fmt.Fprintf(&b, ", %d different ones", p.texts)
	}
	if p.modes != nil {
		fmt.Fprintf(&b, ", sync of each %v", p.modes)
	}
	if p.bad > 0 {
		fmt.Fprintf(&b, ", %d%% of them cannot be decoded", p.bad)
	}
	if p.renewed > 0 {
		fmt.Fprintf(&b, ", of a new stream from entry %d on", p.renewed)
	}
	if p.journal == smallJournal {
		fmt.Fprintf(&b, ", journals of %d bytes", p.journal)
	}
	if p.files > 0 {
		fmt.Fprintf(&b, ", %d files open at once", p.files)
	}
	if p.rotate > 0 {
		fmt.Fprintf(&b, ", files of up to %d bytes", p.rotate)
	}
	if !p.retention.IsIdle() {
		fmt.Fprintf(&b, "\n  retention: %d days, %d files, %d bytes, compress with %q", p.retention.KeepDays, p.retention.KeepFiles, p.retention.KeepBytes, p.retention.Compress)
	}
	for _, o := range p.others {
		fmt.Fprintf(&b, "\n  php%d writes %d lines (with locks: %t, equal to those of entries: %t)", o.slot-firstOther+1, o.lines, o.locks, o.equal)
	}
	for _, e := range p.events {
		fmt.Fprintf(&b, "\n  %v", e)
	}
	return b.String()
}

// newPlan draws a plan.
func newPlan(seed uint64) *plan {
	r := rand.New(rand.NewPCG(seed, 0x656e76656c6f67))
	p := &plan{
		seed: seed, schedule: seed,
		workers:  pick(r, 1, 2, 2, 2, 3, 3, 4),
		mode:     pick(r, sink.SyncBatch, sink.SyncBatch, sink.SyncBatch, sink.SyncInterval, sink.SyncNever),
		channels: pick(r, 1, 1, 2, 3),
		entries:  4 + r.IntN(30),
		batch:    pick(r, 1, 2, 4, 8),
		length:   pick(r, 40, 200, 200, 1500, 6000),
		claims:   pick(r, 0, 20, 60),
		rest:     pick(r, 0, 5, 30, 150, 500, 1000),
		lull:     pick(r, 5, 30, 100),
		journal:  largeJournal,
	}
	if chance(r, 35) {
		p.texts = pick(r, 1, 1, 2, 5)
	}
	if chance(r, 30) {
		p.journal = smallJournal
		p.entries += 20 + r.IntN(80)
	}
	if chance(r, 8) {
		for range p.workers {
			p.modes = append(p.modes, pick(r, sink.SyncBatch, sink.SyncInterval, sink.SyncNever))
		}
		p.mode = slices.Max(p.modes)
	}
	if chance(r, 8) {
		p.renewed = 1 + r.IntN(p.entries-1)
	}
	if chance(r, 8) {
		p.bad = pick(r, 10, 30, 100)
	}
	if chance(r, 15) {
		p.files = 1
	}
	if chance(r, 15) {
		p.rotate = int64(200 + r.IntN(8000))
		if p.journal == smallJournal {
			p.batch = 1 // each file takes a record: a larger batch would leave the window within a few commits
		}
	}
	if chance(r, 40) {
		for i := range pick(r, 1, 1, 2) {
			p.others = append(p.others, other{locks: chance(r, 30), lines: 5 + r.IntN(30), equal: chance(r, 25), slot: firstOther + i})
		}
	}
	if chance(r, 10) {
		p.retention = pick(r,
			retention.Options{Compress: retention.Gzip},
			retention.Options{Compress: retention.Zstd},
			retention.Options{Compress: retention.Gzip, KeepFiles: 1},
			retention.Options{KeepDays: 1},
			retention.Options{KeepBytes: 3000},
		)
	}
	p.drawEvents(r)
	return p
}

// day is the day of all records.
func (p *plan) day() time.Time {
	if p.retention.IsIdle() {
		return morning
	}
	return oldDay
}

// modeOf returns how a worker syncs.
func (p *plan) modeOf(worker int) sink.SyncMode {
	if worker < len(p.modes) {
		return p.modes[worker]
	}
	return p.mode
}

// Small journals lap, large ones have room for all that a run writes.
const (
	smallJournal = 32 << 10
	largeJournal = 160 << 10
)

func (p *plan) drawEvents(r *rand.Rand) {
	for range pick(r, 0, 1, 1, 2, 3, 4, 6) {
		p.events = append(p.events, p.event(r, kill))
	}
	if chance(r, 30) {
		p.events = append(p.events, p.event(r, stop))
	}
	if chance(r, 25) {
		p.kernel = pick(r, 0, 0, 20)
		for range pick(r, 1, 1, 2, 4) {
			p.events = append(p.events, p.event(r, fail))
		}
	}
	if chance(r, 20) {
		p.kernel = pick(r, 0, 20, 100)
		for range pick(r, 1, 1, 2) {
			p.events = append(p.events, p.event(r, powerCut))
		}
	}
	for _, o := range []struct {
		what    what
		percent int
	}{{failover, 30}, {moveFile, 8}, {removeFile, 4}, {jump, 5}, {wait, 6}} {
		if chance(r, o.percent) {
			p.events = append(p.events, p.event(r, o.what))
		}
	}
	if !p.retention.IsIdle() {
		for range 1 + r.IntN(3) {
			p.events = append(p.events, p.event(r, pick(r, wait, wait, jump, kill, fail)))
		}
		for i := range p.events {
			if e := &p.events[i]; chance(r, 25) && e.pause >= 0 {
				e.slot, e.step = keeperSlot, r.IntN(40)
			}
			if e := &p.events[i]; e.what == kill && e.pause > 0 && chance(r, 60) {
				e.pause = 130 * time.Second // retention has its turn meanwhile
			}
			if e := &p.events[i]; e.what == wait {
				e.step, e.match = r.IntN(250), anyStep
			}
		}
	}
}

// event draws an event. Half of them happen at steps of a kind of which there are few.
func (p *plan) event(r *rand.Rand, what what) event {
	e := event{slot: r.IntN(p.workers), what: what, step: r.IntN(60 * (1 + p.entries/(1+p.batch)))}
	if chance(r, 60) {
		e.match = pick(r, aWrite, anAppend, aSync, aLock, aRedisStep)
		e.step = r.IntN(6 * (1 + p.entries/(1+p.batch)))
	}
	switch what {
	case kill:
		e.pause = pick(r, 0, time.Millisecond, 30*time.Millisecond, 8*time.Second)
		if e.slot > 0 && chance(r, 20) {
			e.pause = forGood
		}
		if chance(r, 5) {
			e.also = pick(r, moveFile, moveFile, removeFile)
		}
	case stop:
		e.pause = pick(r, 10*time.Millisecond, time.Second, 5*time.Second, time.Minute)
	case fail:
		e.err = pick(r, syscall.ENOSPC, syscall.ENOSPC, syscall.EDQUOT, syscall.EIO, syscall.EIO, syscall.EMFILE, syscall.ENOLCK, syscall.EACCES)
		e.times = pick(r, 1, 1, 1, 3, 10)
		e.short = pick[int64](r, 0, 0, 1, 30, 4096, 5000)
	case wait:
		e.pause = pick(r, 150*time.Second, 150*time.Second, 70*time.Minute)
	case jump:
		e.pause = pick(r, -26*time.Hour, -time.Hour, -2*time.Second, 10*time.Minute, 26*time.Hour, 40*24*time.Hour)
	}
	return e
}

func pick[T any](r *rand.Rand, choices ...T) T { return choices[r.IntN(len(choices))] }

func chance(r *rand.Rand, percent int) bool { return r.IntN(100) < percent }

// applies reports whether a call of this kind can fail with the errno in a way that matters.
func applies(err syscall.Errno, c *simfs.Call) bool {
	switch err {
	case syscall.ENOSPC, syscall.EDQUOT:
		return c.Grows
	case syscall.EMFILE:
		return slices.Contains([]simfs.Kind{simfs.Open, simfs.Create, simfs.List, simfs.SyncDir}, c.Kind)
	case syscall.EACCES:
		return slices.Contains([]simfs.Kind{simfs.Open, simfs.Create, simfs.List, simfs.Remove, simfs.Rename, simfs.Link}, c.Kind)
	case syscall.ENOLCK:
		return c.Kind == simfs.Lock
	}
	return !slices.Contains([]simfs.Kind{simfs.Lock, simfs.Unlock, simfs.AwaitWriter, simfs.Close, simfs.Other}, c.Kind)
}

// mix hashes numbers: decisions that depend on it alone do not change when something else is left out.
func mix(values ...uint64) uint64 {
	h := uint64(0x9e3779b97f4a7c15)
	for _, v := range values {
		h ^= v
		h *= 0xbf58476d1ce4e5b9
		h ^= h >> 29
		h *= 0x94d049bb133111eb
		h ^= h >> 32
	}
	return h
}
