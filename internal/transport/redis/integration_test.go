//go:build integration

package redis

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	redigo "github.com/gomodule/redigo/redis"

	"envelog/decoder/phpredis"
	"envelog/internal/proctest"
	"envelog/internal/redis"
	"envelog/internal/redistest"
)

func realTarget(t *testing.T, args ...string) target {
	t.Helper()
	s := redistest.Start(t, args...)
	return target{addr: s.Addr, real: s}
}

// TestBehavioursWithoutScripts has a server whose administrator has renamed EVAL and EVALSHA away, as some hosters do.
func TestBehavioursWithoutScripts(t *testing.T) {
	for _, b := range behaviours() {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			s := realTarget(t, "--rename-command", "EVAL", "", "--rename-command", "EVALSHA", "")
			s.scriptless = true
			b.run(t, s)
		})
	}
}

func TestBehavioursOnRedis(t *testing.T) {
	for _, b := range behaviours() {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			b.run(t, realTarget(t))
		})
	}
}

// recovers checks that entries written after an outage arrive, that nothing arrives twice, and what the log says.
func (c client) recovers(t *testing.T, s target) {
	t.Helper()
	s.add(t, "after")
	got, ids := c.collect(t, 1)
	equal(t, "after the outage", got, []string{"after"})
	c.ackAll(t, ids)
	if p := s.pending(t); p != 0 {
		t.Fatalf("%d entries pending", p)
	}
	if warned, ended := c.log.count("Redis fails"), c.log.count("Redis has recovered"); warned != 1 || ended != 1 {
		t.Fatalf("%d outages began, %d ended; log:\n%s", warned, ended, c.log)
	}
}

// started receives one entry, so that the outage that follows is one of a running receiver.
func (c client) started(t *testing.T, s target) {
	t.Helper()
	s.add(t, "before")
	_, ids := c.collect(t, 1)
	c.ackAll(t, ids)
}

// receiving runs Receive until the function that it returns is called, which returns the messages.
func (c client) receiving(t *testing.T) (stop func() []string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan []string)
	go func() {
		var all []string
		for ctx.Err() == nil {
			b, err := c.Receive(ctx, 100, time.Second)
			if err != nil && ctx.Err() == nil {
				t.Errorf("receive: %v", err)
				break
			}
			messages, ids := open(b)
			all = append(all, messages...)
			if err := c.Ack(t.Context(), ids); err != nil {
				t.Errorf("ack: %v", err)
			}
		}
		done <- all
	}()
	return func() []string {
		cancel()
		return <-done
	}
}

func TestRestartMidStream(t *testing.T) {
	s := realTarget(t, redistest.AOF()...)
	c := s.connect(t)
	const n = 3000
	s.add(t, numbered("m", n)...)
	var seen = map[string]int{}
	for round := 0; len(seen) < n; round++ {
		got, ids := c.next(t, 100, 5*time.Second)
		for _, m := range got {
			seen[m]++
		}
		if round%10 == 3 {
			s.real.Kill() // the batch is in flight, and not acknowledged
			s.real.Restart()
		}
		if err := c.Ack(t.Context(), ids); err != nil {
			t.Fatal(err)
		}
	}
	c.ackAll(t, nil)
	for m, times := range seen {
		if times != 1 {
			t.Fatalf("%s came %d times", m, times)
		}
	}
	if err := c.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p, left := s.pending(t), s.int(t, "XLEN", "messages"); p != 0 || left != 0 {
		t.Fatalf("%d entries pending, %d left", p, left)
	}
	if st := c.Stats(); st.Reconnects == 0 {
		t.Fatalf("stats %+v", st)
	}
}

