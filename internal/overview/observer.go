package overview

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"envelog/internal/transport/redis"
	"envelog/transport"
)

const (
	// Every is the least time between two looks.
	Every = 2 * time.Second

	within     = 2 * time.Second // one look at Redis
	mostFiles  = 20
	mostErrors = 5
)

// Queue is the stream of a transport, as redis.Storage is.
type Queue interface {
	Count(ctx context.Context) (transport.Counts, error)
	Consumers(ctx context.Context) ([]redis.Consumer, error)
	Activity(ctx context.Context) (redis.Activity, error)
}

// Counter counts what is on a failure transport.
type Counter interface {
	Count(ctx context.Context) (transport.Counts, error)
}

// Source is one transport that is observed.
type Source struct {
	Name   string
	Queue  Queue
	Failed Counter // nil: it has no failure transport
}

// Observer looks at transports and a log directory. It may be used by several goroutines.
type Observer struct {
	sources []Source
	files   *files
	now     func() time.Time

	mu     sync.Mutex
	last   Snapshot
	before []seen // of the sources, at the last look
}

// seen is what rates are made of.
type seen struct {
	at          time.Time
	added, read int64
	heartbeats  map[string]heartbeat
}

// heartbeat is the last one of a consumer, and since when it has been the same.
type heartbeat struct {
	value string
	since time.Time
}

// New returns an Observer; it looks at nothing yet.
func New(sources []Source, dir string) *Observer {
	return &Observer{sources: sources, files: newFiles(dir), now: time.Now, before: make([]seen, len(sources))}
}

// Look returns how everything is, or was a moment ago.
func (o *Observer) Look(ctx context.Context) Snapshot {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := o.now()
	if now.Sub(o.last.At) < Every {
		return o.last
	}
	s := Snapshot{At: now, Transports: make([]Transport, len(o.sources))}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	var looking sync.WaitGroup
	for i, source := range o.sources {
		looking.Go(func() { s.Transports[i] = o.lookAt(ctx, source, &o.before[i]) })
	}
	s.Files, s.Errors, s.Problem = o.files.look(now)
	looking.Wait()
	o.last = s
	return s
}

func (o *Observer) lookAt(ctx context.Context, s Source, before *seen) Transport {
	t := Transport{Name: s.Name, Consumers: []Consumer{}}
	counts, err := s.Queue.Count(ctx)
	if err != nil {
		t.Problem = err.Error()
		return t
	}
	now := o.now()
	t.Waiting, t.Pending, t.Delayed = counts.Waiting, counts.Pending, counts.Delayed
	if !counts.Oldest.IsZero() {
		t.Oldest = max(now.Sub(counts.Oldest).Seconds(), 0)
	}
	activity, err := s.Queue.Activity(ctx)
	if err == nil {
		t.Arriving, t.Reading = before.rates(now, activity)
		var consumers []redis.Consumer
		if consumers, err = s.Queue.Consumers(ctx); err == nil {
			t.Consumers = before.consumers(now, consumers, activity.Heartbeats)
		}
	}
	if err == nil && s.Failed != nil {
		if counts, err = s.Failed.Count(ctx); err == nil {
			t.Failed = counts.Waiting + counts.Pending + counts.Delayed
		}
	}
	if err != nil {
		t.Problem = err.Error()
	}
	return t
}

// rates returns the entries added and read a second since the last look; 0 at the first one.
func (s *seen) rates(now time.Time, a redis.Activity) (added, read float64) {
	if !s.at.IsZero() {
		seconds := now.Sub(s.at).Seconds()
		added, read = rate(a.Added-s.added, seconds), rate(a.Read-s.read, seconds)
	}
	s.at, s.added, s.read = now, a.Added, a.Read
	return added, read
}

func rate(n int64, seconds float64) float64 {
	if n <= 0 || seconds <= 0 { // the stream was made again, or the server does not tell
		return 0
	}
	return float64(n) / seconds
}

// consumers tells how each is. A heartbeat that is seen for the first time counts as one.
func (s *seen) consumers(now time.Time, all []redis.Consumer, heartbeats map[string]string) []Consumer {
	known := make(map[string]heartbeat, len(heartbeats))
	for name, value := range heartbeats {
		h, ok := s.heartbeats[name]
		if !ok || h.value != value {
			h = heartbeat{value, now}
		}
		known[name] = h
	}
	s.heartbeats = known
	consumers := make([]Consumer, 0, len(all))
	for _, c := range all {
		h, ok := known[c.Name]
		state := PHP
		switch {
		case ok && h.value == "gone":
			state = Gone
		case ok && now.Sub(h.since) < redis.LeaseTime:
			state = Alive
		case ok:
			state = Silent
		}
		consumers = append(consumers, Consumer{Name: c.Name, State: state, Pending: c.Pending, Idle: c.Idle.Seconds()})
	}
	slices.SortFunc(consumers, func(a, b Consumer) int { return strings.Compare(a.Name, b.Name) })
	return consumers
}
