package redis

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"time"

	redigo "github.com/gomodule/redigo/redis"

	"envelog/internal/outage"
	"envelog/internal/redis"
	"envelog/transport/streamid"
)

// ackChunk is how many ids one XACK or XDEL carries: Redis does nothing else meanwhile, and sends no entries that are asked for.
const ackChunk = 250

// acker acknowledges entries on a connection of its own, so that it never waits after a blocking read. The replies of
// one Ack are collected by the next, when they have long arrived. What was not confirmed is sent again after a
// reconnection: acknowledging twice is acknowledging once.
type acker struct {
	cfg      Config
	inflight *inflight
	outage   *outage.Part // of this connection
	counts   *counters

	random func(time.Duration) time.Duration

	mu      lock        // guards all below; held while the connection is used, not while waiting for the next try
	conn    *redis.Conn // nil while there isn't one
	flights []*flight   // not confirmed, oldest first
	sent    int         // how many of them went out on conn
	spare   *flight
	closed  bool // nothing is opened any more
	way     ackWay
	probed  bool // way is what the server has
}

// lock is a mutex that is waited for as a channel is: in a simulation time goes on meanwhile.
type lock chan struct{}

func newLock() lock { return make(lock, 1) }

func (l lock) lock()   { l <- struct{}{} }
func (l lock) unlock() { <-l }

func (l lock) tryLock() bool {
	select {
	case l <- struct{}{}:
		return true
	default:
		return false
	}
}

// ackWay is how entries are acknowledged and deleted.
type ackWay uint8

const (
	byTransaction ackWay = iota // XACK and XDEL between MULTI and EXEC
	byXackdel                   // XACKDEL, of Redis 8.2 and later
	byScript                    // XACK and XDEL in one script, where there are no transactions or the server's memory is full
	apart                       // XACK and XDEL, one after the other, where none of these is there or allowed
)

// next is what is tried when a server, or a user, turns out to be without a way.
func (w ackWay) next() ackWay {
	if w == byScript {
		return apart
	}
	return byScript
}

// flight is one Ack on its way, or the XDEL of what XACKDEL has left.
type flight struct {
	verb     verb
	commands []byte
	ids      []streamid.ID
}

// verb is what a flight does.
type verb uint8

const (
	acks    verb = iota // XACK, and XDEL with delete_after_ack
	rejects             // XACK, and XDEL with delete_after_reject
	deletes             // XDEL
)

// both reports whether a flight acknowledges and deletes.
func (a *acker) both(f *flight) bool {
	return f.verb == acks && a.cfg.DeleteAfterAck || f.verb == rejects && a.cfg.DeleteAfterReject
}

// connect opens the connection, for errors at the start.
func (a *acker) connect(ctx context.Context) error {
	a.mu.lock()
	defer a.mu.unlock()
	a.closed = false
	return a.open(ctx)
}

func (a *acker) open(ctx context.Context) error {
	if a.closed {
		return net.ErrClosed
	}
	if a.conn != nil {
		return nil
	}
	c, err := redis.Dial(ctx, a.cfg.Server, a.cfg.Stream)
	if err != nil {
		return err
	}
	a.conn, a.sent = c, 0
	if err := a.probe(); err != nil || a.conn != nil {
		return err
	}
	return a.open(ctx)
}

// probe finds out once which way the server has. There is no connection afterwards where it would queue all that follows.
func (a *acker) probe() error {
	if a.probed || !a.cfg.deletes() || a.way != byTransaction {
		return nil
	}
	way, err := a.findWay()
	if err != nil {
		a.drop()
		return err
	}
	a.probed = true
	a.change(way)
	return nil
}

