package doctrine

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"syscall"
)

const (
	// mostAnswer is how many bytes a server may send until it is asked again: far more than a page of messages.
	mostAnswer = 256 << 20
	// mostGreeting is how many it may send before it was asked anything.
	mostGreeting = 1 << 20
)

var errTooMuch = errors.New("the server sends without end: it is no database, or it has a message that is too large")

// bounded is a connection to a server that is not trusted: the drivers collect in memory whatever it sends. It passes the
// system's connection on, by which a driver sees that a server has hung up.
type bounded struct {
	net.Conn
	left atomic.Int64
}

// dial connects as the drivers do.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	b := &bounded{Conn: conn}
	b.left.Store(mostGreeting)
	return b, nil
}

// Write sends a request, after which the answer is counted from 0 again.
func (b *bounded) Write(data []byte) (int, error) {
	b.left.Store(mostAnswer)
	return b.Conn.Write(data)
}

// Read fails when the server has sent too much since it was asked.
func (b *bounded) Read(data []byte) (int, error) {
	n, err := b.Conn.Read(data)
	if b.left.Add(-int64(n)) < 0 {
		return 0, errTooMuch
	}
	return n, err
}

// SyscallConn implements [syscall.Conn].
func (b *bounded) SyscallConn() (syscall.RawConn, error) {
	conn, ok := b.Conn.(syscall.Conn)
	if !ok {
		return nil, errors.ErrUnsupported
	}
	return conn.SyscallConn()
}
