package consumer

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"envelog/record"
	"envelog/transport"
)

// fakeReceiver is a transport in memory. It holds its user to the rules of Receiver, and records what was asked.
type fakeReceiver struct {
	t *testing.T

	mu      sync.Mutex
	arrived chan struct{}     // closed and replaced when entries are added
	waiting []string          // messages not delivered yet
	next    int               // number of the next id
	pending map[string]string // delivered and not acknowledged: id to message
	acked   []string          // messages, in the order of their acknowledgement
	flushed int               // how many of acked are confirmed
	alive   int               // batches not released
	asked   []int             // limits of the calls of Receive
	left    []string          // ids that Leave was given
	touched []string          // ids that Keepalive was given
	fail    error             // what Receive returns next
	failAck error             // what Ack returns
	hangAck bool              // Ack returns when its context ends only
	again   bool              // what is left is handed out again, under another id
}

func newReceiver(t *testing.T, messages ...string) *fakeReceiver {
	return &fakeReceiver{t: t, arrived: make(chan struct{}), waiting: messages, pending: map[string]string{}}
}

func (f *fakeReceiver) add(messages ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waiting = append(f.waiting, messages...)
	close(f.arrived)
	f.arrived = make(chan struct{})
}

func (f *fakeReceiver) Receive(ctx context.Context, limit int, wait time.Duration) (transport.Batch, error) {
	f.mu.Lock()
	f.asked = append(f.asked, limit)
	if limit < 1 || wait < 0 {
		f.t.Errorf("Receive(%d, %v)", limit, wait)
	}
	f.mu.Unlock()
	timeout := time.After(wait)
	for {
		f.mu.Lock()
		batch, arrived, err := f.take(limit), f.arrived, f.fail
		f.mu.Unlock()
		if err != nil || len(batch.Entries) > 0 {
			return batch, err
		}
		select {
		case <-arrived:
		case <-timeout:
			return transport.Batch{}, nil
		case <-ctx.Done():
			return transport.Batch{}, ctx.Err()
		}
	}
}

func (f *fakeReceiver) take(limit int) transport.Batch {
	n := min(limit, len(f.waiting))
	if f.fail != nil || n == 0 {
		return transport.Batch{}
	}
	if f.alive++; f.alive > MaxBatches {
		f.t.Errorf("%d batches are alive", f.alive)
	}
	var arena [][]byte
	sums := make([]uint32, n)
	batch := transport.Batch{}
	for i, message := range f.waiting[:n] {
		id := fmt.Sprintf("17%d-0", f.next)
		f.next++
		f.pending[id] = message
		e := transport.Entry{ID: []byte(id), Message: []byte(message), Stored: &sums[i]}
		sums[i] = transport.Checksum(e.Message, nil, nil)
		arena = append(arena, e.ID, e.Message)
		batch.Entries = append(batch.Entries, e)
	}
	f.waiting = f.waiting[n:]
	batch.Release = func() { f.recycle(arena, sums) }
	return batch
}

// recycle overwrites the memory of a batch, so that whoever still looks at it fails.
func (f *fakeReceiver) recycle(arena [][]byte, sums []uint32) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.alive--
	for _, b := range arena {
		copy(b, bytes.Repeat([]byte{'#'}, len(b)))
	}
	for i := range sums {
		sums[i]++
	}
}

func (f *fakeReceiver) Ack(ctx context.Context, ids [][]byte) error {
	if f.hangAck {
		<-ctx.Done()
		return ctx.Err()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failAck != nil {
		return f.failAck
	}
	if len(ids) == 0 {
		f.t.Error("Ack of nothing")
	}
	for _, id := range ids {
		message, ok := f.pending[string(id)]
		if !ok {
			f.t.Errorf("Ack of %q, which is not pending", id)
		}
		delete(f.pending, string(id))
		f.acked = append(f.acked, message)
	}
	return ctx.Err()
}

func (f *fakeReceiver) Flush(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.flushed = len(f.acked)
	return ctx.Err()
}

func (f *fakeReceiver) Leave(ids [][]byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, b := range ids {
		id := string(b)
		f.left = append(f.left, id)
		if f.again {
			message := f.pending[id]
			time.AfterFunc(5*time.Second, func() { f.settle(id); f.add(message) })
		}
	}
}

func (f *fakeReceiver) Keepalive(_ context.Context, ids [][]byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range ids {
		f.touched = append(f.touched, string(id))
	}
	return nil
}

// ackedMessages returns a copy of what is acknowledged so far.
func (f *fakeReceiver) ackedMessages() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.acked)
}

// delivered returns how many messages were handed out so far.
func (f *fakeReceiver) delivered() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.next
}

// fakeDecoder takes "channel:text" for a record, and everything with "poison" in it for broken.
type fakeDecoder struct{ class []byte }

var errPoison = errors.New("not an envelope")

func (d *fakeDecoder) Decode(e *transport.Entry, r *record.Record) error {
	d.class = d.class[:0]
	if bytes.Contains(e.Message, []byte("poison")) {
		return errPoison
	}
	d.class = append(d.class, `App\LogMessage`...)
	channel, text, _ := bytes.Cut(e.Message, []byte(":"))
	*r = record.Record{Channel: channel, Message: text, Time: time.Unix(0, 0)}
	return nil
}

func (d *fakeDecoder) Class() []byte { return d.class }

func fakePipeline() *Pipeline { return &Pipeline{Decoder: &fakeDecoder{}, Formatter: fakeFormatter{}} }

type fakeFormatter struct{}

