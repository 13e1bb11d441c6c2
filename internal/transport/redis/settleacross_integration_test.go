//go:build integration

package redis

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"envelog/internal/redis"
	"envelog/internal/redistest"
)

// across is a transport of a cluster whose delayed set is in another slot than its stream.
type across struct {
	client
	stream, delayed *redis.Conn
}

// newAcross starts with one entry, which it has in flight.
func newAcross(t *testing.T, cluster *redistest.Cluster, name string) (a across, id []byte) {
	t.Helper()
	a.client = of(t, commaDSN(cluster.Addrs())+"/"+name)
	if !a.cfg.splits() {
		t.Fatal("stream and delayed set share a slot")
	}
	for key, c := range map[string]**redis.Conn{a.cfg.Stream: &a.stream, a.cfg.DelayedKey(): &a.delayed} {
		var err error
		if *c, err = redis.Dial(t.Context(), a.cfg.Server, key); err != nil {
			t.Fatal(err)
		}
		t.Cleanup((*c).Close)
	}
	a.do(t, a.stream, "XADD", a.cfg.Stream, "*", "message", `{"body":"original","headers":[]}`)
	_, ids := a.collect(t, 1)
	return a, ids[0]
}

func (a across) do(t *testing.T, c *redis.Conn, command string, args ...any) any {
	t.Helper()
	reply, err := c.Do(command, args...)
	if err != nil {
		t.Fatal(err)
	}
	return reply
}

// want compares what lies where.
func (a across) want(t *testing.T, stream, pending, delayed int) {
	t.Helper()
	summary := a.do(t, a.stream, "XPENDING", a.cfg.Stream, a.cfg.Group).([]any)
	got := fmt.Sprint(a.do(t, a.stream, "XLEN", a.cfg.Stream), summary[0], a.do(t, a.delayed, "ZCARD", a.cfg.DelayedKey()))
	if want := fmt.Sprint(stream, pending, delayed); got != want {
		t.Errorf("stream, pending, delayed are %s, want %s", got, want)
	}
}

// TestRetryAcrossSlots has the copy of an entry go where no script reaches both.
func TestRetryAcrossSlots(t *testing.T) {
	cluster := redistest.StartCluster(t, 3)
	t.Run("the copy is there before the entry is acknowledged", func(t *testing.T) {
		a, id := newAcross(t, cluster, "order")
		s := settlement{target: a.cfg.DelayedKey(), score: millis(time.Now().Add(time.Hour)), value: []byte("copy")}
		if err := a.delayAcross(t.Context(), id, s); err != nil { // as if killed after it
			t.Fatal(err)
		}
		a.want(t, 1, 1, 1)
	})
	t.Run("said twice, done once", func(t *testing.T) {
		a, id := newAcross(t, cluster, "twice")
		for range 2 {
			if err := a.Retry(t.Context(), id, copyOf("copy"), time.Hour); err != nil {
				t.Fatal(err)
			}
			a.want(t, 0, 0, 1)
		}
	})
	t.Run("a right that is missing doubles nothing", func(t *testing.T) {
		a, id := newAcross(t, cluster, "rights")
		a.do(t, a.stream, "ACL", "SETUSER", "default", "-xack")
		for range 3 {
			if err := a.Retry(t.Context(), id, copyOf("copy"), time.Hour); err == nil {
				t.Error("retried")
			}
		}
		a.do(t, a.stream, "ACL", "SETUSER", "default", "+xack")
		a.want(t, 1, 1, 0)

		a.do(t, a.delayed, "ZADD", a.cfg.DelayedKey(), 1, delayedMember)
		a.do(t, a.delayed, "ACL", "SETUSER", "default", "-zrem")
		for range 3 {
			if _, err := moveAcross(a.stream, a.cfg, time.Now()); err == nil {
				t.Error("moved")
			}
		}
		a.do(t, a.delayed, "ACL", "SETUSER", "default", "+zrem")
		a.want(t, 1, 1, 1)
	})
	t.Run("what another consumer has stays", func(t *testing.T) {
		a, id := newAcross(t, cluster, "claimed")
		a.do(t, a.stream, "XCLAIM", a.cfg.Stream, a.cfg.Group, "other", 0, id, "JUSTID")
		if err := a.Retry(t.Context(), id, copyOf("copy"), time.Hour); !errors.Is(err, ErrClaimed) {
			t.Errorf("retry = %v, want ErrClaimed", err)
		}
		a.want(t, 1, 1, 0)
	})
	t.Run("a copy that cannot be written leaves the entry", func(t *testing.T) {
		a, id := newAcross(t, cluster, "failing")
		a.do(t, a.delayed, "SET", a.cfg.DelayedKey(), "no set")
		if err := a.Retry(t.Context(), id, copyOf("copy"), time.Hour); err == nil {
			t.Error("retry succeeds")
		}
		a.do(t, a.delayed, "DEL", a.cfg.DelayedKey())
		a.want(t, 1, 1, 0)
	})
	t.Run("it comes when it is due", func(t *testing.T) {
		a, id := newAcross(t, cluster, "due")
		if err := a.Retry(t.Context(), id, copyOf("copy"), 50*time.Millisecond); err != nil {
			t.Fatal(err)
		}
		_, ids := a.collect(t, 1)
		a.ackAll(t, ids)
		a.want(t, 0, 0, 0)
	})
}
