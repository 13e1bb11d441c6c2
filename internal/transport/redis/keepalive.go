package redis

import (
	"context"
	"fmt"
	"slices"

	redigo "github.com/gomodule/redigo/redis"

	"envelog/internal/redis"
	"envelog/transport/streamid"
)

// keepaliveScript resets the idle time of entries that are the consumer's still: KEYS is the stream, ARGV the group, the consumer and
// the ids.
const keepaliveScript = `local claim = {'XCLAIM', KEYS[1], ARGV[1], ARGV[2], '0'}
for i = 3, #ARGV do
  if #redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], '1', ARGV[2]) > 0 then
    claim[#claim + 1] = ARGV[i]
  end
end
if #claim > 5 then
  claim[#claim + 1] = 'JUSTID'
  redis.call(unpack(claim))
end
return #claim`

// Keepalive resets the idle time of entries in flight, so that nobody claims them, as Connection::keepalive of
// symfony/redis-messenger 7.3 does. An entry that another consumer has claimed meanwhile stays with that one: this one was held up
// for so long that it was taken for dead, perhaps within this very call.
func (r *Receiver) Keepalive(ctx context.Context, ids [][]byte) error {
	for some := range slices.Chunk(ids, ackChunk) {
		if err := r.acks.use(ctx, func(c *redis.Conn) error { return r.keep(c, some) }); err != nil {
			return fmt.Errorf("keep entries alive: %w", err)
		}
	}
	return nil
}

func (r *Receiver) keep(c *redis.Conn, ids [][]byte) error {
	consumer := r.heartbeat.name()
	args := []any{1, r.cfg.Stream, r.cfg.Group, consumer}
	for _, id := range ids {
		args = append(args, id)
	}
	_, err := redis.NewScript(keepaliveScript).Run(c.Do, args...)
	if redis.Unknown(err) {
		err = keepWithout(c, r.cfg, consumer, ids)
	}
	if redis.Unknown(err) { // nor may it look or watch: then it takes back what others have
		claim := keeping(r.cfg, consumer)
		for _, id := range ids {
			claim = append(claim, id)
		}
		_, err = c.Do("XCLAIM", append(claim, "JUSTID")[1:]...)
	}
	return err
}

// keeping begins an XCLAIM that resets idle times.
func keeping(cfg Config, consumer string) redis.Command {
	return redis.Command{"XCLAIM", cfg.Stream, cfg.Group, consumer, "0"}
}

// keepWithout resets idle times as keepaliveScript does. Who claims without scripts writes to the registry, so that the transaction
// fails, and looks again.
func keepWithout(c *redis.Conn, cfg Config, consumer string, ids [][]byte) error {
	var watched []string
	if key := cfg.RegistryKey(); key != "" {
		watched = []string{key}
	}
	_, err := c.Atomically(watched, func() ([]redis.Command, error) {
		own, err := ownOf(c, cfg, consumer, ids)
		if err != nil || len(own) == 0 {
			return nil, err
		}
		return []redis.Command{append(append(keeping(cfg, consumer), own...), "JUSTID")}, nil
	})
	return err
}

// ownOf returns those of the ids that are pending for the consumer.
func ownOf(c *redis.Conn, cfg Config, consumer string, ids [][]byte) (own []any, err error) {
	wanted := make(map[streamid.ID]bool, len(ids))
	var from, to streamid.ID
	for _, text := range ids {
		id, err := streamid.Parse(text)
		if err != nil {
			return nil, err
		}
		if wanted[id] = true; len(wanted) == 1 || from.After(id) {
			from = id
		}
		if id.After(to) {
			to = id
		}
	}
	for more := true; more; {
		page, err := redigo.Values(c.Do("XPENDING", cfg.Stream, cfg.Group, from.String(), to.String(), ackChunk, consumer))
		if err != nil {
			return nil, err
		}
		for _, item := range page {
			p, err := readPending(item)
			if err != nil {
				return nil, err
			}
			if from.After(p.id) {
				return nil, fmt.Errorf("list pending entries: %w", redis.ErrProtocol)
			}
			if from = p.id.Next(); wanted[p.id] {
				own = append(own, p.id.String())
			}
		}
		more = len(page) == ackChunk && !from.After(to)
	}
	return own, nil
}
