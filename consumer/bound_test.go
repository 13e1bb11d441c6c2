package consumer

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"envelog/transport"
)

// waits counts the commits that a message sees from the moment in which it is handed out: the one under way, and those after it up to
// its own.
type waits struct {
	mu      sync.Mutex
	commits int
	since   map[string]int // commits that were over when a message was handed out
	most    int
}

type timedReceiver struct {
	*fakeReceiver
	*waits
}

func (r timedReceiver) Receive(ctx context.Context, limit int, wait time.Duration) (transport.Batch, error) {
	batch, err := r.fakeReceiver.Receive(ctx, limit, wait)
	batch.More = true
	r.waits.mu.Lock()
	defer r.waits.mu.Unlock()
	for i := range batch.Entries {
		r.since[string(batch.Entries[i].Message)] = r.commits
	}
	return batch, err
}

type timedSink struct {
	*fakeSink
	*waits
}

func (s timedSink) Commit() error {
	s.fakeSink.mu.Lock()
	staged := slices.Clone(s.staged)
	s.fakeSink.mu.Unlock()
	err := s.fakeSink.Commit()
	s.waits.mu.Lock()
	defer s.waits.mu.Unlock()
	s.waits.commits++
	for _, l := range staged {
		s.most = max(s.most, s.waits.commits-s.since[l.message])
		delete(s.since, l.message)
	}
	return err
}

// Under full load a message waits for the commit that is under way when it is handed out, for the one that has what was ahead of it,
// and for its own.
func TestAMessageWaitsForTwoCommitsBeforeItsOwn(t *testing.T) {
	for _, takes := range []time.Duration{time.Millisecond, 20 * time.Millisecond} {
		t.Run(fmt.Sprint("commits of ", takes), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const batches = 300
				r, w := newReceiver(t, messages("app", 3*batches)...), &waits{since: map[string]int{}}
				g := build(t, func(c *Config) {
					c.Limit = 3 * batches
					c.Sources[0].Receiver = timedReceiver{r, w}
					sink := c.Sink.(*fakeSink)
					sink.takes = takes
					c.Sink = timedSink{sink, w}
				}, r)
				if err := g.consumer.Run(t.Context()); err != nil {
					t.Fatal(err)
				}
				g.settled()
				if len(w.since) > 0 {
					t.Errorf("without a commit: %v", slices.Sorted(maps.Keys(w.since)))
				}
				if w.most < 2 || w.most > 3 {
					t.Errorf("a message saw %d commits", w.most)
				}
			})
		})
	}
}
