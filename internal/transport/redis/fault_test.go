package redis

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"envelog/internal/redis"
	"envelog/internal/redistest"
	"envelog/transport/streamid"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"
)

// injected is a miniredis that answers some commands as other servers do: answer writes a reply and returns true, or
// leaves the command to miniredis.
func injected(t *testing.T, answer func(c *server.Peer, command string, args []string) bool) target {
	t.Helper()
	m := miniredis.RunT(t)
	m.Server().SetPreHook(func(c *server.Peer, command string, args ...string) bool {
		return answer(c, strings.ToUpper(command), args)
	})
	return target{addr: m.Addr(), mini: m}
}

// failing answers one command with an error, a number of times.
func failing(t *testing.T, command, reply string, times int) target {
	t.Helper()
	var left atomic.Int64
	left.Store(int64(times))
	return injected(t, func(c *server.Peer, got string, _ []string) bool {
		if got != command || left.Add(-1) < 0 {
			return false
		}
		c.WriteError(reply)
		return true
	})
}

func TestAckIsSentAgain(t *testing.T) {
	for _, command := range []string{"XACK", "XDEL"} {
		for _, reply := range []string{"READONLY You can't write against a read only replica.", "LOADING Redis is loading the dataset in memory", "NOPERM no"} {
			t.Run(command+" "+reply, func(t *testing.T) {
				t.Parallel()
				s := failing(t, command, reply, 2)
				c := s.connect(t)
				s.add(t, "a", "b")
				_, ids := c.collect(t, 2)
				c.ackAll(t, ids)
				if n, p := s.int(t, "XLEN", "messages"), s.pending(t); n != 0 || p != 0 {
					t.Fatalf("%d entries left, %d pending", n, p)
				}
				if c.log.count("Redis fails") != 1 || c.log.count("Redis has recovered") != 1 {
					t.Fatalf("log:\n%s", c.log)
				}
			})
		}
	}
}

func TestFirstConnectionWaits(t *testing.T) {
	for _, reply := range []string{"LOADING Redis is loading", "MASTERDOWN Link with MASTER is down", "READONLY replica", "ERR max number of clients reached", "BUSY script", "MISCONF errors writing"} {
		t.Run(reply, func(t *testing.T) {
			t.Parallel()
			c := failing(t, "XREADGROUP", reply, 2).connect(t)
			if c.log.count("Redis fails") != 1 || c.log.count("Redis has recovered") != 1 {
				t.Fatalf("log:\n%s", c.log)
			}
		})
	}
}

func TestFirstConnectionFails(t *testing.T) {
	for command, replies := range map[string]map[string]string{
		"XREADGROUP": {
			"ERR unknown command `XREADGROUP`, with args beginning with: `GROUP`": "streams need Redis 5.0",
			"NOPERM this user has no permissions":                                 "lacks a right",
			"MOVED 3999 127.0.0.1:6381":                                           "Redis Cluster",
			"ERR something else":                                                  "see the server's log",
		},
		"XINFO": {"NOPERM this user has no permissions": "lacks a right"},
	} {
		for reply, cure := range replies {
			t.Run(reply, func(t *testing.T) {
				err := failing(t, command, reply, 1).receiver(t, Options{}).Connect(t.Context())
				var failed *ConnectError
				if !errors.As(err, &failed) || !strings.Contains(failed.Cure, cure) {
					t.Fatalf("error %v", err)
				}
			})
		}
	}
}

func TestReadingGoesOnAfterErrors(t *testing.T) {
	for _, reply := range []string{"LOADING x", "NOGROUP x", "UNBLOCKED x", "OOM x", "WRONGTYPE x", "ERR x", "NOAUTH x"} {
		t.Run(reply, func(t *testing.T) {
			t.Parallel()
			var fail atomic.Bool
			s := injected(t, func(c *server.Peer, command string, _ []string) bool {
				if command != "XREADGROUP" || !fail.CompareAndSwap(true, false) {
					return false
				}
				c.WriteError(reply)
				return true
			})
			c := s.connect(t)
			s.add(t, "a")
			fail.Store(true)
			got, _ := c.collect(t, 1)
			equal(t, "messages", got, []string{"a"})
			if c.log.count("level=WARN") != 2 || c.log.count("Redis has recovered") != 1 {
				t.Fatalf("log:\n%s", c.log)
			}
		})
	}
}

// TestSecondGroupAppears is fatal: to go on would delete entries that the other group has not read.
func TestSecondGroupAppears(t *testing.T) {
	s := target{mini: miniredis.RunT(t)}
	s.addr = s.mini.Addr()
	c := s.connect(t)
	s.do(t, "XGROUP", "CREATE", "messages", "other", "0")
	c.disconnect()
	_, err := c.Receive(t.Context(), 10, time.Second)
	var many *ManyGroupsError
	if !errors.As(err, &many) {
		t.Fatalf("error %v", err)
	}
}

