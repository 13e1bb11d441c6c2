package redis

import (
	"fmt"
	"strconv"
	"time"

	"envelog/internal/outage"
	"envelog/internal/redis"
)

const (
	delayedEvery = shortSlice      // pause between two looks for delayed messages that are due
	delayedRetry = 5 * time.Second // and after a failure
	dueCount     = 100             // members moved by one script, at most
	dueBytes     = 1 << 20         // and their bytes: Redis does nothing else while the script runs
	maxMember    = 512 << 20       // bytes of a member: Redis has none that is larger
	dueRounds    = 10              // scripts before the stream is read again
)

// moveScript moves due members of the delayed set to the stream: KEYS are set and stream, ARGV now, the stream's
// maximum length, and a member with its stream value each. A member that a PHP worker took meanwhile is gone (5.4, 6.4:
// ZPOPMIN) or parked with a later score (7.4, 8.1: ZADD XX), and is left to it. XADD comes first, since it may fail (out
// of memory): then the script ends there, and the member is still in the set.
const moveScript = `local moved = 0
for i = 3, #ARGV, 2 do
  local score = redis.call('ZSCORE', KEYS[1], ARGV[i])
  if score and tonumber(score) <= tonumber(ARGV[1]) then
    if ARGV[2] == '0' then
      redis.call('XADD', KEYS[2], '*', 'message', ARGV[i + 1])
    else
      redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[2], '*', 'message', ARGV[i + 1])
    end
    redis.call('ZREM', KEYS[1], ARGV[i])
    moved = moved + 1
  end
end
return moved`

// mover is the state of moving delayed messages.
type mover struct {
	next   time.Time    // when to look again
	some   bool         // the set was not empty
	outage *outage.Part // of the set alone
}

// moveDelayed moves what is due to the stream, where it is read like any other entry. Trouble with the delayed set alone,
// such as a missing right, is logged and does not stop the stream.
func (r *Receiver) moveDelayed() error {
	now := time.Now()
	if now.Before(r.delayed.next) {
		return nil
	}
	err := r.moveDue(now)
	switch {
	case err == nil:
		r.delayed.next = now.Add(delayedEvery)
		r.delayed.outage.Over()
		return nil
	case !isLocal(err):
		return err
	}
	r.delayed.next = now.Add(delayedRetry)
	r.delayed.outage.Failed(r.cfg.describe(err))
	return nil
}

// isLocal says whether an error concerns the delayed set and not the whole server. A server that is out of memory still
// lets entries be read and deleted, which frees some.
func isLocal(err error) bool {
	switch redis.Code(err) {
	case "", "NOAUTH":
		return false
	case "OOM":
		return true
	}
	return !redis.Passes(err)
}

func (r *Receiver) moveDue(now time.Time) error {
	if r.cfg.splits() {
		return r.lookAcross(now)
	}
	for range dueRounds {
		due, err := r.readDue(now)
		if err != nil {
			return fmt.Errorf("read %w", ofDelayed(err))
		}
		if len(due.found) == 0 {
			r.arenas.put(due)
			return nil
		}
		more := due.left > 0 || len(due.found) == dueCount
		err = r.moveMembers(due, now)
		r.arenas.put(due)
		if err != nil {
			return fmt.Errorf("move %w", ofDelayed(err))
		}
		if !more {
			return nil
		}
	}
	return nil
}

// readDue reads members that are due into an arena, as the message of an entry without a name each, and learns whether
// the set has any members.
func (r *Receiver) readDue(now time.Time) (*arena, error) {
	c := r.conn
	if err := c.Begin(0); err != nil {
		return nil, err
	}
	key := r.cfg.DelayedKey()
	r.scratch = redis.AppendCommand(r.scratch[:0], "ZCARD", key)
	r.scratch = redis.AppendCommand(r.scratch, "ZRANGEBYSCORE", key, "-inf", millis(now), "LIMIT", "0", strconv.Itoa(dueCount))
	if err := c.Write(r.scratch); err != nil {
		return nil, err
	}
	members, err := c.Integer()
	if err != nil {
		return nil, discardError(c.Reader, err)
	}
	r.delayed.some = members > 0
	a := r.arenas.get()
	a.keepIn(c.Reader, dueBytes, maxMember)
	err = readMembers(c.Reader, a)
	a.take(c.Reader)
	if err != nil {
		r.arenas.put(a)
		return nil, err
	}
	return a, nil
}

// discardError reads the error reply of a second command, whose first has failed with err.
func discardError(r *redis.Reader, err error) error {
	if redis.Code(err) == "" {
		return err
	}
	if _, _, second := r.Head(); redis.Code(second) == "" {
		return fmt.Errorf("%w after %w", redis.ErrProtocol, err)
	}
	return err
}

// readMembers reads an array of strings, as many as fit.
func readMembers(r *redis.Reader, a *arena) error {
	n, err := r.Array()
	if err != nil {
		return err
	}
	if n > dueCount {
		return fmt.Errorf("%w: %d members where %d are due", redis.ErrProtocol, n, dueCount)
	}
	for range n {
		size, err := room(r, a, maxMember)
		switch {
		case err != nil:
			return err
		case !r.Keeping():
			a.left++
			err = pass(r, a, size)
		default:
			var at int
			at, err = r.Take(size)
			a.found = append(a.found, found{message: span{at, size}})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// moveMembers runs the script, by its digest unless the server does not have it.
func (r *Receiver) moveMembers(due *arena, now time.Time) error {
	if err := mayRemoveMembers(r.conn, r.cfg.DelayedKey()); err != nil {
		return err
	}
	move := redis.NewScript(moveScript)
	moved, err := r.runScript("EVALSHA", move.Digest, due, now)
	if redis.Code(err) == "NOSCRIPT" || redis.Unknown(err) {
		moved, err = r.runScript("EVAL", move.Text, due, now)
	}
	if redis.Unknown(err) {
		members := make([][]byte, len(due.found))
		for i := range due.found {
			members[i] = due.found[i].message.in(due.buf)
		}
		moved, err = moveWithout(r.conn, r.cfg, members, now)
	}
	r.counts.moved.Add(uint64(max(0, moved)))
	return err
}

// mayRemoveMembers fails when the user lacks the right to remove members from the set, as mayRemove does: those that are due
// would be added to the stream again at each look.
func mayRemoveMembers(c *redis.Conn, key string) error {
	_, err := c.Do("ZREM", key, "envelog asks whether it may remove members") // nobody delays that
	return err
}

func (r *Receiver) runScript(command, script string, due *arena, now time.Time) (moved int, err error) {
	c := r.conn
	if err := c.Begin(0); err != nil {
		return 0, err
	}
	b := redis.AppendCount(nil, 7+2*len(due.found)) // not kept: delayed messages are rare
	for _, arg := range []string{command, script, "2", r.cfg.DelayedKey(), r.cfg.Stream, millis(now), strconv.FormatInt(r.cfg.MaxEntries, 10)} {
		b = redis.AppendString(b, arg)
	}
	for i := range due.found {
		member := due.found[i].message.in(due.buf)
		b = redis.AppendString(b, member)
		b = redis.AppendString(b, streamValue(member, r.cfg.Serializer))
	}
	if err := c.Write(b); err != nil {
		return 0, err
	}
	return c.Integer()
}

// millis is the score of a delayed message that is due now, of PHP's spelling.
func millis(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }
