package redis

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"envelog/decoder/phpredis"
	"envelog/internal/proctest"
	"envelog/internal/redis"
	"envelog/internal/redistest/played"
	"envelog/internal/secret"

	"github.com/alicebob/miniredis/v2"
)

// behaviour is one thing that a receiver does on every server.
type behaviour struct {
	name   string
	notFor string // what miniredis lacks; the behaviour is then shown on a real server only
	run    func(t *testing.T, s target)

	notPlayed bool
}

func behaviours() []behaviour {
	return []behaviour{
		{name: "setup is idempotent", run: setupIsIdempotent},
		{name: "connecting delivers nothing", run: connectingDeliversNothing},
		{name: "entries from before the group are delivered", run: earlierEntriesAreDelivered},
		{name: "auto_setup off needs the group", run: withoutAutoSetup},
		{name: "two groups and deletion do not go together", run: twoGroups},
		{name: "a consumer without a name", run: namelessConsumer},
		{name: "ack deletes", run: ackDeletes},
		{name: "ack without deletion", run: ackWithoutDeletion},
		{name: "what is rejected has an option of its own", run: rejectsByItsOption},
		{name: "many ids in one ack", run: ackInChunks},
		{name: "an unknown id is counted", run: ackUnknown},
		{name: "an entry that is not pending is deleted too", run: ackNotPending},
		{name: "an ack is confirmed while idle", run: ackSettlesWhileIdle},
		{name: "direct fields", run: directFields},
		{name: "own pending entries come first", run: ownPendingFirst},
		{name: "own pending entries come once", run: ownPendingOnce},
		{name: "abandoned entries are claimed in bulk", run: claimsInBulk},
		{name: "abandoned entries are claimed without XAUTOCLAIM", run: claimsWithXclaim},
		{name: "entries in use elsewhere are left alone", run: claimsOnlyIdle},
		{name: "keepalive resets the idle time", run: keepalive},
		{name: "keepalive takes nothing back", run: keepaliveTakesNothingBack},
		{name: "entries are claimed when a lease expires", run: claimsFromTheExpired},
		{name: "every entry is claimed by one consumer", run: everyEntryIsClaimedOnce},
		{name: "a consumer with a lease keeps its entries", run: theAliveKeepTheirs},
		{name: "the second of a name takes another", run: secondOfAName},
		{name: "an owner that comes back has its name at once", run: sameOwnerComesBack},
		{name: "a consumer that stops leaves nothing behind", run: leavesNothingBehind},
		{name: "a consumer that stops gives away its entries", run: releasesWhatItLeaves},
		{name: "two of one owner", run: twoOfAnOwner},
		{name: "a consumer whose lease expired", run: comesBackAfterItsLease},
		{name: "the registry alone fails", run: withoutRegistry},
		{name: "what a neighbour writes into the registry", run: plantedInTheRegistry},
		{name: "a thousand planted names", run: plantedNames},
		{name: "an absurdly large registry", run: absurdRegistry},
		{name: "what was left comes again", run: leftComesAgain},
		{name: "no more than asked for", run: limitIsExact},
		{name: "a read does not wait for a full batch", run: readDoesNotWait},
		{name: "an empty stream is waited for", run: emptyStream},
		{name: "no wait", run: noWait},
		{name: "a cancelled context ends a blocking read", run: cancelWhileBlocked},
		{name: "a batch ends at its bytes", run: batchBytes},
		{name: "an entry larger than a batch", run: bigEntry},
		{name: "entries that are larger than messages may be", run: cutEntries},
		{name: "large entries behind small ones", run: largeBehindSmall},
		{name: "reads ahead", run: readsAhead},
		{name: "a stop hands out what was read ahead", run: stopsWithAReadAhead},
		{name: "a read ahead of entries that did not fit", run: readsAheadOfLargeEntries},
		{name: "a connection that is lost with a read ahead", run: losesAReadAhead},
		{name: "a delayed message is moved when due", run: delayedWhenDue},
		{name: "a delayed message comes due while the stream is silent", run: delayedWhileBlocked},
		{name: "delayed members of every kind", run: delayedMembers},
		{name: "many delayed messages", run: delayedMany},
		{name: "a delayed message that another worker has parked", run: delayedParked},
		{name: "delayed messages are moved with a limit", run: delayedWithMaxEntries},
		{name: "the delayed set alone fails", run: delayedSetFails},
		{name: "trimmed while pending", notFor: "it does not list deleted entries as pending", run: trimmedWhilePending},
		{name: "deleted before it was claimed", notFor: "its XAUTOCLAIM has no list of deleted entries", run: deletedBeforeClaim},
		{name: "stream and group are set up again", run: setUpAgain},
		{name: "a key of another type", run: wrongType},
		{name: "nobody listens", run: nobodyListens},
		{name: "a wrong password", notPlayed: true, run: wrongPassword},
	}
}

