package redis

import (
	"context"
	"errors"

	"envelog/internal/redis"

	redigo "github.com/gomodule/redigo/redis"
)

// StopKey is the key by which workers on the stream are asked to stop. Its value is the server's time of the last
// request, in seconds and microseconds, "1795424001.578805". A worker compares it with what it was when the worker
// began, so that clocks do not matter. It is named as Symfony names the key of delayed messages, which an ACL for the
// stream covers.
func (c Config) StopKey() string { return c.Stream + "__stop_workers" }

// RequestStop asks all workers of envelog on the stream to stop.
func (s *Storage) RequestStop(ctx context.Context) error {
	return s.do(ctx, "request stop", func(c *redis.Conn) error {
		now, err := redigo.Strings(c.Do("TIME"))
		if err == nil && len(now) != 2 {
			err = redis.ErrProtocol
		}
		if err != nil {
			return err
		}
		const digits = "000000"
		_, err = c.Do("SET", s.cfg.StopKey(), now[0]+"."+digits[min(len(now[1]), len(digits)):]+now[1])
		return err
	})
}

// StopRequested returns the value of StopKey, "" when nobody has ever asked.
func (s *Storage) StopRequested(ctx context.Context) (at string, err error) {
	err = s.do(ctx, "read stop request", func(c *redis.Conn) error {
		at, err = redigo.String(c.Do("GET", s.cfg.StopKey()))
		if errors.Is(err, redigo.ErrNil) {
			err = nil
		}
		return err
	})
	return at, err
}
