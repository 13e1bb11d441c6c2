package redis

import (
	"fmt"
	"strconv"
	"time"

	"envelog/internal/redis"
)

// firstCount is how many entries are asked for while nothing is known of their size.
const firstCount = 16

// sizer chooses how many entries to ask for, so that a reply stays near the limit of a batch.
type sizer struct {
	limit    int
	perEntry int // bytes, of what was read last; 0 at the start

	asked  int // in the last reply
	cut    int // replies in a row that were cut off
	most   int // entries of a reply, where the server cuts larger ones off; 0: it does not
	intact int // replies since most was changed
}

// A server cuts a reply off that is larger than its client-output-buffer-limit allows.
const (
	cutTwice   = 2    // one reply that was cut off may be anything
	intactLong = 1000 // after so many replies larger ones are tried again
)

// wasCut learns from a reply that was cut off. It reports whether smaller ones will be asked for.
func (s *sizer) wasCut() bool {
	if s.cut++; s.cut < cutTwice || s.asked <= 1 {
		return false
	}
	s.most, s.intact = max(1, s.asked/2), 0
	return true
}

// wasWhole learns from a reply that came to its end.
func (s *sizer) wasWhole() {
	s.cut = 0
	if s.intact++; s.most > 0 && s.intact > intactLong {
		s.most, s.intact = 2*s.most, 0
	}
}

func (s *sizer) count(most int) int {
	if s.most > 0 {
		most = min(most, s.most)
	}
	s.asked = s.fitting(most)
	return s.asked
}

func (s *sizer) fitting(most int) int {
	if s.perEntry == 0 {
		return min(most, firstCount)
	}
	return max(1, min(most, s.limit/s.perEntry))
}

// observe follows larger entries at once and smaller ones slowly.
func (s *sizer) observe(bytes, entries int) {
	if entries == 0 {
		return
	}
	size := bytes / entries
	if size < s.perEntry {
		size = (3*s.perEntry + size) / 4
	}
	s.perEntry = max(1, size)
}

// slice is how long the next blocking read lasts: no longer than the caller waits, than the next claim, or than a
// delayed message may lie there unseen. 0 is a read that does not block.
func (r *Receiver) slice(until time.Time) time.Duration {
	most := blockSlice
	if r.delayed.some || r.conn.ID() == 0 {
		most = shortSlice
	}
	return max(0, min(most, time.Until(until), time.Until(r.claims.next)))
}

// readNew reads entries that nobody has read, unless they were asked for before.
func (r *Receiver) readNew(max int, block time.Duration) (*arena, error) {
	count := r.prefetch.count
	if r.prefetch.count = 0; count > 0 {
		r.conn.Expect(0)
	} else {
		count = r.sizes.count(max)
		if err := r.ask(block, r.readCommand(count, block, ">")...); err != nil {
			return nil, fmt.Errorf("read entries: %w", err)
		}
	}
	if err := r.sendAhead(max); err != nil {
		return nil, fmt.Errorf("read entries: %w", err)
	}
	a, err := r.reply(count, readStreams)
	if err != nil {
		return nil, fmt.Errorf("read entries: %w", err)
	}
	if r.prefetch.full++; !a.full || a.left > 0 {
		r.prefetch.full = 0
	}
	return r.usable(a), nil
}

// readOwn reads on in the consumer's own pending list, past what is in flight.
func (r *Receiver) readOwn(max int) (*arena, error) {
	held := r.inflight.snapshot()
	count := r.sizes.count(max)
	a, err := r.xreadgroup(count, 0, r.own.after.String())
	if err != nil || a == nil {
		return nil, err
	}
	if len(a.found)+len(a.trimmed)+a.left < count {
		r.own.open = false
	}
	if len(a.found)+len(a.trimmed) > 0 {
		r.own.after = a.last
	}
	a.without(held)
	return r.usable(a), nil
}