func TestBehavioursOnMiniredis(t *testing.T) {
	for _, b := range behaviours() {
		if b.notFor != "" {
			t.Logf("%s: on a real server only; miniredis: %s", b.name, b.notFor)
			continue
		}
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			m := miniredis.RunT(t)
			b.run(t, target{addr: m.Addr(), mini: m})
		})
	}
}

// TestBehavioursOnPlayed shows that the server of the simulation does what a real one does, in all ways of working.
func TestBehavioursOnPlayed(t *testing.T) {
	for name, without := range map[string][]string{
		"newest": nil, "usual": {"XACKDEL"}, "scripts": {"XACKDEL", "MULTI"}, "plain": {"XACKDEL", "EVAL", "EVALSHA"},
	} {
		for _, b := range behaviours() {
			if b.notPlayed {
				continue // it is about logins
			}
			t.Run(name+"/"+b.name, func(t *testing.T) {
				t.Parallel()
				s := playedWithout(t, without...)
				s.scriptless = name == "plain"
				b.run(t, s)
			})
		}
	}
}

// playedWithout starts a server that lacks commands.
func playedWithout(t *testing.T, without ...string) target {
	server := played.New()
	for _, command := range without {
		server.Without[command] = true
	}
	l, err := server.Listen()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		l.Close()
		server.CutAll("")
	})
	return target{addr: l.Addr().String()}
}

// TestKeepaliveWithFewRights is a user who may neither run scripts nor watch keys.
func TestKeepaliveWithFewRights(t *testing.T) {
	s := playedWithout(t, "XACKDEL", "EVAL", "EVALSHA", "WATCH")
	s.scriptless = true
	keepalive(t, s)
}

func setupIsIdempotent(t *testing.T, s target) {
	for range 3 {
		s.connect(t)
	}
	if n := s.int(t, "EXISTS", "messages"); n != 1 {
		t.Fatal("the stream is not there")
	}
}

func connectingDeliversNothing(t *testing.T, s target) {
	s.add(t, "a", "b")
	s.connect(t)
	if p := s.pending(t); p != 0 {
		t.Fatalf("%d entries pending", p)
	}
}

func earlierEntriesAreDelivered(t *testing.T, s target) {
	s.add(t, "a", "b")
	got, _ := s.connect(t).collect(t, 2)
	equal(t, "messages", got, []string{"a", "b"})
}

func withoutAutoSetup(t *testing.T, s target) {
	off := func(c *Config) { c.AutoSetup = false }
	var failed *ConnectError
	err := s.receiver(t, Options{}, off).Connect(t.Context())
	if !errors.As(err, &failed) || !strings.Contains(err.Error(), "messenger:setup-transports") {
		t.Fatalf("error %v", err)
	}
	if s.int(t, "EXISTS", "messages") != 0 {
		t.Fatal("the stream was created")
	}
	s.do(t, "XGROUP", "CREATE", "messages", "symfony", "0", "MKSTREAM")
	s.connect(t, off)
}

func twoGroups(t *testing.T, s target) {
	s.do(t, "XGROUP", "CREATE", "messages", "other", "0", "MKSTREAM")
	err := s.receiver(t, Options{}).Connect(t.Context())
	const want = `More than one group exists for stream "messages", delete_after_ack and delete_after_reject cannot be enabled as it risks deleting messages before all groups could consume them.`
	var many *ManyGroupsError
	if !errors.As(err, &many) || err.Error() != want {
		t.Fatalf("error %v", err)
	}
	s.connect(t, func(c *Config) { c.DeleteAfterAck, c.DeleteAfterReject = false, false })
}

