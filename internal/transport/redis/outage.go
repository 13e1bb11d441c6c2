package redis

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

const (
	firstPause = 50 * time.Millisecond
	mostPause  = 5 * time.Second
)

// side is one of the two connections of a receiver.
type side uint32

const (
	readSide side = 1 << iota
	ackSide
)

// outage tells the log when Redis begins to fail and when it has recovered, once for both connections.
type outage struct {
	log  *slog.Logger
	addr string

	down  atomic.Uint32 // the sides that fail
	mu    sync.Mutex
	since time.Time
	tries int // by both
}

func (o *outage) failed(s side, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.tries++
	if o.down.Or(uint32(s)) != 0 {
		return
	}
	o.since = time.Now()
	o.log.Warn("Redis fails; trying again until it recovers.", "redis", o.addr, "error", err)
}

// over costs next to nothing when there is no outage.
func (o *outage) over(s side) {
	if o.down.Load()&uint32(s) == 0 {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.down.And(^uint32(s)) == uint32(s) {
		o.log.Info("Redis has recovered.", "redis", o.addr, "after", time.Since(o.since).Round(time.Millisecond), "tries", o.tries)
		o.tries = 0
	}
}

// pause is how long to wait before the next try, at most. It is multiplied with a random number (full jitter), so that
// many consumers do not come back at once.
func pause(tries int) time.Duration {
	return min(mostPause, firstPause<<min(tries, 10))
}

// sleep waits, or returns the error of a context that ends before.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
