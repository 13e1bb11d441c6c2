package redis

import (
	"context"
	"time"

	"envelog/internal/redis"
)

// guard makes what the connection waits for end soon after ctx does; the function that it returns ends the guard.
//
// A blocking read is ended by the other connection (CLIENT UNBLOCK), so that Redis hands out nothing that nobody takes:
// closing the socket alone would leave entries pending that were on their way. When no byte of a reply comes within
// stopGrace the server is taken for dead and the connection is closed. A reply that has begun is read to its end, unless
// that takes longer than replyGrace: what it holds stays pending then.
func (r *Receiver) guard(ctx context.Context) (release func()) {
	c, done := r.conn, make(chan struct{})
	stop := context.AfterFunc(ctx, func() { r.wake(c, done) })
	return func() {
		stop()
		close(done)
	}
}

func (r *Receiver) wake(c *redis.Conn, done <-chan struct{}) {
	silent := time.AfterFunc(stopGrace, func() {
		if !c.Began() {
			abort(c, done)
		}
	})
	defer silent.Stop()
	slow := time.AfterFunc(replyGrace, func() { abort(c, done) })
	defer slow.Stop()
	// The read may be about to block, so once is not always enough.
	again := time.NewTicker(unblockAgain)
	defer again.Stop()
	for c.ID() != 0 && !ended(done) && !r.acks.unblock(c.ID()) {
		select {
		case <-done:
			return
		case <-again.C:
		}
	}
	<-done
}

// abort ends what the connection waits for, unless it is done: the pending read fails, and closing comes later.
func abort(c *redis.Conn, done <-chan struct{}) {
	if !ended(done) {
		c.Abort()
	}
}

func ended(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}