func namelessConsumer(t *testing.T, s target) {
	err := s.receiver(t, Options{}, func(c *Config) { c.Consumer = "" }).Connect(t.Context())
	if err == nil {
		t.Fatal("connected")
	}
}

func ackDeletes(t *testing.T, s target) {
	c := s.connect(t)
	s.add(t, numbered("m", 5)...)
	_, ids := c.collect(t, 5)
	c.ackAll(t, ids)
	if n, p := s.int(t, "XLEN", "messages"), s.pending(t); n != 0 || p != 0 {
		t.Fatalf("%d entries left, %d pending", n, p)
	}
	if st := c.Stats(); st.Acked != 5 || st.Delivered != 5 || st.Unknown != 0 || st.Bytes == 0 {
		t.Fatalf("stats %+v", st)
	}
}

func ackWithoutDeletion(t *testing.T, s target) {
	c := s.connect(t, func(c *Config) { c.DeleteAfterAck = false })
	s.add(t, "a", "b")
	_, ids := c.collect(t, 2)
	c.ackAll(t, ids)
	if n, p := s.int(t, "XLEN", "messages"), s.pending(t); n != 2 || p != 0 {
		t.Fatalf("%d entries left, %d pending", n, p)
	}
}

func rejectsByItsOption(t *testing.T, s target) {
	for _, deletesAcked := range []bool{false, true} {
		c := s.connect(t, func(c *Config) { c.DeleteAfterAck, c.DeleteAfterReject = deletesAcked, !deletesAcked })
		s.add(t, "handled", "rejected")
		_, ids := c.collect(t, 2)
		c.ackAll(t, ids[:1])
		if err := c.AckRejected(t.Context(), ids[1:]); err != nil {
			t.Fatal(err)
		}
		if err := c.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		left := ids[map[bool]int{false: 0, true: 1}[deletesAcked]]
		if n, p := s.int(t, "XLEN", "messages"), s.pending(t); n != 1 || p != 0 || s.int(t, "XDEL", "messages", left) != 1 {
			t.Fatalf("delete_after_ack %t: %d entries, %d pending", deletesAcked, n, p)
		}
		if st := c.Stats(); st.Acked != 2 {
			t.Fatalf("stats %+v", st)
		}
		_ = c.Close()
	}
}

func ackInChunks(t *testing.T, s target) {
	const n = 2*ackChunk + 7
	c := s.connect(t)
	s.add(t, numbered("m", n)...)
	_, ids := c.collect(t, n)
	c.ackAll(t, ids)
	if left := s.int(t, "XLEN", "messages"); left != 0 || c.Stats().Acked != n {
		t.Fatalf("%d entries left; stats %+v", left, c.Stats())
	}
}

func ackUnknown(t *testing.T, s target) {
	c := s.connect(t)
	ids := s.add(t, "a")
	_, own := c.collect(t, 1)
	c.ackAll(t, append(own, []byte(ids[0]), []byte("1-1")))
	if st := c.Stats(); st.Acked != 1 || st.Unknown != 2 {
		t.Fatalf("stats %+v", st)
	}
	if err := c.Ack(t.Context(), [][]byte{[]byte("nonsense")}); err == nil {
		t.Fatal("an id that is none was accepted")
	}
}

// ackNotPending has an entry that is on the stream and not pending, as after a failover that forgot that it was handed out.
func ackNotPending(t *testing.T, s target) {
	c := s.connect(t)
	ids := s.add(t, "a", "b", "c")
	_, read := c.collect(t, 3)
	s.do(t, "XACK", "messages", "symfony", ids[1])
	c.ackAll(t, read)
	if n, p := s.int(t, "XLEN", "messages"), s.pending(t); n != 0 || p != 0 {
		t.Fatalf("%d entries left, %d pending", n, p)
	}
	if st := c.Stats(); st.Acked != 2 || st.Unknown != 1 {
		t.Fatalf("stats %+v", st)
	}
}

