package consumer

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"envelog/internal/outage"
	"envelog/transport"
)

const (
	// Several receivers share a limit by taking turns, this long each.
	turnTime = 20 * time.Millisecond
	// How long receivers of lower priority wait for the answer of one that has had entries just now.
	patience = 100 * time.Millisecond
)

// fetcher reads one batch ahead of the main goroutine: it answers each request with one result.
type fetcher struct {
	*Source
	index    int          // of the source
	failing  *outage.Part // Failures, of the writer
	requests chan request
	results  chan result

	// The state of the main goroutine.
	asked     request   // what is under way; limit 0: nothing
	askedAt   time.Time // since when
	yielded   bool      // it may have entries at this moment: the last answer had some, or there was none yet
	empty     bool      // the last answer had no entries
	unflushed bool      // acknowledgements may be unconfirmed

	mu   sync.Mutex
	held []transport.Batch // not released, in the order in which they came
}

type request struct {
	limit int
	wait  time.Duration
}

type result struct {
	batch transport.Batch
	err   error
}

func (r *run) startFetcher(index int) *fetcher {
	f := &fetcher{
		Source: &r.Sources[index], index: index, failing: r.watchFailures(r.Sources[index].Name),
		requests: make(chan request, 1), results: make(chan result, 1), yielded: true,
	}
	r.tasks.Go(func() { f.fetch(r.reading, r.ready) })
	return f
}

func (f *fetcher) fetch(ctx context.Context, ready chan<- struct{}) {
	for q := range f.requests {
		batch, err := f.Receiver.Receive(ctx, q.limit, q.wait)
		if len(batch.Entries) > 0 {
			f.mu.Lock()
			f.held = append(f.held, batch)
			f.mu.Unlock()
		}
		f.results <- result{batch, err}
		select {
		case ready <- struct{}{}:
		default:
		}
	}
}

// release gives the oldest batch back.
func (f *fetcher) release(batch transport.Batch) {
	f.mu.Lock()
	f.held = slices.Delete(f.held, 0, 1)
	f.mu.Unlock()
	if batch.Release != nil {
		batch.Release()
	}
}

// next waits for the next batch to handle. It returns none when a stop is wanted, or when nothing came, so that limits
// are looked at.
func (r *run) next() (*fetcher, transport.Batch, bool) {
	r.ask()
	for i, f := range r.fetchers {
		select {
		case got := <-f.results:
			batch, ok := r.accept(i, got)
			r.ask() // overlaps with the handling of this batch
			return f, batch, ok
		default:
		}
		if left := f.answerDue(); left > 0 && i < len(r.fetchers)-1 {
			r.rest(left)
			return nil, transport.Batch{}, false
		}
	}
	r.rest(0)
	return nil, transport.Batch{}, false
}

// rest waits until a fetcher has something, a stop is wanted, or, when most is not 0, that much time has passed.
func (r *run) rest(most time.Duration) {
	var timeout <-chan time.Time
	if most > 0 {
		timeout = time.After(most)
	}
	select {
	case <-r.ready:
	case <-r.reading.Done():
	case <-timeout:
	}
}

// ask gives every idle fetcher something to do, as far as the budget goes.
func (r *run) ask() {
	for i := range r.fetchers {
		f := r.fetchers[(r.turn+i)%len(r.fetchers)]
		limit := min(r.FetchSize, r.budget)
		if f.asked.limit > 0 || limit <= 0 || r.reading.Err() != nil {
			continue
		}
		r.budget -= limit
		f.asked, f.askedAt = request{limit, r.waitFor(f)}, time.Now()
		f.requests <- f.asked
	}
}

// waitFor returns how long the next read of f may block. With one receiver nobody else waits for the answer. Among
// several, one that has had entries is asked again without blocking, so that its priority is kept; and under a limit
// a read that blocks keeps its share of the budget from the others.
func (r *run) waitFor(f *fetcher) time.Duration {
	switch {
	case r.StopWhenEmpty:
		return min(r.Sleep, turnTime)
	case len(r.fetchers) == 1:
		return r.Sleep
	case f.yielded:
		return 0
	case r.Limit > 0:
		return min(r.Sleep, turnTime)
	}
	return r.Sleep
}

// waits reports whether f waits for its server.
func (f *fetcher) waits() bool {
	w, ok := f.Receiver.(Waiter)
	return ok && w.Waiting()
}

// answerDue returns how long the answer of f is worth waiting for before those of lower priority.
func (f *fetcher) answerDue() time.Duration {
	if f.asked.limit == 0 || f.asked.wait > 0 {
		return 0
	}
	return patience - time.Since(f.askedAt)
}

// accept takes the result of the fetcher at index; ok reports whether it has entries.
func (r *run) accept(index int, got result) (batch transport.Batch, ok bool) {
	f, n := r.fetchers[index], len(got.batch.Entries)
	r.budget += f.asked.limit - n
	f.asked = request{}
	f.yielded, f.empty = n > 0, n == 0 && got.err == nil && !f.waits()
	if got.err != nil && r.reading.Err() == nil {
		r.fail(fmt.Errorf("receive from transport %q: %w", f.Name, got.err))
	}
	if n == 0 {
		r.turn = (index + 1) % len(r.fetchers)
		return got.batch, false
	}
	r.turn = 0
	return got.batch, true
}

// await returns what the request under way brings, if there is one.
func (r *run) await(f *fetcher) (transport.Batch, bool) {
	if f.asked.limit == 0 {
		return transport.Batch{}, false
	}
	got := <-f.results
	f.asked = request{}
	return got.batch, len(got.batch.Entries) > 0
}

// confirm waits until the acknowledgements of f have arrived.
func (r *run) confirm(f *fetcher) {
	if !f.unflushed {
		return
	}
	f.unflushed = false
	if err := f.Receiver.Flush(r.work); err != nil {
		r.fail(fmt.Errorf("confirm acknowledgements of transport %q: %w", f.Name, r.cause(err)))
	}
}
