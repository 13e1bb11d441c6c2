package simulation

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// kind is what goes wrong.
type kind string

const (
	kill     kind = "is killed"                   // nothing of it is heard any more
	sigterm  kind = "is told to stop"             // SIGTERM
	cut      kind = "is cut off before a step"    // its connections end, and what it sent last is lost
	stall    kind = "is held up"                  // SIGSTOP, and SIGCONT later
	late     kind = "is answered late"            // one reply
	failover kind = "the server fails over"       // and forgets what was written a moment ago
	restart  kind = "the server cuts everyone"    // and forgets nothing
	full     kind = "its disk is full for a time" // commits fail
)

// fault is one thing that goes wrong: at a step of a process, or for the server at a time.
type fault struct {
	Kind kind
	Who  int           // the process; -1 is the server
	Step int           // of the process, from its first start on
	At   time.Duration // of the server's, since the begin
	For  time.Duration // how long; of a failover: how much is forgotten
	Back time.Duration // after a kill or a stop: when the process is started again; 0: never
}

func (f fault) String() string {
	if f.Who < 0 {
		return fmt.Sprintf("after %v %s (%v)", f.At, f.Kind, f.For)
	}
	text := fmt.Sprintf("process %d %s at its step %d", f.Who, f.Kind, f.Step)
	if f.For > 0 {
		text += fmt.Sprintf(", for %v", f.For)
	}
	if f.Back > 0 {
		text += fmt.Sprintf(", and comes back after %v", f.Back)
	}
	return text
}

// plan is all that a run consists of.
type plan struct {
	Seed      uint64
	Processes []processPlan
	Messages  int
	Delayed   int // of them
	Without   []string
	Faults    []fault
	Mistake   mistake
}

// mistake is what all processes do wrong, to see that it is seen.
type mistake string

const (
	forgetsToWrite     mistake = "acknowledges what was not written"
	takesFromTheLiving mistake = "takes entries from a consumer that lives"
	handsOutTwice      mistake = "hands out an entry twice"
	neverWrites        mistake = "never writes"
)

type processPlan struct {
	Consumer  string
	Fetch     int
	Keepalive time.Duration
	Start     time.Duration
}

func (p plan) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d: %d messages, %d of them delayed, server without %v\n", p.Seed, p.Messages, p.Delayed, p.Without)
	for i, process := range p.Processes {
		fmt.Fprintf(&b, "process %d: %+v\n", i, process)
	}
	for _, f := range p.Faults {
		fmt.Fprintln(&b, f)
	}
	return b.String()
}

// newPlan makes a plan of a seed.
func newPlan(seed uint64) plan {
	r := rand.New(rand.NewPCG(seed, 1))
	p := plan{Seed: seed, Messages: 10 + r.IntN(60)}
	p.Delayed = r.IntN(p.Messages/4 + 1)
	p.Without = [][]string{nil, {"XACKDEL"}, {"XACKDEL", "EVAL", "EVALSHA"}, {"XAUTOCLAIM"}, {"XACKDEL", "MULTI"}}[r.IntN(5)]
	for i := range 1 + r.IntN(4) {
		name := fmt.Sprintf("web-%d", i)
		if r.IntN(5) == 0 {
			name = "web" // as somebody else perhaps
		}
		p.Processes = append(p.Processes, processPlan{
			Consumer: name, Fetch: []int{1, 3, 10, 100}[r.IntN(4)], Start: time.Duration(r.IntN(2000)) * time.Millisecond,
			Keepalive: time.Duration(r.IntN(2)) * 5 * time.Second,
		})
	}
	for range r.IntN(7) {
		p.Faults = append(p.Faults, newFault(r, len(p.Processes)))
	}
	return p
}

func newFault(r *rand.Rand, processes int) fault {
	some := func(most int) time.Duration { return time.Duration(1+r.IntN(most)) * time.Millisecond }
	kinds := []kind{kill, kill, kill, sigterm, cut, cut, stall, late, failover, restart, full}
	f := fault{Kind: kinds[r.IntN(len(kinds))], Who: r.IntN(processes), Step: 1 + r.IntN(1+r.IntN(150))}
	switch f.Kind {
	case failover, restart:
		f.Who, f.Step, f.At = -1, 0, some(15_000)
		if f.Kind == failover {
			f.For = some(2000)
		}
	case stall:
		f.For = some(15_000)
	case late:
		f.For = some(8000)
	case full:
		f.For = some(10_000)
	case kill, sigterm:
		if r.IntN(3) > 0 {
			f.Back = some(12_000)
		}
	}
	return f
}

// fewer returns plans with one fault less each, and with fewer processes and messages.
func (p plan) fewer() (plans []plan) {
	for i := range p.Faults {
		less := p
		less.Faults = append(append([]fault(nil), p.Faults[:i]...), p.Faults[i+1:]...)
		plans = append(plans, less)
	}
	if n := len(p.Processes); n > 1 {
		less := p
		less.Processes, less.Faults = p.Processes[:n-1], nil
		for _, f := range p.Faults {
			if f.Who < n-1 {
				less.Faults = append(less.Faults, f)
			}
		}
		plans = append(plans, less)
	}
	if p.Messages > 1 {
		less := p
		less.Messages /= 2
		less.Delayed = min(p.Delayed, less.Messages)
		plans = append(plans, less)
	}
	return plans
}
