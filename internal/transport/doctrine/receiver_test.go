//go:build integration || compat

package doctrine_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"envelog/consumer"
	"envelog/internal/dbtest"
	"envelog/internal/failure"
	"envelog/internal/transport/doctrine"
	"envelog/internal/transport/transporttest"
	"envelog/transport"
)

var (
	_ consumer.Receiver   = (*doctrine.Receiver)(nil)
	_ consumer.Keepaliver = (*doctrine.Receiver)(nil)
	_ consumer.Leaver     = (*doctrine.Receiver)(nil)
	_ failure.Origin      = (*doctrine.Receiver)(nil)
)

// receiver reads the queue of a database's URL; it is closed with its test, or before.
func receiver(t *testing.T, url string) *doctrine.Receiver {
	t.Helper()
	r := doctrine.NewReceiver(open(t, url), 0, 4<<20, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { r.Close() })
	return r
}

// received returns what there is at this moment.
func received(t *testing.T, r *doctrine.Receiver, limit int) (ids []string) {
	t.Helper()
	batch, err := r.Receive(t.Context(), limit, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range batch.Entries {
		ids = append(ids, string(e.ID))
	}
	return ids
}

func TestReceiver(t *testing.T) {
	onEveryPlatform(t, func(t *testing.T, p platform) {
		url := p.fresh(t).url + "?queue_name=failed"
		own, r, other := open(t, url), receiver(t, url), receiver(t, url)
		if ids := received(t, r, 10); len(ids) != 0 {
			t.Fatalf("received %v of a table that is not there", ids)
		}
		var rows []string
		for i := range 6 {
			rows = append(rows, sendText(t, own, fmt.Sprint(i)))
		}
		ids := received(t, r, 4)
		if len(ids) != 4 || !strings.HasSuffix(ids[0], "-"+rows[0]) {
			t.Fatalf("received %v, want the first 4 of %v", ids, rows)
		}
		if m, err := own.Find(t.Context(), ids[0]); err != nil || m.ID != rows[0] || m.EntryID() != ids[0] {
			t.Errorf("find %s = %+v, %v", ids[0], m, err)
		}
		if _, err := own.Find(t.Context(), "1-"+rows[0]); !errors.Is(err, transport.ErrNotFound) {
			t.Errorf("find of another time's row: %v", err)
		}
		if rest := received(t, other, 10); len(rest) != 2 {
			t.Errorf("another one received %v, want the last 2", rest)
		}
		if err := errors.Join(r.Ack(t.Context(), bytesOf(ids[0])), r.Ack(t.Context(), bytesOf(ids[0])), r.Keepalive(t.Context(), bytesOf(ids[1:]...))); err != nil {
			t.Fatal(err)
		}
		m := transporttest.Message("again")
		if err := r.Retry(t.Context(), []byte(ids[1]), m, time.Hour); err != nil {
			t.Fatal(err)
		}
		if found, err := own.Find(t.Context(), rows[1]); err != nil || string(found.Body) != string(m.Body) || !found.Delivered.IsZero() || time.Until(found.Available) < 59*time.Minute {
			t.Errorf("what is retried: %+v, %v", found, err)
		}
		// What is given back is there for others at once, and is not handed out here again.
		if err := r.GiveBack(t.Context(), []byte(ids[2])); err != nil {
			t.Fatal(err)
		}
		if again := received(t, r, 10); len(again) != 0 {
			t.Errorf("received again: %v", again)
		}
		if got, err := own.Get(t.Context()); err != nil || got.ID != rows[2] {
			t.Errorf("get = %s, %v, want %s", got.ID, err, rows[2])
		}
		// So is what was left when the receiver ends.
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		if got, err := own.Get(t.Context()); err != nil || got.ID != rows[3] {
			t.Errorf("get after the close = %s, %v, want %s", got.ID, err, rows[3])
		}
		if n, err := own.Count(t.Context()); err != nil || n.Waiting != 0 || n.Pending != 4 || n.Delayed != 1 {
			t.Errorf("count = %+v, %v", n, err)
		}
	})
}

func bytesOf(ids ...string) (all [][]byte) {
	for _, id := range ids {
		all = append(all, []byte(id))
	}
	return all
}

// TestReceiverLeaves: what is left comes again after a while.
func TestReceiverLeaves(t *testing.T) {
	url := freshSQLite(t).url
	id := sendText(t, open(t, url), "1")
	r := receiver(t, url)
	first := received(t, r, 1)
	r.Leave(bytesOf(first...))
	batch, err := r.Receive(t.Context(), 1, 5*time.Minute)
	if err != nil || len(batch.Entries) != 1 || !strings.HasSuffix(string(batch.Entries[0].ID), "-"+id) {
		t.Fatalf("receive = %+v, %v", batch, err)
	}
}

// TestReceiverPagesByBytes: a batch of large messages is a small one.
func TestReceiverPagesByBytes(t *testing.T) {
	url := freshSQLite(t).url
	own := open(t, url)
	for range 4 {
		if _, err := own.Send(t.Context(), transport.Message{Body: []byte(strings.Repeat("x", 3<<20))}, 0); err != nil {
			t.Fatal(err)
		}
	}
	r := receiver(t, url)
	for range 4 {
		if ids := received(t, r, 10); len(ids) != 1 {
			t.Fatalf("received %d messages of 3 MiB at once", len(ids))
		}
	}
}

// largeBodiesAreCut: of a body beyond the bound the server sends the beginning, with the size and the digest of the whole.
func largeBodiesAreCut(t *testing.T, url string) {
	own := open(t, url)
	large := strings.Repeat("é0123456789", 500_000)
	for _, body := range []string{"small", large, "small too"} {
		if _, err := own.Send(t.Context(), transport.Message{Body: []byte(body)}, 0); err != nil {
			t.Fatal(err)
		}
	}
	batch, err := receiver(t, url).Receive(t.Context(), 10, 0)
	if err != nil || len(batch.Entries) != 3 {
		t.Fatalf("%d messages, %v", len(batch.Entries), err)
	}
	for i, want := range []string{"small", "", "small too"} {
		e := batch.Entries[i]
		switch {
		case want != "":
			if string(e.Body) != want || e.Cuts != nil {
				t.Errorf("message %d is %d bytes, cut %v", i, len(e.Body), e.Cuts)
			}
		case len(e.Cuts) != 1 || e.Cuts[0] != transport.Cut{Field: "body", Bytes: len(large), SHA256: sha256.Sum256([]byte(large))}:
			t.Errorf("the large message is cut as %v", e.Cuts)
		case !strings.HasPrefix(large, string(e.Body)) || len(e.Body) < 64<<10 || len(e.Body) > 128<<10:
			t.Errorf("of the large message there are %d bytes", len(e.Body))
		}
	}
}

// TestReceiverOutlivesTheServer: an outage is waited for, and what was acknowledged meanwhile is acknowledged.
func TestReceiverOutlivesTheServer(t *testing.T) {
	for name, start := range map[string]func(testing.TB, ...string) *dbtest.Server{"PostgreSQL": dbtest.StartPostgreSQL, "MariaDB": dbtest.StartMariaDB} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			url := s.URL(s.NewDatabase())
			own := open(t, url)
			sendText(t, own, "1")
			sendText(t, own, "2")
			r := receiver(t, url)
			first := received(t, r, 1)
			s.Stop()
			if ids := received(t, r, 1); len(ids) != 0 || !r.Waiting() {
				t.Fatalf("received %v, waiting %v", ids, r.Waiting())
			}
			acked := make(chan error)
			go func() { acked <- r.Ack(t.Context(), bytesOf(first...)) }()
			s.Restart()
			if err := <-acked; err != nil {
				t.Fatal(err)
			}
			if ids := received(t, r, 10); len(ids) != 1 || r.Waiting() {
				t.Fatalf("received %v, waiting %v", ids, r.Waiting())
			}
			if n, err := own.Count(t.Context()); err != nil || n.Pending != 1 || n.Waiting != 0 {
				t.Errorf("count = %+v, %v", n, err)
			}
		})
	}
}