// TestClaimOnRedis6 has XAUTOCLAIM return a null for an entry that was deleted, and no third part; the id comes with the
// consumer's own pending list then.
func TestClaimOnRedis6(t *testing.T) {
	var claimed, read, acked atomic.Bool
	s := injected(t, func(c *server.Peer, command string, args []string) bool {
		switch {
		case command == "XAUTOCLAIM" && claimed.CompareAndSwap(false, true):
			c.WriteRaw("*2\r\n" + bulk("0-0") + array(entry("1-0", "message", "a"), nullBulk))
		case command == "XREADGROUP" && args[len(args)-1] == "0-0" && claimed.Load() && read.CompareAndSwap(false, true):
			c.WriteRaw(array(array(bulk("messages"), array(entry("1-0", "message", "a"), array(bulk("1-1"), nullArray)))))
		case command == "XACK" && args[len(args)-1] == "1-1":
			acked.Store(true)
			c.WriteInt(1)
		default:
			return false
		}
		return true
	})
	c := s.connect(t, soon)
	got, _ := c.collect(t, 1)
	equal(t, "messages", got, []string{"a"})
	eventually(t, "the deleted entry is acknowledged", func() bool {
		c.next(t, 10, 10*time.Millisecond)
		return acked.Load()
	})
	if st := c.Stats(); st.Trimmed != 1 || st.Delivered != 1 {
		t.Fatalf("stats %+v", st)
	}
}

func TestKeepaliveOverALostConnection(t *testing.T) {
	m := miniredis.RunT(t)
	s := target{addr: m.Addr(), mini: m}
	c := s.connect(t)
	s.add(t, "a")
	_, ids := c.collect(t, 1)
	c.acks.conn.Abort()
	if err := c.Keepalive(t.Context(), ids); err != nil {
		t.Fatal(err)
	}
}

func TestPauseGrowsToItsLimit(t *testing.T) {
	for tries := range 100 {
		if d := pause(tries); d < 0 || d > min(mostPause, firstPause<<min(tries, 10)) {
			t.Fatalf("pause(%d) = %v", tries, d)
		}
	}
}

func TestInflight(t *testing.T) {
	ids := func(from, n int) (f []found) {
		for i := range n {
			f = append(f, found{id: streamid.ID{MS: uint64(from + i), Seq: 1}})
		}
		return f
	}
	plain := func(f []found) (ids []streamid.ID) {
		for _, e := range f {
			ids = append(ids, e.id)
		}
		return ids
	}
	var f inflight
	f.add(ids(1, 3)) // the first is never acknowledged
	f.remove(plain(ids(2, 2)))
	for i := range 1000 {
		batch := ids(100+i*10, 10)
		f.add(batch)
		f.remove([]streamid.ID{{MS: uint64(100 + i*10 + 9), Seq: 1}}) // out of order
		f.remove(plain(batch[:9]))
	}
	if left := f.snapshot(); len(left) != 1 || f.live != 1 || len(f.ids) > 30 {
		t.Fatalf("%d in flight, %d kept", len(left), len(f.ids))
	}
	f.remove([]streamid.ID{{MS: 1, Seq: 1}, {MS: 77, Seq: 7}})
	if f.snapshot() != nil {
		t.Fatal("something is in flight")
	}
}

func TestReadingAllocatesNothing(t *testing.T) {
	var entries []string
	for i := range 100 {
		entries = append(entries, entry(fmt.Sprintf("%d-0", i+1), "message", strings.Repeat("x", 1900)))
	}
	reply := []byte(array(entries...))
	src := &redistest.Pieces{Size: 64 << 10}
	r := redis.NewReader(src, time.Second)
	a := &arena{buf: make([]byte, 0, 1<<20)}
	got := testing.AllocsPerRun(20, func() {
		src.Data = reply
		if err := r.Begin(0); err != nil {
			t.Fatal(err)
		}
		a.keepIn(r, 1<<20, 1<<20)
		if err := readEntries(r, a, 1000); err != nil {
			t.Fatal(err)
		}
		a.take(r)
		if len(a.views()) != 100 {
			t.Fatal("entries are missing")
		}
	})
	if got != 0 {
		t.Fatalf("%v allocations for a batch", got)
	}
}

// TestNothingIsOpenedAfterClose has a guard that still wants to end a read when the receiver is closed already.
func TestNothingIsOpenedAfterClose(t *testing.T) {
	m := miniredis.RunT(t)
	c := target{addr: m.Addr(), mini: m}.connect(t)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	err := c.acks.use(t.Context(), func(*redis.Conn) error { return nil })
	if !errors.Is(err, net.ErrClosed) || c.acks.connected() {
		t.Fatalf("use after Close: %v, connected %t", err, c.acks.connected())
	}
}
