package redis

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	redigo "github.com/gomodule/redigo/redis"

	"envelog/internal/redis"
)

// What follows does without scripts what the scripts do, for servers and users that have neither EVAL nor EVALSHA: each
// looks, and then changes all that it changes in one transaction, if nobody was faster.

// moveWithout moves members that are due to the stream. A stream of the wrong type is an error before anything is changed.
func moveWithout(c *redis.Conn, cfg Config, members [][]byte, now time.Time) (moved int, err error) {
	for _, member := range members {
		replies, err := c.Atomically([]string{cfg.DelayedKey()}, func() ([]redis.Command, error) {
			score, err := redigo.Float64(c.Do("ZSCORE", cfg.DelayedKey(), member))
			if errors.Is(err, redigo.ErrNil) || err == nil && score > float64(now.UnixMilli()) {
				return nil, nil // another worker has it
			}
			if err == nil {
				_, err = c.Do("XLEN", cfg.Stream)
			}
			if err != nil {
				return nil, err
			}
			add := append(addTo(cfg.Stream, cfg.MaxEntries), "message", streamValue(member, cfg.Serializer))
			return []redis.Command{add, {"ZREM", cfg.DelayedKey(), member}}, nil
		})
		if err != nil {
			return moved, err
		}
		if replies != nil {
			moved++
		}
	}
	return moved, nil
}

// addTo begins an XADD.
func addTo(stream string, maxEntries int64) redis.Command {
	if maxEntries > 0 {
		return redis.Command{"XADD", stream, "MAXLEN", "~", maxEntries, "*"}
	}
	return redis.Command{"XADD", stream, "*"}
}

// parkWithout takes due members, each followed by its old score.
func parkWithout(c *redis.Conn, key, now, until string, count int) (due [][]byte, err error) {
	_, err = c.Atomically([]string{key}, func() (park []redis.Command, err error) {
		due, err = redigo.ByteSlices(c.Do("ZRANGEBYSCORE", key, "-inf", now, "WITHSCORES", "LIMIT", 0, count))
		for i := 0; i < len(due); i += 2 {
			park = append(park, redis.Command{"ZADD", key, "XX", until, due[i]})
		}
		return park, err
	})
	return due, err
}

// settleWithout sends a copy of a pending entry and acknowledges the entry. Between the look at whose the entry is and the
// transaction another consumer can claim it: then it is handled twice.
func settleWithout(c *redis.Conn, cfg Config, consumer string, id []byte, s settlement) (reply string, err error) {
	reply = settled
	_, err = c.Atomically(nil, func() ([]redis.Command, error) {
		pending, err := redigo.Values(c.Do("XPENDING", cfg.Stream, cfg.Group, id, id, 1))
		if err != nil || len(pending) == 0 {
			return nil, err
		}
		item, err := readPending(pending[0])
		if err != nil {
			return nil, err
		}
		if item.consumer != consumer {
			reply = item.consumer
			return nil, nil
		}
		commands, err := s.commands(c)
		commands = append(commands, redis.Command{"XACK", cfg.Stream, cfg.Group, id})
		if s.deletes {
			commands = append(commands, redis.Command{"XDEL", cfg.Stream, id})
		}
		return commands, err
	})
	return reply, err
}

// commands sends the copy, to a key of the right type.
func (s settlement) commands(c *redis.Conn) ([]redis.Command, error) {
	switch {
	case len(s.value) == 0:
		return nil, nil
	case s.score != "":
		_, err := c.Do("ZCARD", s.target)
		return []redis.Command{{"ZADD", s.target, "NX", s.score, s.value}}, err
	}
	_, err := c.Do("XLEN", s.target)
	return []redis.Command{append(addTo(s.target, s.maxEntries), "message", s.value)}, err
}

