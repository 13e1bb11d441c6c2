package consumer

import (
	"errors"
	"fmt"
	"time"

	"envelog/internal/faultpoint"
	"envelog/internal/outage"
	"envelog/internal/quantity"
	"envelog/record"
	"envelog/transport"
)

// The pauses between tries to commit while the sink fails.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
)

// writer stages, commits and acknowledges what is prepared, in its own goroutine, so that the next batch is prepared
// while the disk is waited for.
type writer struct {
	*run

	together []*portion // what is committed with one Commit, all of one fetcher

	staged  []staged // entries whose line the sink has, and has not committed
	kept    [][]byte // ids of entries that Failures has kept, not acknowledged yet
	ignored [][]byte // ids of entries that Failures ignores, not acknowledged yet
	known   [][]byte // ids of entries whose line was written before, not acknowledged yet
	acks    [][]byte // memory for the ids of one Ack
	lines   []Lines  // memory for what an Observer is told
	files   *outage.Part
	broken  error // why nothing more may be staged
}

// staged is an entry whose line the sink has, and has not committed.
type staged struct {
	entry   *transport.Entry // of the batch
	channel []byte           // of the portion
	level   record.Level
	bytes   int    // of the line
	class   string // empty unless each message is worth a log line
}

// write writes portions until there are no more. Afterwards each of their entries is acknowledged, has failed, or stays
// pending.
func (w *writer) write() {
	defer close(w.written)
	for p := range w.prepared {
		for p != nil {
			p = w.handle(p)
		}
	}
}

// A Commit has a price, whatever it writes: small portions are committed together when they follow each other.
const (
	mostTogether = portions - 2         // the main goroutine has two meanwhile
	commitParts  = 8                    // lines of CommitBytes divided by this are enough for a Commit
	follows      = 5 * time.Millisecond // how long one that is known to be on its way is waited for
)

// handle brings the entries of p to one of their ends, and with the same Commit those of the portions that follow at once,
// as far as they are of the same receiver. It returns a portion that has to wait, if any.
func (w *writer) handle(p *portion) (other *portion) {
	f := p.fetcher
	for size := 0; ; {
		w.stage(p)
		size += len(p.lines)
		if size >= w.CommitBytes/commitParts || len(w.together) == mostTogether {
			break
		}
		if other = w.following(p); other == nil || other.fetcher != f {
			break
		}
		p, other = other, nil
	}
	w.settle(f)
	for i, p := range w.together {
		if p.last {
			f.release(p.batch)
		}
		w.together[i] = nil
		w.free <- p
	}
	w.together = w.together[:0]
	return other
}

// following returns the portion after p, when it is prepared or about to be; otherwise nil.
func (w *writer) following(p *portion) *portion {
	select {
	case next := <-w.prepared:
		return next // nil when there will be no more
	default:
	}
	if !p.batch.More || w.reading.Err() != nil {
		return nil
	}
	select {
	case next := <-w.prepared:
		return next
	case <-time.After(follows):
		return nil
	}
}

// stage takes the entries of p, unless nothing can be committed any more.
func (w *writer) stage(p *portion) {
	w.together = append(w.together, p)
	if w.broken != nil {
		w.leave(p.fetcher, len(p.entries))
		return
	}
	for i := range p.entries {
		w.take(p, i)
	}
}

// take stages the line of the entry at index, or gives the entry to Failures; neither when the line is in a file already.
func (w *writer) take(p *portion, index int) {
	e, o := &p.entries[index], &p.outcomes[index]
	switch {
	case w.Sink.Written(p.fetcher.index, e):
		w.known = append(w.known, e.ID)
	case o.err != nil:
		w.fails(p.fetcher, e, Failure{Err: o.err, Class: o.class})
	default:
		channel, line := p.of(index)
		w.Sink.Stage(p.fetcher.index, e, channel, o.at, line)
		w.staged = append(w.staged, staged{e, channel, o.level, len(line), o.class})
	}
}

