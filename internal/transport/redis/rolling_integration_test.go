//go:build integration

package redis

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"envelog/internal/redistest"
)

// ledger counts what workers have handled.
type ledger struct {
	mu    sync.Mutex
	seen  map[string]int
	last  time.Time
	stall time.Duration
}

func (l *ledger) add(messages []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if !l.last.IsZero() && len(messages) > 0 {
		l.stall = max(l.stall, now.Sub(l.last))
	}
	if len(messages) > 0 {
		l.last = now
	}
	for _, m := range messages {
		l.seen[m]++
	}
}

func (l *ledger) missing(messages []string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return missing(l.seen, messages)
}

// worker is one receiver that handles and acknowledges what it gets.
type worker struct {
	client
	stop func()
}

func (s target) work(t *testing.T, name string, l *ledger) *worker {
	t.Helper()
	w := &worker{client: s.receiver(t, Options{Owner: name}, func(c *Config) { c.Consumer = name })}
	if err := w.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var task sync.WaitGroup
	task.Go(func() {
		for ctx.Err() == nil {
			b, err := w.Receive(ctx, 50, time.Second)
			if err != nil && ctx.Err() == nil {
				t.Errorf("receive: %v", err)
				return
			}
			messages, ids := open(b)
			l.add(messages)
			if err := w.Ack(t.Context(), ids); err != nil {
				t.Errorf("ack: %v", err)
				return
			}
		}
	})
	w.stop = func() {
		cancel()
		task.Wait()
	}
	return w
}

// TestRollingRestart restarts five consumers in turn, three times, while a producer writes: nothing is lost, nothing
// comes twice, and it never stands still for long. The stall is reported; its bound is generous.
func TestRollingRestart(t *testing.T) {
	s := realTarget(t, redistest.AOF()...)
	l := &ledger{seen: map[string]int{}}
	var workers [5]*worker
	for i := range workers {
		workers[i] = s.work(t, fmt.Sprint("w", i), l)
	}
	p := produce(t, workers[0].cfg, false)
	for range 3 {
		for i, w := range workers {
			flow(w.client, 20)
			w.stop()
			if err := w.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.Close()
			workers[i] = s.work(t, fmt.Sprint("w", i), l)
		}
	}
	confirmed := p.finish()
	eventually(t, "all messages have come", func() bool { return len(l.missing(confirmed)) == 0 })
	for _, w := range workers {
		w.stop()
		w.ackAll(t, nil)
		w.Close()
	}
	for m, times := range l.seen {
		if times != 1 {
			t.Errorf("%s came %d times", m, times)
		}
	}
	if left, pending := s.names(t), s.pending(t); len(left) != 0 || pending != 0 || s.registered(t) != 0 {
		t.Errorf("consumers %q, %d pending, %d registered", left, pending, s.registered(t))
	}
	t.Logf("%d messages, 15 restarts, stall %v", len(confirmed), l.stall.Round(time.Millisecond))
}