// surveyWithout lists the registry and removes what no consumer wrote, as surveyFunction does.
func surveyWithout(c *redis.Conn, key string) (all []string, err error) {
	n, err := redigo.Int(c.Do("HLEN", key))
	if err == nil && n > mostHeartbeats {
		_, err = c.Do("PEXPIRE", key, 0)
		return nil, err
	}
	if err != nil {
		return nil, err
	}
	names, err := redigo.Strings(c.Do("HKEYS", key))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		heartbeat, err := heartbeatOf(c, key, name)
		if err != nil {
			return nil, err
		}
		if isHeartbeat(heartbeat) {
			all = append(all, name, heartbeat)
		} else if _, err := c.Do("HDEL", key, name); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// heartbeatOf returns the heartbeat under a name, "" for one that is too long.
func heartbeatOf(c *redis.Conn, key, name string) (string, error) {
	size, err := redigo.Int(c.Do("HSTRLEN", key, name))
	if err != nil || len(name) > longestName || size > longestHeartbeat {
		return "", err
	}
	heartbeat, err := redigo.String(c.Do("HGET", key, name))
	if errors.Is(err, redigo.ErrNil) {
		err = nil
	}
	return heartbeat, err
}

// isHeartbeat reports whether a consumer of envelog can have written this, or marked a consumer as gone.
func isHeartbeat(heartbeat string) bool {
	slash := strings.LastIndexByte(heartbeat, '/')
	if slash < 0 {
		return heartbeat == goneMark
	}
	_, err := strconv.ParseUint(heartbeat[slash+1:], 10, 64)
	return err == nil
}

// heartbeatWithout renews a lease as heartbeatScript does.
func heartbeatWithout(c *redis.Conn, key, name, prefix, value string, names int) (list []any, err error) {
	var all []string
	_, err = c.Atomically([]string{key}, func() ([]redis.Command, error) {
		if all, err = surveyWithout(c, key); err != nil {
			return nil, err
		}
		heartbeats := map[string]string{}
		for i := 0; i < len(all); i += 2 {
			heartbeats[all[i]] = all[i+1]
		}
		for n := 1; n <= names; n++ {
			free := numberedName(name, n)
			if held := heartbeats[free]; held == "" || held == goneMark || strings.HasPrefix(held, prefix) {
				all = append([]string{free, value}, all...)
				return []redis.Command{{"HSET", key, free, value}, {"PEXPIRE", key, registryTTL.Milliseconds()}}, nil
			}
		}
		all = nil
		return nil, nil
	})
	for _, text := range all {
		list = append(list, text)
	}
	return list, err
}

// numberedName is a consumer's name, from the second on with a number.
func numberedName(name string, n int) string {
	if n == 1 {
		return name
	}
	return fmt.Sprintf("%s-%d", name, n)
}

// unregisterWithout removes a consumer, or marks it as gone, as unregisterScript does.
func unregisterWithout(c *redis.Conn, cfg Config, name, prefix string) error {
	key := cfg.RegistryKey()
	_, err := c.Atomically([]string{key}, func() ([]redis.Command, error) {
		held, err := redigo.String(c.Do("HGET", key, name))
		if err != nil || !strings.HasPrefix(held, prefix) {
			return nil, err
		}
		pending, err := redigo.Values(c.Do("XPENDING", cfg.Stream, cfg.Group, "-", "+", 1, name))
		switch {
		case err != nil:
			return nil, err
		case len(pending) > 0:
			return []redis.Command{{"HSET", key, name, goneMark}}, nil
		}
		return []redis.Command{{"HDEL", key, name}, {"XGROUP", "DELCONSUMER", cfg.Stream, cfg.Group, name}}, nil
	})
	return err
}

// claimExpiredWithout claims entries as claimExpiredScript does, except that the name of the other consumer stays in the
// group: no single step sees that it has nothing pending and removes it.
func claimExpiredWithout(c *redis.Conn, cfg Config, claimer string, expired expiredConsumer, count int) (reply []any, err error) {
	key := cfg.RegistryKey()
	_, err = c.Atomically([]string{key}, func() ([]redis.Command, error) {
		reply = nil
		held, err := redigo.String(c.Do("HGET", key, expired.name))
		if errors.Is(err, redigo.ErrNil) || err == nil && held != expired.heartbeat {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		pending, err := redigo.Values(c.Do("XPENDING", cfg.Stream, cfg.Group, "-", "+", count, expired.name))
		if err != nil || len(pending) == 0 {
			return []redis.Command{{"HDEL", key, expired.name}}, err
		}
		claim := redis.Command{"XCLAIM", cfg.Stream, cfg.Group, claimer, 0}
		for _, item := range pending {
			p, err := readPending(item)
			if err != nil {
				return nil, err
			}
			claim = append(claim, p.id.String())
		}
		reply = []any{[]byte(claim[5].(string)), int64(len(pending))}
		// The heartbeat is written again, so that the transactions of others who have read it fail, and they look again.
		return []redis.Command{append(claim, "JUSTID"), {"HSET", key, expired.name, expired.heartbeat}}, nil
	})
	return reply, err
}

// releaseWithout marks a consumer as gone, as releaseScript does.
func releaseWithout(c *redis.Conn, key, consumer, heartbeat string) (bool, error) {
	replies, err := c.Atomically([]string{key}, func() ([]redis.Command, error) {
		held, err := redigo.String(c.Do("HGET", key, consumer))
		if err != nil && !errors.Is(err, redigo.ErrNil) || held != heartbeat {
			return nil, err
		}
		return []redis.Command{{"HSET", key, consumer, goneMark}, {"PEXPIRE", key, registryTTL.Milliseconds()}}, nil
	})
	return replies != nil, err
}
