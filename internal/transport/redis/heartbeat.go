package redis

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"envelog/internal/outage"
	"envelog/internal/redis"

	redigo "github.com/gomodule/redigo/redis"
)

// LeaseTime is how long a consumer of envelog keeps its entries without a new heartbeat: then another one claims them.
const LeaseTime = 5 * heartbeatEvery

const (
	heartbeatEvery   = time.Second         // pause between two heartbeats
	heartbeatRetry   = 30 * heartbeatEvery // pause after an error that concerns the registry alone
	registryTTL      = 24 * time.Hour      // of the registry, after the last heartbeat in it
	unregisterWithin = time.Second         // time that a stop has to remove its name
	manyNames        = 1000                // numbers that are tried after a name, before a random token is
	goneMark         = "gone"              // in the place of a heartbeat: the consumer has stopped, or an operator says so
)

// Bounds of the registry, which anybody who may write to Redis may write to. What is beyond them is removed, so that
// nobody reads it every second.
const (
	longestName      = 1 << 10 // bytes of a consumer's name
	longestHeartbeat = 256     // bytes of a heartbeat
	mostHeartbeats   = 5000    // consumers; a registry of more is begun again
)

// surveyFunction lists the consumers of the registry with their heartbeats, name by name, and removes what no consumer of
// envelog wrote. A registry that is absurdly large is removed as a whole: running consumers are back within a second.
const surveyFunction = `local function survey()
  if redis.call('HLEN', KEYS[1]) > 5000 then
    redis.call('PEXPIRE', KEYS[1], 0)
    return {}
  end
  local all = {}
  for _, name in ipairs(redis.call('HKEYS', KEYS[1])) do
    local heartbeat = ''
    if #name <= 1024 and redis.call('HSTRLEN', KEYS[1], name) <= 256 then
      heartbeat = redis.call('HGET', KEYS[1], name)
    end
    if heartbeat == 'gone' or string.find(heartbeat, '/%d+$') then
      all[#all + 1] = name
      all[#all + 1] = heartbeat
    else
      redis.call('HDEL', KEYS[1], name)
    end
  end
  return all
end
`

// heartbeatScript renews a consumer's lease: KEYS is the registry, ARGV the consumer, the prefix of its heartbeats, the
// heartbeat, the time to live of the registry, and how many names may be tried: the consumer's, then the same with the
// numbers from 2. It returns all consumers with their heartbeats, this one first, or nothing when others have these names.
const heartbeatScript = surveyFunction + `local all = survey()
local heartbeats = {}
for i = 1, #all, 2 do
  heartbeats[all[i]] = all[i + 1]
end
for n = 1, tonumber(ARGV[5]) do
  local name = ARGV[1]
  if n > 1 then
    name = name .. '-' .. n
  end
  local held = heartbeats[name]
  if not held or held == 'gone' or string.sub(held, 1, string.len(ARGV[2])) == ARGV[2] then
    redis.call('HSET', KEYS[1], name, ARGV[3])
    redis.call('PEXPIRE', KEYS[1], ARGV[4])
    table.insert(all, 1, ARGV[3])
    table.insert(all, 1, name)
    return all
  end
end
return {}`

// unregisterScript removes a consumer that has nothing pending, and marks one that has as gone, so that others claim its
// entries: KEYS are stream and registry, ARGV the group, the consumer, and the prefix of its heartbeats.
const unregisterScript = `local held = redis.call('HGET', KEYS[2], ARGV[2])
if not held or string.sub(held, 1, string.len(ARGV[3])) ~= ARGV[3] then
  return 0
end
if #redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', '1', ARGV[2]) > 0 then
  redis.call('HSET', KEYS[2], ARGV[2], 'gone')
  return 1
end
redis.call('HDEL', KEYS[2], ARGV[2])
redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
return 0`

// RegistryKey is the hash that has the heartbeats of the group's consumers, of envelog, by name. On a Redis Cluster it is in
// the slot of the stream; "" for a stream whose name makes that impossible, since it begins with an empty hash tag.
func (c Config) RegistryKey() string {
	suffix := "__envelog:" + c.Group
	switch open := strings.IndexByte(c.Stream, '{'); {
	case redis.HashTag(c.Stream) != c.Stream:
		return c.Stream + suffix
	case open >= 0 && strings.Contains(c.Stream[open:], "}"), strings.Contains(c.Stream, "}"):
		return ""
	}
	return "{" + c.Stream + "}" + suffix
}

