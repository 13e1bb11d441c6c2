package consumer

import (
	"errors"
	"fmt"
	"time"

	"envelog/internal/faultpoint"
	"envelog/internal/outage"
	"envelog/internal/quantity"
	"envelog/transport"
)

// The pauses between tries to commit while the sink fails.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
)

// writer stages, commits and acknowledges what is prepared, in its own goroutine, so that the next batches are prepared
// while the disk is waited for.
type writer struct {
	*run

	together []*portion // what is committed with one Commit
	whole    int        // of together, those whose batches are not released
	size     int        // bytes of their lines

	staged  []staged  // entries whose line the sink has, and has not committed
	settled []settled // of each fetcher
	acks    [][]byte  // memory for the ids of one Ack
	lines   []Lines   // memory for what an Observer is told
	files   *outage.Part
	broken  error // why nothing more may be staged
}

// staged is the entry at index of a portion, whose line the sink has, and has not committed.
type staged struct {
	portion *portion
	index   int
}

func (s staged) fetcher() *fetcher       { return s.portion.fetcher }
func (s staged) entry() *transport.Entry { return &s.portion.entries[s.index] }
func (s staged) outcome() *outcome       { return &s.portion.outcomes[s.index] }

// settled are the entries of one fetcher with which the writer is done, but for their acknowledgement.
type settled struct {
	saved   []staged // committed, not acknowledged yet
	held    [][]byte // ids of what another process has in flight
	kept    [][]byte // ids of entries that Failures has kept, not acknowledged yet
	ignored [][]byte // ids of entries that Failures ignores, not acknowledged yet
	known   [][]byte // ids of entries whose line was written before, not acknowledged yet
}

func (s *settled) count() int { return len(s.saved) + len(s.kept) + len(s.ignored) + len(s.known) }

func (s *settled) forget() {
	s.saved, s.held, s.kept, s.ignored, s.known = s.saved[:0], s.held[:0], s.kept[:0], s.ignored[:0], s.known[:0]
}

func (r *run) newWriter() *writer {
	return &writer{run: r, files: r.watchFiles(), settled: make([]settled, len(r.fetchers))}
}

// write writes portions until there are no more. Afterwards each of their entries is acknowledged, has failed, or stays
// pending.
func (w *writer) write() {
	defer close(w.written)
	for p := range w.prepared {
		for ; p != nil; p = w.following(p) {
			w.stage(p)
		}
		w.settle()
		w.release()
	}
}

// A Commit has a price, whatever it writes: small portions are committed together when they follow each other, and so is all
// that has waited for a slow disk.
const (
	mostTogether = mostWhole - 1        // portions that are whole; another one is prepared meanwhile
	mostLines    = 16384                // of one Commit, so that a journal has room for them
	commitParts  = 8                    // lines of CommitBytes divided by this are enough for a Commit
	follows      = 5 * time.Millisecond // how long one that is known to be on its way is waited for
)

