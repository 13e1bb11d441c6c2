package redis

import (
	"context"
	"errors"

	redigo "github.com/gomodule/redigo/redis"

	"envelog/internal/redis"
)

// Activity is what a group does, as the server counts it for all of its consumers together.
type Activity struct {
	Added int64 // entries that the stream ever had; -1 where the server does not tell (before Redis 7.0)
	Read  int64 // entries that were ever handed out to the group; -1 where the server does not tell
	// Heartbeats are the last ones of envelog's consumers, by name; "gone" for one that has stopped. One that is alive has
	// another every second.
	Heartbeats map[string]string
}

// Activity asks for what the group does, in three round trips. It changes nothing. A stream or group that is not there has
// counted nothing.
func (s *Storage) Activity(ctx context.Context) (a Activity, err error) {
	a = Activity{Added: -1, Read: -1}
	err = s.do(ctx, "ask for activity", func(c *redis.Conn) error {
		if a.Added, err = counted(c.Do("XINFO", "STREAM", s.cfg.Stream))("entries-added"); err != nil {
			return err
		}
		if a.Read, err = s.readByGroup(c); err != nil {
			return err
		}
		if key := s.cfg.RegistryKey(); key != "" {
			a.Heartbeats, err = heartbeatsIn(c, key)
			if code := redis.Code(err); code == "NOPERM" || code == "WRONGTYPE" {
				a.Heartbeats, err = nil, nil
			}
		}
		return err
	})
	return a, err
}

func (s *Storage) readByGroup(c *redis.Conn) (int64, error) {
	groups, err := redigo.Values(c.Do("XINFO", "GROUPS", s.cfg.Stream))
	if redis.Code(err) == "ERR" { // no such key
		return 0, nil
	}
	for _, item := range groups {
		if _, name := readGroup(item); name == s.cfg.Group {
			return counted(item, nil)("entries-read")
		}
	}
	return 0, err
}

// counted looks for a count in a list of names and values; -1 when it is not there.
func counted(reply any, err error) func(name string) (int64, error) {
	return func(name string) (int64, error) {
		if redis.Code(err) == "ERR" { // no such key
			return 0, nil
		}
		fields, err := redigo.Values(reply, err)
		for i := 0; i+1 < len(fields); i += 2 {
			if key, _ := redigo.String(fields[i], nil); key == name {
				n, err := redigo.Int64(fields[i+1], nil)
				if errors.Is(err, redigo.ErrNil) {
					return -1, nil
				}
				return n, err
			}
		}
		return -1, err
	}
}
