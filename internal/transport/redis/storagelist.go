package redis

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"time"

	redigo "github.com/gomodule/redigo/redis"

	"envelog/internal/redis"
	"envelog/transport"
	"envelog/transport/streamid"
)

// group is what XINFO GROUPS says about the storage's group.
type group struct {
	there bool
	last  streamid.ID // last-delivered-id: what follows it was never handed out
	lag   int         // how many entries are after it; -1 when Redis does not tell
}

// group looks for the group. One that is missing has everything to read, as auto_setup creates it so; without
// auto_setup it is an error.
func (s *Storage) group(c *redis.Conn) (group, error) {
	groups, err := redigo.Values(c.Do("XINFO", "GROUPS", s.cfg.Stream))
	if err != nil && redis.Code(err) != "ERR" { // ERR no such key
		return group{}, err
	}
	for _, item := range groups {
		if g, name := readGroup(item); name == s.cfg.Group {
			return g, nil
		}
	}
	if !s.cfg.AutoSetup {
		return group{}, redigo.Error("NOGROUP stream or group is missing")
	}
	return group{lag: -1}, nil
}

// readGroup reads one group's list of names and values.
func readGroup(item any) (g group, name string) {
	g = group{there: true, lag: -1}
	fields, _ := redigo.Values(item, nil)
	for i := 0; i+1 < len(fields); i += 2 {
		key, _ := redigo.String(fields[i], nil)
		switch value := fields[i+1]; key {
		case "name":
			name, _ = redigo.String(value, nil)
		case "last-delivered-id":
			text, _ := redigo.Bytes(value, nil)
			g.last, _ = streamid.Parse(text)
		case "lag":
			if n, err := redigo.Int(value, nil); err == nil {
				g.lag = n
			}
		}
	}
	return g, name
}

