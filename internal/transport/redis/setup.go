package redis

import (
	"fmt"

	"envelog/internal/redis"

	redigo "github.com/gomodule/redigo/redis"
)

// setup does what Connection::setup of symfony/redis-messenger does: it creates the group from the start of the stream,
// and the stream, and refuses to delete entries that other groups may not have read. Errors of the creation are ignored
// as there (the group is there mostly); a read that returns nothing then reports whether reading works.
func (r *Receiver) setup() error {
	c, cfg := r.conn, r.cfg
	var createErr error
	if cfg.AutoSetup {
		_, createErr = c.Do("XGROUP", "CREATE", cfg.Stream, cfg.Group, "0", "MKSTREAM")
		if createErr != nil && redis.Code(createErr) == "" {
			return fmt.Errorf("create group: %w", createErr)
		}
		if err := checkGroups(c, cfg); err != nil {
			return err
		}
	}
	_, err := c.Do("XREADGROUP", "GROUP", cfg.Group, r.heartbeat.name(), "COUNT", 1, "STREAMS", cfg.Stream, noID)
	if redis.Code(err) == "NOGROUP" && createErr != nil {
		return fmt.Errorf("create group: %w", createErr)
	}
	if err != nil {
		return fmt.Errorf("read pending entries: %w", err)
	}
	return nil
}

func checkGroups(c *redis.Conn, cfg Config) error {
	if !cfg.deletes() {
		return nil
	}
	groups, err := redigo.Values(c.Do("XINFO", "GROUPS", cfg.Stream))
	switch {
	case redis.Code(err) == "ERR": // no such key: it was not created, and why is told by the read that follows
		return nil
	case err != nil:
		return fmt.Errorf("list groups: %w", err)
	case len(groups) > 1:
		return &ManyGroupsError{Stream: cfg.Stream}
	}
	return nil
}

// noID is after every entry that a stream holds. The very last id would not do: to Redis that is another word for >.
const noID = "18446744073709551615-18446744073709551614"
