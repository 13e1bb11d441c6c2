package redis

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	redigo "github.com/gomodule/redigo/redis"

	"envelog/internal/redis"
	"envelog/transport"
	"envelog/transport/streamid"
)

// settleScript sends a copy of a pending entry and acknowledges the entry, or does neither: KEYS are the entry's stream
// and what the copy goes to; ARGV are group, consumer, id, whether the entry is deleted, the score of a delayed copy or
// nothing, the maximum length of the stream that it goes to, and its value; without a value nothing is sent. What is sent
// comes first, since it may fail (out of memory): then the script ends there, and the entry is as it was. Run once more
// it finds the entry settled, so that a connection that was lost before the reply doubles nothing.
const settleScript = `local pending = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[3], ARGV[3], 1)
if #pending == 0 then return 'settled' end
if pending[1][2] ~= ARGV[2] then return pending[1][2] end
if ARGV[7] == '' then
elseif ARGV[5] ~= '' then
  redis.call('ZADD', KEYS[2], 'NX', ARGV[5], ARGV[7])
elseif ARGV[6] ~= '0' then
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[6], '*', 'message', ARGV[7])
else
  redis.call('XADD', KEYS[2], '*', 'message', ARGV[7])
end
redis.call('XACK', KEYS[1], ARGV[1], ARGV[3])
if ARGV[4] == '1' then redis.call('XDEL', KEYS[1], ARGV[3]) end
return 'settled'`

// ErrClaimed says that an entry is pending for another consumer by now, which has it in flight. Nothing was done.
var ErrClaimed = errors.New("another consumer has claimed the entry")

// settlement is one run of settleScript.
type settlement struct {
	target     string // key
	score      string
	maxEntries int64
	value      []byte
	deletes    bool
}

// Retry sends m to the receiver's own transport, to be handed out after the delay, and acknowledges the entry with this
// id, in one step. An error, which may be [ErrClaimed], leaves the entry pending, unless the connection was lost twice:
// then it may have been settled.
func (r *Receiver) Retry(ctx context.Context, id []byte, m transport.Message, delay time.Duration) error {
	s := settlement{target: r.cfg.Stream, maxEntries: r.cfg.MaxEntries, deletes: r.cfg.DeleteAfterAck}
	if delay > 0 {
		now := time.Now()
		s.target, s.score = r.cfg.DelayedKey(), millis(now.Add(delay))
		s.value = member(m, newUniqid(now))
	} else {
		s.value = r.cfg.Serializer.Wrap(member(m, ""))
	}
	return r.send(ctx, id, m, s)
}

// Park sends m to the stream of another transport on the same server and database, and rejects the entry with this id, in
// one step. Its errors are those of Retry.
func (r *Receiver) Park(ctx context.Context, id []byte, m transport.Message, to Config) error {
	return r.send(ctx, id, m, settlement{
		target: to.Stream, maxEntries: to.MaxEntries, deletes: r.cfg.DeleteAfterReject,
		value: to.Serializer.Wrap(member(m, "")),
	})
}

// Reject says that an entry was not handled: it is acknowledged, and deleted with delete_after_reject. Its errors are
// those of Retry.
func (r *Receiver) Reject(ctx context.Context, id []byte) error {
	return r.settle(ctx, id, settlement{target: r.cfg.Stream, deletes: r.cfg.DeleteAfterReject})
}

func (r *Receiver) send(ctx context.Context, id []byte, m transport.Message, s settlement) error {
	if !utf8.Valid(m.Body) {
		return fmt.Errorf("send message: %w", ErrNotText)
	}
	return r.settle(ctx, id, s)
}

func (r *Receiver) settle(ctx context.Context, id []byte, s settlement) error {
	parsed, err := streamid.Parse(id)
	if err != nil {
		return fmt.Errorf("settle: %w", err)
	}
	if s.score != "" && r.cfg.splits() {
		if err := r.delayAcross(ctx, id, s); err != nil {
			return fmt.Errorf("settle entry %s: %w", id, r.cfg.describe(err))
		}
		s = settlement{target: r.cfg.Stream, deletes: s.deletes}
	}
	var reply string
	err = r.acks.use(ctx, func(c *redis.Conn) (err error) {
		reply, err = r.runSettlement(c, id, s)
		return err
	})
	switch {
	case err != nil:
		return fmt.Errorf("settle entry %s: %w", id, r.cfg.describe(err))
	case reply != settled:
		return fmt.Errorf("settle entry %s: %w (%.100q)", id, ErrClaimed, reply)
	}
	r.inflight.remove([]streamid.ID{parsed})
	r.counts.acked.Add(1)
	return nil
}

