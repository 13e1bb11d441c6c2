package redis

import (
	"errors"
	"fmt"

	redigo "github.com/gomodule/redigo/redis"
)

// Command is a command with its arguments, as Do takes them.
type Command []any

// ErrConflict says that what a transaction had looked at was changed again and again before it could run.
var ErrConflict = errors.New("others change it all the time")

// transactionTries is how often a transaction begins again when others were faster.
const transactionTries = 20

// Atomically is what a script does, on a server that runs none: look decides with commands of its own, and what it returns
// is run as one step (MULTI), unless somebody has changed one of the keys meanwhile (WATCH): then look decides again. It
// returns the replies, nil when there was nothing to do.
//
// Unlike in a script, a command that fails when it runs, as on a key of the wrong type, does not keep those after it from
// running: look makes sure that none does.
func (c *Conn) Atomically(keys []string, look func() ([]Command, error)) ([]any, error) {
	for range transactionTries {
		replies, done, err := c.transaction(keys, look)
		if done || err != nil {
			return replies, err
		}
	}
	return nil, ErrConflict
}

func (c *Conn) transaction(keys []string, look func() ([]Command, error)) (replies []any, done bool, err error) {
	if len(keys) > 0 {
		watch := make([]any, len(keys))
		for i, key := range keys {
			watch[i] = key
		}
		if _, err := c.Do("WATCH", watch...); err != nil {
			return nil, false, err
		}
	}
	commands, err := look()
	if err != nil || len(commands) == 0 {
		if _, unwatchErr := c.Do("UNWATCH"); err == nil {
			err = unwatchErr
		}
		return nil, true, err
	}
	if _, err := c.Do("MULTI"); err != nil {
		return nil, false, err
	}
	return c.exec(commands)
}

// exec queues the commands and runs them. It reports whether they ran.
func (c *Conn) exec(commands []Command) (replies []any, done bool, err error) {
	var refused error
	for _, command := range commands {
		name, _ := command[0].(string)
		if _, err := c.Do(name, command[1:]...); err != nil && Code(err) == "" {
			return nil, false, err
		} else if err != nil && refused == nil {
			refused = err
		}
	}
	reply, err := c.Do("EXEC")
	switch {
	case refused != nil:
		return nil, false, refused // and EXEC says that nothing was run
	case err != nil:
		return nil, false, err
	case reply == nil:
		return nil, false, nil // somebody was faster
	}
	replies, err = redigo.Values(reply, nil)
	if err == nil && len(replies) != len(commands) {
		err = fmt.Errorf("%w: %d replies to %d commands", ErrProtocol, len(replies), len(commands))
	}
	for _, reply := range replies {
		if failure, failed := reply.(redigo.Error); failed && err == nil {
			err = failure
		}
	}
	return replies, true, err
}
