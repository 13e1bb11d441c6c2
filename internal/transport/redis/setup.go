package redis

import (
	"fmt"

	redigo "github.com/gomodule/redigo/redis"
)

// setup does what Connection::setup of symfony/redis-messenger does: it creates the group from the start of the stream,
// and the stream, and refuses to delete entries that other groups may not have read. Errors of the creation are ignored
// as there (the group is there mostly); a read that returns nothing then tells whether reading works.
func (r *Receiver) setup() error {
	c, cfg := r.conn, r.cfg
	var createErr error
	if cfg.AutoSetup {
		_, createErr = c.do("XGROUP", "CREATE", cfg.Stream, cfg.Group, "0", "MKSTREAM")
		if createErr != nil && replyCode(createErr) == "" {
			return fmt.Errorf("create group: %w", createErr)
		}
		if err := checkGroups(c, cfg); err != nil {
			return err
		}
	}
	_, err := c.do("XREADGROUP", "GROUP", cfg.Group, r.presence.name(), "COUNT", 1, "STREAMS", cfg.Stream, noID)
	if replyCode(err) == "NOGROUP" && createErr != nil {
		return fmt.Errorf("create group: %w", createErr)
	}
	if err != nil {
		return fmt.Errorf("read pending entries: %w", err)
	}
	return nil
}

func checkGroups(c *conn, cfg Config) error {
	if !cfg.deletes() {
		return nil
	}
	groups, err := redigo.Values(c.do("XINFO", "GROUPS", cfg.Stream))
	switch {
	case replyCode(err) == "ERR": // no such key: it was not created, and why is told by the read that follows
		return nil
	case err != nil:
		return fmt.Errorf("list groups: %w", err)
	case len(groups) > 1:
		return &ManyGroupsError{Stream: cfg.Stream}
	}
	return nil
}
