package redis

import (
	"fmt"

	"envelog/internal/redis"
	"envelog/transport/streamid"

	redigo "github.com/gomodule/redigo/redis"
)

// claimCount is how many entries one script claims: Redis does nothing else meanwhile.
const claimCount = 1000

// claimExpiredScript claims entries of a consumer whose lease has expired: KEYS are stream and registry, ARGV the group, the
// consumer that claims, the other one, its last heartbeat, and how many entries at most. It returns the id of the first one
// and how many they are. A consumer with nothing pending is removed in the same step that sees so; one whose heartbeat is
// another by now has renewed its lease.
const claimExpiredScript = `if redis.call('HGET', KEYS[2], ARGV[3]) ~= ARGV[4] then
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

// claimExpired claims entries of consumers whose lease has expired, which the next reads return; false when there were none.
// Every entry goes to one of those who claim, since the script is one step. After an error that concerns these entries alone
// they wait for redeliver_timeout.
func (r *Receiver) claimExpired() (bool, error) {
	for {
		expired, ok := r.heartbeat.anyExpired()
		if !ok {
			return false, nil
		}
		n, err := r.claimFrom(expired)
		if n > 0 {
			return true, nil
		}
		if err != nil && !(isLocal(err) && !groupIsGone(err)) {
			return false, err
		}
		r.heartbeat.forgetExpired()
	}
}

func (r *Receiver) claimFrom(expired expiredConsumer) (int, error) {
	reply, err := redigo.Values(redis.NewScript(claimExpiredScript).Run(r.conn.Do, 2, r.cfg.Stream, r.cfg.RegistryKey(),
		r.cfg.Group, r.heartbeat.name(), expired.name, expired.heartbeat, claimCount))
	if redis.Unknown(err) {
		reply, err = claimExpiredWithout(r.conn, r.cfg, r.heartbeat.name(), expired, claimCount)
	}
	if err != nil {
		return 0, fmt.Errorf("claim entries of consumer %q: %w", expired.name, err)
	}
	if len(reply) == 0 {
		return 0, nil
	}
	var first []byte
	var n int
	if _, err := redigo.Scan(reply, &first, &n); err != nil {
		return 0, fmt.Errorf("claim entries of consumer %q: %w: %w", expired.name, redis.ErrProtocol, err)
	}
	id, err := streamid.Parse(first)
	if err != nil {
		return 0, fmt.Errorf("claim entries of consumer %q: %w", expired.name, err)
	}
	r.own = cursor{open: true, after: id.Previous()}
	r.counts.claimed.Add(uint64(n))
	r.log.Info("Claimed entries of a consumer that is gone.", "redis", r.cfg.Addr, "stream", r.cfg.Stream, "consumer", expired.name, "entries", n)
	return n, nil
}
