package redis

import (
	"fmt"

	"envelog/internal/redis"
	"envelog/transport/streamid"

	redigo "github.com/gomodule/redigo/redis"
)

// takeoverCount is how many entries one script takes over: Redis does nothing else meanwhile.
const takeoverCount = 1000

// takeoverScript takes entries over from a consumer that is dead: KEYS are stream and registry, ARGV the group, the
// consumer that takes, the dead one, its last beat, and how many entries at most. It returns the ids of the first one and
// how many. One that owns nothing is removed, in the same step that sees so; one whose beat is another by now lives.
const takeoverScript = `if redis.call('HGET', KEYS[2], ARGV[3]) ~= ARGV[4] then
  return {}
end
local pending = redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', ARGV[5], ARGV[3])
if #pending == 0 then
  redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[3])
  redis.call('HDEL', KEYS[2], ARGV[3])
  return {}
end
local claim = {'XCLAIM', KEYS[1], ARGV[1], ARGV[2], '0'}
for i = 1, #pending do
  claim[5 + i] = pending[i][1]
end
claim[#claim + 1] = 'JUSTID'
redis.call(unpack(claim))
return {pending[1][1], #pending}`

// takeOver makes the entries of consumers that are dead this consumer's own, which the next reads return. Every entry goes
// to one of those who ask, since the script is one step; false when there was none. Trouble that concerns these entries
// alone leaves them to redeliver_timeout.
func (r *Receiver) takeOver() (bool, error) {
	for {
		dead, ok := r.presence.anyDead()
		if !ok {
			return false, nil
		}
		n, err := r.takeOverFrom(dead)
		if n > 0 {
			return true, nil
		}
		if err != nil && !(isLocal(err) && !groupIsGone(err)) {
			return false, err
		}
		r.presence.bury()
	}
}

func (r *Receiver) takeOverFrom(dead departed) (int, error) {
	reply, err := redigo.Values(redis.NewScript(takeoverScript).Run(r.conn.Do, 2, r.cfg.Stream, r.cfg.RegistryKey(),
		r.cfg.Group, r.presence.name(), dead.name, dead.beat, takeoverCount))
	if redis.Unknown(err) {
		reply, err = takeoverWithout(r.conn, r.cfg, r.presence.name(), dead, takeoverCount)
	}
	if err != nil {
		return 0, fmt.Errorf("take over entries of consumer %q: %w", dead.name, err)
	}
	if len(reply) == 0 {
		return 0, nil
	}
	var first []byte
	var n int
	if _, err := redigo.Scan(reply, &first, &n); err != nil {
		return 0, fmt.Errorf("take over entries of consumer %q: %w: %w", dead.name, redis.ErrProtocol, err)
	}
	id, err := streamid.Parse(first)
	if err != nil {
		return 0, fmt.Errorf("take over entries of consumer %q: %w", dead.name, err)
	}
	r.own = cursor{open: true, after: id.Previous()}
	r.counts.claimed.Add(uint64(n))
	r.log.Info("Took over entries of a consumer that is gone.", "redis", r.cfg.Addr, "stream", r.cfg.Stream, "consumer", dead.name, "entries", n)
	return n, nil
}
