package redis

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"envelog/internal/secret"
)

// hostile is a server that answers every command with the same bytes. It does so until the test ends, or hangs up after them.
func hostile(t *testing.T, reply string, hangUp bool) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { conn.Close() })
			go func() {
				defer conn.Close()
				for command := make([]byte, 4096); ; {
					if _, err := conn.Read(command); err != nil {
						return
					}
					if _, err := io.WriteString(conn, reply); err != nil || hangUp {
						return
					}
				}
			}()
		}
	}()
	return l.Addr().String()
}

// hostileReplies are what no Redis sends.
func hostileReplies() map[string]string {
	return map[string]string{
		"a count":             "*8000000000\r\n",
		"the largest count":   "*9223372036854775807\r\n",
		"a count that fits":   "*1000000\r\n",
		"a length":            "$200000000000\r\n",
		"the largest length":  "$9223372036854775807\r\n",
		"a length that fits":  "$536870912\r\n",
		"negative":            "*-5\r\n",
		"an empty line":       "\r\n",
		"an empty status":     "+\r\n",
		"no number":           ":\r\n",
		"no reply":            "x",
		"nothing":             "",
		"arrays in arrays":    strings.Repeat("*1\r\n", 10_000),
		"arrays within pairs": strings.Repeat("*2\r\n:1\r\n", 10_000),
		"many small arrays":   "*30000\r\n" + strings.Repeat("*0\r\n", 40_000),
		"counts in arrays":    strings.Repeat("*1000000\r\n", 3),
		"a line without end":  "-" + strings.Repeat("x", 1<<20),
	}
}

// TestHostileServer connects in every way to a server that sends what announces too much, or never ends, and expects an
// error in time, without much memory.
func TestHostileServer(t *testing.T) {
	for name, reply := range hostileReplies() {
		for _, hangUp := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				addr := hostile(t, reply, hangUp)
				for _, dsn := range []string{
					"redis://" + addr, "redis:?host[" + addr + "]&sentinel_master=m",
					"redis://" + addr + "?cluster=1", "redis://" + addr + "/s,redis://" + addr,
				} {
					cfg, err := ParseDSN(dsn)
					if err != nil {
						t.Fatal(err)
					}
					cfg.Consumer, cfg.ReadTimeout = "me", 100*time.Millisecond
					for _, password := range []secret.Secret{"", "pw"} {
						cfg.Password = password
						refuses(t, cfg)
					}
				}
			})
		}
	}
}

// refuses expects an error of whatever asks a server.
func refuses(t *testing.T, cfg Config) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	s := NewStorage(cfg)
	defer s.Close()
	_, countErr := s.Count(ctx)
	_, findErr := s.Find(ctx, "1-0")
	_, inspectErr := s.Inspect(ctx)
	_, _, releaseErr := Release(ctx, cfg, "dead")
	r := NewReceiver(cfg, Options{})
	connectErr := r.Connect(ctx)
	_ = r.Close()
	for name, err := range map[string]error{"count": countErr, "find": findErr, "inspect": inspectErr, "give away": releaseErr, "connect": connectErr} {
		if err == nil || errors.Is(err, context.DeadlineExceeded) && ctx.Err() != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestHostileReplyToACommand has a server that behaves until a command, and then announces too much, once. Nothing that
// comes later is lost.
func TestHostileReplyToACommand(t *testing.T) {
	for _, command := range []string{"XREADGROUP", "XAUTOCLAIM", "EVALSHA", "EVAL", "ZCARD", "XGROUP", "XINFO", "CLIENT", "XACK"} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			for _, name := range []string{"a count", "a length", "arrays in arrays"} {
				goesOnAfter(t, command, name, hostileReplies()[name])
			}
		})
	}
}

func goesOnAfter(t *testing.T, command, name, reply string) {
	t.Helper()
	m := miniredis.RunT(t)
	m.SetTime(time.Now())
	s := target{addr: m.Addr(), mini: m}
	var armed atomic.Bool
	between := target{addr: answering(t, m.Addr(), command, reply, &armed)}
	c := between.connect(t, func(c *Config) { c.ReadTimeout = 500 * time.Millisecond })
	armed.Store(true)
	s.do(t, "ZADD", "messages__queue", "1", `{"body":"b","headers":[],"uniqid":"u"}`)
	s.add(t, "a", "b")
	messages, ids := c.collect(t, 3)
	c.ackAll(t, ids)
	if len(messages) != 3 || s.pending(t) != 0 {
		t.Errorf("%s: %q, %d pending; log:\n%s", name, messages, s.pending(t), c.log)
	}
	_ = c.Close()
}

// answering stands before a server and, when it is armed, answers the next command of a name itself.
func answering(t *testing.T, behind, command, reply string, armed *atomic.Bool) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", behind)
			if err != nil {
				conn.Close()
				return
			}
			go func() {
				_, _ = io.Copy(conn, server)
				conn.Close()
			}()
			go func() {
				defer server.Close()
				for commands := make([]byte, 64<<10); ; {
					n, err := conn.Read(commands)
					if err != nil {
						return
					}
					if bytes.Contains(commands[:n], []byte("\r\n"+command+"\r\n")) && armed.CompareAndSwap(true, false) {
						_, _ = io.WriteString(conn, reply)
						continue
					}
					if _, err := server.Write(commands[:n]); err != nil {
						return
					}
				}
			}()
		}
	}()
	return l.Addr().String()
}