// xreadgroup sends one XREADGROUP and reads its reply.
func (r *Receiver) xreadgroup(count int, block time.Duration, id string) (*arena, error) {
	a, err := r.request(block, count, readStreams, r.readCommand(count, block, id)...)
	if err != nil {
		return nil, fmt.Errorf("read entries: %w", err)
	}
	return a, nil
}

func (r *Receiver) readCommand(count int, block time.Duration, id string) []string {
	args := []string{"XREADGROUP", "GROUP", r.cfg.Group, r.heartbeat.name(), "COUNT", strconv.Itoa(count)}
	if block > 0 {
		block = max(block, time.Millisecond) // BLOCK 0 would be for ever
		args = append(args, "BLOCK", strconv.FormatInt(block.Milliseconds(), 10))
	}
	return append(args, "STREAMS", r.cfg.Stream, id)
}

// parser reads a reply into an arena, count entries at most.
type parser func(c *redis.Conn, a *arena, count int) error

// request sends a command and lets its reply go to an arena. The arena is the caller's when there is no error.
func (r *Receiver) request(block time.Duration, count int, parse parser, args ...string) (*arena, error) {
	if err := r.ask(block, args...); err != nil {
		return nil, err
	}
	return r.reply(count, parse)
}

// ask sends a command whose reply is the next one.
func (r *Receiver) ask(block time.Duration, args ...string) error {
	if err := r.conn.Begin(block); err != nil {
		return err
	}
	return r.writeCommand(args...)
}

func (r *Receiver) writeCommand(args ...string) error {
	r.scratch = redis.AppendCommand(r.scratch[:0], args...)
	return r.conn.Write(r.scratch)
}

// reply lets the next reply go to an arena, which is the caller's when there is no error.
func (r *Receiver) reply(count int, parse parser) (*arena, error) {
	c := r.conn
	a := r.arenas.get()
	a.keepIn(c.Reader, r.sizes.limit, r.most)
	err := parse(c, a, count)
	a.take(c.Reader)
	if err != nil {
		r.arenas.put(a)
		return nil, r.whenCut(err)
	}
	a.full = len(a.found)+len(a.trimmed)+a.lost+a.left >= count
	r.sizes.wasWhole()
	r.counts.bytes.Add(uint64(len(a.buf)))
	r.sizes.observe(len(a.buf)+a.leftLen, len(a.found)+a.left)
	return a, nil
}

// whenCut asks for less the next time, when the server hangs up in the middle of replies again and again.
func (r *Receiver) whenCut(err error) error {
	if redis.HungUp(err) && r.sizes.wasCut() {
		r.log.Warn("The server hangs up in the middle of replies, as its client-output-buffer-limit for normal clients may have it; asking for fewer entries at once.",
			"redis", r.cfg.Addr, "stream", r.cfg.Stream, "entries", r.sizes.most)
	}
	return err
}

// readStreams reads the reply of XREADGROUP: null, or [[stream, entries]].
func readStreams(c *redis.Conn, a *arena, count int) error {
	n, err := c.Array()
	if err != nil || n < 0 {
		return err
	}
	if n != 1 {
		return fmt.Errorf("%w: %d streams where one is due", redis.ErrProtocol, n)
	}
	if err := c.ArrayOf(2); err != nil {
		return err
	}
	if _, err := c.ShortString(); err != nil {
		return err
	}
	return readEntries(c.Reader, a, count)
}

// usable settles what is no entry to hand out; it returns nil when no entry is left.
func (r *Receiver) usable(a *arena) *arena {
	if a.left > 0 {
		// They are on our own pending list now, after the last one that fitted.
		r.own = cursor{open: true, after: a.last}
	}
	if n := len(a.trimmed); n > 0 {
		r.acks.enqueueGone(a.trimmed)
		r.reportTrimmed(n)
	}
	if len(a.found) == 0 {
		r.arenas.put(a)
		return nil
	}
	return a
}

func (r *Receiver) reportTrimmed(n int) {
	r.counts.trimmed.Add(uint64(n))
	r.log.Warn("Entries were trimmed or deleted while they were pending.", "redis", r.cfg.Addr, "stream", r.cfg.Stream, "entries", n)
}
