package redis

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	redigo "github.com/gomodule/redigo/redis"
)

// askWithin is how long a sentinel, or a node of a cluster, may take to say who serves a key, before the next is asked.
const askWithin = 2 * time.Second

// Locate answers which address serves a key: a fixed one, the master that the sentinels name, or the owner of the key's
// slot. It is asked for every connection, and connections are closed when they are lost or their server says that it is
// not the one (MOVED, ASK, READONLY): nothing that it answers is kept.
func (s Server) Locate(ctx context.Context, key string) (Server, error) {
	switch {
	case s.Sentinel != "":
		return s.askEach(ctx, s.askSentinel)
	case s.Cluster:
		return s.askEach(ctx, func(asked *Conn, at Server) (string, error) { return s.askNode(asked, at, SlotOf(key)) })
	}
	return s, nil
}

// at is the Server of one server of several.
func (s Server) at(addr string) Server {
	s.Addr, s.Network, s.Sentinel, s.Cluster = addr, "tcp", "", false
	if strings.HasPrefix(addr, "/") {
		s.Network = "unix"
	}
	return s
}

// askEach asks the hosts until one knows an address.
func (s Server) askEach(ctx context.Context, ask func(asked *Conn, at Server) (string, error)) (Server, error) {
	var errs []error
	for _, host := range s.Nodes.inTurn(s.Hosts) {
		at := s.at(host)
		if s.Sentinel != "" {
			at.User, at.Password, at.DB = s.SentinelUser, s.SentinelPassword, 0
		}
		addr, err := askOne(ctx, at, ask)
		if err == nil {
			return s.at(addr), nil
		}
		errs = append(errs, fmt.Errorf("ask %s: %w", host, err))
	}
	return Server{}, errors.Join(errs...)
}

func askOne(ctx context.Context, at Server, ask func(asked *Conn, at Server) (string, error)) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	asked, err := reach(ctx, at)
	if err != nil {
		return "", err
	}
	defer asked.Close()
	stop := context.AfterFunc(ctx, func() { _ = asked.nc.Close() })
	defer stop()
	return ask(asked, at)
}

var errNoMaster = errors.New("the sentinel knows no such master")

// askSentinel sends SENTINEL GET-MASTER-ADDR-BY-NAME.
func (s Server) askSentinel(asked *Conn, _ Server) (string, error) {
	reply, err := redigo.Strings(asked.Do("SENTINEL", "GET-MASTER-ADDR-BY-NAME", s.Sentinel))
	switch {
	case errors.Is(err, redigo.ErrNil):
		return "", fmt.Errorf("%w: %q", errNoMaster, s.Sentinel)
	case err != nil:
		return "", err
	case len(reply) != 2:
		return "", fmt.Errorf("%w: an address of %d parts", ErrProtocol, len(reply))
	}
	return named(reply[0], reply[1])
}

// named is the address that a reply names, which is never a socket of this machine.
func named(host, port string) (string, error) {
	if strings.HasPrefix(host, "/") {
		return "", fmt.Errorf("%w: a path in the place of a host", ErrProtocol)
	}
	return net.JoinHostPort(host, port), nil
}

// askNode finds the owner of a slot in the reply of CLUSTER SLOTS, and remembers all nodes in it.
func (s Server) askNode(asked *Conn, at Server, slot int) (owner string, err error) {
	ranges, err := redigo.Values(asked.Do("CLUSTER", "SLOTS"))
	if err != nil {
		return "", err
	}
	var nodes []string
	for _, r := range ranges {
		part, err := readSlots(r, at.host())
		if err != nil {
			return "", err
		}
		nodes = append(nodes, part.nodes...)
		if part.first <= slot && slot <= part.last && owner == "" {
			owner = part.nodes[0]
		}
	}
	s.Nodes.learn(s.Hosts, nodes)
	if owner == "" {
		return "", redigo.Error(fmt.Sprintf("CLUSTERDOWN no node serves slot %d", slot))
	}
	return owner, nil
}

// slotRange is one range of slots, with its master first.
type slotRange struct {
	first, last int
	nodes       []string
}

// readSlots reads [first, last, [host, port, ...], ...]. A node that does not know its own name is where it was asked.
func readSlots(reply any, asked string) (s slotRange, err error) {
	parts, err := redigo.Values(reply, nil)
	if err != nil || len(parts) < 3 {
		return s, fmt.Errorf("%w: a range of slots", ErrProtocol)
	}
	if _, err := redigo.Scan(parts, &s.first, &s.last); err != nil {
		return s, fmt.Errorf("%w: a range of slots: %w", ErrProtocol, err)
	}
	for _, part := range parts[2:] {
		var host string
		var port int
		fields, err := redigo.Values(part, nil)
		if err == nil {
			_, err = redigo.Scan(fields, &host, &port)
		}
		if err != nil || port <= 0 {
			return s, fmt.Errorf("%w: a node of a range of slots", ErrProtocol)
		}
		if host == "" || host == "?" {
			host = asked
		}
		node, err := named(host, strconv.Itoa(port))
		if err != nil {
			return s, err
		}
		s.nodes = append(s.nodes, node)
	}
	return s, nil
}

// slots of a Redis Cluster.
const slots = 16384

// SlotOf is the slot of a key (Redis Cluster specification: CRC16, XMODEM, of its tag).
func SlotOf(key string) int {
	var crc uint16
	for _, b := range []byte(HashTag(key)) {
		crc ^= uint16(b) << 8
		for range 8 {
			carry := crc & 0x8000
			crc <<= 1
			if carry != 0 {
				crc ^= 0x1021
			}
		}
	}
	return int(crc) % slots
}

// HashTag is the part of a key that decides about its slot (Redis Cluster specification, "Hash tags").
func HashTag(key string) string {
	_, after, found := strings.Cut(key, "{")
	tag, _, closed := strings.Cut(after, "}")
	if !found || !closed || tag == "" {
		return key
	}
	return tag
}

// manyHosts is how many nodes are remembered, at most.
const manyHosts = 1000

// Nodes remembers whom to ask: another one first each time, since one that is cut off from the rest knows old things
// only. The connections of a transport share it. A nil one remembers nothing.
type Nodes struct {
	mu    sync.Mutex
	turn  int
	found []string // nodes beside those of the DSN
}

// inTurn returns all hosts, beginning with another one each time.
func (h *Nodes) inTurn(configured []string) []string {
	if h == nil {
		return configured
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	all := append(append([]string(nil), configured...), h.found...)
	first := h.turn % len(all)
	h.turn++
	return append(all[first:], all[:first]...)
}

// learn replaces the nodes that were found.
func (h *Nodes) learn(configured, nodes []string) {
	if h == nil {
		return
	}
	known := make(map[string]bool, len(configured)+len(nodes))
	for _, host := range configured {
		known[host] = true
	}
	var found []string
	for _, node := range nodes {
		if !known[node] && len(found) < manyHosts {
			known[node], found = true, append(found, node)
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.found = found
}
