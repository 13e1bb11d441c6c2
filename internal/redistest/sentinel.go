//go:build unix

package redistest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// MasterName is what Sentinels call their master.
const MasterName = "mymaster"

// Sentinels watch a master and its replicas.
type Sentinels struct {
	Watchers []*Server
	Servers  []*Server // the first one is the master at the start
}

// StartSentinels starts a master, replicas of it, and three sentinels that agree by two, and waits until these know all. They have
// another master only when one is asked for, until Watch.
// Arguments are those of master and replicas; lines are added to the sentinels' configuration.
func StartSentinels(t testing.TB, replicas int, args []string, lines ...string) *Sentinels {
	t.Helper()
	s := &Sentinels{Servers: []*Server{Start(t, args...)}}
	master := s.Servers[0]
	for range replicas {
		s.Servers = append(s.Servers, Start(t, append([]string{"--replicaof", "127.0.0.1 " + master.Port()}, args...)...))
	}
	for range 3 {
		s.Watchers = append(s.Watchers, startSentinel(t, master, lines))
	}
	for _, w := range s.Watchers {
		poll(t, "the sentinels know all", func() bool {
			info := w.info("sentinel")
			return strings.Contains(info, fmt.Sprintf("slaves=%d,sentinels=%d", replicas, 3))
		})
	}
	return s
}

func startSentinel(t testing.TB, master *Server, lines []string) *Server {
	t.Helper()
	s := newServer(t)
	lines = append([]string{
		"sentinel monitor " + MasterName + " 127.0.0.1 " + master.Port() + " 2",
		fmt.Sprintf("sentinel down-after-milliseconds %s %d", MasterName, calm.Milliseconds()),
		fmt.Sprintf("sentinel failover-timeout %s %d", MasterName, 6*calm.Milliseconds()),
	}, lines...)
	config := filepath.Join(s.Dir, "sentinel.conf")
	if err := os.WriteFile(config, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.config = config
	s.Restart()
	return s
}

// Watch has the sentinels notice soon when the master is gone.
func (s *Sentinels) Watch() {
	for _, w := range s.Watchers {
		w.Do("SENTINEL", "SET", MasterName, "down-after-milliseconds", 500, "failover-timeout", 3000)
	}
}

// Addrs returns the addresses of the sentinels.
func (s *Sentinels) Addrs() (addrs []string) {
	for _, w := range s.Watchers {
		addrs = append(addrs, w.Addr)
	}
	return addrs
}

// info returns a section of INFO, or nothing from a server that does not let anybody in.
func (s *Server) info(section string) string {
	reply, _ := s.try("INFO", section)
	text, _ := reply.(string)
	return text
}

// poll waits until a condition holds.
func poll(t testing.TB, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(startTimeout); !holds(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("not after %v: %s", startTimeout, what)
		}
	}
}
