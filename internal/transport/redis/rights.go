package redis

import (
	"context"
	"slices"
	"strings"

	"envelog/internal/redis"
)

// Lack is what the user of a transport may not do.
type Lack struct {
	Rights  []string // as ACL SETUSER takes them, such as "+xack" or "~messages"
	Without string   // what does not work
	Stops   bool     // workers stand still
}

// need is what commands are for, of which a user needs all.
type need struct {
	commands []probe
	without  string
	stops    bool
}

// probe is a command that is queued and never run.
type probe struct {
	right   string
	key     string
	command redis.Command
}

// MissingRights returns what a worker needs and its user may not do. It changes nothing: Redis looks at the rights to a
// command when that is queued for a transaction (MULTI), which is then given up. A refusal is counted by ACL LOG. Without
// the right to MULTI only acknowledgements are tried, of an entry that is not there.
func (s *Storage) MissingRights(ctx context.Context) ([]Lack, error) {
	return s.lacks(ctx, s.cfg.needs(), []need{standstill(s.cfg.acknowledging())})
}

// MissingRightsToSend is MissingRights for who only sends messages, as to a failure transport.
func (s *Storage) MissingRightsToSend(ctx context.Context) ([]Lack, error) {
	return s.lacks(ctx, []need{{[]probe{s.cfg.sending()}, "messages that fail cannot be sent there, and stay pending", false}}, nil)
}

// lacks tries the commands in a transaction that is given up; where the user has none, those that do nothing.
func (s *Storage) lacks(ctx context.Context, needs, harmless []need) (lacks []Lack, err error) {
	c, err := redis.Dial(ctx, s.cfg.Server, s.cfg.Stream)
	if err != nil {
		return nil, s.cfg.explain(err)
	}
	defer c.Close() // it ends the transaction, which nobody runs
	defer context.AfterFunc(ctx, c.Abort)()
	if _, err := c.Do("MULTI"); redis.Unknown(err) {
		needs = harmless
	} else if err != nil {
		return nil, s.cfg.describe(err)
	}
	for _, n := range needs {
		l := Lack{Without: n.without, Stops: n.stops}
		for _, p := range n.commands {
			name, _ := p.command[0].(string)
			_, err := c.Do(name, p.command[1:]...)
			if err != nil && redis.Code(err) == "" {
				return nil, err
			}
			if !redis.Forbidden(err) {
				continue // it is queued, or refused for what other checks tell
			}
			if right := p.missing(err); !slices.Contains(l.Rights, right) {
				l.Rights = append(l.Rights, right)
			}
		}
		if len(l.Rights) > 0 {
			lacks = append(lacks, l)
		}
	}
	return lacks, nil
}

// missing is the right that a refusal is about: to the command, or to its key.
func (p probe) missing(err error) string {
	if text := err.Error(); strings.Contains(text, "access") && strings.Contains(text, " key") {
		return "~" + p.key
	}
	return "+" + p.right
}

// on is a command on a key, which stands behind the name.
func on(key, name string, args ...any) probe {
	return probe{strings.ToLower(name), key, append(redis.Command{name, key}, args...)}
}

// needs are those of a worker. On a cluster the delayed set may be in another slot, whose node has no transaction.
func (c Config) needs() []need {
	needs := []need{
		standstill(append(c.acknowledging(), probe{"xreadgroup", c.Stream, redis.Command{"XREADGROUP", "GROUP", c.Group, LeftConsumer, "STREAMS", c.Stream, noID}})),
		{[]probe{on(c.Stream, "XPENDING", c.Group), on(c.Stream, "XCLAIM", c.Group, LeftConsumer, "0", noID)}, "entries of consumers that died are not claimed", false},
		{[]probe{c.sending()}, "messages that fail are not sent again, and delayed ones do not come to the stream", false},
	}
	if delayed := c.DelayedKey(); !c.splits() {
		needs[2].commands = append(needs[2].commands, on(delayed, "ZCARD"), on(delayed, "ZRANGEBYSCORE", "-inf", "-inf"),
			on(delayed, "ZSCORE", ""), on(delayed, "ZADD", "XX", "0", ""), on(delayed, "ZREM", ""))
	}
	if key := c.RegistryKey(); key != "" {
		needs = append(needs, need{[]probe{on(key, "HGET", ""), on(key, "HSET", "", ""), on(key, "HDEL", ""), on(key, "HLEN"), on(key, "HKEYS"),
			on(key, "HSTRLEN", ""), on(key, "PEXPIRE", "1")}, "entries of consumers that died are claimed only after redeliver_timeout", false})
	}
	return needs
}

func standstill(commands []probe) need {
	return need{commands, "workers stand still", true}
}

func (c Config) acknowledging() []probe {
	commands := []probe{on(c.Stream, "XACK", c.Group, noID)}
	if c.deletes() {
		commands = append(commands, on(c.Stream, "XDEL", noID))
	}
	return commands
}

func (c Config) sending() probe {
	return on(c.Stream, "XADD", "*", "message", "")
}
