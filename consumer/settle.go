package consumer

import (
	"errors"
	"fmt"
	"time"

	"envelog/internal/faultpoint"
	"envelog/transport"
)

// The pauses between tries to commit while the sink fails.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
)

// writer stages, commits and acknowledges what is prepared, in a goroutine of its own: disk and preparation are waited
// for at the same time.
type writer struct {
	*run

	narrate bool     // of the portion in hand
	staged  []staged // entries whose line the sink has, and has not committed
	kept    [][]byte // ids of entries that Rejects has, not acknowledged yet
	known   [][]byte // ids of entries whose line was written before, not acknowledged yet
	acks    [][]byte // memory for the ids of one Ack
	mute    bool     // it has been said that Rejects fails
	broken  error    // why nothing more may be staged
}

// staged is an entry whose line the sink has, and has not committed.
type staged struct {
	id    []byte // view into the batch
	bytes int    // of the line
	class string // empty unless each message is worth a log line
}

// write brings every entry that is prepared to one of its ends, until there will be no more.
func (w *writer) write() {
	defer close(w.written)
	for p := range w.prepared {
		w.handle(p)
		if p.last {
			p.fetcher.release(p.batch)
		}
		w.free <- p
	}
}

func (w *writer) handle(p *portion) {
	if w.broken != nil {
		w.leave(len(p.entries))
		return
	}
	w.narrate = p.narrate
	for i := range p.entries {
		w.take(p, i)
	}
	w.settle(p.fetcher)
}

// take brings the entry at index to the sink, to Rejects, or to neither when its line is in a file already.
func (w *writer) take(p *portion, index int) {
	e, o := &p.entries[index], &p.outcomes[index]
	switch {
	case w.Sink.Written(p.fetcher.index, e):
		w.known = append(w.known, e.ID)
	case o.err != nil:
		w.reject(p.fetcher, e, o)
	default:
		channel, line := p.of(index)
		w.Sink.Stage(p.fetcher.index, e, channel, o.at, line)
		w.staged = append(w.staged, staged{e.ID, len(line), o.class})
	}
}

// reject keeps an entry that cannot be decoded, or leaves it pending when it cannot be kept.
func (w *writer) reject(f *fetcher, e *transport.Entry, o *outcome) {
	w.sayRejected(f, e, o)
	if err := f.Rejects.Keep(e, o.err); err != nil {
		w.left.Add(1)
		w.sayNotKept(e, err)
		return
	}
	w.mute = false
	w.kept = append(w.kept, e.ID)
}

// settle commits what is staged and acknowledges it, together with what was kept. It comes back when all of it is
// acknowledged, or when it has to stay pending.
func (w *writer) settle(f *fetcher) {
	err := w.commit(f)
	if err == nil {
		return
	}
	w.saySinkFails(err)
	for pause := firstPause; w.reading.Err() == nil; pause = min(2*pause, lastPause) {
		w.pause(pause)
		if err = w.commit(f); err == nil {
			w.saySinkWorks()
			return
		}
	}
	w.giveBack(err)
}

// pause waits that long, or until a stop is wanted.
func (w *writer) pause(d time.Duration) {
	select {
	case <-time.After(d):
	case <-w.reading.Done():
	}
}

// commit acknowledges what the sink saved, and what was kept or written before. What is not saved stays staged, and the
// error says why; what another process has in hand stays pending.
func (w *writer) commit(f *fetcher) error {
	err := w.Sink.Commit()
	saved, unsaved, held := w.part(err)
	if ackErr := w.acknowledge(f, saved); ackErr != nil {
		w.broken = ackErr
		w.fail(ackErr)
	}
	w.staged, w.kept, w.known = unsaved, w.kept[:0], w.known[:0]
	if len(held) == 0 {
		return err
	}
	w.leaveHeld(f, held)
	if len(unsaved) == 0 {
		return nil
	}
	return err
}

// leaveHeld leaves pending what another process has in hand.
func (w *writer) leaveHeld(f *fetcher, held [][]byte) {
	w.leave(len(held))
	w.sayHeld(f, len(held))
	if l, ok := f.Receiver.(Leaver); ok {
		l.Leave(held)
	}
}

// part tells apart, after a commit that returned err, what was saved, what was not and is tried again, and the ids of
// what another process has in hand.
func (w *writer) part(err error) (saved, unsaved []staged, held [][]byte) {
	if err == nil {
		return w.staged, w.staged[:0], nil
	}
	partly, ok := errors.AsType[Unsaved](err)
	if !ok {
		return nil, w.staged, nil
	}
	for _, s := range w.staged {
		switch {
		case partly.Unsaved(s.id):
			unsaved = append(unsaved, s)
		case partly.Held(s.id):
			held = append(held, s.id)
		default:
			saved = append(saved, s)
		}
	}
	return saved, unsaved, held
}

// acknowledge acknowledges saved, w.kept and w.known, and counts them.
func (w *writer) acknowledge(f *fetcher, saved []staged) error {
	w.acks = append(append(w.acks[:0], w.kept...), w.known...)
	for _, s := range saved {
		w.acks = append(w.acks, s.id)
	}
	if len(w.acks) == 0 {
		return nil
	}
	faultpoint.At("before-ack")
	defer faultpoint.At("after-ack")
	if err := f.Receiver.Ack(w.work, w.acks); err != nil {
		w.left.Add(uint64(len(w.acks)))
		return fmt.Errorf("acknowledge %s of transport %q: %w", entries(len(w.acks)), f.Name, w.cause(err))
	}
	f.unflushed = true
	w.rejected.Add(uint64(len(w.kept)))
	w.repeated.Add(uint64(len(w.known)))
	w.handled.Add(uint64(len(saved)))
	w.bytes.Add(uint64(sizeOf(saved)))
	w.sayAcknowledged(saved)
	return nil
}

func entries(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}

func sizeOf(lines []staged) (n int) {
	for _, s := range lines {
		n += s.bytes
	}
	return n
}

// giveBack leaves pending what the sink did not save until the stop. The sink still has those lines, so that nothing
// more may be committed.
func (w *writer) giveBack(err error) {
	n := len(w.staged)
	w.broken = fmt.Errorf("leave %s pending: %w", entries(n), err)
	w.fail(w.broken)
	w.leave(n)
	w.staged = w.staged[:0]
}

// leave counts n entries that stay pending.
func (w *writer) leave(n int) { w.left.Add(uint64(n)) }
