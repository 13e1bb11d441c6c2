package failure

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"envelog/internal/outage"
	"envelog/internal/quantity"
)

// The bounds of what is said of many failures of one cause.
const (
	eachOf     = 5                // are said each, of one cause
	mostCauses = 50               // are told apart; others are one cause
	firstSum   = 10 * time.Second // until the number of the others is said for the first time
	nextSum    = time.Minute      // and again
)

// Summary keeps a log readable when thousands of messages fail for one cause: the first few have a line each, the others
// a line with their number, after ten seconds, then once a minute, and at the end. Where a line for every message is
// asked for, at the level of info, each has its own. A Summary is for one transport; its methods may be called by any
// goroutine.
type Summary struct {
	log *slog.Logger

	mu     sync.Mutex
	causes map[string]*cause
}

// cause is what is known of the failures of one cause.
type cause struct {
	said  int       // lines
	held  int       // failures without a line, since the last sum
	last  saying    // of those
	since time.Time // of the first one that was held back since the last sum
	sums  int
}

// NewSummary returns a Summary for lines of that log.
func NewSummary(log *slog.Logger) *Summary {
	return &Summary{log: log, causes: make(map[string]*cause)}
}

// Run says the sums when they are due, and at the end of ctx those that are left.
func (s *Summary) Run(ctx context.Context) error {
	tick := time.NewTicker(firstSum / 2)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.sumUp(false)
		case <-ctx.Done():
			s.sumUp(true)
			return nil
		}
	}
}

// holds reports whether what is to be said is counted instead. A nil Summary holds nothing.
func (s *Summary) holds(what saying) bool {
	if s == nil || s.log.Enabled(context.Background(), slog.LevelInfo) {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.find(what)
	if c.said < eachOf {
		c.said++
		return false
	}
	if c.held == 0 {
		c.since = time.Now()
	}
	c.held++
	c.last = what
	return true
}

func (s *Summary) find(what saying) *cause {
	key := what.kind + "\x00" + what.class + "\x00" + outage.KindOf(what.cause)
	if c := s.causes[key]; c != nil {
		return c
	}
	if len(s.causes) >= mostCauses {
		key = what.kind
	}
	if s.causes[key] == nil {
		s.causes[key] = new(cause)
	}
	return s.causes[key]
}

// sumUp says the sums that are due, or all. A cause that had no failures meanwhile is a new one next time.
func (s *Summary) sumUp(all bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for _, key := range slices.Sorted(maps.Keys(s.causes)) {
		c := s.causes[key]
		pause := nextSum
		if c.sums == 0 {
			pause = firstSum
		}
		switch {
		case c.held == 0 && c.since.IsZero():
			c.since = now // said, and none held back yet
		case !all && now.Sub(c.since) < pause:
		case c.held == 0:
			delete(s.causes, key)
		default:
			s.say(c, now)
		}
	}
}

func (s *Summary) say(c *cause, now time.Time) {
	what := c.last
	text := fmt.Sprintf("Error thrown while handling %s %s within %s. %s Error of the last one: %q. %s",
		quantity.Count(c.held, "more message", "more messages"), named(what.class), outage.Lasted(now.Sub(c.since)), what.step, what.cause, what.all)
	s.log.Log(context.Background(), what.level, text,
		"class", what.class, "message_id", what.id, "transport", what.transport, "count", c.held)
	c.held, c.since, c.sums = 0, now, c.sums+1
}
