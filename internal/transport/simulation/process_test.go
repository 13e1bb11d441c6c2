package simulation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"envelog/consumer"
	"envelog/internal/transport/redis"
	"envelog/record"
	"envelog/transport"
)

// process is one worker, over all its lives.
type process struct {
	w    *world
	who  int
	plan processPlan

	mu       sync.Mutex
	steps    int
	calls    map[string]int // steps that were begun, by what the process was about
	links    []*link        // of this life
	dials    int
	life     int
	dead     bool // of this life
	ending   bool // no further life
	back     time.Duration
	stop     context.CancelCauseFunc
	heldTill time.Time // a SIGSTOP lasts until then
	fullTill time.Time // and a full disk
	endOnce  chan struct{}
}

// link is a connection of a process.
type link struct {
	p      *process
	name   string
	theirs *end
}

func newProcess(w *world, who int, plan processPlan) *process {
	return &process{w: w, who: who, plan: plan, endOnce: make(chan struct{}), calls: map[string]int{}}
}

var errDead = errors.New("the process is dead")

// live runs the process, again and again when it comes back.
func (p *process) live() {
	p.wait(p.plan.Start + p.instant("start"))
	for {
		p.mu.Lock()
		if p.ending {
			p.mu.Unlock()
			return
		}
		p.life++
		ctx, stop := context.WithCancelCause(context.Background())
		p.dead, p.back, p.stop, p.links = false, 0, stop, nil
		life := p.life
		p.mu.Unlock()
		err := p.work(ctx, life)
		stop(nil)
		p.w.tell("process %d has ended: %v", p.who, err)
		p.mu.Lock()
		back := p.back
		p.mu.Unlock()
		if back == 0 {
			return
		}
		p.wait(back)
	}
}

// wait sleeps, or until the end.
func (p *process) wait(d time.Duration) {
	select {
	case <-time.After(d):
	case <-p.endOnce:
	}
}

// end tells the process to stop, and to stay away.
func (p *process) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ending {
		p.ending = true
		close(p.endOnce)
	}
	if p.stop != nil {
		p.stop(errors.New("the end"))
	}
}

// die ends a life without a word.
func (p *process) die(how string) {
	p.mu.Lock()
	p.dead = true
	stop := p.stop
	p.mu.Unlock()
	p.w.tell("process %d %s", p.who, how)
	p.cutOff()
	if stop != nil {
		stop(errDead)
	}
}

// cutOff ends all connections of this life.
func (p *process) cutOff() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.links {
		l.theirs.Close()
	}
}

// step is called before and after all that the process does outside of itself. It takes its time, another one for each
// process, each thing that it is about and each time, so that no two steps come at the same instant, and the order of
// steps is that of the seed.
func (p *process) step(about, what string) error {
	if !p.begin(about) {
		return errDead
	}
	p.mu.Lock()
	p.steps++
	step, dead := p.steps, p.dead
	p.mu.Unlock()
	if dead {
		return errDead
	}
	for _, f := range p.w.plan.Faults {
		if f.Who == p.who && f.Step == step {
			p.w.tell("%s (%s)", f, what)
			p.w.happened()
			if err := p.suffer(f, about); err != nil {
				return err
			}
		}
	}
	p.mu.Lock()
	held := time.Until(p.heldTill)
	p.mu.Unlock()
	if held > 0 {
		time.Sleep(held + p.instant(about))
	}
	return nil
}

// begin lets the time of a step go by; false when the process is dead.
func (p *process) begin(about string) bool {
	p.mu.Lock()
	dead := p.dead
	p.calls[about]++
	p.mu.Unlock()
	if !dead {
		time.Sleep(p.instant(about))
	}
	return !dead
}

// instant is a time of up to three milliseconds that no other step has.
func (p *process) instant(about string) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Duration(hash(p.w.plan.Seed, about, p.who, p.life, p.calls[about]) % uint64(3*time.Millisecond))
}

// suffer lets a fault happen.
func (p *process) suffer(f fault, about string) error {
	p.mu.Lock()
	stop := p.stop
	if f.Kind == kill || f.Kind == sigterm {
		p.back = f.Back
	}
	p.mu.Unlock()
	switch f.Kind {
	case kill:
		p.die("is dead")
		return errDead
	case sigterm:
		stop(errors.New("SIGTERM"))
	case cut:
		p.cutOff()
		return errCut
	case stall:
		p.mu.Lock()
		p.heldTill = time.Now().Add(f.For)
		p.mu.Unlock()
	case full:
		p.mu.Lock()
		p.fullTill = time.Now().Add(f.For)
		p.mu.Unlock()
	case late:
		time.Sleep(f.For + p.instant(about))
	}
	return nil
}

// dial connects to the server, which is a step too.
func (p *process) dial(life int) func(ctx context.Context, network, addr string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		if err := p.step("dial", "connect"); err != nil && !errors.Is(err, errCut) {
			return nil, err
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.dead || p.life != life {
			return nil, errDead
		}
		ours, theirs := newConnection()
		p.dials++
		l := &link{p, fmt.Sprintf("process %d connection %d", p.who, p.dials), theirs}
		p.links = append(p.links, l)
		p.w.connect(l)
		go p.w.server.Serve(theirs, l.name)
		return ours, nil
	}
}