func (fakeFormatter) Append(dst []byte, r *record.Record) []byte {
	return append(append(dst, r.Message...), '\n')
}

// fakeSink keeps lines by channel. The lines of a channel that is broken are not saved.
type fakeSink struct {
	mu      sync.Mutex
	staged  []stagedLine
	files   map[string]string
	sources []int            // of what is staged or was
	before  map[string]bool  // messages whose line was written before
	held    map[string]bool  // messages that another process has in flight
	apart   map[string]error // by channel: it alone cannot be written, and its lines are dropped
	broken  map[string]error // by channel; "*" is all of them, and says so by an error that is not Unsaved
	sizes   []int            // lines of each commit that had any
	commits int
	takes   time.Duration // a commit
	entered chan struct{} // gets a token when Commit begins, when it is not nil
	proceed chan struct{} // Commit waits for a token, when it is not nil
}

type stagedLine struct{ id, channel, message, line string }

func newSink() *fakeSink {
	return &fakeSink{
		files: map[string]string{}, broken: map[string]error{}, before: map[string]bool{}, held: map[string]bool{},
		apart: map[string]error{},
	}
}

func (s *fakeSink) Written(_ int, e *transport.Entry) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.before[string(e.Message)]
}

func (s *fakeSink) Stage(source int, e *transport.Entry, channel []byte, _ time.Time, line []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sources = append(s.sources, source)
	message := fmt.Sprintf("%s:%s", channel, bytes.TrimSuffix(line, []byte("\n"))) // e may have none any more
	s.staged = append(s.staged, stagedLine{sourceID(source, e.ID), string(channel), message, string(line)})
}

func (s *fakeSink) Commit() error {
	if s.entered != nil {
		s.entered <- struct{}{}
		<-s.proceed
	}
	time.Sleep(s.takes)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commits++
	if err := s.broken["*"]; err != nil {
		return err
	}
	if len(s.staged) > 0 {
		s.sizes = append(s.sizes, len(s.staged))
	}
	failed := &partly{ids: map[string]bool{}, held: map[string]bool{}, dropped: map[string]error{}}
	var keep []stagedLine
	for _, l := range s.staged {
		if s.held[l.message] {
			failed.held[l.id], failed.err = true, cmp.Or(failed.err, errHeld)
			continue
		}
		if err := s.apart[l.channel]; err != nil {
			failed.ids[l.id], failed.dropped[l.id], failed.err = true, err, err
			keep = append(keep, l)
			continue
		}
		if err := s.broken[l.channel]; err != nil {
			failed.ids[l.id], failed.err = true, err
			keep = append(keep, l)
			continue
		}
		s.files[l.channel] += l.line
	}
	s.staged = keep
	if failed.err != nil {
		return fmt.Errorf("commit: %w", failed)
	}
	return nil
}

func (s *fakeSink) Drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.staged = slices.DeleteFunc(s.staged, func(l stagedLine) bool { return s.apart[l.channel] != nil })
}

// hurry holds up no commit any more.
func (s *fakeSink) hurry() {
	for range s.entered {
		s.proceed <- struct{}{}
	}
}

// set breaks a channel, or repairs it when err is nil.
func (s *fakeSink) set(channel string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken[channel] = err
}

func (s *fakeSink) file(channel string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.files[channel]
}

var errHeld = errors.New("another process has them in flight")

type partly struct {
	ids, held map[string]bool
	dropped   map[string]error
	err       error
}

func (p *partly) Error() string                      { return p.err.Error() }
func (p *partly) Unwrap() error                      { return p.err }
func (p *partly) Unsaved(source int, id []byte) bool { return p.ids[sourceID(source, id)] }
func (p *partly) Held(source int, id []byte) bool    { return p.held[sourceID(source, id)] }
func (p *partly) Alone(source int, id []byte) error  { return p.dropped[sourceID(source, id)] }

// sourceID is an id among those of all sources: two of them may have the same.
func sourceID(source int, id []byte) string { return fmt.Sprint(source, " ", string(id)) }

// fakeFailures keeps what fails, unless it is told to do something else with it.
type fakeFailures struct {
	receiver *fakeReceiver
	outcomes map[string]Outcome // by message
	kept     []string
	err      error
}

func (f *fakeFailures) Handle(_ context.Context, e *transport.Entry, failure Failure) (Outcome, error) {
	if f.err != nil {
		return Left, f.err
	}
	text := string(e.Message) + ": " + failure.Err.Error()
	if failure.Passing {
		text += " (passing)"
	}
	f.kept = append(f.kept, text)
	outcome, ok := f.outcomes[string(e.Message)]
	if !ok {
		return Kept, nil
	}
	if outcome == Retried || outcome == Parked {
		f.receiver.settle(string(e.ID))
	}
	return outcome, nil
}

// settle takes an entry off the pending list, as the step that sends a copy does.
func (f *fakeReceiver) settle(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.pending, id)
}

// logBook records log lines as "LEVEL message".
type logBook struct {
	mu    sync.Mutex
	lines []string
	level slog.Level
}

func (b *logBook) Enabled(_ context.Context, l slog.Level) bool { return l >= b.level }
func (b *logBook) WithAttrs([]slog.Attr) slog.Handler           { return b }
func (b *logBook) WithGroup(string) slog.Handler                { return b }

func (b *logBook) Handle(_ context.Context, r slog.Record) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines = append(b.lines, r.Level.String()+" "+r.Message)
	return nil
}

func (b *logBook) text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Join(b.lines, "\n")
}
