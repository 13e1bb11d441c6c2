package consumer

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"envelog/transport"
)

// The pauses between tries to commit while the sink fails.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
)

// staged is an entry whose line the sink has, and has not committed.
type staged struct {
	id    []byte // view into the batch
	bytes int    // of the line
	class string // empty unless each message is worth a log line
}

func (r *run) beginBatch(batch transport.Batch) {
	r.batches.Add(1)
	r.received.Add(uint64(len(batch.Entries)))
	r.narrate = r.Log.Enabled(r.work, slog.LevelInfo)
}

// hold notes that the line just made is staged.
func (r *run) hold(f *fetcher, id []byte) {
	s := staged{id: id, bytes: len(r.line)}
	if r.narrate {
		s.class = string(f.Decoder.Class())
		r.sayReceived(s)
	}
	r.staged = append(r.staged, s)
	r.stagedBytes += s.bytes
}

// reject keeps an entry that cannot be decoded, or leaves it pending when it cannot be kept.
func (r *run) reject(f *fetcher, e *transport.Entry, reason error) {
	r.failed.Add(1)
	r.sayRejected(f, e, reason)
	if err := f.Rejects.Keep(e, reason); err != nil {
		r.left.Add(1)
		r.sayNotKept(e, err)
		return
	}
	r.mute = false
	r.kept = append(r.kept, e.ID)
}

// settle commits what is staged and acknowledges it, together with what was kept. It comes back when all of it is
// acknowledged, or when it has to stay pending.
func (r *run) settle(f *fetcher) {
	err := r.commit(f)
	if err == nil {
		return
	}
	r.saySinkFails(err)
	for pause := firstPause; r.reading.Err() == nil; pause = min(2*pause, lastPause) {
		r.pause(pause)
		if err = r.commit(f); err == nil {
			r.saySinkWorks()
			return
		}
	}
	r.giveBack(err)
}

// pause waits that long, or until a stop is wanted.
func (r *run) pause(d time.Duration) {
	select {
	case <-time.After(d):
	case <-r.reading.Done():
	}
}

// commit acknowledges what the sink saved, and what was kept. The rest stays staged, and the sink's error says why.
func (r *run) commit(f *fetcher) error {
	err := r.Sink.Commit()
	saved, unsaved := r.part(err)
	if ackErr := r.acknowledge(f, saved); ackErr != nil {
		r.broken = ackErr
		r.fail(ackErr)
	}
	r.staged, r.stagedBytes, r.kept = unsaved, sizeOf(unsaved), r.kept[:0]
	return err
}

// part tells apart, after a commit that returned err, what was saved and what was not.
func (r *run) part(err error) (saved, unsaved []staged) {
	if err == nil {
		return r.staged, r.staged[:0]
	}
	partly, ok := errors.AsType[Unsaved](err)
	if !ok {
		return nil, r.staged
	}
	for _, s := range r.staged {
		if partly.Unsaved(s.id) {
			unsaved = append(unsaved, s)
		} else {
			saved = append(saved, s)
		}
	}
	return saved, unsaved
}

// acknowledge acknowledges saved and r.kept, and counts them.
func (r *run) acknowledge(f *fetcher, saved []staged) error {
	r.acks = append(r.acks[:0], r.kept...)
	for _, s := range saved {
		r.acks = append(r.acks, s.id)
	}
	if len(r.acks) == 0 {
		return nil
	}
	if err := f.Receiver.Ack(r.work, r.acks); err != nil {
		r.left.Add(uint64(len(r.acks)))
		return fmt.Errorf("acknowledge %s of transport %q: %w", entries(len(r.acks)), f.Name, r.cause(err))
	}
	f.unflushed = true
	r.rejected.Add(uint64(len(r.kept)))
	r.handled.Add(uint64(len(saved)))
	r.bytes.Add(uint64(sizeOf(saved)))
	r.sayAcknowledged(saved)
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
func (r *run) giveBack(err error) {
	n := len(r.staged)
	r.broken = fmt.Errorf("leave %s pending: %w", entries(n), err)
	r.fail(r.broken)
	r.leave(n)
	r.staged, r.stagedBytes = r.staged[:0], 0
}

// leave counts n entries that stay pending.
func (r *run) leave(n int) { r.left.Add(uint64(n)) }
