package consumer

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Consumer carries entries from receivers into a sink until it is stopped.
type Consumer struct {
	config Config
	stats  counters
}

// New returns a Consumer, or all that is wrong with the configuration. It starts nothing.
func New(config Config) (*Consumer, error) {
	if err := config.validate(); err != nil {
		return nil, fmt.Errorf("configure consumer: %w", err)
	}
	config.setDefaults()
	return &Consumer{config: config}, nil
}

// Stats returns what has been counted so far. It may be called at any time, by anyone.
func (c *Consumer) Stats() Stats { return c.stats.snapshot() }

// Run carries entries until ctx is cancelled, a limit is reached, or a receiver fails for good. It finishes what is in
// flight and returns nil, or the error that ended it, or the one that left entries pending. It is not called twice.
func (c *Consumer) Run(ctx context.Context) error {
	r := begin(ctx, c)
	for r.reading.Err() == nil {
		if f, batch, ok := r.next(); ok {
			r.prepare(f, batch)
		}
		r.checkLimits()
	}
	r.drain()
	return r.end()
}

// run is the state of one Run. The goroutine of Run reads and prepares; a writer puts away what is prepared.
type run struct {
	*Config
	*counters

	reading context.Context         // ends when a stop is wanted; its cause says why
	stop    context.CancelCauseFunc // ends reading
	work    context.Context         // ends StopTimeout after reading
	endWork context.CancelCauseFunc // ends work
	tasks   sync.WaitGroup          // all other goroutines

	mu  sync.Mutex
	err error // what Run returns

	free      chan *portion  // memory for those to come
	spare     spareLines     // memory for their lines, where they have none
	prepared  chan *portion  // to be written
	unsettled sync.WaitGroup // the prepared ones that the writer is not done with
	written   chan struct{}  // closed when the writer is done

	inMemory chan struct{} // has a token for each unsettled portion whose batch is not released
	unstaged atomic.Int64  // bytes of lines that wait for the writer
	commits  pace          // what a commit takes

	// The state of the goroutine of Run.
	fetchers []*fetcher
	ready    chan struct{} // has a token when a fetcher has something
	budget   int           // entries that may still be asked for
	turn     int           // the fetcher to be asked first
	busy     *fetcher      // the one whose entries came last
	taken    int           // batches that fetchers have brought
	pause    time.Duration // until those that were passed over may be asked; 0: none was
	usual    int           // bytes of lines for which a new portion has memory
}

func begin(ctx context.Context, c *Consumer) *run {
	r := &run{
		Config: &c.config, counters: &c.stats,
		free: make(chan *portion, mostPortions), prepared: make(chan *portion, mostPortions), written: make(chan struct{}),
		inMemory: make(chan struct{}, mostWhole), ready: make(chan struct{}, 1), budget: c.config.budget(),
	}
	r.work, r.endWork = context.WithCancelCause(context.WithoutCancel(ctx))
	r.reading, r.stop = context.WithCancelCause(ctx)
	if r.TimeLimit > 0 {
		r.tasks.Go(r.stopInTime)
	}
	r.tasks.Go(r.giveUpInTime)
	for i := range r.Sources {
		r.fetchers = append(r.fetchers, r.startFetcher(i))
	}
	if r.Keepalive > 0 {
		r.tasks.Go(r.keepalive)
	}
	r.tasks.Go(r.newWriter().write)
	return r
}

// stopInTime ends the reading when it has lasted for the TimeLimit.
func (r *run) stopInTime() {
	select {
	case <-time.After(r.TimeLimit):
		r.stop(timeLimitReached(r.TimeLimit))
	case <-r.reading.Done():
	}
}

// giveUpInTime ends the work when it takes too long after a stop.
func (r *run) giveUpInTime() {
	<-r.reading.Done()
	if r.Stopping != nil {
		r.Stopping()
	}
	select {
	case <-time.After(r.StopTimeout):
		r.endWork(fmt.Errorf("give up %v after the stop", r.StopTimeout))
	case <-r.work.Done():
	}
}

// fail ends the reading, and makes Run return err, unless something failed before.
func (r *run) fail(err error) {
	r.mu.Lock()
	if r.err == nil {
		r.err = err
	}
	r.mu.Unlock()
	r.stop(err)
}

// failure returns what Run is going to return.
func (r *run) failure() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// cause returns what ended the work, or else err itself: a call that the end of the work cuts off has an error that says
// nothing of that.
func (r *run) cause(err error) error {
	if r.work.Err() != nil {
		return context.Cause(r.work)
	}
	return err
}

// drain prepares what was read ahead when the reading ended, and waits until all of it is written.
func (r *run) drain() {
	r.unsettled.Wait()
	r.sayStopping()
	for _, f := range r.fetchers {
		for batch, ok := r.await(f); ok; batch, ok = r.await(f) {
			r.prepare(f, batch)
		}
		close(f.requests)
	}
	close(r.prepared)
	<-r.written
}

// end waits until all acknowledgements are confirmed and all goroutines have returned.
func (r *run) end() error {
	for _, f := range r.fetchers {
		r.confirm(f)
	}
	r.endWork(nil)
	r.tasks.Wait()
	return r.failure()
}