func TestServerIsAwayForSomeTime(t *testing.T) {
	s := realTarget(t, redistest.AOF()...)
	c := s.connect(t)
	c.started(t, s)
	s.real.Kill()
	for range 3 { // the caller has the word meanwhile
		watch := proctest.StartStopwatch(t)
		got, _ := c.next(t, 10, 50*time.Millisecond)
		if len(got) > 0 || watch.Elapsed() > prompt {
			t.Fatalf("%d messages after %v", len(got), watch.Elapsed())
		}
	}
	s.real.Restart()
	c.recovers(t, s)
}

func TestLoading(t *testing.T) {
	s := realTarget(t)
	c := s.connect(t)
	c.started(t, s)
	for i := range 3000 {
		s.real.Do("SET", fmt.Sprint("key", i), "x")
	}
	s.real.Do("SAVE")
	s.real.Launch("--key-load-delay", "500", "--loading-process-events-interval-bytes", "1024")
	eventually(t, "the server loads", func() bool {
		conn, err := redigo.Dial("tcp", s.addr)
		if err != nil {
			return false
		}
		defer conn.Close()
		_, err = conn.Do("PING")
		return redis.Code(err) == "LOADING"
	})
	if got, _ := c.next(t, 10, 10*time.Millisecond); len(got) > 0 {
		t.Fatalf("messages %q", got)
	}
	fresh := s.receiver(t, Options{Patience: time.Minute}) // a first connection waits, too
	if err := fresh.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	if fresh.log.count("LOADING") == 0 {
		t.Fatalf("the first connection did not see the loading; log:\n%s", fresh.log)
	}
	c.recovers(t, s)
}

func TestReadOnlyReplica(t *testing.T) {
	s := realTarget(t)
	c := s.connect(t)
	c.started(t, s)
	s.real.Do("REPLICAOF", "127.0.0.1", "1")
	eventually(t, "the outage is logged", func() bool {
		c.next(t, 10, 10*time.Millisecond)
		return c.log.count("Redis fails") == 1
	})
	s.real.Do("REPLICAOF", "NO", "ONE")
	c.recovers(t, s)
}

func TestRoleChangesWhileBlocked(t *testing.T) {
	s := realTarget(t)
	c := s.connect(t)
	c.started(t, s)
	stop := c.receiving(t)
	s.real.Do("REPLICAOF", "127.0.0.1", "1")
	eventually(t, "the outage is logged", func() bool { return c.log.count("Redis fails") == 1 })
	s.real.Do("REPLICAOF", "NO", "ONE")
	s.add(t, "after")
	eventually(t, "the entry is acknowledged", func() bool { return c.Stats().Acked == 2 })
	equal(t, "messages", stop(), []string{"after"})
}

func TestGroupGoesWhileBlocked(t *testing.T) {
	for _, command := range [][]any{{"DEL", "messages"}, {"XGROUP", "DESTROY", "messages", "symfony"}, {"FLUSHALL"}} {
		s := realTarget(t)
		c := s.connect(t)
		c.started(t, s)
		stop := c.receiving(t)
		s.blocked(t)
		s.real.Do(command[0].(string), command[1:]...)
		eventually(t, "the group is there again", func() bool {
			return c.log.count("Redis has recovered") == 1
		})
		s.add(t, "after")
		eventually(t, "the entry is acknowledged", func() bool { return c.Stats().Acked == 2 })
		equal(t, fmt.Sprint("messages after ", command), stop(), []string{"after"})
	}
}

// blocked waits until a client is in a blocking read.
func (s target) blocked(t *testing.T) {
	t.Helper()
	eventually(t, "a blocking read", func() bool {
		return !strings.Contains(s.real.Do("INFO", "clients").(string), "blocked_clients:0")
	})
}

