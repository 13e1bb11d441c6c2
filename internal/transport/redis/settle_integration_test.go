//go:build integration

package redis

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"envelog/internal/redistest"
	"envelog/transport"
)

func copyOf(text string) transport.Message { return transport.Message{Body: []byte(text)} }

// settling returns a receiver that has one entry in flight, with its id.
func settling(t *testing.T, query string, args ...string) (*redistest.Server, *Receiver, []byte) {
	t.Helper()
	server := redistest.Start(t, args...)
	cfg, err := ParseDSN("redis://" + server.Addr + "/s/g/c?" + query)
	if err != nil {
		t.Fatal(err)
	}
	r := NewReceiver(cfg, Options{})
	if err := r.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	server.Do("XADD", "s", "*", "message", "original")
	batch, err := r.Receive(t.Context(), 1, patience)
	if err != nil || len(batch.Entries) != 1 {
		t.Fatalf("received %d entries, %v", len(batch.Entries), err)
	}
	return server, r, batch.Entries[0].ID
}

// wantKeys compares what lies where: entries on the stream and pending there, delayed ones, and entries of failed.
func wantKeys(t *testing.T, server *redistest.Server, stream, pending, delayed, failed int) {
	t.Helper()
	summary := server.Do("XPENDING", "s", "g").([]any)
	got := fmt.Sprint(server.Do("XLEN", "s"), summary[0], server.Do("ZCARD", "s__queue"), server.Do("XLEN", "failed"))
	if want := fmt.Sprint(stream, pending, delayed, failed); got != want {
		t.Errorf("stream, pending, delayed, failed are %s, want %s", got, want)
	}
}

func TestRetryIsOneStep(t *testing.T) {
	for _, test := range []struct {
		name                    string
		query                   string
		delay                   time.Duration
		stream, delayed, failed int
	}{
		{"delayed", "", time.Hour, 0, 1, 0},
		{"at once", "", 0, 1, 0, 0},
		{"at once, on a bounded stream", "stream_max_entries=10", 0, 1, 0, 0},
		{"kept after the acknowledgement", "delete_after_ack=0", time.Hour, 1, 1, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			server, r, id := settling(t, test.query)
			for range 2 { // the second time as after a connection that was lost before the reply
				if err := r.Retry(t.Context(), id, copyOf("copy"), test.delay); err != nil {
					t.Fatal(err)
				}
			}
			wantKeys(t, server, test.stream, 0, test.delayed, test.failed)
		})
	}
}

func TestParkIsOneStep(t *testing.T) {
	server, r, id := settling(t, "")
	to, err := ParseDSN("redis://" + server.Addr + "/failed")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := r.Park(t.Context(), id, copyOf("copy"), to); err != nil {
			t.Fatal(err)
		}
	}
	wantKeys(t, server, 0, 0, 0, 1)
	m, err := NewStorage(to).Get(t.Context())
	if err != nil || string(m.Body) != "copy" {
		t.Errorf("get = %q, %v", m.Body, err)
	}
}