const settled = "settled"

func (r *Receiver) runSettlement(c *redis.Conn, id []byte, s settlement) (reply string, err error) {
	if err := r.mayRemove(c, s); err != nil {
		return "", err
	}
	deletes := "0"
	if s.deletes {
		deletes = "1"
	}
	reply, err = redigo.String(redis.NewScript(settleScript).Run(c.Do, 2, r.cfg.Stream, s.target,
		r.cfg.Group, r.heartbeat.name(), id, deletes, s.score, strconv.FormatInt(s.maxEntries, 10), s.value))
	if redis.Unknown(err) {
		return settleWithout(c, r.cfg, r.heartbeat.name(), id, s)
	}
	return reply, err
}

// mayRemove fails when the user lacks a right to remove an entry after its copy was sent: then both would be there, and one more
// copy after each try. The script cannot ask that itself: after its first write Redis does not refuse what is too large for its memory.
func (r *Receiver) mayRemove(c *redis.Conn, s settlement) error {
	if len(s.value) == 0 {
		return nil
	}
	_, err := c.Do("XACK", r.cfg.Stream, r.cfg.Group, noID)
	if err == nil && s.deletes {
		_, err = c.Do("XDEL", r.cfg.Stream, noID)
	}
	return err
}

// delayAcross writes the delayed copy of a pending entry where the delayed set is in another slot than the stream, which
// no script reaches too. Who is killed before the entry is acknowledged leaves both.
func (r *Receiver) delayAcross(ctx context.Context, id []byte, s settlement) error {
	pending, err := redigo.Values(r.acks.command(ctx, "XPENDING", r.cfg.Stream, r.cfg.Group, id, id, 1))
	if err != nil || len(pending) == 0 {
		return err
	}
	item, err := redigo.Values(pending[0], nil)
	if err != nil || len(item) != 4 {
		return fmt.Errorf("%w to XPENDING", redis.ErrProtocol)
	}
	if owner, err := redigo.String(item[1], nil); err != nil || owner != r.heartbeat.name() {
		return fmt.Errorf("%w (%.100q)", ErrClaimed, owner)
	}
	if err := r.acks.use(ctx, func(c *redis.Conn) error { return r.mayRemove(c, s) }); err != nil {
		return err
	}
	_, err = r.acks.command(ctx, "ZADD", s.target, "NX", s.score, s.value)
	return err
}

// LeftConsumer is the consumer that has what was given back to the group. No process reads by that name.
const LeftConsumer = "envelog-left"

// GiveBack leaves an entry to the other workers of the group: it stays pending, for a consumer that no process is, with
// an idle time that is longer than any redeliver_timeout, so that the next one that looks for abandoned entries claims it.
// That may be a receiver of this package again, at most once in a ClaimInterval.
func (r *Receiver) GiveBack(ctx context.Context, id []byte) error {
	parsed, err := streamid.Parse(id)
	if err != nil {
		return fmt.Errorf("give back: %w", err)
	}
	if _, err := r.acks.command(ctx, "XCLAIM", r.cfg.Stream, r.cfg.Group, LeftConsumer, "0", id, "TIME", "0", "JUSTID"); err != nil {
		return fmt.Errorf("give back entry %s: %w", id, r.cfg.describe(err))
	}
	r.inflight.remove([]streamid.ID{parsed})
	return nil
}

// Message returns what an entry of the transport holds. One that is no message in the shape of Connection::add is one
// with those bytes as its body. It may share memory with the entry.
func (c Config) Message(e *transport.Entry) transport.Message {
	fields := map[string][]byte{}
	if e.Message != nil {
		fields["message"] = e.Message
	} else {
		fields["body"], fields["headers"] = e.Body, e.Headers
	}
	return storedEntry(streamid.ID{}, fields, c.Serializer).Message
}

// SameServer reports whether two transports are in the same database of the same server, for the same user.
func (c Config) SameServer(other Config) bool { return c.Server.SameServer(other.Server) }