// following returns the portion after p, to be committed together with it; nil when it is time for a Commit.
func (w *writer) following(p *portion) *portion {
	if w.size >= max(w.CommitBytes, int(w.commits.allowance())) || len(w.staged) >= mostLines {
		return nil
	}
	if enough := w.size >= w.CommitBytes/commitParts || w.whole >= mostTogether; enough && len(w.prepared) < w.worthwhile() {
		return nil
	}
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

// worthwhile returns how many waiting portions make it worthwhile to take one more into a Commit that is large enough already: a
// single one on a slow disk, where each Commit saved counts.
func (w *writer) worthwhile() int {
	if w.commits.isSlow() {
		return 1
	}
	return mostWhole
}

// release gives portions and their batches back.
func (w *writer) release() {
	most := max(2*len(w.together), mostWhole+1) // as many again may wait for the next Commit
	for i, p := range w.together {
		if p.last {
			p.fetcher.release(&p.batch)
		}
		if p.whole {
			<-w.inMemory
		}
		if len(w.free) < min(most, mostPortions) {
			w.free <- p
		}
		w.together[i] = nil
		w.unsettled.Done()
	}
	w.together, w.whole, w.size = w.together[:0], 0, 0
	if !w.commits.isSlow() {
		w.spare.clear()
	}
}

// stage takes the entries of p, unless nothing can be committed any more.
func (w *writer) stage(p *portion) {
	w.together = append(w.together, p)
	w.size += len(p.lines)
	w.unstaged.Add(-int64(len(p.lines)))
	if p.whole {
		w.whole++
	}
	if w.broken != nil {
		w.leave(p.fetcher, len(p.entries))
		return
	}
	for i := range p.entries {
		w.take(p, i)
	}
	if !p.whole {
		w.giveLines(p)
	}
}

// giveLines lets the next portions use the memory of lines that are staged, while those are committed.
func (w *writer) giveLines(p *portion) {
	w.spare.give(p.lines)
	p.lines = nil
}

// take stages the line of the entry at index, or gives the entry to Failures; neither when the line is in a file already.
func (w *writer) take(p *portion, index int) {
	e, o := &p.entries[index], &p.outcomes[index]
	switch {
	case w.Sink.Written(p.fetcher.index, e):
		s := &w.settled[p.fetcher.index]
		s.known = append(s.known, e.ID)
	case o.err != nil:
		w.fails(p.fetcher, e, Failure{Err: o.err, Class: o.class})
	default:
		w.Sink.Stage(p.fetcher.index, e, p.channel(index), o.at, p.line(index))
		w.staged = append(w.staged, staged{p, index})
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
	s := &w.settled[f.index]
	switch outcome {
	case Retried:
		f.unflushed = true
		w.retried.Add(1)
	case Parked:
		f.unflushed = true
		w.parked.Add(1)
	case Kept:
		s.kept = append(s.kept, e.ID)
	case Ignored:
		s.ignored = append(s.ignored, e.ID)
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
func (w *writer) settle() {
	if w.broken != nil {
		return
	}
	err := w.commit()
	if err == nil {
		return
	}
	w.files.Failed(err)
	for pause := firstPause; w.reading.Err() == nil; pause = min(2*pause, lastPause) {
		w.pause(pause)
		waited := w.inFlight()
		if err = w.commit(); err == nil {
			w.files.Over(quantity.Count(waited, "message", "messages") + " waited")
			return
		}
		w.files.Failed(err)
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
// error says why; what another process has in flight stays pending, and a line whose file alone cannot be written is dropped, and its
// entry a failure.
func (w *writer) commit() error {
	err := w.commitLines()
	dropped := w.sort(err)
	if len(dropped) > 0 {
		w.Sink.Drop()
	}
	for _, d := range dropped {
		w.drop(d)
	}
	for i := range w.settled {
		w.finish(w.fetchers[i], &w.settled[i])
	}
	if len(w.staged) == 0 {
		return nil // what failed is no reason to wait: each line is safe, dropped or held
	}
	return err
}

// commitLines commits what is staged, and notes how long the disk took for it.
func (w *writer) commitLines() error {
	began := time.Now()
	err := w.Sink.Commit()
	if err == nil && len(w.staged) > 0 {
		w.commits.took(time.Since(began))
	}
	return err
}

// dropped is a staged entry whose line cannot be written, and why.
type dropped struct {
	staged
	err error
}

// sort tells apart what became of the staged lines in a commit that returned err. What is not saved stays staged.
func (w *writer) sort(err error) (failed []dropped) {
	partly, ok := errors.AsType[Unsaved](err)
	if err != nil && !ok {
		return nil
	}
	unsaved := w.staged[:0]
	for _, s := range w.staged {
		source, id := s.fetcher().index, s.entry().ID
		to := &w.settled[source]
		if err == nil {
			to.saved = append(to.saved, s)
		} else if cause := partly.Alone(source, id); cause != nil {
			failed = append(failed, dropped{s, cause})
		} else if partly.Unsaved(source, id) {
			unsaved = append(unsaved, s)
		} else if partly.Held(source, id) {
			to.held = append(to.held, id)
		} else {
			to.saved = append(to.saved, s)
		}
	}
	w.staged = unsaved
	return failed
}

// drop makes a failure of an entry whose line cannot be written. When its message is not in memory any more, the entry stays pending
// until it is handed out again.
func (w *writer) drop(d dropped) {
	f := d.fetcher()
	if d.portion.whole {
		w.fails(f, d.entry(), Failure{Err: d.err, Class: d.outcome().class, Passing: true})
		return
	}
	f.stayWhole()
	w.leave(f, 1)
	w.handOutAgain(f, [][]byte{d.entry().ID})
}

// finish acknowledges what is settled of f, and leaves pending what another process has in flight.
func (w *writer) finish(f *fetcher, s *settled) {
	if err := w.acknowledge(f, s); err != nil {
		w.broken = err
		w.fail(err)
	}
	if len(s.held) > 0 {
		w.leave(f, len(s.held))
		w.sayHeld(f, len(s.held))
		w.handOutAgain(f, s.held)
	}
	s.forget()
}

// acknowledge acknowledges what is settled of f, and counts it.
func (w *writer) acknowledge(f *fetcher, s *settled) error {
	n := s.count()
	if n == 0 {
		return nil
	}
	faultpoint.At("before-ack")
	defer faultpoint.At("after-ack")
	if err := w.sendAcks(f, s); err != nil {
		w.leave(f, n)
		return fmt.Errorf("acknowledge %s of transport %q: %w", entries(n), f.Name, w.cause(err))
	}
	f.unflushed = true
	w.rejected.Add(uint64(len(s.kept)))
	w.ignored.Add(uint64(len(s.ignored)))
	w.repeated.Add(uint64(len(s.known)))
	w.handled.Add(uint64(len(s.saved)))
	w.bytes.Add(uint64(sizeOf(s.saved)))
	w.observe(f, s)
	w.sayAcknowledged(s.saved)
	return nil
}

// sendAcks acknowledges what is settled of f, and what was kept in another way where the receiver has one.
func (w *writer) sendAcks(f *fetcher, s *settled) error {
	w.acks = w.acks[:0]
	if r, ok := f.Receiver.(Rejecter); !ok {
		w.acks = append(w.acks, s.kept...)
	} else if len(s.kept) > 0 {
		if err := r.AckRejected(w.work, s.kept); err != nil {
			return err
		}
	}
	w.acks = append(append(w.acks, s.ignored...), s.known...)
	for i := range s.saved {
		w.acks = append(w.acks, s.saved[i].entry().ID)
	}
	if len(w.acks) == 0 {
		return nil
	}
	return f.Receiver.Ack(w.work, w.acks)
}

// observe tells what was acknowledged.
func (w *writer) observe(f *fetcher, s *settled) {
	if f.Observer == nil {
		return
	}
	w.lines = summarize(w.lines[:0], s.saved)
	f.Observer.Written(w.lines)
	f.Observer.Recognized(len(s.known))
	f.Observer.Ignored(len(s.ignored))
}

// summarize appends what saved consists of to lines.
func summarize(lines []Lines, saved []staged) []Lines {
	var last *Lines
	for _, s := range saved {
		channel, arrived, level := s.portion.channel(s.index), s.entry().Key().MS, s.outcome().level
		if last == nil || last.Arrived != arrived || last.Level != level || string(last.Channel) != string(channel) {
			lines = append(lines, Lines{Channel: channel, Level: level, Arrived: arrived})
			last = &lines[len(lines)-1]
		}
		last.Count++
		last.Bytes += s.portion.bytes(s.index)
	}
	return lines
}

func entries(n int) string { return quantity.Count(n, "entry", "entries") }

func sizeOf(lines []staged) (n int) {
	for _, l := range lines {
		n += l.portion.bytes(l.index)
	}
	return n
}

// giveBack leaves pending what the sink did not save until the stop. The sink still has those lines, so that nothing
// more may be committed.
func (w *writer) giveBack(err error) {
	w.broken = fmt.Errorf("leave %s pending: %w", entries(len(w.staged)), err)
	w.fail(w.broken)
	for _, s := range w.staged {
		w.leave(s.fetcher(), 1)
	}
	w.staged = w.staged[:0]
}

// leave counts n entries of f that stay pending.
func (w *writer) leave(f *fetcher, n int) {
	w.left.Add(uint64(n))
	if f.Observer != nil {
		f.Observer.Left(n)
	}
}