// heartbeat keeps the lease of this consumer, and watches those of the others.
//
// Each consumer of envelog writes a new value, its heartbeat, into the registry every second. A consumer that sees another's
// heartbeat unchanged for LeaseTime, by its own clock and without a gap in its own heartbeats, takes that lease for expired
// and claims the entries. No clock of a server is asked, so that neither a failover nor a jump of the time ends a lease. A
// consumer of PHP is not in the registry, and has no lease that could expire.
type heartbeat struct {
	cfg   Config
	log   *slog.Logger
	use   func(ctx context.Context, f func(c *redis.Conn) error) error // a connection
	owner string                                                       // with a slash; no two running processes have the same
	every time.Duration
	lease time.Duration // LeaseTime

	sent    int          // heartbeats
	retryAt time.Time    // the registry is left alone until then
	outage  *outage.Part // of the registry alone
	cancel  context.CancelFunc
	done    chan struct{}

	mu       sync.Mutex
	consumer string // the name in use
	sightings
}

// newHeartbeat starts nothing. An owner is a name that no other running process has; "" is a random one.
func newHeartbeat(cfg Config, log *slog.Logger, owner string, use func(ctx context.Context, f func(c *redis.Conn) error) error) *heartbeat {
	token := rand.Text()
	if owner == "" {
		owner = token
	}
	return &heartbeat{
		cfg: cfg, log: log, use: use, owner: owner + "/", every: heartbeatEvery, lease: LeaseTime, consumer: cfg.Consumer,
		sightings: sightings{token: token}, outage: watchPart(cfg, log, registryWords),
	}
}

// name is that of the consumer. It is not the configured one when another consumer has the lease of that.
func (h *heartbeat) name() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.consumer
}

// register takes the configured name, or one with a number when that is taken, or with a random token when all of these
// are. It returns the errors that concern more than the registry. A name is free when its heartbeat has this prefix.
func (h *heartbeat) register(ctx context.Context, prefix string) error {
	name, err := h.send(ctx, h.cfg.Consumer, prefix, manyNames)
	if errors.Is(err, errNameTaken) {
		name, err = h.send(ctx, h.cfg.Consumer+"-"+strings.ToLower(h.token), prefix, 1)
	}
	if err == nil && name != h.cfg.Consumer {
		h.log.Warn("Another process uses the name of this consumer, or did until a moment ago; this one takes a name of its own.",
			"redis", h.cfg.Addr, "stream", h.cfg.Stream, "consumer", h.cfg.Consumer, "name", name)
	}
	return err
}

var errNameTaken = errors.New("consumer name is taken")

// send sends a heartbeat under that name, or the first of so many that is free, and looks at those of the others. It returns
// the name. An error that concerns the registry alone is logged and not returned: without a registry, entries of consumers
// that died are claimed after redeliver_timeout. A heartbeat without this prefix is another process's.
func (h *heartbeat) send(ctx context.Context, name, prefix string, names int) (string, error) {
	key := h.cfg.RegistryKey()
	if key == "" || time.Now().Before(h.retryAt) {
		return name, nil
	}
	if len(name) > longestName-len("-1000") {
		h.failed(fmt.Errorf("the consumer's name has %d bytes, of at most %d", len(name), longestName-len("-1000")))
		return name, nil
	}
	var reply any
	err := h.use(ctx, func(c *redis.Conn) (err error) {
		h.sent++ // another value for each attempt: the one before may have arrived, and be unchanged for others since
		value := h.prefix() + strconv.Itoa(h.sent)
		reply, err = redis.NewScript(heartbeatScript).Run(c.Do, 1, key, name, prefix, value, registryTTL.Milliseconds(), names)
		if redis.Unknown(err) {
			reply, err = heartbeatWithout(c, key, name, prefix, value, names)
		}
		return err
	})
	all, malformed := redigo.Strings(reply, err)
	switch {
	case err == nil && malformed != nil:
		h.failed(fmt.Errorf("%w: %w", redis.ErrProtocol, malformed))
		return name, nil
	case err != nil && (!isLocal(err) || errors.Is(err, errAcknowledge)) && !errors.Is(err, redis.ErrConflict):
		h.forgetLook()
		return name, err
	case err != nil:
		h.failed(err)
		return name, nil
	case len(all) == 0:
		return name, errNameTaken
	}
	h.outage.Over()
	h.update(all)
	return all[0], nil
}