// findWay asks whether the server has XACKDEL: by COMMAND INFO, since versions of Valkey and of vendors say nothing. Otherwise it
// tries a transaction of nothing: without MULTI, what was to be queued would be run. The error is not a reply.
func (a *acker) findWay() (ackWay, error) {
	info, err := redigo.Values(a.conn.Do("COMMAND", "INFO", "XACKDEL"))
	switch {
	case err != nil && redis.Code(err) == "":
		return 0, err
	case len(info) == 1 && info[0] != nil:
		return byXackdel, nil
	}
	if _, err = a.conn.Do("MULTI"); redis.Code(err) != "" {
		return byScript, nil
	}
	if err == nil {
		_, err = a.conn.Do("EXEC")
	}
	if redis.Code(err) != "" {
		a.drop()
		return byScript, nil
	}
	return byTransaction, err
}

// drop forgets a connection that failed; everything unconfirmed goes out again on the next.
func (a *acker) drop() {
	if a.conn != nil {
		a.conn.Close()
		a.conn = nil
	}
}

// ack sends the acknowledgement of ids, and waits until every earlier one is confirmed, however long Redis is away.
func (a *acker) ack(ctx context.Context, verb verb, ids [][]byte) error {
	if err := a.enqueue(verb, ids); err != nil {
		return err
	}
	return a.settle(ctx, 1)
}

func (a *acker) enqueue(verb verb, ids [][]byte) error {
	a.mu.lock()
	defer a.mu.unlock()
	f := a.newFlight(verb)
	for _, id := range ids {
		parsed, err := streamid.Parse(id)
		if err != nil {
			return fmt.Errorf("ack: %w", err)
		}
		f.ids = append(f.ids, parsed)
	}
	a.encode(f)
	a.flights = append(a.flights, f)
	return nil
}

// enqueueGone acknowledges pending entries that are no longer on the stream.
func (a *acker) enqueueGone(gone []streamid.ID) {
	ids := make([][]byte, len(gone))
	for i, id := range gone {
		ids[i] = id.Append(nil)
	}
	_ = a.enqueue(acks, ids) // its only error is an id that does not parse
}

func (a *acker) newFlight(verb verb) *flight {
	f := a.spare
	a.spare = nil
	if f == nil {
		f = &flight{}
	}
	f.verb, f.ids = verb, f.ids[:0]
	return f
}

// ackScript acknowledges and deletes in one step, as a transaction does: were Redis and this process killed between XACK and
// XDEL, the entries would be pending for nobody, and stay on the stream for ever. A transaction costs Redis a sixth less, since
// the ids need not go through Lua; but Redis refuses to queue when its memory is full.
const ackScript = `local n = redis.call('XACK', KEYS[1], ARGV[1], unpack(ARGV, 2))
redis.call('XDEL', KEYS[1], unpack(ARGV, 2))
return n`

// encode spells the commands that acknowledge the flight's ids, a chunk at a time.
func (a *acker) encode(f *flight) {
	f.commands = f.commands[:0]
	for ids := range slices.Chunk(f.ids, ackChunk) {
		switch {
		case f.verb == deletes:
			f.commands = appendWithIDs(f.commands, ids, "XDEL", a.cfg.Stream)
		case !a.both(f):
			f.commands = appendWithIDs(f.commands, ids, "XACK", a.cfg.Stream, a.cfg.Group)
		case a.way == byXackdel:
			f.commands = appendWithIDs(f.commands, ids, "XACKDEL", a.cfg.Stream, a.cfg.Group, "IDS", strconv.Itoa(len(ids)))
		case a.way == byScript:
			f.commands = appendWithIDs(f.commands, ids, "EVAL", ackScript, "1", a.cfg.Stream, a.cfg.Group)
		case a.way == apart:
			f.commands = a.appendBoth(f.commands, ids)
		default:
			f.commands = redis.AppendCommand(f.commands, "MULTI")
			f.commands = redis.AppendCommand(a.appendBoth(f.commands, ids), "EXEC")
		}
	}
}

// appendBoth spells XACK and XDEL; the ids are spelled once, and copied.
func (a *acker) appendBoth(dst []byte, ids []streamid.ID) []byte {
	dst = appendHead(dst, len(ids), "XACK", a.cfg.Stream, a.cfg.Group)
	from := len(dst)
	dst = appendIDs(dst, ids)
	to := len(dst)
	dst = appendHead(dst, len(ids), "XDEL", a.cfg.Stream)
	return append(dst, dst[from:to]...)
}

