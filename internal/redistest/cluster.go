//go:build unix

package redistest

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"envelog/internal/proctest"
)

// slots of a cluster.
const slots = 16384

// Cluster is a Redis Cluster: as many masters as there were wanted, then a replica of each in the same order.
type Cluster struct {
	Nodes []*Server
	t     testing.TB
}

// calm is how long a node of a cluster or a master may be silent before others take over: on a busy machine too, none does unasked.
const calm = 30 * time.Second

// StartCluster starts masters with one replica each, and waits until every node says that the cluster is whole. Kill makes a replica
// take over within a second or two.
func StartCluster(t testing.TB, masters int, args ...string) *Cluster {
	t.Helper()
	return startCluster(t, masters, func(own ...string) *Server { return Start(t, append(own, args...)...) })
}

// StartTLSCluster is StartCluster with TLS instead of plain TCP, between the nodes too. Clients need a certificate.
func StartTLSCluster(t testing.TB, certs Certificates, masters int) *Cluster {
	t.Helper()
	args := []string{"--tls-auth-clients", "yes", "--tls-cluster", "yes", "--tls-replication", "yes"}
	return startCluster(t, masters, func(own ...string) *Server { return StartTLS(t, certs, append(own, args...)...) })
}

func startCluster(t testing.TB, masters int, start func(own ...string) *Server) *Cluster {
	t.Helper()
	c := &Cluster{t: t}
	buses := make([]string, 2*masters) // the port that nodes speak to each other on, by default one far above the other
	for i := range buses {
		buses[i] = strconv.Itoa(proctest.Port(t))
		c.Nodes = append(c.Nodes, start("--cluster-enabled", "yes", "--cluster-node-timeout", fmt.Sprint(calm.Milliseconds()), "--cluster-port", buses[i]))
	}
	for i, n := range c.Nodes {
		n.Do("CLUSTER", "SET-CONFIG-EPOCH", i+1)
		if i < masters {
			n.Do("CLUSTER", "ADDSLOTSRANGE", i*slots/masters, (i+1)*slots/masters-1)
		}
		if i > 0 {
			n.Do("CLUSTER", "MEET", "127.0.0.1", c.Nodes[0].Port(), buses[0])
		}
	}
	poll(t, "all nodes know each other", func() bool {
		return c.all(func(n *Server) bool { return n.clusterInfo("cluster_known_nodes") == strconv.Itoa(2*masters) })
	})
	for i := range masters {
		c.Nodes[masters+i].Do("CLUSTER", "REPLICATE", c.Nodes[i].Do("CLUSTER", "MYID"))
	}
	poll(t, "the cluster is whole", func() bool {
		return c.all(func(n *Server) bool { return n.clusterInfo("cluster_state") == "ok" }) && c.replicated()
	})
	return c
}

func (c *Cluster) all(holds func(n *Server) bool) bool {
	for _, n := range c.Nodes {
		if !holds(n) {
			return false
		}
	}
	return true
}

// replicated says whether every replica has its master's data.
func (c *Cluster) replicated() bool {
	for _, n := range c.Nodes[len(c.Nodes)/2:] {
		if !strings.Contains(n.info("replication"), "master_link_status:up") {
			return false
		}
	}
	return true
}

// clusterInfo returns a field of CLUSTER INFO.
func (s *Server) clusterInfo(field string) string {
	reply, _ := s.try("CLUSTER", "INFO")
	text, _ := reply.(string)
	_, after, _ := strings.Cut(text, field+":")
	value, _, _ := strings.Cut(after, "\r\n")
	return value
}

// Kill ends the master that serves a slot, and has the others notice soon.
func (c *Cluster) Kill(slot int) {
	c.t.Helper()
	for _, n := range c.Nodes {
		n.Do("CONFIG", "SET", "cluster-node-timeout", 1000)
	}
	c.Owner(slot).Kill()
}

// Addrs returns the addresses of all nodes.
func (c *Cluster) Addrs() (addrs []string) {
	for _, n := range c.Nodes {
		addrs = append(addrs, n.Addr)
	}
	return addrs
}

// Slot returns the slot of a key.
func (c *Cluster) Slot(key string) int {
	c.t.Helper()
	return int(c.Nodes[len(c.Nodes)-1].Do("CLUSTER", "KEYSLOT", key).(int64))
}

// Owner returns the master that serves a slot, as the first node that runs sees it.
func (c *Cluster) Owner(slot int) *Server {
	c.t.Helper()
	for _, n := range c.Nodes {
		if n.proc == nil {
			continue
		}
		for _, r := range n.Do("CLUSTER", "SLOTS").([]any) {
			parts := r.([]any)
			if int(parts[0].(int64)) > slot || int(parts[1].(int64)) < slot {
				continue
			}
			port := fmt.Sprint(parts[2].([]any)[1])
			for _, owner := range c.Nodes {
				if owner.Port() == port {
					return owner
				}
			}
		}
	}
	c.t.Fatalf("nobody serves slot %d", slot)
	return nil
}

// Move gives a slot with its keys to another master, in the steps of redis-cli --cluster reshard.
func (c *Cluster) Move(slot int, to *Server) {
	c.t.Helper()
	from := c.Owner(slot)
	if from == to {
		return
	}
	toID, fromID := to.Do("CLUSTER", "MYID"), from.Do("CLUSTER", "MYID")
	to.Do("CLUSTER", "SETSLOT", slot, "IMPORTING", fromID)
	from.Do("CLUSTER", "SETSLOT", slot, "MIGRATING", toID)
	for {
		keys := from.Do("CLUSTER", "GETKEYSINSLOT", slot, 100).([]any)
		if len(keys) == 0 {
			break
		}
		for _, key := range keys {
			from.Do("MIGRATE", "127.0.0.1", to.Port(), key, 0, 10000)
		}
	}
	to.Do("CLUSTER", "SETSLOT", slot, "NODE", toID)
	from.Do("CLUSTER", "SETSLOT", slot, "NODE", toID)
}