// fails gives an entry that was not handled to Failures, and leaves it pending when they cannot take it now.
func (w *writer) fails(f *fetcher, e *transport.Entry, failure Failure) {
	outcome, err := f.Failures.Handle(w.work, e, failure)
	if err != nil {
		w.countFailure()
		w.observeFailure(f, failure, Left)
		w.leave(f, 1)
		f.failing.Failed(err)
		w.handOutAgain(f, [][]byte{e.ID})
		return
	}
	f.failing.Over()
	switch outcome {
	case Retried:
		f.unflushed = true
		w.retried.Add(1)
	case Parked:
		f.unflushed = true
		w.parked.Add(1)
	case Kept:
		w.kept = append(w.kept, e.ID)
	case Ignored:
		w.ignored = append(w.ignored, e.ID)
		return
	case Stayed:
		w.leave(f, 1)
	default:
		w.leave(f, 1)
		return
	}
	w.countFailure()
	w.observeFailure(f, failure, outcome)
}

func (w *writer) observeFailure(f *fetcher, failure Failure, o Outcome) {
	if f.Observer != nil {
		f.Observer.Failed(failure, o)
	}
}

// handOutAgain asks the receiver to hand out again, later, entries that stay pending.
func (w *writer) handOutAgain(f *fetcher, ids [][]byte) {
	if l, ok := f.Receiver.(Leaver); ok {
		l.Leave(ids)
	}
}

// settle commits what is staged and acknowledges it, together with what was kept. It returns when all of it is
// acknowledged, or has to stay pending.
func (w *writer) settle(f *fetcher) {
	if w.broken != nil {
		return
	}
	err := w.commit(f)
	if err == nil {
		return
	}
	w.files.Failed(err)
	for pause := firstPause; w.reading.Err() == nil; pause = min(2*pause, lastPause) {
		w.pause(pause)
		waited := w.inFlight()
		if err = w.commit(f); err == nil {
			w.files.Over(quantity.Count(waited, "message", "messages") + " waited")
			return
		}
		w.files.Failed(err)
	}
	w.giveBack(f, err)
}

// pause waits that long, or until a stop is wanted.
func (w *writer) pause(d time.Duration) {
	select {
	case <-time.After(d):
	case <-w.reading.Done():
	}
}

// commit acknowledges what the sink saved, and what was kept or written before. What is not saved stays staged, and the
// error says why; what another process has in flight stays pending, and what fails alone is
// dropped, and a failure.
func (w *writer) commit(f *fetcher) error {
	err := w.Sink.Commit()
	parts := w.part(err)
	if len(parts.dropped) > 0 {
		w.Sink.Drop()
	}
	for _, s := range parts.dropped {
		w.fails(f, s.entry, Failure{Err: s.err, Class: s.class, Passing: true})
	}
	if ackErr := w.acknowledge(f, parts.saved); ackErr != nil {
		w.broken = ackErr
		w.fail(ackErr)
	}
	w.staged, w.kept, w.ignored, w.known = parts.unsaved, w.kept[:0], w.ignored[:0], w.known[:0]
	if len(parts.held) > 0 {
		w.leaveHeld(f, parts.held)
	}
	if len(parts.unsaved) == 0 && len(parts.held)+len(parts.dropped) > 0 {
		return nil
	}
	return err
}

// leaveHeld leaves pending what another process has in flight.
func (w *writer) leaveHeld(f *fetcher, held [][]byte) {
	w.leave(f, len(held))
	w.sayHeld(f, len(held))
	w.handOutAgain(f, held)
}

// parts is what became of the staged lines in a commit.
type parts struct {
	saved   []staged
	unsaved []staged // they stay staged
	dropped []dropped
	held    [][]byte // ids of what another process has in flight
}

type dropped struct {
	staged
	err error
}

