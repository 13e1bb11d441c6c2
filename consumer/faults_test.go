package consumer

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"envelog/transport"
)

// moodySink is a fakeSink on a disk that is quick and slow in turn, full at times, and shared with other processes.
type moodySink struct {
	*fakeSink
	t      *testing.T
	random *rand.Rand
}

// Stage looks whether the entry is the one of the line.
func (s *moodySink) Stage(source int, e *transport.Entry, channel []byte, at time.Time, line []byte) {
	message := append(append(slices.Clone(channel), ':'), bytes.TrimSuffix(line, []byte("\n"))...)
	if got, want := e.Checksum(), transport.Checksum(message, nil, nil); got != want {
		s.t.Errorf("entry %s has the checksum %x, and its message %x", e.ID, got, want)
	}
	s.fakeSink.Stage(source, e, channel, at, line)
}

func (s *moodySink) Commit() error {
	s.mu.Lock()
	clear(s.broken)
	clear(s.apart)
	clear(s.held)
	s.takes = []time.Duration{0, time.Millisecond, 20 * time.Millisecond, 20 * time.Millisecond, 3 * time.Second}[s.random.IntN(5)]
	full := errors.New("no space left on device")
	switch s.random.IntN(12) {
	case 0:
		s.broken["*"] = full
	case 1:
		s.broken["app"] = full
	}
	if s.random.IntN(3) == 0 {
		s.apart["audit"] = errors.New("permission denied")
	}
	for _, l := range s.staged {
		if s.random.IntN(300) == 0 {
			s.held[l.message] = true
		}
	}
	s.mu.Unlock()
	return s.fakeSink.Commit()
}

// mixed returns messages of all kinds, each of them once.
func mixed(random *rand.Rand, source, n int) (all []string) {
	for i := range n {
		channel := []string{"app", "app", "app", "audit", "security"}[random.IntN(5)]
		text := fmt.Sprintf("%d-%d", source, i)
		if random.IntN(50) == 0 {
			text = "poison" + text
		}
		all = append(all, channel+":"+text+strings.Repeat(".", random.IntN(2)*random.IntN(20000)))
	}
	return all
}

// TestWhateverFailsNothingIsLostOrDoubled has several transports, a disk of moods, and a stop at any time.
func TestWhateverFailsNothingIsLostOrDoubled(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { sufferFaults(t, rand.New(rand.NewPCG(seed, 0))) }) //nolint:gosec // to be run again
		})
	}
}

func sufferFaults(t *testing.T, random *rand.Rand) {
	var receivers []*fakeReceiver
	var all []string
	for i := range 1 + random.IntN(3) {
		some := mixed(random, i, random.IntN(600))
		all = append(all, some...)
		r := newReceiver(t, slices.Clone(some)...)
		r.again = true
		if random.IntN(8) == 0 {
			time.AfterFunc(time.Second, func() { r.breakAcks() })
		}
		receivers = append(receivers, r)
	}
	g := build(t, func(c *Config) {
		c.FetchSize, c.Keepalive = []int{1, 3, 50}[random.IntN(3)], 7*time.Second
		c.CommitBytes = []int{0, 1000, 30000}[random.IntN(3)]
		c.Limit = []int{0, 0, 1 + random.IntN(len(all)+1)}[random.IntN(3)]
		c.FailureLimit = []int{0, 0, 3}[random.IntN(3)]
		c.StopWhenEmpty = random.IntN(4) == 0
		c.Sink = &moodySink{c.Sink.(*fakeSink), t, rand.New(rand.NewPCG(random.Uint64(), 1))} //nolint:gosec // to be run again
	}, receivers...)
	g.start()
	time.Sleep([]time.Duration{0, time.Second, time.Minute, time.Hour}[random.IntN(4)])
	_ = g.stop()          // acknowledgements may have failed
	time.Sleep(time.Hour) // what was left comes again
	synctest.Wait()
	g.accountFor(all)
}

// accountFor checks that of all messages each has one line at most, that each acknowledged one has a line or was kept, and that
// the others are still on their transports.
func (g *rig) accountFor(all []string) {
	g.t.Helper()
	ends := make(map[string][]string) // of each message
	for channel, lines := range g.sink.files {
		for line := range strings.Lines(lines) {
			m := channel + ":" + strings.TrimSuffix(line, "\n")
			ends[m] = append(ends[m], "line")
		}
	}
	for _, kept := range g.failures.kept {
		m, _, _ := strings.Cut(kept, ": ")
		ends[m] = append(ends[m], "kept")
	}
	there := make(map[string][]string)
	for _, r := range g.receivers {
		for _, m := range r.acked {
			there[m] = append(there[m], "acknowledged")
		}
		for _, m := range r.pending {
			there[m] = append(there[m], "pending")
		}
		for _, m := range r.waiting {
			there[m] = append(there[m], "waiting")
		}
		if r.alive != 0 {
			g.t.Errorf("%d batches were not released", r.alive)
		}
	}
	for _, m := range all {
		g.judge(m, ends[m], there[m])
		delete(ends, m)
	}
	if len(ends) > 0 {
		g.t.Errorf("of no message: %v", ends)
	}
	s := g.consumer.Stats()
	if s.Received != s.Handled+s.Retried+s.Parked+s.Rejected+s.Ignored+s.Repeated+s.Left {
		g.t.Errorf("an entry has no end: %+v", s)
	}
}

// judge looks at one message: what was done with it, and where it is.
func (g *rig) judge(m string, done, there []string) {
	acksFail := slices.ContainsFunc(g.receivers, func(r *fakeReceiver) bool { return r.failAck != nil })
	ok := len(there) == 1 && len(done) <= 1
	if ok && there[0] == "acknowledged" {
		ok = len(done) == 1
	} else if ok && !acksFail {
		ok = len(done) == 0
	}
	if !ok {
		g.t.Errorf("message %.40q was %v, and is %v", m, done, there)
	}
}

// breakAcks has every Ack fail from now on.
func (f *fakeReceiver) breakAcks() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failAck = errors.New("WRONGTYPE")
}

// linelessErrorSink is a fakeSink with a file that cannot be opened any more after all of its lines were made safe elsewhere.
type linelessErrorSink struct{ *fakeSink }

func (s linelessErrorSink) Commit() error {
	if err := s.fakeSink.Commit(); err != nil {
		return err
	}
	return &partly{err: errors.New("open: permission denied")}
}

func TestAnErrorOfNoLineHoldsNothingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t, messages("app", 9)...)
		g := build(t, func(c *Config) {
			c.Sink, c.Limit, c.TimeLimit = linelessErrorSink{c.Sink.(*fakeSink)}, 9, time.Hour
		}, r)
		if err := g.consumer.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.settled()
		if got := r.ackedMessages(); len(got) != 9 {
			t.Errorf("acknowledged: %q", got)
		}
	})
}
