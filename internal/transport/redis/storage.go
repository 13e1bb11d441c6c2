package redis

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"

	redigo "github.com/gomodule/redigo/redis"

	"envelog/internal/redis"
	"envelog/transport"
	"envelog/transport/streamid"
)

// Storage is a stream that keeps messages for later, as a failure transport does, beside its set of delayed messages. It
// does to both what symfony/redis-messenger does, and lists them for every version of Symfony, where PHP does from 8.1.
// A message's id is that of its entry, or, as long as it is delayed, the member's uniqid.
type Storage struct {
	cfg Config

	mu    sync.Mutex
	idle  []*redis.Conn // connections that no one uses
	ready bool          // Send has set up stream and group
}

var _ transport.Storage = (*Storage)(nil)

// idleMost is how many connections are kept for the next use.
const idleMost = 2

// ErrNotText is wrapped by the error for a body that JSON cannot hold. No serializer of Symfony gives one.
var ErrNotText = fmt.Errorf("%w: the body is not UTF-8, and a stream's entry holds JSON", transport.ErrUnstorable)

// NewStorage returns a storage; it opens nothing.
func NewStorage(cfg Config) *Storage { return &Storage{cfg: cfg} }

// String is the DSN without user and password, for logs.
func (s *Storage) String() string { return s.cfg.String() }

// JournalSource names stream, group and database, as [Config.JournalSource] does.
func (s *Storage) JournalSource() string { return s.cfg.JournalSource() }

// Close ends the connections that no one uses. The storage can be used again.
func (s *Storage) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.idle {
		c.Close()
	}
	s.idle = nil
	return nil
}

// Setup creates the group from the start of the stream, and the stream (Connection::setup).
func (s *Storage) Setup(ctx context.Context) error {
	return s.do(ctx, "set up stream", s.setup)
}

func (s *Storage) setup(c *redis.Conn) error {
	_, err := c.Do("XGROUP", "CREATE", s.cfg.Stream, s.cfg.Group, "0", "MKSTREAM")
	if err != nil && redis.Code(err) != "BUSYGROUP" {
		return fmt.Errorf("create group: %w", err)
	}
	return checkGroups(c, s.cfg)
}

// setupOnce is what auto_setup does: once for a process, before its first message.
func (s *Storage) setupOnce(c *redis.Conn) error {
	s.mu.Lock()
	ready := s.ready || !s.cfg.AutoSetup
	s.mu.Unlock()
	if ready {
		return nil
	}
	if err := s.setup(c); err != nil {
		return err
	}
	s.mu.Lock()
	s.ready = true
	s.mu.Unlock()
	return nil
}

// Send writes an entry, or a member of the delayed set (Connection::add).
func (s *Storage) Send(ctx context.Context, m transport.Message, delay time.Duration) (id string, err error) {
	if !utf8.Valid(m.Body) {
		return "", fmt.Errorf("send message: %w", ErrNotText)
	}
	err = s.do(ctx, "send message", func(c *redis.Conn) error {
		if err := s.setupOnce(c); err != nil {
			return err
		}
		id, err = s.add(c, m, delay)
		return err
	})
	return id, err
}

func (s *Storage) add(c *redis.Conn, m transport.Message, delay time.Duration) (string, error) {
	if delay > 0 {
		now := time.Now()
		id := newUniqid(now)
		_, err := c.Do("ZADD", s.cfg.DelayedKey(), "NX", millis(now.Add(delay+time.Millisecond-1)), member(m, id))
		return id, err
	}
	args := []any{s.cfg.Stream}
	if s.cfg.MaxEntries > 0 {
		args = append(args, "MAXLEN", "~", s.cfg.MaxEntries)
	}
	return redigo.String(c.Do("XADD", append(args, "*", "message", s.cfg.Serializer.Wrap(member(m, "")))...))
}

// newUniqid is PHP's uniqid(”, true): the time in microseconds in 13 hex digits, and nine random ones.
func newUniqid(now time.Time) string {
	return fmt.Sprintf("%08x%05x%.8f", now.Unix(), now.Nanosecond()/1000, rand.Float64()*9.99999999)
}

// drop takes an entry off the pending list, and off the stream.
func (s *Storage) drop(c *redis.Conn, id string) error {
	acked, err := redigo.Int(c.Do("XACK", s.cfg.Stream, s.cfg.Group, id))
	if err != nil {
		return err
	}
	deleted, err := redigo.Int(c.Do("XDEL", s.cfg.Stream, id))
	if err == nil && acked+deleted == 0 {
		err = transport.ErrNotFound
	}
	return err
}

// Remove deletes an entry or a delayed message, whatever its state.
func (s *Storage) Remove(ctx context.Context, id string) error {
	return s.do(ctx, "remove message "+strconv.Quote(id), func(c *redis.Conn) error {
		if _, err := streamid.Parse([]byte(id)); err == nil {
			return s.drop(c, id)
		}
		_, raw, err := s.findDelayed(c, id)
		if err != nil {
			return err
		}
		gone, err := redigo.Int(c.Do("ZREM", s.cfg.DelayedKey(), raw))
		if err == nil && gone == 0 {
			err = transport.ErrNotFound // moved to the stream meanwhile
		}
		return err
	})
}

// do runs one operation on a connection, and says what went wrong in words. The connection of an operation that ended
// with anything but a reply is not used again.
func (s *Storage) do(ctx context.Context, op string, f func(*redis.Conn) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	c, err := s.borrow(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	stop := context.AfterFunc(ctx, c.Abort)
	err = f(c)
	alive := stop() && (err == nil || redis.Code(err) != "" && !redis.MovedOn(err) || errors.Is(err, transport.ErrNotFound))
	s.giveBack(c, alive)
	if err == nil {
		return nil
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return fmt.Errorf("%s: %w", op, s.cfg.describe(err))
}

// describe adds to an error of a server what to do about it.
func (c Config) describe(err error) error {
	var many *ManyGroupsError
	switch {
	case errors.Is(err, redis.ErrSilent), errors.Is(err, redis.ErrProtocol):
		return c.explain(err)
	case redis.Code(err) == "" || errors.As(err, &many):
		return err
	}
	return fmt.Errorf("%s: %w (%s)", c, err, c.cureForReply(err))
}

// borrow returns a connection that answers. What waited for its next use may have been cut off meanwhile.
func (s *Storage) borrow(ctx context.Context) (*redis.Conn, error) {
	for c := s.takeIdle(); c != nil; c = s.takeIdle() {
		if _, err := c.Do("PING"); err == nil {
			return c, nil
		}
		c.Close()
	}
	c, err := redis.Dial(ctx, s.cfg.Server, s.cfg.Stream)
	switch {
	case err == nil:
		return c, nil
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	}
	return nil, s.cfg.explain(err)
}

func (s *Storage) takeIdle() *redis.Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.idle) == 0 {
		return nil
	}
	c := s.idle[len(s.idle)-1]
	s.idle = s.idle[:len(s.idle)-1]
	return c
}

func (s *Storage) giveBack(c *redis.Conn, alive bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !alive || len(s.idle) >= idleMost {
		c.Close()
		return
	}
	s.idle = append(s.idle, c)
}
