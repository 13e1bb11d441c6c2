package redis

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"envelog/internal/redis"

	redigo "github.com/gomodule/redigo/redis"
)

// acrossCount is how many delayed messages are taken at once when they go to another node.
const acrossCount = 16

// parkScript takes due members: it gives them a later score, so that nobody else takes them meanwhile, and returns each
// with its old score. KEYS is the delayed set, ARGV now, the later score, and how many members. It is what the script of
// Connection::get does in symfony/redis-messenger 7.4, for several members.
const parkScript = `local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'WITHSCORES', 'LIMIT', 0, ARGV[3])
for i = 1, #due, 2 do
  redis.call('ZADD', KEYS[1], 'XX', ARGV[2], due[i])
end
return due`

// moveAcross moves delayed messages that are due to a stream in another slot, where no script reaches both: as 7.4 does,
// it parks them, adds each to the stream, and removes it. Who is killed between the last two steps leaves a message that
// comes again after redeliver_timeout. A stream with a hash tag, such as {messages}, has no such window.
func moveAcross(c *redis.Conn, cfg Config, now time.Time) (moved int, err error) {
	set, err := c.Beside(cfg.DelayedKey())
	if err != nil {
		return 0, fmt.Errorf("reach delayed messages: %w", err)
	}
	until := now.Add(max(cfg.RedeliverTimeout, time.Second))
	for range dueRounds {
		due, err := redigo.ByteSlices(redis.NewScript(parkScript).Run(set.Do, 1, cfg.DelayedKey(), millis(now), millis(until), acrossCount))
		if redis.Unknown(err) {
			due, err = parkWithout(set, cfg.DelayedKey(), millis(now), millis(until), acrossCount)
		}
		if err != nil {
			return moved, fmt.Errorf("take delayed messages: %w", err)
		}
		if len(due) == 0 {
			return moved, nil
		}
		if err := mayRemoveMembers(set, cfg.DelayedKey()); err != nil {
			return moved, errors.Join(err, unpark(set, cfg.DelayedKey(), due))
		}
		for i := 0; i+1 < len(due); i += 2 {
			if err := addDelayed(c, cfg, due[i]); err != nil {
				return moved, errors.Join(err, unpark(set, cfg.DelayedKey(), due[i:]))
			}
			moved++
			if _, err := set.Do("ZREM", cfg.DelayedKey(), due[i]); err != nil {
				return moved, fmt.Errorf("remove delayed message: %w", err) // it comes again when its new score is due
			}
		}
		if len(due) < 2*acrossCount {
			return moved, nil
		}
	}
	return moved, nil
}

// addDelayed adds a member to the stream.
func addDelayed(c *redis.Conn, cfg Config, member []byte) error {
	add := []any{cfg.Stream}
	if cfg.MaxEntries > 0 {
		add = append(add, "MAXLEN", "~", strconv.FormatInt(cfg.MaxEntries, 10))
	}
	if _, err := c.Do("XADD", append(add, "*", "message", streamValue(member, cfg.Serializer))...); err != nil {
		return fmt.Errorf("move delayed message: %w", err)
	}
	return nil
}

// unpark gives members, each followed by its old score, that score again.
func unpark(set *redis.Conn, key string, parked [][]byte) error {
	args := []any{key, "XX"}
	for i := 0; i+1 < len(parked); i += 2 {
		args = append(args, parked[i+1], parked[i])
	}
	if _, err := set.Do("ZADD", args...); err != nil {
		return fmt.Errorf("put delayed messages back: %w", err)
	}
	return nil
}

// lookAcross is moveDue where stream and delayed set are in different slots.
func (r *Receiver) lookAcross(now time.Time) error {
	members, err := redigo.Int(r.conn.Do("ZCARD", r.cfg.DelayedKey()))
	if err != nil {
		return fmt.Errorf("count delayed messages: %w", err)
	}
	r.delayed.some = members > 0
	moved, err := moveAcross(r.conn, r.cfg, now)
	r.counts.moved.Add(uint64(moved))
	return err
}
