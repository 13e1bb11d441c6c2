package redis

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"time"

	redigo "github.com/gomodule/redigo/redis"

	"envelog/internal/outage"
	"envelog/internal/redis"
	"envelog/transport"
	"envelog/transport/streamid"
)

const (
	// DefaultBatchBytes bounds the bytes of a batch when Options do not. It is what Redis sends in
	// about two milliseconds: long enough for what a batch costs, and short enough that a few of them take little memory.
	DefaultBatchBytes = 1 << 20

	blockSlice   = time.Second            // how long one blocking read may last when nothing is delayed
	shortSlice   = 100 * time.Millisecond // and when something is, or nobody can end it
	stopGrace    = 500 * time.Millisecond // how long a reply may take to begin once the context has ended
	replyGrace   = 5 * time.Second        // and how long it may last then
	unblockAgain = 10 * time.Millisecond
)

// Options are what a receiver needs beside its Config.
type Options struct {
	Log        *slog.Logger // outages, and what was lost on the stream; nil discards
	BatchBytes int          // a batch ends before the entry that makes it larger, but has one entry at least; 0 is DefaultBatchBytes
	MaxMessage int          // bytes of a message; a larger one is handed out as a transport.Cut; 0 is no limit
	Memory     *Memory      // of batches, shared with other receivers; nil is one of its own

	// Patience is how long Connect waits for a server that cannot be reached or is not ready; 0: it does not wait.
	Patience time.Duration

	// Random returns a random duration below a limit, for the pauses between tries; nil is math/rand's.
	Random func(limit time.Duration) time.Duration

	// Owner is a word that no other living process has, and that the same consumer has again after a restart: who comes
	// with the Owner of a consumer takes over its name at once, also when that one died without a word. "" is a random one.
	Owner string
}

// Receiver reads the entries of one consumer of a group, and acknowledges them, on two connections. Receive is for one
// goroutine; Ack, Flush, Keepalive and Stats may run beside it.
type Receiver struct {
	cfg       Config
	log       *slog.Logger
	acks      *acker
	heartbeat *heartbeat
	inflight  inflight
	leftUntil atomic.Int64  // when entries that were left are handed out again, in ms since 1970; 0: there are none
	outage    *outage.Watch // of both connections
	reads     *outage.Part  // the one of Receive
	patience  time.Duration
	counts    counters
	arenas    *Memory
	sizes     sizer
	most      int // bytes of an entry's fields that are read

	// What follows belongs to Receive.
	conn    *redis.Conn // nil while there isn't one
	scratch []byte      // the command being written
	ready   bool        // setup is done on conn
	tries   int         // failed since the last success
	retryAt time.Time   // no try before
	own     cursor      // where the consumer's own pending list is to be read on
	more    bool        // new entries come after what was looked at last

	prefetch prefetch
	claims   claims
	delayed  mover
}

// cursor walks the consumer's own pending entries.
type cursor struct {
	open  bool
	after streamid.ID
}

// NewReceiver returns a receiver; it opens nothing.
func NewReceiver(cfg Config, o Options) *Receiver {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Random == nil {
		o.Random = rand.N[time.Duration]
	}
	if o.BatchBytes <= 0 {
		o.BatchBytes = DefaultBatchBytes
	}
	r := &Receiver{cfg: cfg, log: o.Log, most: cmp.Or(o.MaxMessage, math.MaxInt32)}
	r.outage, r.patience = newOutage(o.Log, cfg.Addr), o.Patience
	r.reads = r.outage.Part()
	r.sizes.limit = o.BatchBytes
	if r.arenas = o.Memory; r.arenas == nil {
		r.arenas = new(Memory)
	}
	r.arenas.keep(max(o.BatchBytes, 2<<20) + redis.Slack)
	r.acks = &acker{cfg: cfg, mu: newLock(), random: o.Random, inflight: &r.inflight, outage: r.outage.Part(), counts: &r.counts}
	r.delayed.outage = watchPart(cfg, o.Log, delayedWords)
	r.claims.outage = watchPart(cfg, o.Log, claimWords)
	r.heartbeat = newHeartbeat(cfg, o.Log, o.Owner, r.acks.use)
	return r
}

// Consumer is the name of this consumer in its group: that of the Config, or after Connect one with a number after it
// when a process that lives has that name.
func (r *Receiver) Consumer() string { return r.heartbeat.name() }