func ackSettlesWhileIdle(t *testing.T, s target) {
	c := s.connect(t)
	s.add(t, "a")
	_, ids := c.collect(t, 1)
	if err := c.Ack(t.Context(), ids); err != nil {
		t.Fatal(err)
	}
	c.next(t, 10, 10*time.Millisecond)
	if st := c.Stats(); st.Acked != 1 {
		t.Fatalf("stats %+v", st)
	}
}

func directFields(t *testing.T, s target) {
	c := s.connect(t)
	s.do(t, "XADD", "messages", "*", "body", "b", "headers", "{}", "other", "x")
	b, err := c.Receive(t.Context(), 10, patience)
	if err != nil || len(b.Entries) != 1 {
		t.Fatalf("%d entries, %v", len(b.Entries), err)
	}
	if e := b.Entries[0]; string(e.Body) != "b" || string(e.Headers) != "{}" || e.Message != nil {
		t.Fatalf("entry %+v", e)
	}
	b.Release()
	b.Release() // a second time does nothing
}

func ownPendingFirst(t *testing.T, s target) {
	before := s.connect(t)
	s.add(t, "a", "b", "c")
	_, ids := before.collect(t, 3)
	before.ackAll(t, ids[1:2])
	before.Close()
	s.add(t, "d")
	got, _ := s.connect(t).collect(t, 3)
	equal(t, "messages", got, []string{"a", "c", "d"})
}

func ownPendingOnce(t *testing.T, s target) {
	c := s.connect(t)
	s.add(t, "a", "b")
	_, ids := c.collect(t, 2)
	c.disconnect() // as after a lost connection
	s.add(t, "c")
	got, more := c.collect(t, 1)
	equal(t, "what came after the reconnection", got, []string{"c"})
	c.ackAll(t, append(ids, more...))
	if got, _ := c.next(t, 10, 10*time.Millisecond); len(got) > 0 || s.pending(t) != 0 {
		t.Fatalf("delivered again: %q", got)
	}
}

// soon makes every pending entry abandoned, and looks for them all the time.
func soon(c *Config) { c.RedeliverTimeout, c.ClaimInterval = 0, 0 }

func claimsInBulk(t *testing.T, s target) {
	c := s.connect(t, soon)
	messages := numbered("m", 50)
	s.add(t, messages...)
	s.readAs(t, "dead", 50)
	got, ids := c.collect(t, 50)
	equal(t, "messages", got, messages)
	c.ackAll(t, ids)
	if st := c.Stats(); st.Claimed != 50 || s.pending(t) != 0 {
		t.Fatalf("stats %+v", st)
	}
}

func claimsWithXclaim(t *testing.T, s target) {
	c := s.connect(t, soon)
	c.claims.old = true // what an unknown XAUTOCLAIM leads to
	messages := numbered("m", 250)
	s.add(t, messages...)
	s.readAs(t, "dead", 250)
	got, ids := c.collect(t, 250)
	equal(t, "messages", got, messages)
	c.ackAll(t, ids)
	if st := c.Stats(); st.Claimed != 250 || s.pending(t) != 0 {
		t.Fatalf("stats %+v", st)
	}
}

func claimsOnlyIdle(t *testing.T, s target) {
	for _, old := range []bool{false, true} {
		c := s.connect(t, func(c *Config) { c.RedeliverTimeout = time.Hour })
		c.claims.old = old
		s.add(t, "a")
		s.readAs(t, "alive", 1)
		if got, _ := c.next(t, 10, 10*time.Millisecond); len(got) > 0 {
			t.Fatalf("taken from a live consumer: %q", got)
		}
	}
}

