//go:build integration

package redis

import (
	"fmt"
	"strings"
	"testing"
	"time"

	redigo "github.com/gomodule/redigo/redis"

	"envelog/internal/redis"
	"envelog/internal/redistest"
)

// producer adds numbered messages to a transport until it is stopped, each once: one that no server has confirmed may be there or not.
type producer struct {
	waits     bool // for a replica to have each message
	cfg       Config
	stop      chan struct{}
	confirmed chan []string
}

// produce starts a producer.
func produce(t *testing.T, cfg Config, waits bool) *producer {
	t.Helper()
	p := &producer{cfg: cfg, waits: waits, stop: make(chan struct{}), confirmed: make(chan []string, 1)}
	go p.run(t)
	return p
}

func (p *producer) run(t *testing.T) {
	var c *redis.Conn
	var confirmed []string
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-p.stop:
			if c != nil {
				c.Close()
			}
			p.confirmed <- confirmed
			return
		case <-tick.C:
		}
		if c == nil {
			var err error
			if c, err = redis.Dial(t.Context(), p.cfg.Server, p.cfg.Stream); err != nil {
				continue
			}
		}
		message := fmt.Sprint("m", n)
		if _, err := c.Do("XADD", p.cfg.Stream, "*", "message", message); err != nil {
			c.Close()
			c = nil
			continue
		}
		if !p.waits || p.replicated(c) {
			confirmed = append(confirmed, message)
		}
	}
}

// replicated waits until a replica has the last message: a master that is killed takes with it what none has.
func (p *producer) replicated(c *redis.Conn) bool {
	n, err := redigo.Int(c.Do("WAIT", 1, 100))
	return err == nil && n > 0
}

// finish stops the producer and returns the messages that a server has confirmed.
func (p *producer) finish() []string {
	close(p.stop)
	return <-p.confirmed
}

// missing returns the messages that have not come.
func missing(seen map[string]int, messages []string) (left []string) {
	for _, m := range messages {
		if seen[m] == 0 {
			left = append(left, m)
		}
	}
	return left
}

// drain is how often each message came, and the longest time without one.
type drain struct {
	seen  map[string]int
	stall time.Duration
}