// Connect opens both connections and sets up stream and group. A wrong password, database, key or right is a *ConnectError
// at once; a server that cannot be reached, is starting, read-only or full is waited for, as long as Options.Patience
// says.
func (r *Receiver) Connect(ctx context.Context) error {
	if r.cfg.Consumer == "" {
		return errors.New("connect to redis: the consumer has no name")
	}
	if len(r.cfg.Ignored) > 0 {
		r.log.Warn("Options of the DSN are ignored.", "redis", r.cfg.Addr, "options", strings.Join(r.cfg.Ignored, ", "))
	}
	began := time.Now()
	for tries := 0; ; tries++ {
		err := r.connect(ctx)
		left := r.patience - time.Since(began)
		switch {
		case err == nil:
			r.reads.Over()
			r.heartbeat.start()
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("connect to redis at %s: %w", r.cfg.Addr, ctx.Err())
		case left <= 0 || !r.mayRecover(err):
			_ = r.Close() // the other error counts
			if r.reads.Fails() {
				return fmt.Errorf("after %s: %w", outage.Lasted(time.Since(began)), r.cfg.explain(err))
			}
			return r.cfg.explain(err)
		}
		r.reads.Failed(fmt.Errorf("%w; the start waits %s for it at most", r.cfg.hint(err), outage.Lasted(r.patience)))
		r.disconnect()
		_ = sleep(ctx, min(left, r.acks.random(pause(tries)))) // the next round sees the context
	}
}

// mayRecover reports whether an error of the first connection may go away by itself.
func (r *Receiver) mayRecover(err error) bool {
	if redis.MovedOn(err) && redis.Code(err) != "READONLY" && !r.cfg.Cluster {
		return false // a node of a cluster that the DSN does not call one
	}
	return redis.Passes(err) || redis.Unreachable(err)
}

func (r *Receiver) connect(ctx context.Context) error {
	if err := r.acks.connect(ctx); err != nil {
		return err
	}
	if err := r.heartbeat.register(ctx, r.heartbeat.owner); err != nil {
		return err
	}
	return r.prepare(ctx)
}

// Receive returns the next entries, max at most: those that the consumer had pending from before (once after each
// connection), then those claimed from consumers that are gone, then new ones. It waits for as long as given, and
// returns an empty batch when there aren't any, also when Redis is away: it logs that, and connects and sets up again by
// itself. When ctx ends it returns what it has, or ctx.Err(). Any other error is final.
func (r *Receiver) Receive(ctx context.Context, max int, wait time.Duration) (transport.Batch, error) {
	until := time.Now().Add(wait)
	defer func() { r.prefetch.next = 0 }()
	for max > 0 {
		if ctx.Err() != nil && r.prefetch.count == 0 {
			return transport.Batch{}, ctx.Err()
		}
		r.more = false
		a, err := r.step(ctx, max, until)
		switch {
		case a != nil:
			return r.handOut(a), nil
		case ctx.Err() != nil:
			return transport.Batch{}, ctx.Err()
		case err != nil:
			if err := r.fail(err); err != nil {
				return transport.Batch{}, err
			}
		default:
			r.acks.tryIdle(ctx)
		}
		if !time.Now().Before(until) && (!r.more || err != nil) { // nothing is there only when there is nothing new, either
			break
		}
	}
	return transport.Batch{}, nil
}

// step makes one attempt to read entries; nil and no error when there aren't any.
func (r *Receiver) step(ctx context.Context, max int, until time.Time) (*arena, error) {
	if r.prefetch.count == 0 && !r.mayTry(ctx, until) {
		return nil, nil
	}
	a, err := r.readNext(ctx, max, until)
	if err == nil {
		r.tries = 0
		r.reads.Over()
	}
	return a, err
}

// readNext reads what is under way already, or asks for something.
func (r *Receiver) readNext(ctx context.Context, max int, until time.Time) (*arena, error) {
	if r.prefetch.count > 0 {
		return r.readPrefetched(ctx, max)
	}
	if err := r.prepare(ctx); err != nil {
		return nil, err
	}
	defer r.guard(ctx)()
	if err := r.moveDelayed(); err != nil {
		return nil, err
	}
	return r.read(max, until)
}

func (r *Receiver) readPrefetched(ctx context.Context, max int) (*arena, error) {
	defer r.guard(ctx)()
	if r.more = r.own.open; r.more {
		return nil, r.skipPrefetched()
	}
	return r.readNew(max, 0)
}