func keepalive(t *testing.T, s target) {
	c := s.connect(t)
	s.add(t, "a")
	_, ids := c.collect(t, 1)
	idle := func() time.Duration {
		items := s.do(t, "XPENDING", "messages", "symfony", "-", "+", 1).([]any)
		ms := items[0].([]any)[2].(int64)
		return time.Duration(ms) * time.Millisecond
	}
	s.do(t, "XCLAIM", "messages", "symfony", "me", 0, ids[0], "TIME", millis(time.Now().Add(-2*time.Hour)))
	if n := idle(); n < time.Hour {
		t.Fatalf("idle for %v before keepalive", n)
	}
	if err := c.Keepalive(t.Context(), ids); err != nil {
		t.Fatal(err)
	}
	if n := idle(); n >= time.Hour {
		t.Fatalf("idle for %v after keepalive", n)
	}
}

// keepaliveTakesNothingBack has another consumer claim an entry of one that was held up.
func keepaliveTakesNothingBack(t *testing.T, s target) {
	c := s.connect(t)
	s.add(t, "a", "b")
	_, ids := c.collect(t, 2)
	s.do(t, "XCLAIM", "messages", "symfony", "other", 0, ids[0])
	if err := c.Keepalive(t.Context(), ids); err != nil {
		t.Fatal(err)
	}
	owners := map[string]int{}
	for _, item := range s.do(t, "XPENDING", "messages", "symfony", "-", "+", 10).([]any) {
		owners[fmt.Sprintf("%s", item.([]any)[1])]++
	}
	if owners["other"] != 1 || owners["me"] != 1 {
		t.Fatalf("entries pending by consumer: %v", owners)
	}
}

func leftComesAgain(t *testing.T, s target) {
	c := s.connect(t)
	s.add(t, "a", "b")
	_, ids := c.collect(t, 2)
	if pending, err := c.Pending(t.Context(), string(ids[0]), string(ids[1])); err != nil || !pending {
		t.Fatalf("Pending() = %v, %v", pending, err)
	}
	c.Leave(ids[1:])
	if got, _ := c.next(t, 10, 10*time.Millisecond); len(got) > 0 {
		t.Fatalf("left, and back at once: %q", got)
	}
	c.leftUntil.Store(1) // long ago
	got, again := c.collect(t, 1)
	equal(t, "messages", got, []string{"b"})
	c.ackAll(t, append(ids[:1], again...))
	if pending, err := c.Pending(t.Context(), string(ids[0]), string(again[0])); err != nil || pending {
		t.Fatalf("Pending() = %v, %v", pending, err)
	}
}

func limitIsExact(t *testing.T, s target) {
	c := s.connect(t)
	s.add(t, numbered("m", 100)...)
	total := 0
	for _, max := range []int{1, 2, 30, 7} {
		got, _ := c.next(t, max, patience)
		total += len(got)
	}
	if p := s.pending(t); p != total {
		t.Fatalf("%d entries pending, %d handed out", p, total)
	}
	if got, _ := c.next(t, 0, patience); len(got) > 0 {
		t.Fatal("entries that nobody asked for")
	}
}

func readDoesNotWait(t *testing.T, s target) {
	c := s.connect(t)
	s.add(t, "a")
	watch := proctest.StartStopwatch(t)
	got, _ := c.next(t, 1000, time.Hour)
	if len(got) != 1 || watch.Elapsed() > prompt {
		t.Fatalf("%d messages after %v", len(got), watch.Elapsed())
	}
}

func emptyStream(t *testing.T, s target) {
	c := s.connect(t)
	start, watch := time.Now(), proctest.StartStopwatch(t)
	got, _ := c.next(t, 10, 150*time.Millisecond)
	if waited := time.Since(start); len(got) > 0 || waited < 140*time.Millisecond || watch.Elapsed() > prompt {
		t.Fatalf("%d messages after %v", len(got), waited)
	}
}

// noWait shows that own pending entries and claims, which come first, do not make a read say that nothing is there.
func noWait(t *testing.T, s target) {
	c := s.connect(t)
	s.add(t, "a")
	got, _ := c.next(t, 10, 0)
	equal(t, "messages", got, []string{"a"})
	if got, _ := c.next(t, 10, 0); len(got) > 0 {
		t.Fatalf("messages %q", got)
	}
	s.add(t, "b")
	got, _ = c.next(t, 10, 0)
	equal(t, "messages", got, []string{"b"})
}

