//go:build fault

package fault

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"

	"envelog/internal/redistest"
)

// TestSentinel kills one master after the other under load. What the producer counts was confirmed by every replica that
// is left, since Redis promises nothing else of a failover; acknowledgements of workers may be lost, and the journal has
// to know them.
func TestSentinel(t *testing.T) {
	const replicas = 2
	s := redistest.StartSentinels(t, replicas, redistest.AOF())
	s.Watch()
	dir := t.TempDir()
	c := &chain{t: t, server: s.Servers[0], dir: dir, watcher: watch(t, dir)}
	c.dsn = "redis:?host[" + strings.Join(s.Addrs(), "]&host[") + "]&sentinel_master=" + redistest.MasterName + "&stream=messages"
	c.row.name, c.row.broken = "4.6", fmt.Sprintf("kill -9 of the master, and Sentinel makes a replica the master, %d times", replicas)
	c.begin(2)
	c.produceTo(func() string { return master(s) }, replicas)
	for left := replicas - 1; left >= 0; left-- {
		c.confirmed(5000)
		old := c.server
		old.Kill()
		eventually(t, "another master", settleTimeout, func() bool {
			i := slices.IndexFunc(s.Servers, func(server *redistest.Server) bool { return server.Addr == master(s) })
			if i >= 0 && s.Servers[i] != old {
				c.server = s.Servers[i]
			}
			return c.server != old
		})
		c.producer.replicas.Store(int64(left))
	}
	c.confirmed(5000)
	c.settle()
}

// confirmed waits until so many more messages are added for good, and more lines came.
func (c *chain) confirmed(messages int64) {
	c.t.Helper()
	until := c.producer.count.Load() + messages
	eventually(c.t, "confirmed messages", settleTimeout, func() bool { return c.producer.count.Load() >= until })
	c.progress()
}

// master returns the address of the master by the first sentinel; "" when it knows none.
func master(s *redistest.Sentinels) string {
	conn, err := redis.Dial("tcp", s.Watchers[0].Addr, redis.DialConnectTimeout(time.Second), redis.DialReadTimeout(time.Second))
	if err != nil {
		return ""
	}
	defer conn.Close()
	at, err := redis.Strings(conn.Do("SENTINEL", "GET-MASTER-ADDR-BY-NAME", redistest.MasterName))
	if err != nil || len(at) != 2 {
		return ""
	}
	return at[0] + ":" + at[1]
}
