package consumer

import (
	"errors"
	"fmt"
	"time"

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
		if o := &p.outcomes[i]; o.err != nil {
			w.reject(p.fetcher, &p.entries[i], o)
			continue
		}
		w.stage(p, i)
	}
	w.settle(p.fetcher)
}

// stage gives the line of the entry at index to the sink.
func (w *writer) stage(p *portion, index int) {
	id, o := p.entries[index].ID, &p.outcomes[index]
	channel, line := p.of(index)
	w.Sink.Stage(id, channel, o.at, line)
	w.staged = append(w.staged, staged{id, len(line), o.class})
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

// commit acknowledges what the sink saved, and what was kept. The rest stays staged, and the sink's error says why.
func (w *writer) commit(f *fetcher) error {
	err := w.Sink.Commit()
	saved, unsaved := w.part(err)
	if ackErr := w.acknowledge(f, saved); ackErr != nil {
		w.broken = ackErr
		w.fail(ackErr)
	}
	w.staged, w.kept = unsaved, w.kept[:0]
	return err
}

// part tells apart, after a commit that returned err, what was saved and what was not.
func (w *writer) part(err error) (saved, unsaved []staged) {
	if err == nil {
		return w.staged, w.staged[:0]
	}
	partly, ok := errors.AsType[Unsaved](err)
	if !ok {
		return nil, w.staged
	}
	for _, s := range w.staged {
		if partly.Unsaved(s.id) {
			unsaved = append(unsaved, s)
		} else {
			saved = append(saved, s)
		}
	}
	return saved, unsaved
}

// acknowledge acknowledges saved and w.kept, and counts them.
func (w *writer) acknowledge(f *fetcher, saved []staged) error {
	w.acks = append(w.acks[:0], w.kept...)
	for _, s := range saved {
		w.acks = append(w.acks, s.id)
	}
	if len(w.acks) == 0 {
		return nil
	}
	if err := f.Receiver.Ack(w.work, w.acks); err != nil {
		w.left.Add(uint64(len(w.acks)))
		return fmt.Errorf("acknowledge %s of transport %q: %w", entries(len(w.acks)), f.Name, w.cause(err))
	}
	f.unflushed = true
	w.rejected.Add(uint64(len(w.kept)))
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