func cancelWhileBlocked(t *testing.T, s target) {
	c := s.connect(t)
	c.next(t, 10, time.Millisecond) // own pending entries and claims are done
	for range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(3*time.Millisecond, cancel)
		b, err := c.Receive(ctx, 10, time.Hour)
		if len(b.Entries) > 0 || !errors.Is(err, context.Canceled) {
			t.Fatalf("%d entries, %v", len(b.Entries), err)
		}
	}
	s.add(t, "a")
	got, _ := c.collect(t, 1)
	equal(t, "messages", got, []string{"a"})
}

func batchBytes(t *testing.T, s target) {
	c := s.receiver(t, Options{BatchBytes: 10_000})
	if err := c.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	var want []string
	for i := range 40 {
		want = append(want, fmt.Sprintf("%d %s", i, strings.Repeat("x", 100+i%7*700)))
	}
	s.add(t, want...)
	var got []string
	for len(got) < len(want) {
		messages, ids := c.next(t, 100, patience)
		if bytes := len(strings.Join(messages, "")); bytes > 10_000 {
			t.Fatalf("a batch of %d bytes", bytes)
		}
		c.ackAll(t, ids)
		got = append(got, messages...)
	}
	equal(t, "messages", got, want)
	if p := s.pending(t); p != 0 {
		t.Fatalf("%d entries pending", p)
	}
}

func bigEntry(t *testing.T, s target) {
	c := s.connect(t)
	big := strings.Repeat("x", 3*DefaultBatchBytes)
	s.add(t, "a", big, "b")
	got, ids := c.collect(t, 3)
	equal(t, "messages", got, []string{"a", big, "b"})
	c.ackAll(t, ids)
	c.arenas.mu.Lock()
	defer c.arenas.mu.Unlock()
	for _, a := range c.arenas.free {
		if cap(a.buf) > DefaultBatchBytes+redis.Slack {
			t.Fatalf("an arena of %d bytes is kept", cap(a.buf))
		}
	}
}

// cutEntries skips what is larger than messages may be, whatever way it comes.
func cutEntries(t *testing.T, s target) {
	c := s.receiver(t, Options{MaxMessage: 1 << 20}, soon)
	if err := c.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.readAs(t, "php", 1)
	large := strings.Repeat("x", 5<<20)
	s.add(t, "a", large)
	s.readAs(t, "php", 2)
	s.add(t, large, "b")
	var ids [][]byte
	cuts := 0
	for n := 0; n < 4; {
		batch, err := c.Receive(t.Context(), 10, patience)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range batch.Entries {
			n++
			ids = append(ids, bytes.Clone(e.ID))
			if len(e.Cuts) == 1 && e.Cuts[0].Bytes == len(large) && e.Cuts[0].SHA256 == sha256.Sum256([]byte(large)) && len(e.Message) == cutAt {
				cuts++
			} else if len(e.Cuts) != 0 || len(e.Message) != 1 {
				t.Errorf("entry %s: %d bytes, cuts %v", e.ID, len(e.Message), e.Cuts)
			}
		}
		batch.Release()
	}
	if cuts != 2 {
		t.Errorf("%d entries were cut", cuts)
	}
	c.ackAll(t, ids)
	if n := s.pending(t); n != 0 {
		t.Errorf("%d pending", n)
	}
}

func largeBehindSmall(t *testing.T, s target) {
	c := s.connect(t)
	small := numbered("m", 200)
	s.add(t, small...)
	got, _ := c.collect(t, 200) // by now entries are known to be small
	large := slices.Repeat([]string{strings.Repeat("x", DefaultBatchBytes/3)}, 8)
	s.add(t, large...)
	more, ids := c.collect(t, 8)
	equal(t, "small messages", got, small)
	equal(t, "large messages", more, large)
	c.ackAll(t, ids)
}

// delay puts a member on the delayed set, due in so long.
func (s target) delay(t *testing.T, member string, in time.Duration) {
	t.Helper()
	s.do(t, "ZADD", "messages__queue", "NX", millis(time.Now().Add(in)), member)
}

