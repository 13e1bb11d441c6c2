package redis

import (
	"fmt"
	"strconv"
	"time"

	"envelog/internal/outage"
	"envelog/internal/redis"
	"envelog/transport/streamid"

	redigo "github.com/gomodule/redigo/redis"
)

// claims is the look for entries of consumers that are gone: idle for redeliver_timeout. PHP looks at the oldest pending
// entry of the group alone and claims that one; here all are claimed, as many at once as a batch holds.
type claims struct {
	next time.Time   // when to look again
	from streamid.ID // where the look goes on; zero at its start
	old  bool        // the server has no XAUTOCLAIM (before Redis 6.2), or does not let us

	outage *outage.Part // of claiming alone
}

// claim claims entries; nil when there aren't any to hand out yet.
func (r *Receiver) claim(max int) (*arena, error) {
	// Our own entries may have been idle for as long: those in flight are in good hands.
	held := r.inflight.snapshot()
	a, err := r.claimSome(r.sizes.count(max))
	if redis.Forbidden(err) { // all else works
		r.advance(streamid.ID{})
		r.claims.outage.Failed(r.cfg.describe(err))
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	r.claims.outage.Over()
	if a == nil {
		return nil, nil
	}
	if a.lost > 0 {
		r.own = cursor{open: true} // they are ours now; reading them tells their ids
	}
	a.without(held)
	r.counts.claimed.Add(uint64(len(a.found)))
	return r.usable(a), nil
}

func (r *Receiver) claimSome(count int) (*arena, error) {
	if r.claims.old {
		return r.claimListed(count)
	}
	a, err := r.autoclaim(count)
	if redis.Unknown(err) {
		r.claims.old = true
		return r.claimListed(count)
	}
	return a, err
}

// advance notes where the look goes on; the zero id is its end.
func (r *Receiver) advance(next streamid.ID) {
	r.claims.from = next
	if next == (streamid.ID{}) {
		r.claims.next = time.Now().Add(max(r.cfg.ClaimInterval, shortSlice))
	}
}

func (r *Receiver) minIdle() string {
	return strconv.FormatInt(r.cfg.RedeliverTimeout.Milliseconds(), 10)
}

// autoclaim claims with XAUTOCLAIM, which returns the entries themselves.
func (r *Receiver) autoclaim(count int) (*arena, error) {
	var next streamid.ID
	var deleted int
	parse := func(c *redis.Conn, a *arena, count int) (err error) {
		next, deleted, err = readClaimed(c, a, count)
		return err
	}
	a, err := r.request(0, count, parse, "XAUTOCLAIM", r.cfg.Stream, r.cfg.Group, r.heartbeat.name(), r.minIdle(),
		r.claims.from.String(), "COUNT", strconv.Itoa(count))
	if err != nil {
		return nil, fmt.Errorf("claim entries: %w", err)
	}
	r.advance(next)
	if deleted > 0 {
		r.reportTrimmed(deleted)
	}
	return a, nil
}

// readClaimed reads the reply of XAUTOCLAIM: [where to go on, entries, ids of entries that were deleted (Redis 7)].
func readClaimed(c *redis.Conn, a *arena, count int) (next streamid.ID, deleted int, err error) {
	n, err := c.Array()
	if err != nil {
		return next, 0, err
	}
	if n != 2 && n != 3 {
		return next, 0, fmt.Errorf("%w: %d parts of XAUTOCLAIM", redis.ErrProtocol, n)
	}
	id, err := c.ShortString()
	if err != nil {
		return next, 0, err
	}
	if next, err = streamid.Parse(id); err != nil {
		return next, 0, fmt.Errorf("%w: %w", redis.ErrProtocol, err)
	}
	if err = readEntries(c.Reader, a, count); err != nil || n == 2 {
		return next, 0, err
	}
	a.take(c.Reader)
	if deleted, err = c.Array(); err != nil {
		return next, 0, err
	}
	for range deleted {
		if _, err = c.ShortString(); err != nil {
			return next, 0, err
		}
	}
	return next, deleted, nil
}

// claimListed claims with XPENDING and XCLAIM, a page of the group's pending list at a time.
func (r *Receiver) claimListed(count int) (*arena, error) {
	const page = 100
	items, err := redigo.Values(r.conn.Do("XPENDING", r.cfg.Stream, r.cfg.Group, r.claims.from.String(), "+", min(count, page)))
	if err != nil {
		return nil, fmt.Errorf("list pending entries: %w", err)
	}
	command := []string{"XCLAIM", r.cfg.Stream, r.cfg.Group, r.heartbeat.name(), r.minIdle()}
	names := len(command)
	var last streamid.ID
	for _, item := range items {
		p, err := readPending(item)
		if err != nil {
			return nil, err
		}
		last = p.id
		if p.idle >= r.cfg.RedeliverTimeout {
			command = append(command, p.id.String())
		}
	}
	if len(items) < min(count, page) {
		r.advance(streamid.ID{})
	} else {
		r.advance(last.Next())
	}
	if len(command) == names {
		return nil, nil
	}
	a, err := r.request(0, count, func(c *redis.Conn, a *arena, count int) error { return readEntries(c.Reader, a, count) }, command...)
	if err != nil {
		return nil, fmt.Errorf("claim entries: %w", err)
	}
	return a, nil
}

// pendingItem is one line of XPENDING.
type pendingItem struct {
	id       streamid.ID
	consumer string
	idle     time.Duration
}

// readPending reads [id, consumer, idle, deliveries].
func readPending(item any) (pendingItem, error) {
	parts, err := redigo.Values(item, nil)
	if err != nil || len(parts) != 4 {
		return pendingItem{}, fmt.Errorf("list pending entries: %w", redis.ErrProtocol)
	}
	name, err := redigo.Bytes(parts[0], nil)
	if err != nil {
		return pendingItem{}, fmt.Errorf("list pending entries: %w", redis.ErrProtocol)
	}
	id, err := streamid.Parse(name)
	if err != nil {
		return pendingItem{}, fmt.Errorf("list pending entries: %w", err)
	}
	idle, err := redigo.Int64(parts[2], nil)
	if err != nil {
		return pendingItem{}, fmt.Errorf("list pending entries: %w", err)
	}
	consumer, _ := redigo.String(parts[1], nil)
	return pendingItem{id, consumer, time.Duration(idle) * time.Millisecond}, nil
}
