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

const (
	beatEvery   = time.Second    // pause between two beats
	deadAfter   = 5 * beatEvery  // a consumer whose beat does not change for so long is dead
	beatRetry   = 30 * beatEvery // pause after an error that concerns the beats alone
	registryTTL = 24 * time.Hour // of the hash; nobody has beaten for so long
	leaveWithin = time.Second    // time that a stop has to say so
	manyNames   = 1000           // numbers that are tried after a name, before a random word is
	goneBeat    = "gone"         // the beat of a consumer that says, or of which an operator says, that it is no more
)

// Bounds of the registry, which anybody who may write to Redis may write to. What is beyond them is removed, so that
// nobody reads it every second.
const (
	longestName = 1 << 10 // bytes of a consumer's name
	longestBeat = 256     // bytes of a beat
	mostBeats   = 5000    // consumers; a registry of more is begun again
)

// surveyFunction lists the consumers of the registry with their beats, name by name, and removes what no consumer of
// envelog wrote. A registry that is absurdly large is given up as a whole: who lives beats again within a second.
const surveyFunction = `local function survey()
  if redis.call('HLEN', KEYS[1]) > 5000 then
    redis.call('PEXPIRE', KEYS[1], 0)
    return {}
  end
  local all = {}
  for _, name in ipairs(redis.call('HKEYS', KEYS[1])) do
    local beat = ''
    if #name <= 1024 and redis.call('HSTRLEN', KEYS[1], name) <= 256 then
      beat = redis.call('HGET', KEYS[1], name)
    end
    if beat == 'gone' or string.find(beat, '/%d+$') then
      all[#all + 1] = name
      all[#all + 1] = beat
    else
      redis.call('HDEL', KEYS[1], name)
    end
  end
  return all
end
`

// beatScript tells that a consumer lives: KEYS is the registry, ARGV the consumer, how its own beats begin, the beat, the
// time to live of the registry, and how many names may be tried: the consumer's, and then that with the numbers from 2.
// It returns all consumers with their beats, the own one first, or nothing when others have these names.
const beatScript = surveyFunction + `local all = survey()
local beats = {}
for i = 1, #all, 2 do
  beats[all[i]] = all[i + 1]
end
for n = 1, tonumber(ARGV[5]) do
  local name = ARGV[1]
  if n > 1 then
    name = name .. '-' .. n
  end
  local held = beats[name]
  if not held or held == 'gone' or string.sub(held, 1, string.len(ARGV[2])) == ARGV[2] then
    redis.call('HSET', KEYS[1], name, ARGV[3])
    redis.call('PEXPIRE', KEYS[1], ARGV[4])
    table.insert(all, 1, ARGV[3])
    table.insert(all, 1, name)
    return all
  end
end
return {}`

