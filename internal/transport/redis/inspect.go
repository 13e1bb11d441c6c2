package redis

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"envelog/internal/redis"

	redigo "github.com/gomodule/redigo/redis"
)

// Inspection is what a server tells about itself and about one stream. What a server, or the rights of the user, does not
// tell is "" or -1.
type Inspection struct {
	Version        string // of Redis, or of what calls itself so
	EvictionPolicy string // maxmemory-policy, such as "noeviction"
	MaxMemory      int64  // bytes; 0: no limit
	UsedMemory     int64
	AppendOnly     int    // 1: every write is kept in a file; 0: not
	Snapshots      string // the option save, such as "3600 1"; "" means none when SnapshotsKnown
	SnapshotsKnown bool
	Readers        int // connections to the database whose last command reads as a consumer

	Length    int64 // entries on the stream
	Group     bool  // whether it is there
	Consumers []Consumer

	// Registry is why no consumer can keep its heartbeat: the key is of another type. The cure stands in parentheses at
	// the end. nil: nothing is known to be wrong.
	Registry error
}

// Consumer is one consumer of the group, as XINFO CONSUMERS has it.
type Consumer struct {
	Name    string
	Pending int
	Idle    time.Duration // since its last attempt to read or claim
	Alive   bool          // a consumer of envelog that sends heartbeats; a read that waits does not count as idle then
}

// Runs reports whether the consumer sends heartbeats, or has asked for entries within so long.
func (c Consumer) Runs(within time.Duration) bool { return c.Alive || c.Idle < within }

// Inspect asks the server about itself, the stream and the group. It changes nothing.
func (s *Storage) Inspect(ctx context.Context) (i Inspection, err error) {
	err = s.do(ctx, "inspect stream", func(c *redis.Conn) error {
		i = Inspection{MaxMemory: -1, UsedMemory: -1, AppendOnly: -1, Readers: -1}
		if err := i.askServer(c); err != nil {
			return err
		}
		i.Readers = countReaders(c, s.cfg.DB)
		return i.askStream(c, s.cfg)
	})
	if err == nil {
		err = s.watchHeartbeats(ctx, &i)
	}
	return i, err
}

// watchHeartbeats finds out which consumers send heartbeats: Redis before 7.2 does not count a read that waits, so that a
// worker without messages looks idle.
func (s *Storage) watchHeartbeats(ctx context.Context, i *Inspection) error {
	before, err := s.heartbeats(ctx)
	if redis.Code(err) == "WRONGTYPE" {
		i.Registry, err = err, nil
	}
	if err != nil || len(before) == 0 || len(i.Consumers) == 0 {
		return err
	}
	select {
	case <-time.After(heartbeatEvery + heartbeatEvery/2):
	case <-ctx.Done():
		return ctx.Err()
	}
	after, err := s.heartbeats(ctx)
	for n, c := range i.Consumers {
		heartbeat, known := after[c.Name]
		i.Consumers[n].Alive = known && heartbeat != goneMark && heartbeat != before[c.Name]
	}
	return err
}

// heartbeats returns the heartbeats of the registry by consumer; none when there is no registry, or no right to read it.
func (s *Storage) heartbeats(ctx context.Context) (all map[string]string, err error) {
	key := s.cfg.RegistryKey()
	if key == "" {
		return nil, nil
	}
	err = s.do(ctx, "read heartbeats", func(c *redis.Conn) error {
		all, err = heartbeatsIn(c, key)
		if err == nil || redis.Unknown(err) {
			return nil
		}
		return fmt.Errorf("%w: %w", errRegistry, err)
	})
	return all, err
}

// heartbeatsIn reads the registry without changing it; one that no workers fill is left alone.
func heartbeatsIn(c *redis.Conn, key string) (map[string]string, error) {
	n, err := redigo.Int(c.Do("HLEN", key))
	if err != nil || n > mostHeartbeats {
		return nil, err
	}
	all, err := redigo.StringMap(c.DoWithin(mostHeartbeats*(longestName+longestHeartbeat), "HGETALL", key))
	maps.DeleteFunc(all, func(_, heartbeat string) bool { return !isHeartbeat(heartbeat) })
	return all, err
}

func (i *Inspection) askServer(c *redis.Conn) error {
	text, err := redigo.String(c.Do("INFO"))
	if err != nil && !redis.Unknown(err) {
		return err
	}
	info := map[string]string{}
	for line := range strings.SplitSeq(text, "\r\n") {
		if name, value, ok := strings.Cut(line, ":"); ok {
			info[name] = value
		}
	}
	i.Version, i.EvictionPolicy = info["redis_version"], info["maxmemory_policy"]
	i.MaxMemory, i.UsedMemory = number(info["maxmemory"]), number(info["used_memory"])
	i.AppendOnly = int(number(info["aof_enabled"]))
	save, err := redigo.Strings(c.Do("CONFIG", "GET", "save"))
	if i.SnapshotsKnown = err == nil && len(save) == 2; i.SnapshotsKnown {
		i.Snapshots = save[1]
	}
	return nil
}

// number reads a count; -1 for none.
func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return -1
	}
	return n
}

func countReaders(c *redis.Conn, db int) (n int) {
	list, err := redigo.String(c.Do("CLIENT", "LIST"))
	if err != nil {
		return -1
	}
	for line := range strings.SplitSeq(list, "\n") {
		if strings.Contains(line, " db="+strconv.Itoa(db)+" ") && strings.Contains(line, " cmd=xreadgroup") {
			n++
		}
	}
	return n
}

func (i *Inspection) askStream(c *redis.Conn, cfg Config) (err error) {
	if i.Length, err = redigo.Int64(c.Do("XLEN", cfg.Stream)); err != nil {
		return err
	}
	i.Consumers, i.Group, err = askConsumers(c, cfg)
	return err
}

// Consumers lists the consumers of the group, in one round trip; none when there is no group.
func (s *Storage) Consumers(ctx context.Context) (consumers []Consumer, err error) {
	err = s.do(ctx, "list consumers", func(c *redis.Conn) error {
		consumers, _, err = askConsumers(c, s.cfg)
		return err
	})
	return consumers, err
}

// askConsumers also reports whether there is a group.
func askConsumers(c *redis.Conn, cfg Config) (consumers []Consumer, group bool, err error) {
	items, err := redigo.Values(c.Do("XINFO", "CONSUMERS", cfg.Stream, cfg.Group))
	if code := redis.Code(err); code == "NOGROUP" || code == "ERR" { // ERR no such key
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	for _, item := range items {
		consumers = append(consumers, readConsumer(item))
	}
	return consumers, true, nil
}

// readConsumer reads one consumer's list of names and values.
func readConsumer(item any) (consumer Consumer) {
	fields, _ := redigo.Values(item, nil)
	for i := 0; i+1 < len(fields); i += 2 {
		key, _ := redigo.String(fields[i], nil)
		switch value := fields[i+1]; key {
		case "name":
			consumer.Name, _ = redigo.String(value, nil)
		case "pending":
			consumer.Pending, _ = redigo.Int(value, nil)
		case "idle":
			ms, _ := redigo.Int64(value, nil)
			consumer.Idle = time.Duration(ms) * time.Millisecond
		}
	}
	return consumer
}