// part tells apart what became of the staged lines in a commit that returned err.
func (w *writer) part(err error) (p parts) {
	if err == nil {
		return parts{saved: w.staged, unsaved: w.staged[:0]}
	}
	partly, ok := errors.AsType[Unsaved](err)
	if !ok {
		return parts{unsaved: w.staged}
	}
	for _, s := range w.staged {
		cause := partly.Alone(s.entry.ID)
		switch {
		case cause != nil:
			p.dropped = append(p.dropped, dropped{s, cause})
		case partly.Unsaved(s.entry.ID):
			p.unsaved = append(p.unsaved, s)
		case partly.Held(s.entry.ID):
			p.held = append(p.held, s.entry.ID)
		default:
			p.saved = append(p.saved, s)
		}
	}
	return p
}

// acknowledge acknowledges saved, w.kept, w.ignored and w.known, and counts them.
func (w *writer) acknowledge(f *fetcher, saved []staged) error {
	n := len(w.kept) + len(w.ignored) + len(w.known) + len(saved)
	if n == 0 {
		return nil
	}
	faultpoint.At("before-ack")
	defer faultpoint.At("after-ack")
	if err := w.sendAcks(f, saved); err != nil {
		w.leave(f, n)
		return fmt.Errorf("acknowledge %s of transport %q: %w", entries(n), f.Name, w.cause(err))
	}
	f.unflushed = true
	w.rejected.Add(uint64(len(w.kept)))
	w.run.ignored.Add(uint64(len(w.ignored)))
	w.repeated.Add(uint64(len(w.known)))
	w.handled.Add(uint64(len(saved)))
	w.bytes.Add(uint64(sizeOf(saved)))
	w.observe(f, saved)
	w.sayAcknowledged(saved)
	return nil
}

// sendAcks acknowledges saved, w.ignored and w.known, and w.kept, in another way where the receiver has one.
func (w *writer) sendAcks(f *fetcher, saved []staged) error {
	w.acks = w.acks[:0]
	if r, ok := f.Receiver.(Rejecter); !ok {
		w.acks = append(w.acks, w.kept...)
	} else if len(w.kept) > 0 {
		if err := r.AckRejected(w.work, w.kept); err != nil {
			return err
		}
	}
	w.acks = append(append(w.acks, w.ignored...), w.known...)
	for _, s := range saved {
		w.acks = append(w.acks, s.entry.ID)
	}
	if len(w.acks) == 0 {
		return nil
	}
	return f.Receiver.Ack(w.work, w.acks)
}

// observe tells what was acknowledged.
func (w *writer) observe(f *fetcher, saved []staged) {
	if f.Observer == nil {
		return
	}
	w.lines = summarize(w.lines[:0], saved)
	f.Observer.Written(w.lines)
	f.Observer.Recognized(len(w.known))
	f.Observer.Ignored(len(w.ignored))
}

// summarize appends what saved consists of to lines.
func summarize(lines []Lines, saved []staged) []Lines {
	var last *Lines
	for i := range saved {
		s := &saved[i]
		arrived := s.entry.Key().MS
		if last == nil || last.Arrived != arrived || last.Level != s.level || string(last.Channel) != string(s.channel) {
			lines = append(lines, Lines{Channel: s.channel, Level: s.level, Arrived: arrived})
			last = &lines[len(lines)-1]
		}
		last.Count++
		last.Bytes += s.bytes
	}
	return lines
}

func entries(n int) string { return quantity.Count(n, "entry", "entries") }

func sizeOf(lines []staged) (n int) {
	for i := range lines {
		n += lines[i].bytes
	}
	return n
}

// giveBack leaves pending what the sink did not save until the stop. The sink still has those lines, so that nothing
// more may be committed.
func (w *writer) giveBack(f *fetcher, err error) {
	n := len(w.staged)
	w.broken = fmt.Errorf("leave %s pending: %w", entries(n), err)
	w.fail(w.broken)
	w.leave(f, n)
	w.staged = w.staged[:0]
}

// leave counts n entries of f that stay pending.
func (w *writer) leave(f *fetcher, n int) {
	w.left.Add(uint64(n))
	if f.Observer != nil {
		f.Observer.Left(n)
	}
}