const (
	delayedMember = `{"body":"O:8:\"stdClass\":0:{} \/ \u00e9","headers":[],"uniqid":"Wff\/nQ036HBt"}`
)

func delayedWhenDue(t *testing.T, s target) {
	c := s.connect(t)
	s.delay(t, delayedMember, -time.Second)
	s.delay(t, `{"body":"later","headers":[],"uniqid":"x"}`, time.Hour)
	got, ids := c.collect(t, 1)
	moved := streamValue([]byte(delayedMember), phpredis.PHP)
	equal(t, "messages", got, []string{string(moved)})
	c.ackAll(t, ids)
	if n := s.int(t, "ZCARD", "messages__queue"); n != 1 || c.Stats().Moved != 1 {
		t.Fatalf("%d members left; stats %+v", n, c.Stats())
	}
}

func delayedWhileBlocked(t *testing.T, s target) {
	c := s.connect(t)
	start, watch := time.Now(), proctest.StartStopwatch(t)
	s.delay(t, delayedMember, 300*time.Millisecond)
	got, _ := c.next(t, 10, patience)
	if waited := time.Since(start); len(got) != 1 || waited < 250*time.Millisecond || watch.Elapsed() > prompt {
		t.Fatalf("%d messages after %v", len(got), waited)
	}
}

func delayedMembers(t *testing.T, s target) {
	c := s.connect(t)
	var want []string
	for _, m := range memberCases() {
		s.delay(t, m.member, -time.Second)
		want = append(want, string(streamValue([]byte(m.member), phpredis.PHP)))
	}
	got, _ := c.collect(t, len(want))
	slices.Sort(got)
	slices.Sort(want)
	equal(t, "messages", got, want)
	if n := s.int(t, "ZCARD", "messages__queue"); n != 0 {
		t.Fatalf("%d members left", n)
	}
}

func delayedMany(t *testing.T, s target) {
	c := s.connect(t)
	big := strings.Repeat("x", dueBytes/3)
	const n = dueCount*2 + 50
	for i := range n {
		s.delay(t, fmt.Sprintf(`{"body":"%d","headers":[],"uniqid":""}`, i), -time.Second)
	}
	for i := range 8 {
		s.delay(t, fmt.Sprintf(`{"body":"%d %s","headers":[],"uniqid":""}`, i, big), -time.Second)
	}
	got, _ := c.collect(t, n+8)
	slices.Sort(got)
	if len(slices.Compact(got)) != n+8 || s.int(t, "ZCARD", "messages__queue") != 0 {
		t.Fatalf("%d messages, %d members left", len(got), s.int(t, "ZCARD", "messages__queue"))
	}
}

func delayedParked(t *testing.T, s target) {
	c := s.connect(t)
	s.delay(t, delayedMember, -time.Second)
	if err := c.prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	due, err := c.readDue(now)
	if err != nil || len(due.found) != 1 {
		t.Fatalf("%d members due, %v", len(due.found), err)
	}
	// Between reading it and moving it, a 7.4 worker parks it, to move it itself.
	s.do(t, "ZADD", "messages__queue", "XX", millis(now.Add(time.Hour)), delayedMember)
	if err := c.moveMembers(due, now); err != nil {
		t.Fatal(err)
	}
	// A 5.4 worker takes it out.
	s.do(t, "ZADD", "messages__queue", "XX", millis(now), delayedMember)
	s.do(t, "ZPOPMIN", "messages__queue", 1)
	if err := c.moveMembers(due, now); err != nil {
		t.Fatal(err)
	}
	if n := s.int(t, "XLEN", "messages"); n != 0 || c.Stats().Moved != 0 {
		t.Fatalf("%d entries; moved what another worker moves", n)
	}
}

func delayedWithMaxEntries(t *testing.T, s target) {
	c := s.connect(t, func(c *Config) { c.MaxEntries, c.Serializer = 1000, phpredis.None })
	s.delay(t, delayedMember, -time.Second)
	got, _ := c.collect(t, 1)
	equal(t, "messages", got, []string{string(streamValue([]byte(delayedMember), phpredis.None))})
}

