// Package transporttest tests that an implementation obeys the rules of transport.Storage.
package transporttest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"envelog/transport"
)

// Storage is a storage with a worker beside it, so that messages can be in every state.
type Storage interface {
	transport.Storage
	Worker
}

// Worker hands messages out one by one, as a receiver does.
type Worker interface {
	// Get hands out the message that has been due for the longest. Until it is acknowledged no one else is given it. With
	// nothing to hand out the error wraps transport.ErrNotFound.
	Get(ctx context.Context) (transport.Stored, error)
	// Ack removes a message that was handled.
	Ack(ctx context.Context, id string) error
}

// Open returns a storage that is empty and not set up; the test closes it.
type Open func(t *testing.T) Storage

// Run runs every rule on a storage of its own.
func Run(t *testing.T, open Open) {
	for _, rule := range []struct {
		name string
		test func(*testing.T, Storage)
	}{
		{"a message comes back as it was sent", comesBack},
		{"the oldest is handed out first", oldestFirst},
		{"a message is handed out once", handedOutOnce},
		{"many workers share the messages", manyWorkers},
		{"ack removes", ackRemoves},
		{"a delayed message waits", delayed},
		{"counts tell the states apart", counts},
		{"all lists what is waiting", lists},
		{"all stops at its limit and at a break", listsSome},
		{"the loop over all may remove", removesInLoop},
		{"find and remove know every state", findAndRemove},
		{"an id that is not there is not found", notThere},
		{"setup changes nothing that is there", setupTwice},
		{"a cancelled context changes nothing", cancelled},
	} {
		t.Run(rule.name, func(t *testing.T) {
			s := open(t)
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			})
			rule.test(t, s)
		})
	}
}

// Message is what PhpSerializer makes of a small envelope.
func Message(text string) transport.Message {
	return transport.Message{Body: []byte(`O:36:\"Symfony\\Component\\Messenger\\Envelope\":1:{s:1:\"\0\";s:1:\"` + text + `\";}`)}
}

func send(t *testing.T, s Storage, text string, delay time.Duration) string {
	t.Helper()
	id, err := s.Send(t.Context(), Message(text), delay)
	if err != nil || id == "" {
		t.Fatalf("send: id %q, %v", id, err)
	}
	return id
}

func get(t *testing.T, s Storage) transport.Stored {
	t.Helper()
	m, err := s.Get(t.Context())
	if err != nil {
		t.Fatalf("get: %v", err)
	}
	return m
}

func wantEmpty(t *testing.T, s Storage) {
	t.Helper()
	if m, err := s.Get(t.Context()); !errors.Is(err, transport.ErrNotFound) {
		t.Fatalf("get: %+v, %v; want ErrNotFound", m, err)
	}
}

func wantCounts(t *testing.T, s Storage, waiting, pending, delayed int) transport.Counts {
	t.Helper()
	n, err := s.Count(t.Context())
	if err != nil {
		t.Fatalf("count: %v", err)
	}
	if n.Waiting != waiting || n.Pending != pending || n.Delayed != delayed {
		t.Fatalf("count = %+v, want %d waiting, %d pending, %d delayed", n, waiting, pending, delayed)
	}
	return n
}