func TestClientKill(t *testing.T) {
	s := realTarget(t)
	c := s.connect(t)
	s.add(t, numbered("m", 20)...)
	first, ids := c.collect(t, 20)
	s.real.Do("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
	c.ackAll(t, ids[:10]) // over a new connection
	s.add(t, "after")
	got, more := c.collect(t, 1)
	equal(t, "after the kill", got, []string{"after"}) // none of the 20 again
	c.ackAll(t, append(ids[10:], more...))
	if p := s.pending(t); len(first) != 20 || p != 0 {
		t.Fatalf("%d entries pending", p)
	}
}

func TestReplyLostOnTheWay(t *testing.T) {
	s := realTarget(t)
	c := s.connect(t)
	c.started(t, s)
	// Read as this consumer, from elsewhere: Redis has delivered what never arrived.
	s.add(t, "lost")
	s.readAs(t, "me", 1)
	s.real.Do("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
	got, ids := c.collect(t, 1)
	equal(t, "messages", got, []string{"lost"})
	c.ackAll(t, ids)
	c.recovers(t, s)
}

func TestHalfOpen(t *testing.T) {
	s := realTarget(t)
	c := s.connect(t, func(c *Config) { c.ReadTimeout, c.ConnectTimeout = time.Second, time.Second })
	c.started(t, s)
	stop := c.receiving(t)
	s.blocked(t)
	before := c.log.count("Redis fails") // on a slow machine that has outages of its own
	s.real.Pause()
	eventually(t, "the outage is noticed", func() bool { return c.log.count("Redis fails") > before })
	s.real.Resume()
	s.add(t, "after")
	eventually(t, "the entry is acknowledged", func() bool { return c.Stats().Acked == 2 })
	equal(t, "messages", stop(), []string{"after"})
}

func TestCancelWhileServerIsFrozen(t *testing.T) {
	s := realTarget(t)
	c := s.connect(t)
	c.started(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := c.Receive(ctx, 10, time.Hour)
		ended <- err
	}()
	s.blocked(t)
	s.real.Pause()
	watch := proctest.StartStopwatch(t)
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) || watch.Elapsed() > 4*stopGrace {
		t.Fatalf("%v after %v", err, watch.Elapsed())
	}
	s.real.Resume()
}

// TestStopLeavesNothingBehind ends reads while entries pour in: each entry is either handed out or still new.
func TestStopLeavesNothingBehind(t *testing.T) {
	s := realTarget(t)
	c := s.connect(t)
	conn, err := redigo.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var stop atomic.Bool
	done := make(chan struct{})
	go func() {
		defer close(done)
		for !stop.Load() {
			if _, err := conn.Do("XADD", "messages", "*", "message", "x"); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	handed := 0
	for i := range 200 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i%20)*100*time.Microsecond)
		for ctx.Err() == nil {
			b, _ := c.Receive(ctx, 3, time.Second)
			handed += len(b.Entries)
			open(b)
		}
		cancel()
	}
	stop.Store(true)
	<-done
	if p := s.pending(t); p != handed {
		t.Fatalf("%d entries pending, %d handed out", p, handed)
	}
}

func TestWrongDatabase(t *testing.T) {
	s := realTarget(t, "--databases", "4")
	err := s.receiver(t, Options{}, func(c *Config) { c.DB = 9 }).Connect(t.Context())
	if err == nil || !strings.Contains(err.Error(), "option dbindex: the server has no database 9") || !strings.Contains(err.Error(), s.addr) {
		t.Fatalf("error %v", err)
	}
	in3 := s.connect(t, func(c *Config) { c.DB = 3 })
	conn, err := redigo.Dial("tcp", s.addr, redigo.DialDatabase(3))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Do("XADD", "messages", "*", "message", "a"); err != nil {
		t.Fatal(err)
	}
	got, _ := in3.collect(t, 1)
	equal(t, "messages", got, []string{"a"})
}

func TestServerWithoutStreams(t *testing.T) {
	s := realTarget(t, "--rename-command", "XREADGROUP", "", "--rename-command", "XGROUP", "")
	err := s.receiver(t, Options{}).Connect(t.Context())
	if err == nil || !strings.Contains(err.Error(), "streams need Redis 5.0") {
		t.Fatalf("error %v", err)
	}
}