// work is one life: what a worker does from its start to its end, with the real receiver and the real loop.
func (p *process) work(ctx context.Context, life int) error {
	p.w.tell("process %d starts as %s", p.who, p.plan.Consumer)
	tries := 0
	receiver := redis.NewReceiver(p.w.config(p.plan.Consumer, p.dial(life)), redis.Options{
		Log:   p.logger(),
		Owner: fmt.Sprintf("owner %d", p.who), Patience: time.Minute,
		Random: func(limit time.Duration) time.Duration {
			tries++
			return time.Duration(hash(p.w.plan.Seed, "pause", p.who, life, tries) % uint64(limit))
		},
	})
	defer receiver.Close()
	if err := receiver.Connect(ctx); err != nil {
		return err
	}
	checked := &checkedReceiver{Receiver: receiver, p: p, handed: map[string]bool{}}
	c, err := consumer.New(consumer.Config{
		Sources: []consumer.Source{{
			Name: "async", Receiver: checked, Failures: noFailures{},
			Pipeline: &consumer.Pipeline{Decoder: bodyDecoder{}, Formatter: bodyFormatter{}},
		}},
		Sink: &sink{p: p, life: life}, FetchSize: p.plan.Fetch, Sleep: time.Second, Keepalive: p.plan.Keepalive,
	})
	if err != nil {
		return err
	}
	return c.Run(ctx)
}

// logger writes to the story, when it is told.
func (p *process) logger() *slog.Logger {
	if !p.w.telling {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(storyWriter{p}, &slog.HandlerOptions{ReplaceAttr: withoutTime}))
}

type storyWriter struct{ p *process }

func (s storyWriter) Write(line []byte) (int, error) {
	s.p.w.tell("process %d says: %s", s.p.who, strings.TrimSpace(string(line)))
	return len(line), nil
}

func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

// checkedReceiver notes what was handed out.
type checkedReceiver struct {
	*redis.Receiver
	p      *process
	mu     sync.Mutex
	handed map[string]bool
}

func (r *checkedReceiver) Receive(ctx context.Context, limit int, wait time.Duration) (transport.Batch, error) {
	batch, err := r.Receiver.Receive(ctx, limit, wait)
	switch n := len(batch.Entries); {
	case n == 0:
	case r.p.w.plan.Mistake == handsOutTwice:
		batch.Entries = append(batch.Entries, batch.Entries[0])
	case r.p.w.plan.Mistake == takesFromTheLiving:
		r.p.w.server.Do("XCLAIM", "messages", "symfony", "thief", "0", string(batch.Entries[0].ID))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.p.w.mu.Lock()
	defer r.p.w.mu.Unlock()
	for _, e := range batch.Entries {
		if r.handed[string(e.ID)] && !r.p.w.forgot {
			r.p.w.breaks("process %d is handed out entry %s (%s) again", r.p.who, e.ID, bodyOf(string(e.Message)))
		}
		r.handed[string(e.ID)] = true
	}
	return batch, err
}

func (r *checkedReceiver) Leave(ids [][]byte) {
	r.mu.Lock()
	for _, id := range ids {
		delete(r.handed, string(id))
	}
	r.mu.Unlock()
	r.Receiver.Leave(ids)
}

// bodyDecoder and bodyFormatter make the body of a message its line.
type bodyDecoder struct{}

func (bodyDecoder) Decode(e *transport.Entry, r *record.Record) error {
	r.Channel, r.Message = []byte("app"), []byte(bodyOf(string(e.Message)))
	return nil
}

func (bodyDecoder) Class() []byte { return nil }

type bodyFormatter struct{}

func (bodyFormatter) Append(dst []byte, r *record.Record) []byte {
	return append(append(dst, r.Message...), '\n')
}

// noFailures leaves pending what cannot be written.
type noFailures struct{}

func (noFailures) Handle(context.Context, *transport.Entry, consumer.Failure) (consumer.Outcome, error) {
	return consumer.Left, errors.New("nothing fails here")
}

// sink is the files of one directory, with the journal's promise: a line that any process wrote is not written again.
type sink struct {
	p      *process
	life   int
	staged []stagedLine
}

// stagedLine is a line, and what its entry is known by.
type stagedLine struct {
	text string
	sum  uint32
}

func (s *sink) Written(_ int, e *transport.Entry) bool {
	s.p.w.mu.Lock()
	defer s.p.w.mu.Unlock()
	return s.p.w.sums[e.Checksum()] || s.p.w.plan.Mistake == forgetsToWrite
}

func (s *sink) Stage(_ int, e *transport.Entry, _ []byte, _ time.Time, line []byte) {
	s.staged = append(s.staged, stagedLine{strings.TrimSpace(string(line)), e.Checksum()})
}

// Commit writes line by line, so that a process can die between two.
func (s *sink) Commit() error {
	for _, line := range s.staged {
		if err := s.p.step("write", line.text); err != nil && !errors.Is(err, errCut) {
			return err
		}
		if err := s.write(line); err != nil {
			return err
		}
	}
	if err := s.p.step("write", "sync"); err != nil && !errors.Is(err, errCut) {
		return err
	}
	s.staged = s.staged[:0]
	return nil
}

func (s *sink) write(line stagedLine) error {
	s.p.mu.Lock()
	dead, full := s.p.dead || s.p.life != s.life, time.Now().Before(s.p.fullTill)
	s.p.mu.Unlock()
	switch {
	case dead:
		return errDead
	case s.p.w.plan.Mistake == neverWrites:
		return errors.New("no line is written")
	case full:
		return errors.New("no space left on device")
	}
	s.p.w.mu.Lock()
	defer s.p.w.mu.Unlock()
	s.p.w.sums[line.sum] = true
	if s.p.w.lines[line.text] == 0 {
		s.p.w.lines[line.text]++
		s.p.w.tellLocked("process %d writes %s", s.p.who, line.text)
	}
	return nil
}

func (s *sink) Drop() {}
