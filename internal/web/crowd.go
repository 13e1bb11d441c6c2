package web

import (
	"net"
	"slices"
	"sync"
)

// mostConnections is how many clients may be connected, so that they cannot take the file descriptors that log files need.
const mostConnections = 100

// crowd is a listener with a bounded number of connections. Where one is too many, the oldest is closed and not the new one
// kept waiting: whoever holds connections without end keeps no probe out, which is answered within milliseconds.
type crowd struct {
	net.Listener
	mu   sync.Mutex
	open []*guest // the oldest first
}

// guest is one connection of a crowd.
type guest struct {
	net.Conn
	crowd *crowd
}

// Accept waits for a connection, and closes the oldest when there are too many.
func (c *crowd) Accept() (net.Conn, error) {
	accepted, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	g := &guest{Conn: accepted, crowd: c}
	if oldest := c.admit(g); oldest != nil {
		_ = oldest.Close() // its client notices
	}
	return g, nil
}

// admit adds a guest, and returns the one that has to go, if any.
func (c *crowd) admit(g *guest) (oldest *guest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open = append(c.open, g)
	if len(c.open) > mostConnections {
		oldest = c.open[0]
	}
	return oldest
}

// Close closes the connection and makes room.
func (g *guest) Close() error {
	g.crowd.mu.Lock()
	g.crowd.open = slices.DeleteFunc(g.crowd.open, func(other *guest) bool { return other == g })
	g.crowd.mu.Unlock()
	return g.Conn.Close()
}