func appendWithIDs(dst []byte, ids []streamid.ID, args ...string) []byte {
	return appendIDs(appendHead(dst, len(ids), args...), ids)
}

// appendHead begins a command that has so many ids after args.
func appendHead(dst []byte, ids int, args ...string) []byte {
	dst = redis.AppendCount(dst, len(args)+ids)
	for _, arg := range args {
		dst = redis.AppendString(dst, arg)
	}
	return dst
}

func appendIDs(dst []byte, ids []streamid.ID) []byte {
	var text [41]byte // two numbers of 20 digits
	for _, id := range ids {
		dst = redis.AppendString(dst, id.Append(text[:0]))
	}
	return dst
}

// change takes another way for all that is not confirmed.
func (a *acker) change(way ackWay) {
	a.way = way
	for _, f := range a.flights {
		a.encode(f)
	}
}

// settle tries until no more than keep flights are unconfirmed.
func (a *acker) settle(ctx context.Context, keep int) error {
	for tries := 0; ; tries++ {
		err := a.try(ctx, keep)
		if err == nil {
			return nil
		}
		if sleep(ctx, a.random(pause(tries))) != nil {
			return fmt.Errorf("ack: %w (last error: %w)", ctx.Err(), err)
		}
	}
}

// try is settle without a second attempt.
func (a *acker) try(ctx context.Context, keep int) error {
	a.mu.lock()
	defer a.mu.unlock()
	if len(a.flights) == 0 {
		a.outage.Over() // another command may have collected the replies since
		return nil
	}
	if err := a.exchange(ctx, keep); err != nil {
		a.outage.Failed(a.cfg.hint(err))
		return err
	}
	a.outage.Over()
	return nil
}

// exchange sends and collects. A connection that was lost since it was last used (closed by the server as idle, or in an
// outage that the reading side has seen) is replaced without a word.
func (a *acker) exchange(ctx context.Context, keep int) error {
	used := a.conn != nil
	err := a.exchangeOnce(ctx, keep)
	if err == nil {
		return nil
	}
	a.drop()
	if a.isWithoutWay(err) {
		a.change(a.way.next())
		return a.exchange(ctx, keep)
	}
	if !used || redis.Code(err) != "" {
		return err
	}
	if err = a.exchangeOnce(ctx, keep); err != nil {
		a.drop()
	}
	return err
}

// isWithoutWay reports whether an error says that the server, or its user, does not have the way, or not now.
func (a *acker) isWithoutWay(err error) bool {
	if !a.cfg.deletes() || a.way == apart {
		return false
	}
	return redis.Unknown(err) || a.way == byTransaction && (redis.Code(err) == "OOM" || redis.Forbidden(err))
}

// tryIdle collects what is unconfirmed while nothing else is to do, unless someone is about it already.
func (a *acker) tryIdle(ctx context.Context) {
	if !a.mu.tryLock() {
		return
	}
	a.mu.unlock()
	_ = a.try(ctx, 0) // an error was logged, and the next call tries again
}

// exchangeOnce sends what was not sent, then reads replies until keep flights are left.
func (a *acker) exchangeOnce(ctx context.Context, keep int) error {
	if err := a.open(ctx); err != nil {
		return err
	}
	for {
		for a.sent < len(a.flights) {
			if err := a.conn.Write(a.flights[a.sent].commands); err != nil {
				return err
			}
			a.sent++
		}
		if len(a.flights) <= keep {
			return nil
		}
		left, err := a.collect(a.flights[0])
		if err != nil {
			return err
		}
		a.land()
		if len(left) > 0 {
			f := a.newFlight(deletes)
			f.ids = append(f.ids, left...)
			a.encode(f)
			a.flights = append(a.flights, f)
		}
	}
}