func TestRetryIsReceivedWhenItIsDue(t *testing.T) {
	_, r, id := settling(t, "")
	if err := r.Retry(t.Context(), id, copyOf("copy"), 50*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	batch, err := r.Receive(t.Context(), 1, patience)
	if err != nil || len(batch.Entries) != 1 {
		t.Fatalf("received %d entries, %v", len(batch.Entries), err)
	}
	if m := r.cfg.Message(&batch.Entries[0]); string(m.Body) != "copy" || len(m.Headers) != 0 {
		t.Errorf("received %q", m)
	}
}

func TestWhatAnotherConsumerHasIsNotSettled(t *testing.T) {
	server, r, id := settling(t, "")
	server.Do("XCLAIM", "s", "g", "other", 0, id, "JUSTID")
	if err := r.Retry(t.Context(), id, copyOf("copy"), time.Hour); !errors.Is(err, ErrClaimed) {
		t.Errorf("retry = %v, want ErrClaimed", err)
	}
	wantKeys(t, server, 1, 1, 0, 0)
}

func TestASettlementThatFailsChangesNothing(t *testing.T) {
	server, r, id := settling(t, "")
	server.Do("SET", "failed", "not a stream")
	to := r.cfg
	to.Stream = "failed"
	if err := r.Park(t.Context(), id, copyOf("copy"), to); err == nil || !strings.Contains(err.Error(), "WRONGTYPE") {
		t.Errorf("park = %v", err)
	}
	server.Do("DEL", "failed")
	wantKeys(t, server, 1, 1, 0, 0)
	server.Do("CONFIG", "SET", "maxmemory", "1")
	if err := r.Retry(t.Context(), id, copyOf("copy"), time.Hour); err == nil || !strings.Contains(err.Error(), "OOM") {
		t.Errorf("retry = %v", err)
	}
	server.Do("CONFIG", "SET", "maxmemory", "0")
	wantKeys(t, server, 1, 1, 0, 0)
	if err := r.Retry(t.Context(), id, transport.Message{Body: []byte("\xff")}, 0); !errors.Is(err, ErrNotText) {
		t.Errorf("retry = %v, want ErrNotText", err)
	}
	if err := r.Reject(t.Context(), id); err != nil {
		t.Error(err)
	}
	wantKeys(t, server, 0, 0, 0, 0)
}

// TestARightThatIsMissingDoublesNothing takes a right away that is needed after the copy was sent.
func TestARightThatIsMissingDoublesNothing(t *testing.T) {
	for _, right := range []string{"xack", "xdel"} {
		t.Run(right, func(t *testing.T) {
			server, r, id := settling(t, "")
			to := r.cfg
			to.Stream = "failed"
			server.Do("ACL", "SETUSER", "default", "-"+right)
			for range 3 {
				if err := r.Park(t.Context(), id, copyOf("copy"), to); err == nil {
					t.Error("parked")
				}
				if err := r.Retry(t.Context(), id, copyOf("copy"), time.Hour); err == nil {
					t.Error("retried")
				}
			}
			wantKeys(t, server, 1, 1, 0, 0)
			server.Do("ACL", "SETUSER", "default", "+"+right)
			if err := r.Park(t.Context(), id, copyOf("copy"), to); err != nil {
				t.Error(err)
			}
			wantKeys(t, server, 0, 0, 0, 1)
		})
	}
}

// TestDelayedMessagesThatMayNotBeRemovedStay: they would be added to the stream again and again.
func TestDelayedMessagesThatMayNotBeRemovedStay(t *testing.T) {
	s := realTarget(t)
	c := s.connect(t)
	s.do(t, "ACL", "SETUSER", "default", "-zrem")
	s.delay(t, delayedMember, -time.Second)
	for range 3 {
		if err := c.moveDue(time.Now()); err == nil {
			t.Error("moved")
		}
	}
	if got := s.int(t, "XLEN", "messages"); got != 0 {
		t.Errorf("%d entries on the stream", got)
	}
	s.do(t, "ACL", "SETUSER", "default", "+zrem")
	_, ids := c.collect(t, 1)
	c.ackAll(t, ids)
	if got := s.int(t, "ZCARD", "messages__queue"); got != 0 {
		t.Errorf("%d delayed messages are left", got)
	}
}

// TestKillsNeitherLoseNorDouble kills the server between any two bytes of settlements, and counts what is left.
func TestKillsNeitherLoseNorDouble(t *testing.T) {
	const entries = 300
	server, r, first := settling(t, "", redistest.AOF()...)
	for i := range entries - 1 {
		server.Do("XADD", "s", "*", "message", fmt.Sprint(i))
	}
	ids := [][]byte{first}
	for len(ids) < entries {
		batch, err := r.Receive(t.Context(), entries, patience)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range batch.Entries {
			ids = append(ids, e.ID)
		}
	}
	var kills sync.WaitGroup
	half := make(chan struct{})
	kills.Go(func() {
		<-half
		server.Kill()
		server.Restart()
	})
	for i, id := range ids {
		if i == entries/3 {
			close(half)
		}
		settleWhenUp(t, r, id)
	}
	kills.Wait()
	wantKeys(t, server, 0, 0, entries, 0)
}

// settleWhenUp tries until the server answers.
func settleWhenUp(t *testing.T, r *Receiver, id []byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		err := r.Retry(ctx, id, copyOf(string(id)), time.Hour)
		if err == nil {
			return
		}
		if sleep(ctx, time.Millisecond) != nil {
			t.Fatal(err)
		}
	}
}

func TestWhatIsGivenBackIsClaimable(t *testing.T) {
	server, r, id := settling(t, "redeliver_timeout=3600")
	if err := r.GiveBack(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	line := server.Do("XPENDING", "s", "g", "-", "+", 1).([]any)[0].([]any)
	if line[1] != LeftConsumer || line[2].(int64) < int64(365*24*time.Hour/time.Millisecond) {
		t.Errorf("pending is %v", line)
	}
	if claimed := server.Do("XCLAIM", "s", "g", "php", 3_600_000, id, "JUSTID").([]any); len(claimed) != 1 {
		t.Errorf("claimed %v", claimed)
	}
}