func comesBack(t *testing.T, s Storage) {
	messages := map[string]transport.Message{
		"slashed": Message("é"),
		"headers": {Body: []byte(`{"level":300.0}`), Headers: []transport.Header{
			{Name: "type", Value: `App\Message\Lög "x" <&> / 😀`}, {Name: "X-Message-Stamp-A", Value: "[{\"a\":\"b\"}]\n"}, {Name: "Content-Type", Value: "application/json"},
		}},
		"megabyte": {Body: bytes.Repeat([]byte("0123456789abcdef"), 1<<16)},
	}
	for name, want := range messages {
		t.Run(name, func(t *testing.T) {
			sent := time.Now()
			id, err := s.Send(t.Context(), want, 0)
			if err != nil {
				t.Fatal(err)
			}
			found, err := s.Find(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			got := get(t, s)
			if !got.Delivered.After(found.Delivered) {
				t.Fatalf("delivered at %v before, at %v after it was handed out", found.Delivered, got.Delivered)
			}
			got.Delivered = found.Delivered
			if !reflect.DeepEqual(got, found) || got.ID != id {
				t.Fatalf("get gave %+v, find %+v of id %s", got, found, id)
			}
			if !bytes.Equal(got.Body, want.Body) || !reflect.DeepEqual(got.Headers, want.Headers) {
				t.Fatalf("got %.200q with %q, want %.200q with %q", got.Body, got.Headers, want.Body, want.Headers)
			}
			if age := got.Created.Sub(sent); age < -2*time.Second || age > time.Since(sent)+2*time.Second {
				t.Fatalf("created %v, sent %v", got.Created, sent)
			}
			if err := s.Ack(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func oldestFirst(t *testing.T, s Storage) {
	first, second := send(t, s, "1", 0), send(t, s, "2", 0)
	if first == second {
		t.Fatalf("two messages have the id %s", first)
	}
	if got := get(t, s); got.ID != first {
		t.Fatalf("got %s, want %s", got.ID, first)
	}
}

func handedOutOnce(t *testing.T, s Storage) {
	wantEmpty(t, s)
	send(t, s, "1", 0)
	get(t, s)
	wantEmpty(t, s)
}

func manyWorkers(t *testing.T, s Storage) {
	const messages, workers = 40, 4
	for i := range messages {
		send(t, s, fmt.Sprint(i), 0)
	}
	var mu sync.Mutex
	seen := map[string]int{}
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for {
				m, err := s.Get(t.Context())
				if errors.Is(err, transport.ErrNotFound) {
					return
				}
				if err == nil {
					err = s.Ack(t.Context(), m.ID)
				}
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				seen[m.ID]++
				mu.Unlock()
			}
		})
	}
	group.Wait()
	// A worker that finds the others' rows locked goes home early; what it left is still there.
	for {
		m, err := s.Get(t.Context())
		if err != nil {
			break
		}
		seen[m.ID]++
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("message %s was handed out %d times", id, n)
		}
	}
	if len(seen) != messages {
		t.Errorf("%d messages were handed out, want %d", len(seen), messages)
	}
}

func ackRemoves(t *testing.T, s Storage) {
	send(t, s, "1", 0)
	m := get(t, s)
	if err := s.Ack(t.Context(), m.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Find(t.Context(), m.ID); !errors.Is(err, transport.ErrNotFound) {
		t.Fatalf("find after it was removed: %v", err)
	}
	wantCounts(t, s, 0, 0, 0)
}

func delayed(t *testing.T, s Storage) {
	id := send(t, s, "later", time.Hour)
	wantEmpty(t, s)
	wantCounts(t, s, 0, 0, 1)
	m, err := s.Find(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if d := m.Available.Sub(m.Created); d < time.Hour || d > time.Hour+2*time.Second {
		t.Fatalf("available %v after it was created, want an hour", d)
	}
}

func counts(t *testing.T, s Storage) {
	if n := wantCounts(t, s, 0, 0, 0); !n.Oldest.IsZero() {
		t.Fatalf("the oldest of none is from %v", n.Oldest)
	}
	send(t, s, "1", 0)
	send(t, s, "2", 0)
	send(t, s, "3", 0)
	send(t, s, "4", time.Hour)
	first := get(t, s)
	if n := wantCounts(t, s, 2, 1, 1); !n.Oldest.Equal(first.Created) {
		t.Fatalf("the oldest is from %v, the first message from %v", n.Oldest, first.Created)
	}
}

func ids(t *testing.T, s Storage, limit int) []string {
	t.Helper()
	var all []string
	for m, err := range s.All(t.Context(), limit) {
		if err != nil {
			t.Fatalf("all: %v", err)
		}
		all = append(all, m.ID)
	}
	return all
}

func lists(t *testing.T, s Storage) {
	if got := ids(t, s, 0); len(got) != 0 {
		t.Fatalf("an empty storage lists %v", got)
	}
	pending := send(t, s, "0", 0)
	want := []string{send(t, s, "1", 0), send(t, s, "2", 0)}
	send(t, s, "later", time.Hour)
	if m := get(t, s); m.ID != pending {
		t.Fatalf("got %s, want %s", m.ID, pending)
	}
	if got := ids(t, s, 0); !reflect.DeepEqual(got, want) {
		t.Fatalf("all = %v, want %v", got, want)
	}
	for m := range s.All(t.Context(), 1) {
		if !bytes.Equal(m.Body, Message("1").Body) {
			t.Fatalf("all gave the body %q", m.Body)
		}
	}
}

func listsSome(t *testing.T, s Storage) {
	var want []string
	for i := range 120 {
		want = append(want, send(t, s, fmt.Sprint(i), 0))
	}
	for _, limit := range []int{0, 1, 49, 50, 51, 100, 120, 1000} {
		expected := want
		if limit != 0 {
			expected = want[:min(limit, len(want))]
		}
		if got := ids(t, s, limit); !reflect.DeepEqual(got, expected) {
			t.Fatalf("all, limit %d: %d messages, want %d: %v", limit, len(got), len(expected), got)
		}
	}
	for m := range s.All(t.Context(), 0) {
		if m.ID != want[0] {
			t.Fatalf("all begins with %s, want %s", m.ID, want[0])
		}
		break
	}
	wantCounts(t, s, len(want), 0, 0)
}

func removesInLoop(t *testing.T, s Storage) {
	for i := range 75 {
		send(t, s, fmt.Sprint(i), 0)
	}
	for m, err := range s.All(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Remove(t.Context(), m.ID); err != nil {
			t.Fatal(err)
		}
	}
	wantCounts(t, s, 0, 0, 0)
}

func findAndRemove(t *testing.T, s Storage) {
	pending, waiting, later := send(t, s, "1", 0), send(t, s, "2", 0), send(t, s, "3", time.Hour)
	get(t, s)
	for _, id := range []string{pending, waiting, later} {
		m, err := s.Find(t.Context(), id)
		if err != nil || m.ID != id || m.Delivered.IsZero() == (id == pending) {
			t.Fatalf("find %s = %+v, %v", id, m, err)
		}
		if err := s.Remove(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if err := s.Remove(t.Context(), id); !errors.Is(err, transport.ErrNotFound) {
			t.Fatalf("remove %s again: %v", id, err)
		}
	}
	wantCounts(t, s, 0, 0, 0)
}

func notThere(t *testing.T, s Storage) {
	id := send(t, s, "1", 0)
	for _, id := range []string{"", "0", "999999", "99999999999999999999", "1795423651867-0", id + "x", " " + id, "+" + id, "é", strings.Repeat("9", 1000), "1 OR 1=1"} {
		_, found := s.Find(t.Context(), id)
		for call, err := range map[string]error{"find": found, "remove": s.Remove(t.Context(), id)} {
			if !errors.Is(err, transport.ErrNotFound) {
				t.Errorf("%s %.40q: %v, want ErrNotFound", call, id, err)
			}
		}
	}
	wantCounts(t, s, 1, 0, 0)
}

func setupTwice(t *testing.T, s Storage) {
	for range 2 {
		if err := s.Setup(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	id := send(t, s, "1", 0)
	if err := s.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Find(t.Context(), id); err != nil {
		t.Fatalf("find after setup: %v", err)
	}
}

func cancelled(t *testing.T, s Storage) {
	id := send(t, s, "1", 0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, sent := s.Send(ctx, Message("2"), 0)
	_, found := s.Find(ctx, id)
	_, counted := s.Count(ctx)
	for call, err := range map[string]error{"send": sent, "find": found, "count": counted, "remove": s.Remove(ctx, id), "setup": s.Setup(ctx)} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want context.Canceled", call, err)
		}
	}
	for _, err := range s.All(ctx, 0) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("all: %v, want context.Canceled", err)
		}
	}
	wantCounts(t, s, 1, 0, 0)
}
