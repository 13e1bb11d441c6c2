package redis

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// ahead receives up to max entries, while another Receive for up to next is announced.
func (c client) ahead(t *testing.T, max, next int) (messages []string, ids [][]byte) {
	t.Helper()
	c.Prefetch(next)
	return c.next(t, max, patience)
}

// untilAhead receives up to max entries a time until a read is under way ahead.
func (c client) untilAhead(t *testing.T, max int) (messages []string) {
	t.Helper()
	for tries := 0; c.prefetch.count == 0; tries++ {
		if tries == 100 {
			t.Fatal("no read is sent ahead")
		}
		got, _ := c.ahead(t, max, max)
		messages = append(messages, got...)
	}
	return messages
}

func readsAhead(t *testing.T, s target) {
	c := s.connect(t)
	want := numbered("m", 500)
	s.add(t, want...)
	var got []string
	sent := false
	for i := 0; len(got) < len(want); i++ {
		max := 3 + i%4
		messages, ids := c.ahead(t, max, 3+(i+1)%4)
		if len(messages) > max {
			t.Fatalf("%d entries where %d were asked for", len(messages), max)
		}
		c.ackAll(t, ids)
		got, sent = append(got, messages...), sent || c.prefetch.count > 0
	}
	equal(t, "messages", got, want)
	if p := s.pending(t); p != 0 || !sent {
		t.Fatalf("%d entries pending; a read was sent ahead: %v", p, sent)
	}
}

func stopsWithAReadAhead(t *testing.T, s target) {
	c := s.connect(t)
	s.add(t, numbered("m", 1000)...)
	handedOut := len(c.untilAhead(t, 5))
	eventually(t, "the reply", func() bool { return s.pending(t) == handedOut+5 }) // a stop waits for it for half a second
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b, err := c.Receive(ctx, 5, time.Hour)
	if err != nil || len(b.Entries) != 5 {
		t.Fatalf("%d entries, %v", len(b.Entries), err)
	}
	handedOut += len(b.Entries)
	if b, err = c.Receive(ctx, 5, time.Hour); !errors.Is(err, context.Canceled) || len(b.Entries) > 0 {
		t.Fatalf("%d more entries, %v", len(b.Entries), err)
	}
	if p := s.pending(t); p != handedOut {
		t.Fatalf("%d entries pending, %d handed out", p, handedOut)
	}
}

func readsAheadOfLargeEntries(t *testing.T, s target) {
	c := s.receiver(t, Options{BatchBytes: 10_000})
	if err := c.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := numbered("m", 60)
	for range 30 {
		want = append(want, strings.Repeat("x", 4000))
	}
	want = append(want, numbered("n", 60)...)
	s.add(t, want...)
	var got []string
	for len(got) < len(want) {
		messages, ids := c.ahead(t, 20, 20)
		c.ackAll(t, ids)
		got = append(got, messages...)
	}
	equal(t, "messages", got, want)
	if p := s.pending(t); p != 0 {
		t.Fatalf("%d entries pending", p)
	}
}

func losesAReadAhead(t *testing.T, s target) {
	c := s.connect(t)
	want := numbered("m", 1000)
	s.add(t, want...)
	got := c.untilAhead(t, 5)
	c.disconnect()
	for len(got) < len(want) {
		messages, _ := c.ahead(t, 50, 50)
		got = append(got, messages...)
	}
	slices.Sort(got) // what was read ahead comes from the pending list, each once
	slices.Sort(want)
	equal(t, "messages", got, want)
}