// collect reads the replies of one flight, and returns the ids of entries that are to be deleted still. That Redis knew
// fewer entries than it was told is not an error: some were trimmed, or acknowledged before the connection was lost.
func (a *acker) collect(f *flight) (left []streamid.ID, err error) {
	acked := 0
	for ids := range slices.Chunk(f.ids, ackChunk) {
		a.conn.Expect(0)
		n, unknown, err := a.collectChunk(f, ids)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errAcknowledge, err)
		}
		acked, left = acked+n, append(left, unknown...)
	}
	if f.verb != deletes {
		a.counts.acked.Add(uint64(acked))
		a.counts.unknown.Add(uint64(max(0, len(f.ids)-acked)))
		a.inflight.remove(f.ids)
	}
	return left, nil
}

// collectChunk reads the replies of one chunk. It returns how many entries it acknowledged, and which ones XACKDEL did not
// find pending, and therefore did not delete.
func (a *acker) collectChunk(f *flight, ids []streamid.ID) (acked int, unknown []streamid.ID, err error) {
	switch {
	case !a.both(f) || a.way == byScript:
		acked, err = a.conn.Integer()
	case a.way == byXackdel:
		return a.collectXackdel(ids)
	case a.way == byTransaction:
		acked, err = a.collectTransaction()
	default:
		acked, err = a.collectBoth()
	}
	return acked, nil, err
}

// collectTransaction reads what MULTI, both commands that are queued, and EXEC answer.
func (a *acker) collectTransaction() (acked int, err error) {
	for range 3 {
		if err := a.conn.Status(); err != nil {
			return 0, err
		}
	}
	if err := a.conn.ArrayOf(2); err != nil {
		return 0, err
	}
	return a.collectBoth()
}

// collectBoth reads how many entries XACK has acknowledged, and how many XDEL has deleted.
func (a *acker) collectBoth() (acked int, err error) {
	if acked, err = a.conn.Integer(); err == nil {
		_, err = a.conn.Integer()
	}
	return acked, err
}

// collectXackdel reads an integer for each entry: 1 is done, -1 was not pending.
func (a *acker) collectXackdel(ids []streamid.ID) (acked int, unknown []streamid.ID, err error) {
	if err := a.conn.ArrayOf(len(ids)); err != nil {
		return 0, nil, err
	}
	for _, id := range ids {
		done, err := a.conn.Integer()
		switch {
		case err != nil:
			return 0, nil, err
		case done < 0:
			unknown = append(unknown, id)
		default:
			acked++
		}
	}
	return acked, unknown, nil
}

// land removes the first flight, which is confirmed.
func (a *acker) land() {
	a.spare = a.flights[0]
	a.flights = append(a.flights[:0], a.flights[1:]...)
	a.sent--
}

// command sends one command and returns its reply, after those of all acknowledgements.
func (a *acker) command(ctx context.Context, args ...any) (reply any, err error) {
	err = a.use(ctx, func(c *redis.Conn) error {
		reply, err = c.Do(args[0].(string), args[1:]...)
		return err
	})
	return reply, err
}

// use lends the connection, after the replies of all acknowledgements. When that was lost since it was last used, f is
// called again with another one.
func (a *acker) use(ctx context.Context, f func(c *redis.Conn) error) error {
	a.mu.lock()
	defer a.mu.unlock()
	for fresh := a.conn == nil; ; fresh = true {
		if err := a.exchange(ctx, 0); err != nil {
			return err
		}
		err := f(a.conn)
		if err == nil || redis.Code(err) != "" && !redis.MovedOn(err) || errors.Is(err, redis.ErrConflict) {
			return err
		}
		a.drop()
		if fresh {
			return err
		}
	}
}

// unblock ends the blocking read of the connection with the id, and says whether it was blocked.
func (a *acker) unblock(id int64) bool {
	if !a.connected() {
		return false
	}
	n, err := a.command(context.Background(), "CLIENT", "UNBLOCK", strconv.FormatInt(id, 10))
	return err == nil && n == int64(1)
}

// connected says whether there is a connection, which may be lost.
func (a *acker) connected() bool {
	a.mu.lock()
	defer a.mu.unlock()
	return a.conn != nil
}

func (a *acker) close() {
	a.mu.lock()
	defer a.mu.unlock()
	a.closed = true
	a.drop()
}
