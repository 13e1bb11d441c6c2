//go:build fault

package fault

import (
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// proxy stands between the workers and the server, and does to their connections what networks do.
type proxy struct {
	net.Listener
	server string
	delay  atomic.Int64 // of each piece, in nanoseconds
	mute   atomic.Bool  // pieces are swallowed

	mu    sync.Mutex
	conns []*net.TCPConn // of workers
}

func startProxy(t *testing.T, server string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{Listener: l, server: server}
	t.Cleanup(func() { l.Close(); p.cut(1) })
	go p.serve()
	return p
}

func (p *proxy) serve() {
	for {
		down, err := p.Accept()
		if err != nil {
			return
		}
		up, err := net.Dial("tcp", p.server)
		if err != nil {
			down.Close()
			continue
		}
		p.mu.Lock()
		p.conns = append(p.conns, down.(*net.TCPConn))
		p.mu.Unlock()
		go p.carry(up, down)
		go p.carry(down, up)
	}
}

// carry copies pieces from one side to the other until one of them is gone.
func (p *proxy) carry(to, from net.Conn) {
	defer to.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if delay := time.Duration(p.delay.Load()); delay > 0 {
			pause(delay)
		}
		if n > 0 && !p.mute.Load() {
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// cut ends that share of the connections.
func (p *proxy) cut(share float64) { p.each(share, func(c *net.TCPConn) { c.Close() }) }

// halfClose ends that share of the connections in one direction: workers read an end of file, and can still write.
func (p *proxy) halfClose(share float64) { p.each(share, func(c *net.TCPConn) { c.CloseWrite() }) }

func (p *proxy) each(share float64, do func(c *net.TCPConn)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var left []*net.TCPConn
	for _, c := range p.conns {
		if rand.Float64() < share {
			do(c)
		} else {
			left = append(left, c)
		}
	}
	p.conns = left
}

func TestNetwork(t *testing.T) {
	for _, tt := range []struct {
		name, broken string
		do           func(p *proxy)
	}{
		{"6.1", "the network cuts connections, 40 times", func(p *proxy) {
			for range 40 {
				pause(50 * time.Millisecond)
				p.cut(0.7)
			}
		}},
		{"6.2", "the network half-closes connections, 20 times", func(p *proxy) {
			for range 20 {
				pause(100 * time.Millisecond)
				p.halfClose(0.7)
			}
		}},
		{"6.3", "the network delays every piece by 50 ms, for 3 s", func(p *proxy) {
			p.delay.Store(int64(50 * time.Millisecond))
			pause(3 * time.Second)
			p.delay.Store(0)
		}},
		{"6.4", "the network swallows everything for 4 s, and cuts then", func(p *proxy) {
			p.mute.Store(true)
			pause(4 * time.Second)
			p.cut(1)
			p.mute.Store(false)
		}},
	} {
		t.Run(tt.broken, func(t *testing.T) {
			c := newChain(t, t.TempDir(), 0)
			p := startProxy(t, c.server.Addr)
			c.dsn = dsn(p.Addr().String())
			c.begin(2)
			c.row.name, c.row.broken = tt.name, tt.broken
			c.produce()
			c.progress()
			tt.do(p)
			c.progress()
			c.settle()
		})
	}
}