// read asks the sources in their order.
func (r *Receiver) read(max int, until time.Time) (*arena, error) {
	r.readLeft()
	r.more = true
	if r.own.open {
		return r.readOwn(max)
	}
	if found, err := r.claimExpired(); found || err != nil {
		return nil, err
	}
	if !time.Now().Before(r.claims.next) {
		a, err := r.claim(max)
		if a != nil || err != nil || r.own.open || r.claims.from != (streamid.ID{}) {
			return a, err
		}
	}
	r.more = false
	return r.readNew(max, r.slice(until))
}

// mayTry waits out the pause after a failure; false when that is longer than the caller waits.
func (r *Receiver) mayTry(ctx context.Context, until time.Time) bool {
	left, patience := time.Until(r.retryAt), time.Until(until)
	if left <= 0 {
		return true
	}
	return sleep(ctx, max(0, min(left, patience))) == nil && left <= patience
}

// prepare connects and sets up what is not.
func (r *Receiver) prepare(ctx context.Context) error {
	if r.conn == nil {
		c, err := redis.Dial(ctx, r.cfg.Server, r.cfg.Stream)
		if err != nil {
			return err
		}
		r.conn, r.ready = c, false
		r.counts.connects.Add(1)
	}
	if r.ready {
		return nil
	}
	defer r.guard(ctx)()
	if err := r.conn.Identify(); err != nil {
		return err
	}
	if err := r.setup(); err != nil {
		return err
	}
	r.ready = true
	r.own = cursor{open: true}
	return nil
}

// fail prepares for the next try after an error, or returns it when trying does not help.
func (r *Receiver) fail(err error) error {
	var many *ManyGroupsError
	if errors.As(err, &many) {
		return err
	}
	r.reads.Failed(r.cfg.hint(err))
	if groupIsGone(err) && r.prefetch.count == 0 {
		r.ready = false
	} else {
		r.disconnect()
	}
	r.retryAt = time.Now().Add(r.acks.random(pause(r.tries)))
	r.tries++
	return nil
}

func (r *Receiver) disconnect() {
	if r.conn != nil {
		r.conn.Close()
		r.conn, r.prefetch = nil, prefetch{next: r.prefetch.next}
	}
}

// handOut makes a batch of what was read.
func (r *Receiver) handOut(a *arena) transport.Batch {
	r.inflight.add(a.found)
	r.counts.delivered.Add(uint64(len(a.found)))
	return transport.Batch{Entries: a.views(), More: a.full, Release: a.release}
}

// Ack acknowledges handled entries: XACK, and XDEL when delete_after_ack is set. It sends, and returns when every earlier
// Ack is confirmed; what a lost connection may have swallowed is sent again. It waits for Redis as long as ctx allows:
// the entries of an Ack that returns ctx's error are kept, and go out with the next Ack or Flush. The ids are copied.
func (r *Receiver) Ack(ctx context.Context, ids [][]byte) error {
	if len(ids) == 0 {
		return nil
	}
	return r.acks.ack(ctx, acks, ids)
}

// AckRejected is Ack for entries that were not handled and are kept elsewhere: delete_after_reject decides.
func (r *Receiver) AckRejected(ctx context.Context, ids [][]byte) error {
	if len(ids) == 0 {
		return nil
	}
	return r.acks.ack(ctx, rejects, ids)
}

// Pending reports whether any entry with an id from min to max was handed out, to whatever consumer, and is not acknowledged.
func (r *Receiver) Pending(ctx context.Context, min, max string) (bool, error) {
	pending, err := redigo.Values(r.acks.command(ctx, "XPENDING", r.cfg.Stream, r.cfg.Group, min, max, 1))
	if err != nil {
		return false, fmt.Errorf("list pending entries: %w", err)
	}
	return len(pending) > 0, nil
}

// Flush returns when every acknowledgement is confirmed, or with ctx's error.
func (r *Receiver) Flush(ctx context.Context) error {
	return r.acks.settle(ctx, 0)
}

// Waiting reports whether Redis is away, and the receiver waits for it.
func (r *Receiver) Waiting() bool { return r.outage.Cause() != "" }

// Outage is the error because of which the receiver waits for Redis, "" when it does not.
func (r *Receiver) Outage() string { return r.outage.Cause() }

// Stats returns the counts so far.
func (r *Receiver) Stats() Stats { return r.counts.stats() }

// Close closes both connections, once Receive and Ack have returned. Entries that were not acknowledged stay pending,
// for the next start of this consumer or for another one, which takes them at once.
func (r *Receiver) Close() error {
	r.heartbeat.stop()
	if r.acks.connected() {
		r.heartbeat.unregister()
	}
	r.disconnect()
	r.acks.close()
	return nil
}