func delayedSetFails(t *testing.T, s target) {
	s.do(t, "SET", "messages__queue", "no set")
	c := s.connect(t)
	s.add(t, "a", "b")
	got, _ := c.collect(t, 2)
	equal(t, "messages", got, []string{"a", "b"})
	c.delayed.next = time.Time{}
	c.next(t, 10, time.Millisecond)
	if n := c.log.count("Delayed messages are not moved"); n != 1 {
		t.Fatalf("said %d times:\n%s", n, c.log)
	}
	s.do(t, "DEL", "messages__queue")
	s.delay(t, delayedMember, -time.Second)
	c.delayed.next = time.Time{}
	c.collect(t, 1)
}

func trimmedWhilePending(t *testing.T, s target) {
	before := s.connect(t)
	ids := s.add(t, "a", "b", "c", "d")
	before.collect(t, 4)
	before.Close()
	s.do(t, "XDEL", "messages", ids[0], ids[2])
	c := s.connect(t)
	got, rest := c.collect(t, 2)
	equal(t, "messages", got, []string{"b", "d"})
	c.ackAll(t, rest)
	if p := s.pending(t); p != 0 || c.Stats().Trimmed != 2 {
		t.Fatalf("%d entries pending; stats %+v", p, c.Stats())
	}
}

func deletedBeforeClaim(t *testing.T, s target) {
	ids := s.add(t, "a", "b", "c")
	c := s.connect(t, soon)
	s.readAs(t, "dead", 3)
	s.do(t, "XDEL", "messages", ids[1])
	got, rest := c.collect(t, 2)
	equal(t, "messages", got, []string{"a", "c"})
	c.ackAll(t, rest)
	eventually(t, "the deleted entry is no longer pending", func() bool {
		c.next(t, 10, time.Millisecond)
		return s.pending(t) == 0 && c.Stats().Trimmed == 1
	})
	if st := c.Stats(); st.Delivered != 2 || st.Claimed != 2 {
		t.Fatalf("stats %+v", st)
	}
}

func setUpAgain(t *testing.T, s target) {
	c := s.connect(t)
	s.add(t, "a")
	_, ids := c.collect(t, 1)
	s.do(t, "FLUSHALL")
	c.ackAll(t, ids)
	c.next(t, 10, 10*time.Millisecond)
	s.add(t, "b")
	got, _ := c.collect(t, 1)
	equal(t, "messages", got, []string{"b"})
	if warned, recovered := c.log.count("level=WARN"), c.log.count("Redis has recovered"); warned != 2 || recovered != 1 {
		t.Fatalf("log:\n%s", c.log)
	}
}

func wrongType(t *testing.T, s target) {
	s.do(t, "SET", "messages", "x")
	err := s.receiver(t, Options{}).Connect(t.Context())
	var failed *ConnectError
	if !errors.As(err, &failed) || !strings.Contains(err.Error(), `the key "messages" is no stream`) {
		t.Fatalf("error %v", err)
	}
}

func nobodyListens(t *testing.T, s target) {
	c := s.receiver(t, Options{}, func(c *Config) { c.Addr = "127.0.0.1:1" })
	err := c.Connect(t.Context())
	var failed *ConnectError
	if !errors.As(err, &failed) || failed.Addr != "127.0.0.1:1" || !strings.Contains(err.Error(), "is Redis running there?") {
		t.Fatalf("error %v", err)
	}
}

func wrongPassword(t *testing.T, s target) {
	if s.mini != nil {
		s.mini.RequireAuth("right")
	} else {
		s.real.Restart("--requirepass", "right")
	}
	for _, password := range []secret.Secret{"", "hunter2"} {
		err := s.receiver(t, Options{}, func(c *Config) { c.Password = password }).Connect(t.Context())
		var failed *ConnectError
		if !errors.As(err, &failed) || !strings.Contains(failed.Cure, "password") || bytes.Contains([]byte(err.Error()), []byte("hunter2")) {
			t.Fatalf("error %v", err)
		}
	}
	right := s.receiver(t, Options{}, func(c *Config) { c.Password = "right" })
	if err := right.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
}
