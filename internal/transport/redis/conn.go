package redis

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	redigo "github.com/gomodule/redigo/redis"

	"envelog/internal/transport"
)

// conn is one connection. Rare commands go through redigo (do); what carries messages is written and read on the same
// socket directly (write, and the reader). The two take turns: neither starts before the other has its replies.
type conn struct {
	*reader
	nc      net.Conn
	redigo  redigo.Conn
	timeout time.Duration
	scratch []byte // the command being written
	id      int64  // CLIENT ID; 0 when the server does not tell
	cfg     Config
	others  map[string]*conn // to nodes that have keys beside the stream, by these; opened when they are needed
}

// dial connects to the server that has the stream.
func dial(ctx context.Context, c Config) (*conn, error) {
	return dialFor(ctx, c, c.Stream)
}

// dialFor connects to the server that has a key.
func dialFor(ctx context.Context, c Config, key string) (*conn, error) {
	at, err := c.locate(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	conn, err := reach(ctx, at)
	if err != nil {
		return nil, err
	}
	conn.cfg = c
	return conn, nil
}

// reach connects to one server, and sends what phpredis does: AUTH, and SELECT when the database is not 0.
func reach(ctx context.Context, c Config) (*conn, error) {
	nc, err := c.open(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = nc.Close() })
	defer stop()
	timeout := c.readTimeout()
	conn := &conn{
		reader:  newReader(nc, timeout),
		nc:      nc,
		redigo:  redigo.NewConn(nc, timeout, timeout),
		timeout: timeout,
		cfg:     c,
	}
	if err := conn.handshake(c); err != nil {
		conn.close()
		return nil, err
	}
	return conn, nil
}

var errHandshake = errors.New("TLS handshake")

// open dials, with TLS when the DSN asks for it. The time limit is for both.
func (c Config) open(ctx context.Context) (net.Conn, error) {
	timeout := c.ConnectTimeout
	if timeout == 0 {
		timeout = DefaultConnectTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var dialer net.Dialer // with TCP keepalive after 15 s
	nc, err := dialer.DialContext(ctx, c.Network, c.Addr)
	if err != nil || !c.TLS {
		return nc, err
	}
	config, err := c.tlsConfig()
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

func (c Config) readTimeout() time.Duration {
	if c.ReadTimeout == 0 {
		return DefaultReadTimeout
	}
	return c.ReadTimeout
}

func (c *conn) handshake(cfg Config) error {
	if cfg.Password != "" {
		login := []any{string(cfg.Password)}
		if cfg.User != "" {
			login = []any{cfg.User, string(cfg.Password)}
		}
		if _, err := c.do("AUTH", login...); err != nil {
			return fmt.Errorf("%w: %w", errLogin, hideSecret(err, cfg.Password))
		}
	}
	if cfg.DB != 0 {
		if _, err := c.do("SELECT", cfg.DB); err != nil {
			return fmt.Errorf("select database %d: %w", cfg.DB, err)
		}
	}
	return nil
}

var errLogin = errors.New("log in")

// hideSecret keeps a password out of an error: a server that does not know AUTH repeats its arguments, cut short.
func hideSecret(err error, secret transport.Secret) error {
	if replyCode(err) == "" {
		return err
	}
	text, _, _ := strings.Cut(err.Error(), ", with args beginning with")
	return redigo.Error(strings.ReplaceAll(text, string(secret), "***"))
}

// identify asks for the id by which another connection can unblock this one. Not every server, and not every ACL user,
// knows the command.
func (c *conn) identify() error {
	id, err := redigo.Int64(c.do("CLIENT", "ID"))
	if err != nil && replyCode(err) == "" {
		return fmt.Errorf("ask for the connection's id: %w", err)
	}
	c.id = id
	return nil
}

// beside is the connection for commands on a key beside the stream: this one, or on a cluster perhaps one to another node.
func (c *conn) beside(key string) (*conn, error) {
	if !c.cfg.Cluster || slotOf(key) == slotOf(c.cfg.Stream) {
		return c, nil
	}
	if other := c.others[key]; other != nil {
		return other, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), c.timeout)
	defer cancel()
	other, err := dialFor(ctx, c.cfg, key)
	if err != nil {
		return nil, err
	}
	other.cfg.Cluster = false // it has no second key
	if c.others == nil {
		c.others = make(map[string]*conn)
	}
	c.others[key] = other
	return other, nil
}

// do sends a command through redigo, to the node that has its key. redigo allocates what a reply announces; an absurd length is a panic there, and an
// error here.
func (c *conn) do(command string, args ...any) (reply any, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			reply, err = nil, fmt.Errorf("%w to %s: %v", errProtocol, command, cause)
		}
	}()
	if c, err = c.forKey(args); err != nil {
		return nil, err
	}
	c.began.Store(false)
	return c.redigo.Do(command, args...)
}

// forKey is the connection for a command whose first argument may be a key: all keys that are not the stream begin with
// its name and two underscores.
func (c *conn) forKey(args []any) (*conn, error) {
	if !c.cfg.Cluster || len(args) == 0 {
		return c, nil
	}
	if key, ok := args[0].(string); ok && strings.HasPrefix(key, c.cfg.Stream+"__") {
		return c.beside(key)
	}
	return c, nil
}

// write sends commands whose replies the reader will read.
func (c *conn) write(commands []byte) error {
	if err := c.nc.SetWriteDeadline(time.Now().Add(c.timeout)); err != nil {
		return fmt.Errorf("send command: %w", err)
	}
	if _, err := c.nc.Write(commands); err != nil {
		return fmt.Errorf("send command: %w", err)
	}
	return nil
}

func (c *conn) close() {
	_ = c.redigo.Close()
	for _, other := range c.others {
		other.close()
	}
}

// appendCommand spells a command in RESP2.
func appendCommand(dst []byte, args ...string) []byte {
	dst = appendCount(dst, len(args))
	for _, arg := range args {
		dst = appendString(dst, arg)
	}
	return dst
}

// appendCount begins a command of n arguments.
func appendCount(dst []byte, n int) []byte {
	dst = append(dst, '*')
	dst = strconv.AppendInt(dst, int64(n), 10)
	return append(dst, "\r\n"...)
}

// appendString adds one argument to a command.
func appendString[S string | []byte](dst []byte, arg S) []byte {
	dst = append(dst, '$')
	dst = strconv.AppendInt(dst, int64(len(arg)), 10)
	dst = append(dst, "\r\n"...)
	dst = append(dst, arg...)
	return append(dst, "\r\n"...)
}
