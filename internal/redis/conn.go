package redis

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	redigo "github.com/gomodule/redigo/redis"

	"envelog/internal/secret"
)

// Conn is one connection. It stays usable until a call returns an error that is no reply of the server ([Code] is "").
// Do, and Write with the methods of Reader, take turns: neither starts before the other has its replies.
type Conn struct {
	*Reader
	server  Server
	home    string // the key whose node this is
	nc      net.Conn
	timeout time.Duration
	scratch []byte // the command being written
	id      int64
	spoken  bool             // the server has answered something
	others  map[string]*Conn // to nodes that have keys beside home, by these; opened when they are needed
}

// Dial connects to the server that has a key, or to the only server. Commands on other keys that begin with that key
// and two underscores find their own node.
func Dial(ctx context.Context, s Server, key string) (*Conn, error) {
	at, err := s.Locate(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	conn, err := reach(ctx, at)
	if err != nil {
		return nil, err
	}
	conn.server, conn.home = s, key
	return conn, nil
}

// reach connects to one server, and sends what phpredis does: AUTH, and SELECT when the database is not 0.
func reach(ctx context.Context, s Server) (*Conn, error) {
	nc, err := s.open(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = nc.Close() })
	defer stop()
	timeout := s.readTimeout()
	conn := &Conn{Reader: NewReader(nc, timeout), server: s, nc: nc, timeout: timeout}
	if err := conn.handshake(s); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

var errHandshake = errors.New("TLS handshake")

// open dials, with TLS when the server wants it. The time limit is for both.
func (s Server) open(ctx context.Context) (net.Conn, error) {
	timeout := s.ConnectTimeout
	if timeout == 0 {
		timeout = DefaultConnectTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	dial := s.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext // with TCP keepalive after 15 s
	}
	nc, err := dial(ctx, s.Network, s.Addr)
	if err != nil {
		return nil, err
	}
	if nc = newEager(nc); !s.TLS {
		return nc, nil
	}
	config, err := s.tlsConfig()
	if err != nil {
		_ = nc.Close() // the other error counts
		return nil, err
	}
	secured := tls.Client(nc, config)
	if err := secured.HandshakeContext(ctx); err != nil {
		_ = nc.Close() // the other error counts
		return nil, fmt.Errorf("%w: %w", errHandshake, err)
	}
	return secured, nil
}

func (c *Conn) handshake(s Server) error {
	if s.Password != "" || s.User != "" { // phpredis sends a user without a password too
		login := []any{string(s.Password)}
		if s.User != "" {
			login = []any{s.User, string(s.Password)}
		}
		if _, err := c.Do("AUTH", login...); err != nil {
			return fmt.Errorf("%w: %w", errLogin, hideSecret(err, s.Password))
		}
	}
	if s.DB != 0 {
		if _, err := c.Do("SELECT", s.DB); err != nil {
			return fmt.Errorf("select database %d: %w", s.DB, err)
		}
	}
	return nil
}

var errLogin = errors.New("log in")

// ErrSilent is wrapped by the error of a connection that ended before the server had answered anything.
var ErrSilent = errors.New("no answer at all")

// hideSecret keeps a password out of an error: a server that does not know AUTH repeats its arguments, cut short.
func hideSecret(err error, password secret.Secret) error {
	if Code(err) == "" {
		return err
	}
	text, _, _ := strings.Cut(err.Error(), ", with args beginning with")
	if password == "" {
		return redigo.Error(text)
	}
	return redigo.Error(strings.ReplaceAll(text, string(password), "***"))
}

// Identify asks for the id by which another connection can unblock this one. Not every server, and not every ACL user,
// knows the command.
func (c *Conn) Identify() error {
	id, err := redigo.Int64(c.Do("CLIENT", "ID"))
	if err != nil && Code(err) == "" {
		return fmt.Errorf("ask for the connection's id: %w", err)
	}
	c.id = id
	return nil
}

// ID is what Identify has found; 0 when the server does not tell.
func (c *Conn) ID() int64 { return c.id }

// Beside is the connection for commands on a key beside the one that was dialed for: this one, or on a cluster perhaps
// one to another node.
func (c *Conn) Beside(key string) (*Conn, error) {
	if !c.server.Cluster || SlotOf(key) == SlotOf(c.home) {
		return c, nil
	}
	if other := c.others[key]; other != nil {
		return other, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), c.timeout)
	defer cancel()
	other, err := Dial(ctx, c.server, key)
	if err != nil {
		return nil, err
	}
	other.server.Cluster = false // it has no second key
	if c.others == nil {
		c.others = make(map[string]*Conn)
	}
	c.others[key] = other
	return other, nil
}

// Do sends a command to the node that has its key and returns the reply as redigo does: int64, []byte, string for a
// status, []any, or nil; an error reply is a redigo.Error, within an array too.
// A reply of more than 64 MiB is an error.
func (c *Conn) Do(command string, args ...any) (any, error) {
	return c.DoWithin(maxValue, command, args...)
}

// DoWithin is Do with a limit of the reply's bytes.
func (c *Conn) DoWithin(limit int, command string, args ...any) (any, error) {
	c, err := c.forKey(args)
	if err != nil {
		return nil, err
	}
	if err := c.Begin(0); err != nil {
		return nil, err
	}
	c.scratch = AppendCount(c.scratch[:0], 1+len(args))
	c.scratch = AppendString(c.scratch, command)
	for _, arg := range args {
		c.scratch = appendArg(c.scratch, arg)
	}
	err = c.Write(c.scratch)
	if cap(c.scratch) > Slack {
		c.scratch = nil
	}
	if err != nil {
		return nil, err
	}
	reply, err := c.Value(limit)
	return reply, c.judge(command, err)
}

// judge names the command in an error that is no reply. Of a connection that ends before the server has said anything it
// says so: that is how a port for TLS treats a client without it.
func (c *Conn) judge(command string, err error) error {
	if err == nil || Code(err) != "" {
		c.spoken = true
		return err
	}
	if !c.spoken && HungUp(err) {
		err = fmt.Errorf("%w: %w", ErrSilent, err)
	}
	return fmt.Errorf("%s: %w", command, err)
}

// forKey is the connection for a command whose first argument may be a key beside home.
func (c *Conn) forKey(args []any) (*Conn, error) {
	if !c.server.Cluster || len(args) == 0 {
		return c, nil
	}
	if key, ok := args[0].(string); ok && strings.HasPrefix(key, c.home+"__") {
		return c.Beside(key)
	}
	return c, nil
}

// Write sends commands whose replies the Reader will read.
func (c *Conn) Write(commands []byte) error {
	if err := c.nc.SetWriteDeadline(time.Now().Add(c.timeout)); err != nil {
		return fmt.Errorf("send command: %w", err)
	}
	if _, err := c.nc.Write(commands); err != nil {
		return fmt.Errorf("send command: %w", err)
	}
	return nil
}

// Abort makes what the connection waits for fail. Close comes later. It may be called by anyone.
func (c *Conn) Abort() { _ = c.nc.Close() }

// Close ends the connection, and those that it has to other nodes.
func (c *Conn) Close() {
	_ = c.nc.Close()
	for _, other := range c.others {
		other.Close()
	}
}
