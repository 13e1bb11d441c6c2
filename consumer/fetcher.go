package consumer

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"envelog/internal/outage"
	"envelog/transport"
)

const (
	// Several receivers share what is left of a limit by taking turns, this long each.
	turnTime = 20 * time.Millisecond
	// How long receivers of lower priority wait for the answer of one that has had entries just now.
	patience = 100 * time.Millisecond
)

// readAhead is how many reads of a receiver are asked for at once while it has a backlog: the next one begins without the
// main goroutine, which may be at work on a batch.
const readAhead = 2

// fetcher reads ahead of the main goroutine: it answers each request with one result, in their order.
type fetcher struct {
	*Source
	index    int          // of the source
	failing  *outage.Part // Failures, of the writer
	requests chan request
	results  chan result

	// The state of the main goroutine.
	asked   []request // what is under way, the oldest first
	askedAt time.Time // when the oldest one was asked for, or became the oldest
	yielded bool      // it may have entries at this moment: the last answer had some, or there was none yet
	empty   bool      // the last answer had no entries
	emptyAt int       // run.taken when an answer had no entries

	unflushed bool // acknowledgements may be unconfirmed; of the writer, and of the main goroutine once that has ended

	mu   sync.Mutex
	held []transport.Batch // what is in flight, in the order in which it came

	wholeUntil atomic.Int64 // until when batches are not released early, in ns since 1970
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
		requests: make(chan request, readAhead), results: make(chan result, readAhead), yielded: true,
	}
	r.tasks.Go(func() { f.fetch(r.reading, r.ready) })
	return f
}

func (f *fetcher) fetch(ctx context.Context, ready chan<- struct{}) {
	prefetcher, _ := f.Receiver.(Prefetcher)
	q, ok := <-f.requests
	for ok {
		next, known := f.peek()
		if known && prefetcher != nil && ctx.Err() == nil {
			prefetcher.Prefetch(next.limit)
		}
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
		if !batch.More {
			runtime.Gosched() // to the main goroutine: it makes a line of a lone entry before the next read is sent
		}
		if q = next; !known {
			q, ok = <-f.requests
		}
	}
}

// peek returns the next request, when there is one already.
func (f *fetcher) peek() (q request, ok bool) {
	select {
	case q, ok = <-f.requests:
	default:
	}
	return q, ok
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
	r.rest(r.pause)
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

// ask gives every fetcher something to do, as far as the budget goes.
func (r *run) ask() {
	r.pause = 0
	for i := range r.fetchers {
		f := r.fetchers[(r.turn+i)%len(r.fetchers)]
		if r.isPassedOver(f) {
			r.pause = patience
			continue
		}
		for len(f.asked) < r.readsOf(f) && r.budget > 0 && r.reading.Err() == nil {
			r.askFor(f, min(r.shareOf(f), r.budget))
		}
	}
}

// isPassedOver reports whether f, which had nothing, is not asked again before another fetcher has brought a batch. Under a
// limit, a read that blocks would keep its share of the budget from the one with the backlog, for longer than asked for: a
// Redis server that has nothing else to do ends it up to 100 ms late. One that does not block would be repeated at once.
func (r *run) isPassedOver(f *fetcher) bool {
	return f.emptyAt == r.taken && r.givesWay(f)
}

// givesWay reports whether f shares a limit with a fetcher that has a backlog, and has none itself. An answer that is overdue is no
// backlog: its server may be stuck.
func (r *run) givesWay(f *fetcher) bool {
	return r.Limit > 0 && !f.yielded && slices.ContainsFunc(r.fetchers, func(o *fetcher) bool {
		return o.yielded && (len(o.asked) == 0 || len(o.results) > 0 || time.Since(o.askedAt) < patience)
	})
}

// shareOf returns how many entries the next read of f may ask for. Under a limit, what one fetcher asks for is kept from the
// others: one that had nothing asks for a single entry, which is what a read that blocks mostly brings.
func (r *run) shareOf(f *fetcher) int {
	if r.Limit > 0 && len(r.fetchers) > 1 && !f.yielded {
		return 1
	}
	return r.FetchSize
}

func (r *run) askFor(f *fetcher, limit int) {
	if len(f.asked) == 0 {
		f.askedAt = time.Now()
	}
	q := request{limit, r.waitFor(f)}
	r.budget -= limit
	f.asked = append(f.asked, q)
	f.requests <- q
}

// readsOf returns how many reads of f may be under way: several of the one whose backlog is worked off. Of the others it is one
// each, so that none of low priority is far ahead.
func (r *run) readsOf(f *fetcher) int {
	if f.yielded && (len(r.fetchers) == 1 || f == r.busy) {
		return readAhead
	}
	return 1
}

// waitFor returns how long the next read of f may block. With one receiver nobody else waits for the answer. Among
// several, one that has had entries is asked again without blocking, so that its priority is kept; and under a limit
// a read that blocks keeps its share of the budget from the others: it does not block while one of them has a backlog.
func (r *run) waitFor(f *fetcher) time.Duration {
	switch {
	case r.StopWhenEmpty:
		return min(r.Sleep, turnTime)
	case len(r.fetchers) == 1:
		return r.Sleep
	case f.yielded, r.givesWay(f):
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
	if len(f.asked) == 0 || f.asked[0].wait > 0 || !f.yielded {
		return 0
	}
	return patience - time.Since(f.askedAt)
}

// accept takes the result of the fetcher at index; ok reports whether it has entries.
func (r *run) accept(index int, got result) (batch transport.Batch, ok bool) {
	f, n := r.fetchers[index], len(got.batch.Entries)
	r.budget += f.asked[0].limit - n
	f.answered()
	f.yielded, f.empty = n > 0, n == 0 && got.err == nil && !f.waits()
	if got.err != nil && r.reading.Err() == nil {
		r.fail(fmt.Errorf("receive from transport %q: %w", f.Name, got.err))
	}
	if n == 0 {
		r.turn, f.emptyAt = (index+1)%len(r.fetchers), r.taken
		return got.batch, false
	}
	r.turn, r.busy = 0, f
	r.taken++
	return got.batch, true
}

// answered forgets the oldest request.
func (f *fetcher) answered() {
	f.asked = slices.Delete(f.asked, 0, 1)
	f.askedAt = time.Now()
}

// await waits for the next batch of the requests in flight, and returns false when none brings one.
func (r *run) await(f *fetcher) (transport.Batch, bool) {
	for len(f.asked) > 0 {
		got := <-f.results
		f.answered()
		if len(got.batch.Entries) > 0 {
			return got.batch, true
		}
	}
	return transport.Batch{}, false
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