// drainWhile receives and acknowledges.
func (c client) drainWhile(t *testing.T, running func(d *drain) bool) *drain {
	t.Helper()
	d := &drain{seen: map[string]int{}}
	last := time.Now()
	for running(d) {
		got, ids := c.next(t, 100, 50*time.Millisecond)
		if len(got) == 0 {
			continue
		}
		d.stall, last = max(d.stall, time.Since(last)), time.Now()
		for _, m := range got {
			d.seen[m]++
		}
		if err := c.Ack(t.Context(), ids); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// survives drains a transport while something happens to its servers, and checks that what was confirmed to a producer
// has come; once, unless the servers forget acknowledgements.
func (c client) survives(t *testing.T, forgetful bool, happens func()) {
	t.Helper()
	p := produce(t, c.cfg, forgetful && c.cfg.Sentinel != "")
	happened := make(chan struct{})
	go func() {
		defer close(happened)
		happens()
	}()
	var left []string
	finished, deadline := false, time.Now().Add(patience)
	d := c.drainWhile(t, func(d *drain) bool {
		select {
		case <-happened:
			if !finished && len(d.seen) > 0 {
				finished, left = true, p.finish()
			}
		default:
		}
		left = missing(d.seen, left)
		if time.Now().After(deadline) {
			t.Fatalf("%d messages have come, and not %v; log:\n%s", len(d.seen), left, c.log)
		}
		return !finished || len(left) > 0
	})
	c.ackAll(t, nil)
	doubled := 0
	for _, times := range d.seen {
		if times > 1 {
			doubled++
		}
	}
	t.Logf("%d messages, %d doubled, stall %v", len(d.seen), doubled, d.stall.Round(time.Millisecond))
	if doubled > 0 && !forgetful {
		t.Errorf("%d messages came twice; log:\n%s", doubled, c.log)
	}
}

// of connects a receiver to what a DSN names.
func of(t *testing.T, dsn string, changes ...func(*Config)) client {
	t.Helper()
	cfg, err := ParseDSN(dsn)
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range append([]func(*Config){func(c *Config) { c.Consumer = "me" }}, changes...) {
		change(&cfg)
	}
	c := target{}.receiverOf(t, cfg, Options{})
	if err := c.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c
}

// flow waits until n more messages are acknowledged, or for as long as patience lasts.
func flow(c client, n uint64) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	until, deadline := c.Stats().Acked+n, time.Now().Add(patience)
	for c.Stats().Acked < until && time.Now().Before(deadline) {
		<-tick.C
	}
}

func commaDSN(addrs []string) string { return "redis://" + strings.Join(addrs, ",redis://") }

func TestCluster(t *testing.T) {
	cluster := redistest.StartCluster(t, 3)
	t.Run("by one node", func(t *testing.T) {
		c := of(t, "redis://"+cluster.Nodes[1].Addr+"/one?cluster=1")
		c.survives(t, false, func() { flow(c, 50) })
	})
	t.Run("delayed messages in another slot", func(t *testing.T) { clusterDelayed(t, cluster, "apart") })
	t.Run("delayed messages in the same slot", func(t *testing.T) { clusterDelayed(t, cluster, "{together}") })
	t.Run("a slot is moved", func(t *testing.T) {
		c := of(t, commaDSN(cluster.Addrs())+"/moved")
		slot := cluster.Slot("moved")
		c.survives(t, false, func() {
			for i := range 6 {
				flow(c, 100)
				cluster.Move(slot, cluster.Nodes[i%3])
			}
			flow(c, 100)
		})
	})
	t.Run("a master is killed", func(t *testing.T) {
		c := of(t, commaDSN(cluster.Addrs())+"/killed")
		c.survives(t, true, func() {
			flow(c, 100)
			cluster.Kill(cluster.Slot("killed"))
			flow(c, 100)
		})
	})
}

func clusterDelayed(t *testing.T, cluster *redistest.Cluster, stream string) {
	c := of(t, commaDSN(cluster.Addrs())+"/"+stream)
	if split := c.cfg.splits(); split != (stream == "apart") {
		t.Fatalf("splits is %t", split)
	}
	put, err := redis.Dial(t.Context(), c.cfg.Server, c.cfg.DelayedKey())
	if err != nil {
		t.Fatal(err)
	}
	defer put.Close()
	const n = 50
	for i := range n {
		member := fmt.Sprintf(`{"body":"b%d","headers":[],"uniqid":"%d"}`, i, i)
		if _, err := put.Do("ZADD", c.cfg.DelayedKey(), "NX", millis(time.Now().Add(300*time.Millisecond)), member); err != nil {
			t.Fatal(err)
		}
	}
	got, ids := c.collect(t, n)
	c.ackAll(t, ids)
	if len(got) != n {
		t.Fatalf("%d messages", len(got))
	}
	if left, err := redigo.Int(put.Do("ZCARD", c.cfg.DelayedKey())); err != nil || left != 0 {
		t.Fatalf("%d delayed messages left, %v", left, err)
	}
}

func sentinelDSN(s *redistest.Sentinels) string {
	return "redis:?host[" + strings.Join(s.Addrs(), "]&host[") + "]&sentinel_master=" + redistest.MasterName
}

func TestSentinel(t *testing.T) {
	s := redistest.StartSentinels(t, 2, redistest.AOF())
	t.Run("failover that is asked for", func(t *testing.T) {
		c := of(t, sentinelDSN(s)+"&stream=asked")
		c.survives(t, true, func() {
			flow(c, 100)
			s.Watchers[0].Do("SENTINEL", "FAILOVER", redistest.MasterName)
			eventually(t, "another master", func() bool {
				at, err := c.cfg.Locate(t.Context(), "")
				return err == nil && at.Addr != s.Servers[0].Addr
			})
			flow(c, 100)
		})
	})
	t.Run("the master is killed, and a sentinel", func(t *testing.T) {
		c := of(t, sentinelDSN(s)+"&stream=killed")
		c.survives(t, true, func() {
			flow(c, 100)
			at, err := c.cfg.Locate(t.Context(), "")
			if err != nil {
				t.Error(err)
				return
			}
			s.Watch()
			for _, server := range s.Servers {
				if server.Addr == at.Addr {
					server.Kill()
				}
			}
			flow(c, 100)
		})
	})
}