func TestPasswordIsNotRepeated(t *testing.T) {
	s := realTarget(t, "--rename-command", "AUTH", "")
	err := s.receiver(t, Options{}, func(c *Config) { c.Password = "hunter2" }).Connect(t.Context())
	if err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "password") {
		t.Fatalf("error %v", err)
	}
}

// leastRights are the commands of an ACL user that a PHP worker needs.
var leastRights = strings.Fields("on >pw ~messages ~messages__queue -@all +xgroup +xinfo +xreadgroup +xack +xdel +xpending +xclaim +zcard +zrangebyscore")

func TestACLUser(t *testing.T) {
	s := realTarget(t)
	set := []any{"SETUSER", "logs"}
	for _, right := range leastRights {
		set = append(set, right)
	}
	s.real.Do("ACL", set...)
	login := func(c *Config) { c.User, c.Password = "logs", "pw" }
	// Without CLIENT, XAUTOCLAIM and scripts: a stop takes the end of a short read, claims take XCLAIM, and delayed
	// messages wait.
	c := s.connect(t, login, soon)
	s.add(t, "a")
	s.readAs(t, "dead", 1)
	s.delay(t, delayedMember, -time.Second)
	got, ids := c.collect(t, 1)
	equal(t, "messages", got, []string{"a"})
	c.ackAll(t, ids)
	c.next(t, 10, 10*time.Millisecond)
	if c.log.count("Delayed messages are not moved") != 1 || !c.claims.old {
		t.Fatalf("log:\n%s", c.log)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	watch := proctest.StartStopwatch(t)
	if _, err := c.Receive(ctx, 10, time.Hour); !errors.Is(err, context.DeadlineExceeded) || watch.Elapsed() > stopGrace {
		t.Fatalf("%v after %v", err, watch.Elapsed())
	}

	s.real.Do("ACL", "SETUSER", "logs", "-xreadgroup")
	err := s.receiver(t, Options{}, login).Connect(t.Context())
	if err == nil || !strings.Contains(err.Error(), "lacks a right") {
		t.Fatalf("error %v", err)
	}
}

func TestPasswordChanges(t *testing.T) {
	s := realTarget(t)
	c := s.connect(t)
	c.started(t, s)
	s.real.Do("CONFIG", "SET", "requirepass", "new")
	conn, err := redigo.Dial("unix", s.real.Socket, redigo.DialPassword("new"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Do("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the outage is logged", func() bool {
		c.next(t, 10, 10*time.Millisecond)
		return c.log.count("Redis fails") == 1
	})
	if _, err := conn.Do("CONFIG", "SET", "requirepass", ""); err != nil {
		t.Fatal(err)
	}
	c.recovers(t, s)
}

func TestDelayedMessagesWhenMemoryIsFull(t *testing.T) {
	s := realTarget(t)
	c := s.connect(t)
	s.add(t, "a")
	s.delay(t, delayedMember, -time.Second)
	s.real.Do("CONFIG", "SET", "maxmemory", "1")
	got, ids := c.collect(t, 1)
	equal(t, "messages", got, []string{"a"})
	c.ackAll(t, ids)
	if n := s.int(t, "ZCARD", "messages__queue"); n != 1 || c.log.count("OOM") == 0 {
		t.Fatalf("%d members; log:\n%s", n, c.log)
	}
	s.real.Do("CONFIG", "SET", "maxmemory", "0")
	c.delayed.next = time.Time{}
	c.collect(t, 1)
}

// TestDelayedBesidePHPWorkers moves the same set as workers of 5.4 (ZPOPMIN, then XADD) and of 7.4 (park, XADD, ZREM).
func TestDelayedBesidePHPWorkers(t *testing.T) {
	s := realTarget(t)
	const n = 2000
	for i := range n {
		s.real.Do("ZADD", "messages__queue", millis(time.Now().Add(time.Duration(i%50)*10*time.Millisecond)), fmt.Sprintf(`{"body":"%d","headers":[],"uniqid":"x"}`, i))
	}
	add := func(conn redigo.Conn, member string) error {
		_, err := conn.Do("XADD", "messages", "*", "message", streamValue([]byte(member), phpredis.PHP))
		return err
	}
	popping := func(conn redigo.Conn) error {
		popped, err := redigo.Strings(conn.Do("ZPOPMIN", "messages__queue", 1))
		if err != nil || len(popped) == 0 {
			return err
		}
		if popped[1] > millis(time.Now()) {
			_, err = conn.Do("ZADD", "messages__queue", "NX", popped[1], popped[0])
			return err
		}
		return add(conn, popped[0])
	}
	park := redigo.NewScript(1, `local m = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, 1)
if #m > 0 then redis.call('ZADD', KEYS[1], 'XX', ARGV[2], m[1]) end return m`)
	parking := func(conn redigo.Conn) error {
		now := time.Now()
		members, err := redigo.Strings(park.Do(conn, "messages__queue", millis(now), millis(now.Add(time.Hour))))
		if err != nil || len(members) == 0 {
			return err
		}
		if err := add(conn, members[0]); err != nil {
			return err
		}
		_, err = conn.Do("ZREM", "messages__queue", members[0])
		return err
	}
	var stop atomic.Bool
	done := make(chan error)
	for _, move := range []func(redigo.Conn) error{popping, parking} {
		go func() {
			conn, err := redigo.Dial("tcp", s.addr)
			for err == nil && !stop.Load() {
				err = move(conn)
			}
			if conn != nil {
				conn.Close()
			}
			done <- err
		}()
	}
	c := s.connect(t)
	seen := map[string]int{}
	for len(seen) < n {
		got, ids := c.collect(t, 1)
		for _, m := range got {
			seen[m]++
		}
		if err := c.Ack(t.Context(), ids); err != nil {
			t.Fatal(err)
		}
	}
	stop.Store(true)
	for range 2 {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	got, _ := c.next(t, 10, 200*time.Millisecond)
	for _, m := range got {
		seen[m]++
	}
	for m, times := range seen {
		if times != 1 {
			t.Fatalf("%s came %d times", m, times)
		}
	}
	if moved := c.Stats().Moved; moved == 0 || moved == n {
		t.Logf("%d of %d were moved here", moved, n)
	}
}

func TestUnixSocket(t *testing.T) {
	s := realTarget(t, "--requirepass", "pw")
	cfg, err := ParseDSN("redis://pw@" + s.real.Socket + "?consumer=me")
	if err != nil {
		t.Fatal(err)
	}
	c := s.receiver(t, Options{}, func(c *Config) { *c = cfg })
	if err := c.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	conn, err := redigo.Dial("unix", s.real.Socket, redigo.DialPassword("pw"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Do("XADD", "messages", "*", "message", "a"); err != nil {
		t.Fatal(err)
	}
	got, ids := c.collect(t, 1)
	equal(t, "messages", got, []string{"a"})
	c.ackAll(t, ids)

	missing := s.receiver(t, Options{}, func(c *Config) { *c = cfg; c.Addr = "localhost" }) // what redis:localhost means
	if err := missing.Connect(t.Context()); err == nil || !strings.Contains(err.Error(), "as a unix socket") {
		t.Fatalf("error %v", err)
	}
}

func TestTLS(t *testing.T) {
	certs := redistest.NewCertificates(t)
	other := redistest.NewCertificates(t)
	server := redistest.StartTLS(t, certs)
	strict := redistest.StartTLS(t, certs, "--tls-auth-clients", "yes")
	plain := redistest.Start(t)
	named := certs
	named.Cert, named.Key = certs.NamedCert, certs.NamedKey
	onlyNamed := redistest.StartTLS(t, named)
	for _, tt := range []struct {
		name string
		dsn  string
		err  string
	}{
		{"authority", "rediss://" + server.Addr + "?ssl[cafile]=" + certs.CA, ""},
		{"host name", "rediss://localhost:" + server.Port() + "?ssl[cafile]=" + certs.CA, ""},
		{"unknown authority", "rediss://" + server.Addr, "ssl[cafile]"},
		{"wrong authority", "rediss://" + server.Addr + "?ssl[cafile]=" + other.CA, "ssl[cafile]"},
		{"no verification", "rediss://" + server.Addr + "?ssl[verify_peer]=0&ssl[verify_peer_name]=0", ""},
		{"name alone", "rediss://" + server.Addr + "?ssl[verify_peer]=0", ""},
		{"wrong name", "rediss://" + server.Addr + "?ssl[verify_peer]=0&ssl[peer_name]=example.org", "ssl[peer_name]"},
		{"other name allowed", "rediss://" + server.Addr + "?ssl[verify_peer_name]=0&ssl[peer_name]=example.org&ssl[cafile]=" + certs.CA, ""},
		{"common name", "rediss://localhost:" + onlyNamed.Port() + "?ssl[cafile]=" + certs.CA, ""},
		{"self-signed is not any", "rediss://" + server.Addr + "?ssl[allow_self_signed]=1", "ssl[cafile]"},
		{"client certificate", "rediss://" + strict.Addr + "?ssl[cafile]=" + certs.CA + "&ssl[local_cert]=" + certs.ClientCert + "&ssl[local_pk]=" + certs.ClientKey, ""},
		{"no client certificate", "rediss://" + strict.Addr + "?ssl[cafile]=" + certs.CA, "certificate"},
		{"no such file", "rediss://" + server.Addr + "?ssl[cafile]=/nonexistent", "ssl[cafile]"},
		{"TLS to a plain port", "rediss://" + plain.Addr + "?timeout=0.3", "does not speak TLS"},
		{"plain to a TLS port", "redis://" + server.Addr, "does it want TLS"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg, err := ParseDSN(tt.dsn + map[bool]string{true: "&", false: "?"}[strings.Contains(tt.dsn, "?")] + "consumer=me")
			if err != nil {
				t.Fatal(err)
			}
			c := client{NewReceiver(cfg, Options{}), &logBook{}}
			defer c.Close()
			err = c.Connect(t.Context())
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Fatalf("error %v, want %q", err, tt.err)
			}
			if err != nil {
				return
			}
			if _, err := c.conn.Do("XADD", "messages", "*", "message", strings.Repeat("x", 1<<20)); err != nil {
				t.Fatal(err)
			}
			got, acks := c.collect(t, 1)
			if len(got[0]) != 1<<20 {
				t.Fatalf("a message of %d bytes", len(got[0]))
			}
			c.ackAll(t, acks)
		})
	}
}

// TestAPortForTLSIsNamed: a server that speaks TLS alone hangs up at the first command, whatever it is. All say what that is.
func TestAPortForTLSIsNamed(t *testing.T) {
	server := redistest.StartTLS(t, redistest.NewCertificates(t))
	for _, login := range []string{"", "user:secret@"} {
		cfg, err := ParseDSN("redis://" + login + server.Addr + "?consumer=me")
		if err != nil {
			t.Fatal(err)
		}
		const cure = "write rediss: for redis: in the DSN"
		storage := NewStorage(cfg)
		if _, err := storage.Count(t.Context()); err == nil || !strings.Contains(err.Error(), cure) {
			t.Errorf("storage: %v", err)
		}
		_ = storage.Close()
		log := &logBook{}
		c := client{NewReceiver(cfg, Options{Patience: time.Minute, Log: slog.New(slog.NewTextHandler(log, nil))}), log}
		ctx, cancel := context.WithCancel(t.Context())
		connected := make(chan error, 1)
		go func() { connected <- c.Connect(ctx) }()
		eventually(t, "the cure", func() bool { return log.count(cure) > 0 })
		cancel()
		<-connected
		_ = c.Close()
	}
}

func TestMemoryStaysBounded(t *testing.T) {
	s := realTarget(t)
	c := s.connect(t)
	big := strings.Repeat("x", 200_000)
	for range 300 { // 60 MB
		s.add(t, big)
	}
	big = "" //nolint:ineffassign // so that the garbage collector may have it
	var most uint64
	for n := 0; n < 300; {
		got, ids := c.receiveOnly(t)
		n += got
		c.ackAll(t, ids)
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		most = max(most, m.HeapAlloc)
	}
	if most > 24<<20 {
		t.Fatalf("%d MiB in use", most>>20)
	}
}

// receiveOnly returns the ids of a batch without copying its messages.
func (c client) receiveOnly(t *testing.T) (n int, ids [][]byte) {
	t.Helper()
	b, err := c.Receive(t.Context(), 1000, patience)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range b.Entries {
		ids = append(ids, append([]byte(nil), e.ID...))
	}
	b.Release()
	return len(ids), ids
}

// TestHostileServer feeds replies that Redis does not send to the handshake and to reads.

// TestRepliesThatAreCutOff has a server that hangs up when a reply is larger than its limit for normal clients.
func TestRepliesThatAreCutOff(t *testing.T) {
	s := realTarget(t, "--client-output-buffer-limit", "normal 1mb 0 0")
	c := s.connect(t)
	const n = 300
	large := strings.Repeat("x", 40_000)
	for range n {
		s.do(t, "XADD", "messages", "*", "message", large)
	}
	c.sizes.perEntry = 100 // as small ones before have it
	var ids [][]byte
	seen := map[string]bool{}
	for deadline := time.Now().Add(patience); len(ids) < n && time.Now().Before(deadline); {
		_, got := c.next(t, 1000, time.Second)
		for _, id := range got {
			if seen[string(id)] {
				t.Fatalf("entry %s came twice", id)
			}
			seen[string(id)] = true
		}
		ids = append(ids, got...)
		c.ackAll(t, got)
	}
	if len(ids) != n || s.pending(t) != 0 || c.log.count("asking for fewer entries") == 0 {
		t.Fatalf("%d entries of %d, %d pending; log:\n%s", len(ids), n, s.pending(t), c.log)
	}
}

// TestTheRegistryIsNoHash has the text name the key that is in the way, and not the stream.
func TestTheRegistryIsNoHash(t *testing.T) {
	s := realTarget(t)
	s.do(t, "SET", s.config(t).RegistryKey(), "x")
	c := s.connect(t)
	if c.log.count(`the key \"{messages}__envelog:symfony\" is no hash`) != 1 || c.log.count("is no stream") != 0 {
		t.Errorf("log:\n%s", c.log)
	}
}

// TestADeletedGroupIsNotCalledOneWithoutSetup: it is created again.
func TestADeletedGroupIsNotCalledOneWithoutSetup(t *testing.T) {
	s := realTarget(t)
	c := s.connect(t)
	s.do(t, "XGROUP", "DESTROY", "messages", "symfony")
	s.add(t, "a")
	_, ids := c.collect(t, 1)
	c.ackAll(t, ids)
	if c.log.count("a worker creates them again") != 1 || c.log.count("auto_setup is off") != 0 {
		t.Errorf("log:\n%s", c.log)
	}
}

// TestAcknowledgingIsForbidden: the text is about the right, and heartbeats, which share the connection, are not said to be
// what fails, nor paused: they are back as soon as the right is.
func TestAcknowledgingIsForbidden(t *testing.T) {
	for name, rights := range map[string][]string{
		"XACK": {"xack"}, "in a script": {"xack", "multi"}, "apart": {"xack", "multi", "eval", "evalsha"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := realTarget(t)
			c := s.connect(t)
			s.add(t, "a")
			_, ids := c.collect(t, 1)
			allow := func(sign string) {
				for _, right := range rights {
					s.do(t, "ACL", "SETUSER", "default", sign+right)
				}
			}
			allow("-")
			if err := c.Ack(t.Context(), ids); err != nil {
				t.Fatal(err)
			}
			c.acks.tryIdle(t.Context())
			c.heartbeat.repeat(t.Context())
			if c.log.count("lacks a right") != 1 || c.log.count("heartbeat") != 0 {
				t.Errorf("log:\n%s", c.log)
			}
			before := s.do(t, "HGET", c.cfg.RegistryKey(), c.heartbeat.name())
			allow("+")
			c.heartbeat.repeat(t.Context())
			if after := s.do(t, "HGET", c.cfg.RegistryKey(), c.heartbeat.name()); fmt.Sprintf("%s", after) == fmt.Sprintf("%s", before) {
				t.Error("no heartbeat after the right was given back")
			}
			if got := s.pending(t); got != 0 {
				t.Errorf("%d pending", got)
			}
		})
	}
}

// TestClaimingIsForbidden has a user who may not claim: that is said once, and is no outage of Redis.
func TestClaimingIsForbidden(t *testing.T) {
	s := realTarget(t)
	s.do(t, "XGROUP", "CREATE", "messages", "symfony", "0", "MKSTREAM")
	s.add(t, "abandoned")
	s.readAs(t, "php", 1)
	s.do(t, "ACL", "SETUSER", "default", "-xclaim", "-xautoclaim")
	c := s.connect(t, func(c *Config) { c.RedeliverTimeout, c.ClaimInterval = 0, 0 })
	for range 3 {
		c.claims.next = time.Time{}
		s.add(t, "a")
		_, ids := c.collect(t, 1)
		c.ackAll(t, ids)
	}
	if c.log.count("are not claimed") != 1 || c.log.count("Redis fails") != 0 {
		t.Errorf("log:\n%s", c.log)
	}
	s.do(t, "ACL", "SETUSER", "default", "+xclaim", "+xautoclaim")
	got, ids := c.collect(t, 1)
	equal(t, "messages", got, []string{"abandoned"})
	c.ackAll(t, ids)
	if c.log.count("are claimed again") != 1 {
		t.Errorf("log:\n%s", c.log)
	}
}

// TestExecIsForbidden has a user lose the right after the way was found: a script does it then, as from the start.
func TestExecIsForbidden(t *testing.T) {
	s := realTarget(t)
	c := s.connect(t)
	c.acks.way, c.acks.probed = byTransaction, true // also where the server has XACKDEL
	s.add(t, "a")
	_, ids := c.collect(t, 1)
	s.do(t, "ACL", "SETUSER", "default", "-exec")
	c.ackAll(t, ids)
	if got := s.pending(t); got != 0 || c.log.count("level=WARN") != 0 {
		t.Errorf("%d pending; log:\n%s", got, c.log)
	}
}

// TestTextsOfWhatIsWrong looks at what a person is told.
func TestTextsOfWhatIsWrong(t *testing.T) {
	s := realTarget(t)
	s.do(t, "SET", "messages__queue", "x")
	c := s.connect(t)
	c.next(t, 1, 0)
	if c.log.count("the key \\\"messages__queue\\\" is no sorted set") != 1 {
		t.Errorf("log:\n%s", c.log)
	}
	storage := NewStorage(s.config(t))
	defer storage.Close()
	if _, err := storage.Count(t.Context()); err == nil || !strings.Contains(err.Error(), `the key "messages__queue" is no sorted set`) {
		t.Errorf("count: %v", err)
	}
	s.do(t, "DEL", "messages__queue")
	s.do(t, "ZADD", "messages__queue", "+inf", "never", "-inf", "always")
	counts, err := storage.Count(t.Context())
	if err != nil || counts.Delayed != 1 || counts.Waiting != 1 || counts.Oldest.Year() != 1970 {
		t.Errorf("counts %+v, %v", counts, err)
	}
}