// leaveScript removes a consumer that owns nothing, and gives away what another one owns: KEYS are stream and registry,
// ARGV the group, the consumer, and how its beats begin.
const leaveScript = `local held = redis.call('HGET', KEYS[2], ARGV[2])
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

// RegistryKey is the hash in which envelog's consumers of the group keep their beats, by their names. On a Redis Cluster
// it is in the slot of the stream. "" for a stream whose name makes that impossible: it begins with an empty hash tag.
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

// presence says of this consumer that it lives, and watches the others do so.
//
// Each consumer of envelog writes a new value, its beat, into the registry every second. Whoever sees a beat unchanged
// for deadAfter, by his own clock and without a gap in his own beats, takes the consumer for dead. No clock of a server
// is asked, so that neither a failover nor a jump of the time kills a consumer; a consumer of PHP is not in the registry
// and never dies.
type presence struct {
	cfg    Config
	log    *slog.Logger
	use    func(ctx context.Context, f func(c *redis.Conn) error) error // a connection
	owner  string                                                       // two processes that live have different ones
	every  time.Duration
	silent time.Duration // deadAfter

	beats   int
	retryAt time.Time    // the registry is left alone until then
	outage  *outage.Part // of the registry alone
	cancel  context.CancelFunc
	done    chan struct{}

	mu       sync.Mutex
	consumer string // the name in use
	sightings
}

// newPresence starts nothing. An owner is a name that no other living process has; without one there is a random one.
func newPresence(cfg Config, log *slog.Logger, owner string, use func(ctx context.Context, f func(c *redis.Conn) error) error) *presence {
	life := rand.Text()
	if owner == "" {
		owner = life
	}
	return &presence{
		cfg: cfg, log: log, use: use, owner: owner + "/", every: beatEvery, silent: deadAfter, consumer: cfg.Consumer,
		sightings: sightings{life: life}, outage: watchRegistry(cfg, log),
	}
}

// name is that of the consumer, which is not the configured one when somebody else lives under that.
func (p *presence) name() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.consumer
}

// enter takes the configured name, or one with a number when that is taken, or with a random word when all of these are. It
// returns the errors that concern more than the registry. A name is free when its beat begins with mine.
func (p *presence) enter(ctx context.Context, mine string) error {
	name, err := p.beat(ctx, p.cfg.Consumer, mine, manyNames)
	if errors.Is(err, errNameTaken) {
		name, err = p.beat(ctx, p.cfg.Consumer+"-"+strings.ToLower(p.life), mine, 1)
	}
	if err == nil && name != p.cfg.Consumer {
		p.log.Warn("Another process uses the name of this consumer, or did until a moment ago; this one takes a name of its own.",
			"redis", p.cfg.Addr, "stream", p.cfg.Stream, "consumer", p.cfg.Consumer, "name", name)
	}
	return err
}

var errNameTaken = errors.New("consumer name is taken")

// beat tells of the consumer under that name, or the first of so many that is free, and looks at the others. It returns the
// name. Trouble with the registry alone is logged and no error: entries of consumers that died then come after
// redeliver_timeout. A beat that does not begin with mine is somebody else's.
func (p *presence) beat(ctx context.Context, name, mine string, names int) (string, error) {
	key := p.cfg.RegistryKey()
	if key == "" || time.Now().Before(p.retryAt) {
		return name, nil
	}
	if len(name) > longestName-len("-1000") {
		p.trouble(fmt.Errorf("the consumer's name has %d bytes, of at most %d", len(name), longestName-len("-1000")))
		return name, nil
	}
	var reply any
	err := p.use(ctx, func(c *redis.Conn) (err error) {
		p.beats++ // another value for each attempt: the one before may have arrived, and others see it unchanged since
		value := p.own() + strconv.Itoa(p.beats)
		reply, err = redis.NewScript(beatScript).Run(c.Do, 1, key, name, mine, value, registryTTL.Milliseconds(), names)
		if redis.Unknown(err) {
			reply, err = beatWithout(c, key, name, mine, value, names)
		}
		return err
	})
	all, malformed := redigo.Strings(reply, err)
	switch {
	case err == nil && malformed != nil:
		p.trouble(fmt.Errorf("%w: %w", redis.ErrProtocol, malformed))
		return name, nil
	case err != nil && !isLocal(err) && !errors.Is(err, redis.ErrConflict):
		p.lookAway()
		return name, err
	case err != nil:
		p.trouble(err)
		return name, nil
	case len(all) == 0:
		return name, errNameTaken
	}
	p.outage.Over()
	p.see(all)
	return all[0], nil
}

// see looks at all consumers, name by name, of which the first is this one.
func (p *presence) see(list []string) {
	all := make(map[string]string, len(list)/2)
	for i := 2; i+1 < len(list); i += 2 {
		all[list[i]] = list[i+1]
	}
	delete(all, list[0])
	p.mu.Lock()
	defer p.mu.Unlock()
	p.consumer = list[0]
	p.look(all, time.Now(), p.every, p.silent)
}

func (p *presence) lookAway() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = time.Time{}
}

// trouble leaves the registry alone for a while: a short one when it passes by itself, as a Redis that is full, so that the
// others soon know again that this consumer lives.
func (p *presence) trouble(err error) {
	pause := beatRetry
	if redis.Passes(err) {
		pause = p.silent
	}
	p.retryAt = time.Now().Add(pause)
	p.lookAway()
	p.outage.Failed(p.cfg.hintReply(err))
}

// own is the beginning of all beats of this process.
func (p *presence) own() string { return p.owner + p.life + "/" }

// start beats until stop.
func (p *presence) start() {
	if p.done != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel, p.done = cancel, make(chan struct{})
	go func() {
		defer close(p.done)
		for sleep(ctx, p.every) == nil {
			p.again(ctx)
		}
	}()
}

// again beats once more; outages are logged by those who need Redis for more.
func (p *presence) again(ctx context.Context) {
	if _, err := p.beat(ctx, p.name(), p.own(), 1); errors.Is(err, errNameTaken) {
		// This process was silent for so long that it was taken for dead, and somebody has its name.
		_ = p.enter(ctx, p.own())
	}
}

func (p *presence) stop() {
	if p.done == nil {
		return
	}
	p.cancel()
	<-p.done
	p.done = nil
}

// leave says that this consumer lives no more, so that nobody has to wait for what it leaves behind. Its name goes when it
// owns nothing.
func (p *presence) leave() {
	key := p.cfg.RegistryKey()
	if p.beats == 0 || key == "" || p.outage.Fails() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), leaveWithin)
	defer cancel()
	// When it does not work, the others see it by themselves.
	_ = p.use(ctx, func(c *redis.Conn) error {
		_, err := redis.NewScript(leaveScript).Run(c.Do, 2, p.cfg.Stream, key, p.cfg.Group, p.name(), p.own())
		if redis.Unknown(err) {
			return leaveWithout(c, p.cfg, p.name(), p.own())
		}
		return err
	})
}

// sightings are what one consumer has seen of the others.
type sightings struct {
	life   string              // of this process, random
	seen   time.Time           // the last look; zero after one that failed
	others map[string]sighting // by name
	dead   []departed
}

// sighting is a beat, and the time since which it did not change.
type sighting struct {
	beat  string
	since time.Time
}

// departed is a consumer that is dead, with its last beat.
type departed struct{ name, beat string }

// look compares all beats with those of the last look. After a gap everyone has twice the time to be heard of again: they
// may have lost Redis too.
func (s *sightings) look(all map[string]string, now time.Time, every, silent time.Duration) {
	grace := time.Duration(0)
	if now.Sub(s.seen) > 3*every {
		if s.others != nil {
			grace = silent
		}
		s.others = nil
	}
	s.seen = now
	others := make(map[string]sighting, len(all))
	s.dead = s.dead[:0]
	for _, name := range slices.Sorted(maps.Keys(all)) { // the order in which those that are dead are taken over from
		beat := all[name]
		known, ok := s.others[name]
		if !ok || known.beat != beat {
			known = sighting{beat, now.Add(grace)}
		}
		others[name] = known
		if beat == goneBeat || now.Sub(known.since) >= silent {
			s.dead = append(s.dead, departed{name, beat})
		}
	}
	s.others = others
}

// anyDead returns a consumer that is dead.
func (p *presence) anyDead() (departed, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.dead) == 0 {
		return departed{}, false
	}
	return p.dead[0], true
}

// bury forgets one that has left nothing.
func (p *presence) bury() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.dead) > 0 {
		p.dead = p.dead[1:]
	}
}