// FuzzServer has a server that says anything, the same to every command: no panic, and an end in time. Sentinels and nodes of
// a cluster are those of FuzzSeveral.
func FuzzServer(f *testing.F) {
	for name, reply := range hostileReplies() {
		if len(reply) < 1000 && name != "nothing" {
			f.Add([]byte(reply))
		}
	}
	f.Add([]byte("-MOVED 1 127.0.0.1:1\r\n"))
	f.Fuzz(func(t *testing.T, reply []byte) {
		addr := hostile(t, string(reply), true)
		cfg, err := ParseDSN("redis://" + addr)
		if err != nil {
			t.Fatal(err)
		}
		cfg.Consumer, cfg.ReadTimeout = "me", 100*time.Millisecond
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		s := NewStorage(cfg)
		defer s.Close()
		_, countErr := s.Count(ctx)
		_, findErr := s.Find(ctx, "1-0")
		r := NewReceiver(cfg, Options{})
		connectErr := r.Connect(ctx)
		_ = r.Close()
		if ctx.Err() != nil {
			t.Errorf("after %v: count %v, find %v, connect %v", patience, countErr, findErr, connectErr)
		}
	})
}

// several is a sentinel or a node of a cluster that says anything when it is asked for an address, and another thing to all
// other commands. Whatever it names is this server again: no other host is reached. It says how often it was reached.
func several(t *testing.T, asked, others []byte) (dial func(context.Context, string, string) (net.Conn, error), reached *atomic.Int64) {
	reached = new(atomic.Int64)
	return func(_ context.Context, network, addr string) (net.Conn, error) {
		if reached.Add(1); network != "tcp" {
			t.Errorf("a reply led to %s %s", network, addr)
		}
		here, there := net.Pipe()
		t.Cleanup(func() { here.Close(); there.Close() })
		go func() {
			defer there.Close()
			for command := make([]byte, 4096); ; {
				n, err := there.Read(command)
				if err != nil {
					return
				}
				reply := others
				if bytes.Contains(command[:n], []byte("SENTINEL")) || bytes.Contains(command[:n], []byte("CLUSTER")) {
					reply = asked
				}
				if _, err := there.Write(reply); err != nil {
					return
				}
				if !bytes.HasSuffix(reply, []byte("\r\n")) {
					return // a reply that never ends is the matter of TestHostileServer
				}
			}
		}()
		return here, nil
	}, reached
}

// mostReached is how many connections one attempt may open, however many hosts are named.
const mostReached = 100

// FuzzSeveral has sentinels and nodes of a cluster that say anything, and name any host: no panic, an end in time, and no
// host after host without one.
func FuzzSeveral(f *testing.F) {
	const master, slots = "*2\r\n$9\r\n127.0.0.1\r\n$4\r\n6379\r\n", "*1\r\n*3\r\n:0\r\n:16383\r\n*3\r\n$9\r\n127.0.0.1\r\n:7000\r\n$2\r\nid\r\n"
	for _, asked := range []string{
		master, slots, "*2\r\n$-1\r\n$-1\r\n", "*2\r\n$0\r\n\r\n$1\r\n0\r\n", "*2\r\n$5\r\n/etc/\r\n$1\r\n1\r\n", "*-1\r\n", "*1\r\n*3\r\n:9\r\n:-1\r\n*2\r\n$1\r\n?\r\n:1\r\n",
		"*1\r\n*3\r\n:0\r\n:16383\r\n*0\r\n", "*1\r\n*2\r\n:0\r\n:1\r\n", "*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$2\r\n/x\r\n:1\r\n", "-CLUSTERDOWN x\r\n",
	} {
		for _, others := range []string{"+OK\r\n", "-MOVED 1 127.0.0.1:1\r\n", "-ASK 1 [::1]:1\r\n", "-READONLY x\r\n", "-MOVED\r\n", "*0\r\n"} {
			f.Add([]byte(asked), []byte(others))
		}
	}
	f.Fuzz(func(t *testing.T, asked, others []byte) {
		for _, dsn := range []string{"redis:?host[s1:1]&host[s2:1]&sentinel_master=m", "redis://n1:1?cluster=1", "redis://n1:1/s,redis://n2:1"} {
			cfg, err := ParseDSN(dsn)
			if err != nil {
				t.Fatal(err)
			}
			var reached *atomic.Int64
			cfg.Dial, reached = several(t, asked, others)
			cfg.Consumer, cfg.ReadTimeout = "me", 100*time.Millisecond
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			s := NewStorage(cfg)
			_, countErr := s.Count(ctx)
			_, findErr := s.Find(ctx, "1-0")
			_ = s.Close()
			r := NewReceiver(cfg, Options{})
			connectErr := r.Connect(ctx)
			_ = r.Close()
			if ctx.Err() != nil || reached.Load() > mostReached {
				t.Errorf("%s after %d connections: count %v, find %v, connect %v", dsn, reached.Load(), countErr, findErr, connectErr)
			}
			cancel()
		}
	})
}
