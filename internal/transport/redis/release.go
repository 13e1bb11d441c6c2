package redis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	redigo "github.com/gomodule/redigo/redis"

	"envelog/internal/redis"
	"envelog/internal/suggest"
)

// ErrConsumerAlive is wrapped by the error of Release for a consumer that sends heartbeats.
var ErrConsumerAlive = errors.New("the consumer is alive")

// releaseScript marks a consumer as gone, unless its heartbeat has changed meanwhile: KEYS is the registry, ARGV the
// consumer, the heartbeat that was seen, "" for none, and the time to live of the registry.
const releaseScript = `local held = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if held ~= ARGV[2] then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], 'gone')
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1`

// Release marks a consumer of the group as gone, whether it is one of envelog or of PHP: the consumers of envelog that run
// claim at once what it has pending, or the next one that starts does, and its name is removed when nothing is left. It
// returns how many entries these are, and how many consumers of envelog run. Only of those can it be told that they are
// alive; that takes as long as a lease, five seconds, and two for one that has none.
func Release(ctx context.Context, cfg Config, consumer string) (entries, others int, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("release entries of consumer %q: %w", consumer, err)
		}
	}()
	c, err := redis.Dial(ctx, cfg.Server, cfg.Stream)
	if err != nil {
		return 0, 0, cfg.explain(err)
	}
	defer c.Close()
	entries, err = pendingOf(c, cfg, consumer)
	if redis.Code(err) == "NOGROUP" {
		return 0, 0, &NoGroupError{Stream: cfg.Stream, Group: cfg.Group}
	}
	if err == nil && entries == 0 {
		err = mustKnow(c, cfg, consumer)
	}
	if err != nil || entries == 0 {
		return 0, 0, err
	}
	heartbeat, others, err := unchanged(ctx, c, cfg, consumer)
	if err != nil {
		return 0, 0, err
	}
	marked, err := redigo.Bool(redis.NewScript(releaseScript).Run(c.Do, 1, cfg.RegistryKey(), consumer, heartbeat, registryTTL.Milliseconds()))
	if redis.Unknown(err) {
		marked, err = releaseWithout(c, cfg.RegistryKey(), consumer, heartbeat)
	}
	if err == nil && !marked {
		err = ErrConsumerAlive
	}
	return entries, others, err
}

// mustKnow is an error that lists the consumers of the group when none has that name.
func mustKnow(c *redis.Conn, cfg Config, consumer string) error {
	consumers, _, err := askConsumers(c, cfg)
	switch {
	case redis.Unknown(err):
		return nil // who may not ask is told that there are no messages
	case err != nil:
		return err
	}
	var names []string
	for _, known := range consumers {
		if known.Name == consumer {
			return nil
		}
		names = append(names, known.Name)
	}
	slices.Sort(names)
	return &NoConsumerError{Name: consumer, Group: cfg.Group, Names: names}
}

// NoConsumerError is about a consumer that the group does not have.
type NoConsumerError struct {
	Name, Group string
	Names       []string // of those that it has
}

func (e *NoConsumerError) Error() string {
	if len(e.Names) == 0 {
		return fmt.Sprintf("the group %s has no consumers", e.Group)
	}
	meant := ""
	if near := suggest.Nearest(e.Name, e.Names); near != "" {
		meant = fmt.Sprintf("; is %s meant?", near)
	}
	return fmt.Sprintf("the group %s has no consumer of that name: it has %s%s", e.Group, strings.Join(e.Names, ", "), meant)
}

// NoGroupError is about a group that a stream does not have, or a stream that does not exist.
type NoGroupError struct{ Stream, Group string }

func (e *NoGroupError) Error() string {
	return fmt.Sprintf("the stream %s has no group %s: no worker has ever read it, and nothing is pending; "+
		"check the stream and the group of the DSN, which envelog config shows", e.Stream, e.Group)
}

// pendingOf counts the entries of one consumer: XPENDING's summary is [count, first, last, [[consumer, count], ...]].
func pendingOf(c *redis.Conn, cfg Config, consumer string) (int, error) {
	summary, err := redigo.Values(c.Do("XPENDING", cfg.Stream, cfg.Group))
	if err != nil {
		return 0, err
	}
	if len(summary) != 4 {
		return 0, fmt.Errorf("%w: %d parts of XPENDING", redis.ErrProtocol, len(summary))
	}
	if summary[3] == nil {
		return 0, nil
	}
	counts, err := redigo.IntMap(flatten(summary[3]))
	return counts[consumer], err
}

// flatten makes one list of a list of pairs.
func flatten(pairs any) (flat []any, err error) {
	list, err := redigo.Values(pairs, nil)
	for _, item := range list {
		pair, err := redigo.Values(item, nil)
		if err != nil {
			return nil, err
		}
		flat = append(flat, pair...)
	}
	return flat, err
}

// unchanged returns the heartbeat of a consumer that sends none any more, and how many others send theirs. Of one that is registered
// it takes as long as a lease lasts: a consumer that is held up for less is alive to its neighbours, too.
func unchanged(ctx context.Context, c *redis.Conn, cfg Config, consumer string) (heartbeat string, others int, err error) {
	var seen sightings
	var before map[string]string
	changed := make(map[string]bool)
	for looks := 0; ; looks++ {
		all, err := registry(c, cfg)
		if err != nil || looks == 0 && len(all) == 0 {
			return "", 0, err
		}
		for name, heartbeat := range all {
			changed[name] = changed[name] || looks > 0 && heartbeat != before[name]
		}
		if changed[consumer] {
			return "", 0, ErrConsumerAlive
		}
		before = all
		seen.look(all, time.Now(), heartbeatEvery, LeaseTime)
		_, registered := all[consumer]
		if looks >= 2 && (!registered || seen.hasExpired(consumer)) {
			return all[consumer], running(changed), nil
		}
		if err := sleep(ctx, heartbeatEvery); err != nil {
			return "", 0, err
		}
	}
}

func running(changed map[string]bool) (n int) {
	for _, sends := range changed {
		if sends {
			n++
		}
	}
	return n
}

// surveyScript is the registry as everybody sees it: KEYS is the registry.
const surveyScript = surveyFunction + "return survey()"

func registry(c *redis.Conn, cfg Config) (map[string]string, error) {
	all, err := redigo.Strings(redis.NewScript(surveyScript).Run(c.Do, 1, cfg.RegistryKey()))
	if redis.Unknown(err) {
		all, err = surveyWithout(c, cfg.RegistryKey())
	}
	heartbeats := make(map[string]string, len(all)/2)
	for i := 0; i+1 < len(all); i += 2 {
		heartbeats[all[i]] = all[i+1]
	}
	return heartbeats, err
}
