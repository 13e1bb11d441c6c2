package redis

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"envelog/internal/redis"

	"github.com/alicebob/miniredis/v2"
	redigo "github.com/gomodule/redigo/redis"
)

// living connects a receiver of that name and owner, whose heartbeats are faster and whose lease is shorter than usual.
func (s target) living(t *testing.T, name, owner string) client {
	t.Helper()
	c := s.receiver(t, Options{Owner: owner}, func(c *Config) { c.Consumer = name })
	c.heartbeat.every, c.heartbeat.lease = heartbeatEvery/5, LeaseTime/5 // less, and a busy machine makes gaps, which prolong leases
	if err := c.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c
}

// dies ends a receiver as a kill does: it stays registered.
func (c client) dies() {
	c.heartbeat.stop()
	c.disconnect()
	c.acks.close()
}

// names returns the consumers of the group, in the order of Redis.
func (s target) names(t *testing.T) (names []string) {
	t.Helper()
	consumers, err := redigo.Values(s.do(t, "XINFO", "CONSUMERS", "messages", "symfony"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range consumers {
		fields, err := redigo.Values(c, nil)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, string(fields[1].([]byte)))
	}
	return names
}

func (s target) registered(t *testing.T) int {
	t.Helper()
	return s.int(t, "HLEN", s.config(t).RegistryKey())
}

func claimsFromTheExpired(t *testing.T, s target) {
	lost := s.living(t, "lost", "a")
	s.add(t, numbered("m", 2500)...)
	lost.collect(t, 2500)
	s.do(t, "XADD", "messages", "*", "message", "php")
	s.readAs(t, "php", 1)
	lost.dies()

	claimer := s.living(t, "claimer", "b")
	got, ids := claimer.collect(t, 2500)
	equal(t, "messages", got, numbered("m", 2500))
	claimer.ackAll(t, ids)
	eventually(t, "the other consumer's name is gone", func() bool {
		claimer.next(t, 10, 20*time.Millisecond)
		return s.registered(t) == 1
	})
	want := []string{"claimer", "php"}
	if s.scriptless {
		want = []string{"claimer", "lost", "php"}
	}
	equal(t, "consumers", s.names(t), want)
	if p := s.pending(t); p != 1 {
		t.Fatalf("%d entries pending, 1 is PHP's", p)
	}
	if st := claimer.Stats(); st.Claimed != 2500 {
		t.Fatalf("stats %+v", st)
	}
}

// everyEntryIsClaimedOnce has two consumers claim the entries of a third one.
func everyEntryIsClaimedOnce(t *testing.T, s target) {
	lost := s.living(t, "lost", "a")
	s.add(t, numbered("m", 3000)...)
	lost.collect(t, 3000)
	others := []client{s.living(t, "b", "b"), s.living(t, "c", "c")}
	lost.dies()
	seen := map[string]int{}
	for deadline := time.Now().Add(patience); len(seen) < 3000; {
		if time.Now().After(deadline) {
			t.Fatalf("%d messages of 3000", len(seen))
		}
		for _, claimer := range others {
			got, ids := claimer.next(t, 500, 20*time.Millisecond)
			for _, m := range got {
				seen[m]++
			}
			claimer.ackAll(t, ids)
		}
	}
	for m, times := range seen {
		if times != 1 {
			t.Fatalf("%s came %d times", m, times)
		}
	}
}

// theAliveKeepTheirs leaves entries in flight for longer than a lease.
func theAliveKeepTheirs(t *testing.T, s target) {
	slow := s.living(t, "slow", "a")
	s.add(t, "a")
	_, ids := slow.collect(t, 1)
	other := s.living(t, "other", "b")
	for until := time.Now().Add(3 * other.heartbeat.lease); time.Now().Before(until); {
		if got, _ := other.next(t, 10, 50*time.Millisecond); len(got) > 0 {
			t.Fatalf("the other one got %q", got)
		}
	}
	slow.ackAll(t, ids)
	if st := slow.Stats(); st.Acked != 1 {
		t.Fatalf("stats %+v", st)
	}
}

func secondOfAName(t *testing.T, s target) {
	first, second := s.living(t, "web", "a"), s.living(t, "web", "b")
	if got := []string{first.Consumer(), second.Consumer()}; got[0] != "web" || got[1] != "web-2" {
		t.Fatalf("names %q", got)
	}
	if second.log.count("takes a name of its own") != 1 || first.log.count("level=WARN") != 0 {
		t.Fatalf("logs:\n%s%s", first.log, second.log)
	}
	first.Close()
	if again := s.living(t, "web", "c"); again.Consumer() != "web" {
		t.Fatalf("name %q", again.Consumer())
	}
}

// sameOwnerComesBack restarts a consumer that was killed: it has its name and its entries at once.
func sameOwnerComesBack(t *testing.T, s target) {
	c := s.living(t, "web", "a")
	s.add(t, "a", "b")
	c.collect(t, 2)
	c.dies()
	again := s.living(t, "web", "a")
	if got, _ := again.next(t, 10, 0); len(got) != 2 || again.Consumer() != "web" {
		t.Fatalf("%s received %q", again.Consumer(), got)
	}
}

func leavesNothingBehind(t *testing.T, s target) {
	c := s.living(t, "web", "a")
	s.add(t, "a")
	_, ids := c.collect(t, 1)
	c.ackAll(t, ids)
	c.Close()
	if left := s.names(t); len(left) != 0 || s.registered(t) != 0 {
		t.Fatalf("consumers %q, %d registered", left, s.registered(t))
	}
}

// releasesWhatItLeaves has the entries of a consumer that stopped claimed before a lease could expire.
func releasesWhatItLeaves(t *testing.T, s target) {
	c, other := s.living(t, "web", "a"), s.living(t, "other", "b")
	other.heartbeat.mu.Lock()
	other.heartbeat.lease = time.Hour
	other.heartbeat.mu.Unlock()
	s.add(t, "a", "b")
	c.collect(t, 2)
	c.Close()
	got, _ := other.collect(t, 2)
	equal(t, "messages", got, []string{"a", "b"})
}

// comesBackAfterItsLease sends heartbeats after another consumer has taken its name.
func comesBackAfterItsLease(t *testing.T, s target) {
	c := s.living(t, "web", "a")
	s.do(t, "HSET", s.config(t).RegistryKey(), "web", "somebody/else/1")
	eventually(t, "another name", func() bool { return c.Consumer() == "web-2" })
}

func withoutRegistry(t *testing.T, s target) {
	s.do(t, "SET", s.config(t).RegistryKey(), "a string")
	c := s.living(t, "web", "a")
	s.add(t, "a")
	got, _ := c.collect(t, 1)
	equal(t, "messages", got, []string{"a"})
	if n := c.log.count("Cannot write this consumer's heartbeat"); n != 1 {
		t.Fatalf("%d warnings; log:\n%s", n, c.log)
	}
}

func TestSightings(t *testing.T) {
	const every, lease = time.Second, 5 * time.Second
	type look struct {
		at        time.Duration
		heartbeat string
		expired   bool
	}
	for _, c := range []struct {
		name  string
		looks []look
	}{
		{"alive", []look{{0, "1", false}, {1, "2", false}, {2, "3", false}, {3, "4", false}, {5, "5", false}, {7, "6", false}, {9, "7", false}}},
		{"expired", []look{{0, "1", false}, {2, "1", false}, {4, "1", false}, {5, "1", true}, {6, "1", true}}},
		{"late", []look{{0, "1", false}, {2, "1", false}, {4, "1", false}, {5, "2", false}, {7, "2", false}}},
		{"marked as gone", []look{{0, goneMark, true}}},
		{"the watcher was away", []look{{0, "1", false}, {2, "1", false}, {4, "1", false}, {9, "1", false}, {12, "1", false}, {15, "1", false}, {18, "1", false}, {19, "1", true}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s sightings
			start := time.Now()
			for _, l := range c.looks {
				s.look(map[string]string{"other": l.heartbeat}, start.Add(l.at*time.Second), every, lease) //nolint:durationcheck // at counts seconds
				if expired := len(s.expired) == 1; expired != l.expired {
					t.Fatalf("after %d s expired is %t", l.at, expired)
				}
			}
		})
	}
}

func TestRegistryKey(t *testing.T) {
	for stream, want := range map[string]string{
		"messages": "{messages}__envelog:g", "{a}b": "{a}b__envelog:g", "a{b}c": "a{b}c__envelog:g",
		"a{b": "{a{b}__envelog:g", "{}a": "", "a}b": "", "{{}": "{{}__envelog:g",
	} {
		key := Config{Stream: stream, Group: "g"}.RegistryKey()
		if key != want {
			t.Errorf("stream %q: %q, want %q", stream, key, want)
		}
		if key != "" && redis.HashTag(key) != redis.HashTag(stream) {
			t.Errorf("stream %q: the key's tag is %q", stream, redis.HashTag(key))
		}
	}
}

// twoOfAnOwner has a directory copied with the token that names the owner: the first one sees the other, and takes another
// name.
func twoOfAnOwner(t *testing.T, s target) {
	first := s.living(t, "web", "a")
	second := s.living(t, "web", "a")
	eventually(t, "two names", func() bool { return first.Consumer() != second.Consumer() })
}

// plantedInTheRegistry has a neighbour write what no consumer does: it goes, and nobody is kept from starting.
func plantedInTheRegistry(t *testing.T, s target) {
	key := s.config(t).RegistryKey()
	other := s.living(t, "other", "b")
	s.do(t, "HSET", key, "huge", strings.Repeat("x", 1<<20), strings.Repeat("n", 1<<16), "o/l/1", "foreign", "some value", "empty", "")
	c := s.living(t, "me", "a")
	eventually(t, "what is foreign goes", func() bool { return s.registered(t) == 2 })
	s.add(t, "a")
	got, ids := c.collect(t, 1)
	equal(t, "messages", got, []string{"a"})
	c.ackAll(t, ids)
	if c.Consumer() != "me" || other.Consumer() != "other" || c.log.count("level=WARN") != 0 {
		t.Fatalf("%s, %s; log:\n%s", c.Consumer(), other.Consumer(), c.log)
	}
}

// plantedNames has a neighbour take the name and all its numbers.
func plantedNames(t *testing.T, s target) {
	plant := []any{s.config(t).RegistryKey(), "me", "o/l/1"}
	for n := 2; n <= manyNames; n++ {
		plant = append(plant, fmt.Sprintf("me-%d", n), "o/l/1")
	}
	s.do(t, "HSET", plant...)
	c := s.receiver(t, Options{Owner: "a"}, func(c *Config) { c.Consumer = "me" })
	c.heartbeat.every, c.heartbeat.lease = 300*time.Millisecond, time.Second // on a busy machine too, without a gap
	if err := c.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	if name := c.Consumer(); !strings.HasPrefix(name, "me-") || len(name) < len("me-")+20 {
		t.Fatalf("name %q", name)
	}
	if !s.scriptless { // which takes too long for heartbeats that are as fast as this test's
		eventually(t, "names of nobody go", func() bool {
			c.next(t, 1, 0)
			return s.registered(t) == 1
		})
	}
	if c.log.count("takes a name of its own") != 1 {
		t.Fatalf("log:\n%s", c.log)
	}
}

func absurdRegistry(t *testing.T, s target) {
	var plant []any
	for n := range mostHeartbeats + 1 {
		plant = append(plant, fmt.Sprint(n), "o/l/1")
	}
	s.do(t, "HSET", append([]any{s.config(t).RegistryKey()}, plant...)...)
	c := s.living(t, "me", "a")
	if n := s.registered(t); c.Consumer() != "me" || n != 1 {
		t.Fatalf("%s, %d names", c.Consumer(), n)
	}
}

// TestEachAttemptHasItsOwnHeartbeat has a heartbeat sent again, as after a reply that was lost: for the others, who have
// seen the first one unchanged for a while already, the second one renews the lease.
func TestEachAttemptHasItsOwnHeartbeat(t *testing.T) {
	m := miniredis.RunT(t)
	s := target{addr: m.Addr(), mini: m}
	cfg := s.config(t)
	c, err := redis.Dial(t.Context(), cfg.Server, cfg.Stream)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var sent []string
	h := newHeartbeat(cfg, slog.New(slog.DiscardHandler), "owner", func(_ context.Context, f func(c *redis.Conn) error) error {
		for range 2 {
			if err := f(c); err != nil {
				return err
			}
			sent = append(sent, m.HGet(cfg.RegistryKey(), "me"))
		}
		return nil
	})
	if err := h.register(t.Context(), h.owner); err != nil {
		t.Fatal(err)
	}
	if len(sent) != 2 || sent[0] == sent[1] || !isHeartbeat(sent[0]) || !isHeartbeat(sent[1]) {
		t.Fatalf("heartbeats %q", sent)
	}
}

// TestHeartbeatsComeBack has a registry that cannot be written to, by an error that passes and by one that stays.
func TestHeartbeatsComeBack(t *testing.T) {
	for reply, want := range map[redigo.Error]time.Duration{
		"OOM command not allowed when used memory > 'maxmemory'.": LeaseTime,
		"WRONGTYPE Operation against a key":                       heartbeatRetry,
	} {
		synctest.Test(t, func(t *testing.T) {
			tries := 0
			h := newHeartbeat(Config{Stream: "messages", Group: "symfony"}, slog.New(slog.DiscardHandler), "owner",
				func(context.Context, func(c *redis.Conn) error) error {
					tries++
					return reply
				})
			began := time.Now()
			for tries < 2 {
				if err := h.register(t.Context(), h.owner); err != nil {
					t.Fatal(err)
				}
				time.Sleep(heartbeatEvery)
			}
			if after := time.Since(began) - heartbeatEvery; after != want {
				t.Errorf("%s: tried again after %v, want %v", reply, after, want)
			}
		})
	}
}
