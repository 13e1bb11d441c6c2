package redis

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	redigo "github.com/gomodule/redigo/redis"

	"envelog/internal/redistest"
	"envelog/transport"
)

// patience is how long a test waits for what must happen. On a machine that has time it takes a second or two: this is the bound for
// what never happens.
const patience = 3 * time.Minute

// prompt is how long it takes at most, on a machine that has time.
const prompt = 20 * time.Second

// target is a server under test: exactly one of real and mini is set.
type target struct {
	addr string
	real *redistest.Server
	mini *miniredis.Miniredis

	scriptless bool // names of consumers whose lease expired stay in the group
}

// do sends one command on a connection of its own; an error reply fails the test.
func (s target) do(t *testing.T, command string, args ...any) any {
	t.Helper()
	c, err := redigo.Dial("tcp", s.addr)
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	defer c.Close()
	reply, err := c.Do(command, args...)
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	return reply
}

func (s target) int(t *testing.T, command string, args ...any) int {
	t.Helper()
	n, err := redigo.Int(s.do(t, command, args...), nil)
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	return n
}

// add writes one entry for each message and returns their ids.
func (s target) add(t *testing.T, messages ...string) []string {
	t.Helper()
	ids := make([]string, len(messages))
	for i, m := range messages {
		id, err := redigo.String(s.do(t, "XADD", "messages", "*", "message", m), nil)
		if err != nil {
			t.Fatal(err)
		}
		ids[i] = id
	}
	return ids
}

// pending counts the entries that the group has delivered and not seen acknowledged.
func (s target) pending(t *testing.T) int {
	t.Helper()
	summary, err := redigo.Values(s.do(t, "XPENDING", "messages", "symfony"), nil)
	if err != nil {
		t.Fatal(err)
	}
	return int(summary[0].(int64))
}

// readAs delivers new entries to another consumer.
func (s target) readAs(t *testing.T, consumer string, count int) {
	t.Helper()
	s.do(t, "XREADGROUP", "GROUP", "symfony", consumer, "COUNT", count, "STREAMS", "messages", ">")
}

// config is that of a DSN with the consumer "me".
func (s target) config(t *testing.T, changes ...func(*Config)) Config {
	t.Helper()
	cfg, err := ParseDSN("redis://" + s.addr + "/messages/symfony/me")
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range changes {
		change(&cfg)
	}
	return cfg
}

// client is a receiver with its log.
type client struct {
	*Receiver
	log *logBook
}

// connect returns a receiver that is connected, and closed when the test ends.
func (s target) connect(t *testing.T, changes ...func(*Config)) client {
	t.Helper()
	c := s.receiver(t, Options{Patience: time.Minute}, changes...)
	if err := c.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c
}

func (s target) receiver(t *testing.T, o Options, changes ...func(*Config)) client {
	t.Helper()
	return s.receiverOf(t, s.config(t, changes...), o)
}

func (s target) receiverOf(t *testing.T, cfg Config, o Options) client {
	t.Helper()
	book := &logBook{}
	o.Log = slog.New(slog.NewTextHandler(book, nil))
	if o.Owner == "" {
		o.Owner = "the test's"
	}
	c := client{NewReceiver(cfg, o), book}
	t.Cleanup(func() { c.Close() })
	return c
}

// next returns the messages of one batch and their ids.
func (c client) next(t *testing.T, max int, wait time.Duration) (messages []string, ids [][]byte) {
	t.Helper()
	b, err := c.Receive(t.Context(), max, wait)
	if err != nil {
		t.Fatalf("receive: %v", err)
	}
	if len(b.Entries) > max {
		t.Fatalf("%d entries, %d were asked for", len(b.Entries), max)
	}
	return open(b)
}

// open copies a batch and releases it.
func open(b transport.Batch) (messages []string, ids [][]byte) {
	for _, e := range b.Entries {
		messages = append(messages, string(e.Message))
		ids = append(ids, bytes.Clone(e.ID))
	}
	if b.Release != nil {
		b.Release()
	}
	return messages, ids
}

// collect receives until there are n messages.
func (c client) collect(t *testing.T, n int) (messages []string, ids [][]byte) {
	t.Helper()
	for deadline := time.Now().Add(patience); len(messages) < n; {
		if time.Now().After(deadline) {
			t.Fatalf("%d messages of %d after %v; log:\n%s", len(messages), n, patience, c.log)
		}
		m, i := c.next(t, 1000, time.Second)
		messages, ids = append(messages, m...), append(ids, i...)
	}
	return messages, ids
}

// ackAll acknowledges and waits for the confirmation.
func (c client) ackAll(t *testing.T, ids [][]byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := c.Ack(ctx, ids); err != nil {
		t.Fatal(err)
	}
	if err := c.Flush(ctx); err != nil {
		t.Fatal(err)
	}
}

// logBook keeps what a receiver logs; it is safe for concurrent use.
type logBook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logBook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *logBook) count(text string) int { return strings.Count(l.String(), text) }

// eventually polls until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); !holds(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("not after %v: %s", patience, what)
		}
	}
}

func equal(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("%s: %q, want %q", what, got, want)
	}
}

// numbered returns n messages.
func numbered(prefix string, n int) []string {
	m := make([]string, n)
	for i := range m {
		m[i] = fmt.Sprintf("%s%d", prefix, i)
	}
	return m
}