// update takes a list of names and heartbeats, this consumer's first, and looks which leases have expired.
func (h *heartbeat) update(list []string) {
	all := make(map[string]string, len(list)/2)
	for i := 2; i+1 < len(list); i += 2 {
		all[list[i]] = list[i+1]
	}
	delete(all, list[0])
	h.mu.Lock()
	defer h.mu.Unlock()
	h.consumer = list[0]
	h.look(all, time.Now(), h.every, h.lease)
}

// forgetLook makes the next look one after a gap: this consumer cannot say what happened meanwhile.
func (h *heartbeat) forgetLook() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seen = time.Time{}
}

// failed leaves the registry alone for a while. It is a short one after an error that passes by itself, such as a Redis that
// is full, so that this consumer's lease is soon renewed.
func (h *heartbeat) failed(err error) {
	pause := heartbeatRetry
	if redis.Passes(err) {
		pause = h.lease
	}
	h.retryAt = time.Now().Add(pause)
	h.forgetLook()
	h.outage.Failed(h.cfg.hintReply(fmt.Errorf("%w: %w", errRegistry, err)))
}

// prefix is how all heartbeats of this process begin.
func (h *heartbeat) prefix() string { return h.owner + h.token + "/" }

// start sends heartbeats until stop.
func (h *heartbeat) start() {
	if h.done != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	h.cancel, h.done = cancel, make(chan struct{})
	go func() {
		defer close(h.done)
		for sleep(ctx, h.every) == nil {
			h.repeat(ctx)
		}
	}()
}

// repeat sends the next heartbeat; outages are logged by those who need Redis for more.
func (h *heartbeat) repeat(ctx context.Context) {
	if _, err := h.send(ctx, h.name(), h.prefix(), 1); errors.Is(err, errNameTaken) {
		// This process sent nothing for so long that its lease expired, and another one has its name.
		_ = h.register(ctx, h.prefix())
	}
}

func (h *heartbeat) stop() {
	if h.done == nil {
		return
	}
	h.cancel()
	<-h.done
	h.done = nil
}

// unregister ends the lease, so that nobody waits until it expires. The name is removed when nothing is pending under it.
func (h *heartbeat) unregister() {
	key := h.cfg.RegistryKey()
	if h.sent == 0 || key == "" || h.outage.Fails() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), unregisterWithin)
	defer cancel()
	// When this fails, the lease expires.
	_ = h.use(ctx, func(c *redis.Conn) error {
		_, err := redis.NewScript(unregisterScript).Run(c.Do, 2, h.cfg.Stream, key, h.cfg.Group, h.name(), h.prefix())
		if redis.Unknown(err) {
			return unregisterWithout(c, h.cfg, h.name(), h.prefix())
		}
		return err
	})
}

// sightings are what one consumer has seen of the others.
type sightings struct {
	token   string              // of this process, random
	seen    time.Time           // the last look; zero after one that failed
	others  map[string]sighting // by name
	expired []expiredConsumer
}

// sighting is a heartbeat, and the time since which it has not changed.
type sighting struct {
	heartbeat string
	since     time.Time
}

// expiredConsumer is a consumer whose lease has expired, with its last heartbeat.
type expiredConsumer struct{ name, heartbeat string }

// look compares all heartbeats with those of the last look. After a gap every lease is twice as long: the others may have
// lost Redis too.
func (s *sightings) look(all map[string]string, now time.Time, every, lease time.Duration) {
	grace := time.Duration(0)
	if now.Sub(s.seen) > 3*every {
		if s.others != nil {
			grace = lease
		}
		s.others = nil
	}
	s.seen = now
	others := make(map[string]sighting, len(all))
	s.expired = s.expired[:0]
	for _, name := range slices.Sorted(maps.Keys(all)) { // the order in which their entries are claimed
		heartbeat := all[name]
		known, ok := s.others[name]
		if !ok || known.heartbeat != heartbeat {
			known = sighting{heartbeat, now.Add(grace)}
		}
		others[name] = known
		if heartbeat == goneMark || now.Sub(known.since) >= lease {
			s.expired = append(s.expired, expiredConsumer{name, heartbeat})
		}
	}
	s.others = others
}

func (s *sightings) hasExpired(name string) bool {
	return slices.ContainsFunc(s.expired, func(c expiredConsumer) bool { return c.name == name })
}

// anyExpired returns a consumer whose lease has expired.
func (h *heartbeat) anyExpired() (expiredConsumer, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.expired) == 0 {
		return expiredConsumer{}, false
	}
	return h.expired[0], true
}

// forgetExpired forgets the one that anyExpired returned: nothing is pending for it any more.
func (h *heartbeat) forgetExpired() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.expired) > 0 {
		h.expired = h.expired[1:]
	}
}
