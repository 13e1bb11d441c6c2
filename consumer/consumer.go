package consumer

import (
	"context"
	"fmt"
	"sync"
	"time"

	"envelog/record"
	"envelog/transport"
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
// hand and returns nil, or the error that ended it, or the one that left entries pending. It is not called twice.
func (c *Consumer) Run(ctx context.Context) error {
	r := begin(ctx, c)
	for r.reading.Err() == nil {
		if f, batch, ok := r.next(); ok {
			r.handle(f, batch)
		}
		r.checkLimits()
	}
	r.drain()
	return r.end()
}

// handle brings every entry of a batch to one of its ends.
func (r *run) handle(f *fetcher, batch transport.Batch) {
	defer f.release(batch)
	r.beginBatch(batch)
	for i := range batch.Entries {
		e := &batch.Entries[i]
		if r.broken != nil {
			r.leave(len(batch.Entries) - i)
			return
		}
		if err := f.Decoder.Decode(e, &r.record); err != nil {
			r.reject(f, e, err)
			continue
		}
		r.line = r.Formatter.Append(r.line[:0], &r.record)
		r.Sink.Stage(e.ID, r.record.Channel, r.record.Time, r.line)
		if r.hold(f, e.ID); r.stagedBytes >= r.CommitBytes {
			r.settle(f)
		}
	}
	r.settle(f)
}

// run is the state of one Run. Only the goroutine of Run touches it, but for what fetchers and the keeper share.
type run struct {
	*Config
	*counters

	reading context.Context         // ends when a stop is wanted; its cause says why
	stop    context.CancelCauseFunc // ends reading
	work    context.Context         // ends StopTimeout after reading
	endWork context.CancelCauseFunc // ends work
	tasks   sync.WaitGroup          // all other goroutines
	err     error                   // what Run returns

	fetchers []*fetcher
	ready    chan struct{} // has a token when a fetcher has something
	budget   int           // entries that may still be asked for
	turn     int           // the fetcher to be asked first

	record      record.Record
	line        []byte
	narrate     bool     // each message is worth a log line
	staged      []staged // entries whose line the sink has, and has not committed
	stagedBytes int      // bytes of those lines
	kept        [][]byte // ids of entries that Rejects has, not acknowledged yet
	acks        [][]byte // memory for the ids of one Ack
	mute        bool     // it has been said that Rejects fails
	broken      error    // why nothing more may be staged
}

func begin(ctx context.Context, c *Consumer) *run {
	r := &run{Config: &c.config, counters: &c.stats, ready: make(chan struct{}, 1), budget: c.config.budget()}
	r.work, r.endWork = context.WithCancelCause(context.WithoutCancel(ctx))
	r.reading, r.stop = context.WithCancelCause(ctx)
	if r.TimeLimit > 0 {
		r.tasks.Go(r.stopInTime)
	}
	r.tasks.Go(r.giveUpInTime)
	for i := range r.Sources {
		r.fetchers = append(r.fetchers, r.startFetcher(&r.Sources[i]))
	}
	if r.Keepalive > 0 {
		r.tasks.Go(r.keepalive)
	}
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
	select {
	case <-time.After(r.StopTimeout):
		r.endWork(fmt.Errorf("give up %v after the stop", r.StopTimeout))
	case <-r.work.Done():
	}
}

// fail ends the reading, and makes Run return err.
func (r *run) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.stop(err)
}

// cause returns why err came about: the end of the work, or err itself.
func (r *run) cause(err error) error {
	if r.work.Err() != nil {
		return context.Cause(r.work)
	}
	return err
}

// drain handles what was read ahead when the reading ended.
func (r *run) drain() {
	r.sayStopping()
	for _, f := range r.fetchers {
		if batch, ok := r.await(f); ok {
			r.handle(f, batch)
		}
		close(f.requests)
	}
}

// end waits until all acknowledgements are confirmed and all goroutines have returned.
func (r *run) end() error {
	for _, f := range r.fetchers {
		r.confirm(f)
	}
	r.endWork(nil)
	r.tasks.Wait()
	return r.err
}