// pendingPage returns the first pending entries of a range of ids. Without the group there are none.
func (s *Storage) pendingPage(c *redis.Conn, from, to string) (page []pendingItem, err error) {
	items, err := redigo.Values(c.Do("XPENDING", s.cfg.Stream, s.cfg.Group, from, to, listPage))
	if redis.Code(err) == "NOGROUP" && s.cfg.AutoSetup {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, item := range items {
		p, err := readPending(item)
		if err != nil {
			return nil, err
		}
		page = append(page, p)
	}
	return page, nil
}

// Count counts what is on the stream for the group, and in the delayed set. The oldest is the oldest of the stream and
// of the hundred delayed messages that are due first.
func (s *Storage) Count(ctx context.Context) (n transport.Counts, err error) {
	err = s.do(ctx, "count messages", func(c *redis.Conn) error {
		n, err = s.count(c)
		return err
	})
	return n, err
}

func (s *Storage) count(c *redis.Conn) (n transport.Counts, err error) {
	g, err := s.group(c)
	if err != nil {
		return n, err
	}
	if err := s.countPending(c, &n); err != nil {
		return n, err
	}
	if err := s.countNew(c, g, &n); err != nil {
		return n, err
	}
	return n, s.countDelayed(c, &n)
}

// countPending tells apart what a worker has in flight and what is to be handed out again.
func (s *Storage) countPending(c *redis.Conn, n *transport.Counts) error {
	for after := (streamid.ID{}); ; {
		page, err := s.pendingPage(c, after.String(), "+")
		if err != nil {
			return err
		}
		for _, p := range page {
			if p.idle >= s.cfg.RedeliverTimeout {
				n.Waiting++
			} else {
				n.Pending++
			}
		}
		if len(page) > 0 {
			n.Oldest = older(n.Oldest, page[0].id.Time())
			after = page[len(page)-1].id.Next()
		}
		if len(page) < listPage {
			return nil
		}
	}
}

// countNew counts what was never handed out. Where Redis does not know (before 7.0, and after an XDEL of such an
// entry), it is counted entry by entry, as in Connection::getMessageCount. Redis 7.0 may have a lag on an empty stream.
func (s *Storage) countNew(c *redis.Conn, g group, n *transport.Counts) error {
	known := g.lag >= 0
	if known {
		length, err := redigo.Int(c.Do("XLEN", s.cfg.Stream))
		if err != nil {
			return err
		}
		n.Waiting += min(g.lag, length)
	}
	page := listPage
	if known {
		page = 1 // the oldest
	}
	for after := g.last; ; {
		ids, err := s.ids(c, after, page)
		if err != nil {
			return err
		}
		if len(ids) > 0 {
			n.Oldest = older(n.Oldest, ids[0].Time())
			after = ids[len(ids)-1]
		}
		if known {
			return nil
		}
		n.Waiting += len(ids)
		if len(ids) == 0 {
			return nil
		}
	}
}

// ids returns the ids after one, n of them at most.
func (s *Storage) ids(c *redis.Conn, after streamid.ID, n int) (ids []streamid.ID, err error) {
	texts, err := s.entryIDs(c, after.Next().String(), n)
	if err != nil {
		return nil, err
	}
	for _, text := range texts {
		id, err := streamid.Parse([]byte(text))
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func (s *Storage) countDelayed(c *redis.Conn, n *transport.Counts) error {
	now := millis(time.Now())
	due, err := redigo.Int(c.Do("ZCOUNT", s.cfg.DelayedKey(), "-inf", now))
	if err != nil {
		return ofDelayed(err)
	}
	later, err := redigo.Int(c.Do("ZCOUNT", s.cfg.DelayedKey(), "("+now, "+inf"))
	if err != nil {
		return err
	}
	n.Waiting += due
	n.Delayed = later
	page, err := s.delayedPage(c, "+inf", 0, listPage)
	for _, d := range page {
		n.Oldest = older(n.Oldest, d.stored.Created)
	}
	return err
}

// older returns the earlier of two times; the zero time is none.
func older(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// All yields what may be handed out: the entries of the stream that no worker has in flight and none has handled, then the
// delayed messages that are due. PHP (8.1) lists what workers have in flight, too.
func (s *Storage) All(ctx context.Context, limit int) iter.Seq2[transport.Stored, error] {
	return s.list(ctx, oldestFirst, limit)
}

// Newest is All with the newest entry of the stream first; the delayed messages that are due come last all the same.
func (s *Storage) Newest(ctx context.Context, limit int) iter.Seq2[transport.Stored, error] {
	return s.list(ctx, newestFirst, limit)
}

func (s *Storage) list(ctx context.Context, d direction, limit int) iter.Seq2[transport.Stored, error] {
	return func(yield func(transport.Stored, error) bool) {
		left := limit
		deliver := func(page []transport.Stored, err error) bool {
			if err != nil {
				yield(transport.Stored{}, err)
				return false
			}
			for _, m := range page {
				if !yield(m, nil) {
					return false
				}
				if left--; left == 0 {
					return false
				}
			}
			return true
		}
		for from := d.begin(); from != ""; {
			page, next, err := s.waitingPage(ctx, d, from, pageSize(left))
			if !deliver(page, err) {
				return
			}
			from = next
		}
		for now, before := millis(time.Now()), []setMember(nil); ; {
			page, err := s.dueAfter(ctx, now, before, pageSize(left))
			if !deliver(storedOf(page), err) || len(page) == 0 {
				return
			}
			before = page
		}
	}
}

// pageSize is how many entries the next page has at most, when so many are left to be listed; 0 is no limit.
func pageSize(left int) int {
	if left > 0 {
		return min(left, listPage)
	}
	return listPage
}

// waitingPage returns those of a page of n entries from an id on that are waiting, and the id from which on the next page is,
// "" when there isn't one.
func (s *Storage) waitingPage(ctx context.Context, d direction, from string, n int) (waiting []transport.Stored, next string, err error) {
	err = s.do(ctx, "list messages", func(c *redis.Conn) error {
		g, err := s.group(c)
		if err != nil {
			return err
		}
		page, err := s.storedEntries(s.entries(c, d, from, n))
		if err != nil || len(page) == 0 {
			return err
		}
		first, last := page[0].ID, page[len(page)-1].ID
		if d == newestFirst {
			first, last = last, first
		}
		pending, err := s.pendingPage(c, first, last)
		if err != nil {
			return err
		}
		waiting = s.waiting(g, page, pending)
		next, err = d.behind(page[len(page)-1].ID)
		return err
	})
	return waiting, next, err
}

// waiting keeps the entries that are new, or pending for so long that they are handed out again. What else was handed
// out is in flight, or handled and not deleted (delete_after_ack off).
func (s *Storage) waiting(g group, page []transport.Stored, pending []pendingItem) (waiting []transport.Stored) {
	idle := make(map[string]time.Duration, len(pending))
	for _, p := range pending {
		idle[p.id.String()] = p.idle
	}
	for _, m := range page {
		id, _ := streamid.Parse([]byte(m.ID))
		since, handedOut := idle[m.ID]
		if handedOut {
			m.Delivered = time.Now().Add(-since)
		}
		if !id.After(g.last) && (!handedOut || since < s.cfg.RedeliverTimeout) {
			continue
		}
		waiting = append(waiting, m)
	}
	return waiting
}

// dueAfter returns the next page of delayed messages that are due and not moved yet, after the page before, whose members
// may have been removed meanwhile.
func (s *Storage) dueAfter(ctx context.Context, now string, before []setMember, n int) (page []setMember, err error) {
	err = s.do(ctx, "list messages", func(c *redis.Conn) error {
		offset, err := s.behind(c, before)
		if err != nil {
			return err
		}
		page, err = s.delayedPage(c, now, offset, n)
		return err
	})
	return page, err
}

// after returns the offset after a page: that of its last member that is still there.
func (s *Storage) behind(c *redis.Conn, page []setMember) (offset int, err error) {
	for _, m := range slices.Backward(page) {
		rank, err := redigo.Int(c.Do("ZRANK", s.cfg.DelayedKey(), m.raw))
		if err == nil {
			return rank + 1, nil
		}
		if !errors.Is(err, redigo.ErrNil) {
			return 0, err
		}
		offset = m.offset
	}
	return offset, nil
}

func storedOf(page []setMember) (stored []transport.Stored) {
	for _, m := range page {
		stored = append(stored, m.stored)
	}
	return stored
}

// setMember is a member of the delayed set, as it is stored there and as a message.
type setMember struct {
	raw    []byte
	stored transport.Stored
	offset int // in the set, when it was read
}

// delayedPage returns members with a score up to most, from an offset on, n of them at most.
func (s *Storage) delayedPage(c *redis.Conn, most string, offset, n int) (page []setMember, err error) {
	items, err := s.members(c, most, offset, n)
	if err != nil {
		return nil, err
	}
	for i := 0; i+1 < len(items); i += 2 {
		score, err := strconv.ParseFloat(string(items[i+1]), 64)
		if err != nil {
			return nil, fmt.Errorf("%w to ZRANGEBYSCORE: score %.60q", redis.ErrProtocol, items[i+1])
		}
		page = append(page, setMember{items[i], storedMember(items[i], dueAt(score)), offset + i/2})
	}
	return page, nil
}

// dueAt is the time of a score, which may be infinite: then it is the first, or the last that is written with four digits.
func dueAt(score float64) time.Time {
	const last = 253402300799999 // 9999-12-31
	return time.UnixMilli(int64(max(0, min(score, last))))
}

// findDelayed looks through the delayed set.
func (s *Storage) findDelayed(c *redis.Conn, id string) (m transport.Stored, raw []byte, err error) {
	if id == "" {
		return m, nil, transport.ErrNotFound
	}
	for offset := 0; ; {
		page, err := s.delayedPage(c, "+inf", offset, listPage)
		if err != nil {
			return m, nil, err
		}
		offset += len(page)
		for _, d := range page {
			if d.stored.ID == id {
				return d.stored, d.raw, nil
			}
		}
		if len(page) == 0 {
			return m, nil, transport.ErrNotFound
		}
	}
}

// Find returns the entry with the id, or the delayed message with the uniqid.
func (s *Storage) Find(ctx context.Context, id string) (m transport.Stored, err error) {
	err = s.do(ctx, "find message "+strconv.Quote(id), func(c *redis.Conn) error {
		if _, idErr := streamid.Parse([]byte(id)); idErr != nil {
			m, _, err = s.findDelayed(c, id)
			return err
		}
		m, err = s.findEntry(c, id)
		return err
	})
	if err != nil {
		return transport.Stored{}, err
	}
	return m, nil
}

func (s *Storage) findEntry(c *redis.Conn, id string) (m transport.Stored, err error) {
	entries, err := s.storedEntries(c.Do("XRANGE", s.cfg.Stream, id, id))
	if err != nil {
		return m, err
	}
	if len(entries) == 0 {
		return m, transport.ErrNotFound
	}
	pending, err := s.pendingPage(c, id, id)
	if redis.Code(err) == "NOGROUP" {
		err = nil
	}
	m = entries[0]
	if len(pending) > 0 {
		m.Delivered = time.Now().Add(-pending[0].idle)
	}
	return m, err
}

// storedEntries reads a list of entries. A pending one that was deleted is nil, and left out.
func (s *Storage) storedEntries(reply any, err error) (entries []transport.Stored, _ error) {
	items, err := redigo.Values(reply, err)
	if errors.Is(err, redigo.ErrNil) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, item := range items {
		if item == nil {
			continue
		}
		id, fields, err := splitEntry(item)
		if err != nil {
			return nil, err
		}
		entries = append(entries, storedEntry(id, fields, s.cfg.Serializer))
	}
	return entries, nil
}

// splitEntry reads an entry's id, and its fields by name.
func splitEntry(item any) (id streamid.ID, fields map[string][]byte, err error) {
	parts, err := redigo.Values(item, nil)
	if err != nil || len(parts) != 2 {
		return id, nil, fmt.Errorf("%w: no stream entry", redis.ErrProtocol)
	}
	text, _ := redigo.Bytes(parts[0], nil)
	if id, err = streamid.Parse(text); err != nil {
		return id, nil, err
	}
	values, _ := redigo.ByteSlices(parts[1], nil)
	fields = make(map[string][]byte, len(values)/2)
	for i := 0; i+1 < len(values); i += 2 {
		fields[string(values[i])] = values[i+1]
	}
	return id, fields, nil
}
