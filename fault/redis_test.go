//go:build fault

package fault

import (
	"syscall"
	"testing"
	"time"
)

func TestRedis(t *testing.T) {
	for _, tt := range []struct {
		name, broken string
		breakIt      func(c *chain)
		mend         func(c *chain)
	}{
		{name: "4.1", broken: "Redis hangs for 3 s", breakIt: func(c *chain) { c.server.Pause() }, mend: func(c *chain) { c.server.Resume() }},
		{name: "4.2", broken: "Redis is out of memory for 3 s",
			breakIt: func(c *chain) { c.server.Do("CONFIG", "SET", "maxmemory", "1") },
			mend:    func(c *chain) { c.server.Do("CONFIG", "SET", "maxmemory", "0") }},
		{name: "4.3", broken: "Redis is read-only for 3 s",
			breakIt: func(c *chain) { c.server.Do("REPLICAOF", "127.0.0.1", "1") },
			mend:    func(c *chain) { c.server.Do("REPLICAOF", "NO", "ONE") }},
		{name: "4.4", broken: "Redis is down for 3 s", breakIt: func(c *chain) { c.server.Kill() }, mend: func(c *chain) { c.server.Restart() }},
	} {
		t.Run(tt.broken, func(t *testing.T) {
			c := newChain(t, t.TempDir(), 2)
			c.row.name, c.row.broken = tt.name, tt.broken
			c.produce()
			for range 2 {
				c.progress()
				tt.breakIt(c)
				pause(3 * time.Second)
				tt.mend(c)
			}
			c.progress()
			c.settle()
		})
	}
	t.Run("Redis is flushed", func(t *testing.T) {
		c := newChain(t, t.TempDir(), 2)
		c.row.name, c.row.broken = "4.5", "Redis is flushed, 5 times, while nothing waits"
		c.produce()
		for range 5 {
			c.progress()
			c.producer.stop()
			c.drain()
			c.server.Do("FLUSHALL")
			c.producer.start()
		}
		c.progress()
		c.settle()
	})
	t.Run("a consumer hangs until others have claimed", func(t *testing.T) {
		c := newChain(t, t.TempDir(), 0)
		c.dsn += "?redeliver_timeout=2&claim_interval=200"
		c.begin(3)
		c.row.name, c.row.broken = "5.1", "a consumer is stopped for 4 s and goes on after others claimed its entries, 3 times"
		c.produce()
		for range 3 {
			c.progress()
			c.workers[0].signal(syscall.SIGSTOP)
			pause(4 * time.Second)
			c.workers[0].signal(syscall.SIGCONT)
		}
		c.settle()
	})
	t.Run("rolling restart", func(t *testing.T) {
		c := newChain(t, t.TempDir(), 5)
		c.row.name, c.row.broken = "5.2", "rolling restart of five consumers, 4 times"
		c.produce()
		for range 4 {
			for _, w := range c.workers {
				c.progress()
				w.end()
				w.start()
			}
		}
		c.settle()
	})
}
