package doctrine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"envelog/internal/outage"
	"envelog/transport"
)

// Receiver hands out the messages of a queue to a consumer (consumer.Receiver), and retries or parks those that
// fail (failure.Origin). An entry's id is [transport.Stored.EntryID].
//
// What is handed out is marked in its row with the time, so that no other worker is given it; it is acknowledged when the
// row is deleted. Rows that stay pending are free again when the Receiver is closed, at the latest after the redeliver
// timeout.
type Receiver struct {
	*Transport
	log      *slog.Logger
	patience time.Duration // of Connect

	mu       sync.Mutex
	held     map[string]time.Time // rows that were handed out and are not settled, with their mark
	left     []leftRows
	passedBy []string // rows that were given back, and are not handed out again here

	outage *outage.Watch // of the database
	reads  *outage.Part
	acks   *outage.Part
}

// leftRows are to be handed out again.
type leftRows struct {
	numbers []string
	at      time.Time
}

const (
	pollEvery  = time.Second     // the pause between two looks at an empty queue
	leftFor    = 5 * time.Second // until what was left is handed out again
	mostPassed = 1000            // rows that a query can name; others are kept until the end
)

// NewReceiver returns a receiver of a transport, which it closes. Connect waits for a database that cannot be reached as
// long as patience; 0: it does not. Of a body of more than maxBody bytes the database is asked for the beginning alone; 0: of
// none. SQLite, which is no server, is always asked for the whole.
func NewReceiver(t *Transport, patience time.Duration, maxBody int, log *slog.Logger) *Receiver {
	t.maxBody = int64(maxBody)
	watch := outage.New(log, slog.LevelWarn, outage.Words{
		Begins: "The database fails; trying again until it recovers.",
		Lasts:  "The database still fails",
		Over:   "The database has recovered",
	}, "database", t.config.database())
	return &Receiver{
		Transport: t, patience: patience, log: log, held: map[string]time.Time{},
		outage: watch, reads: watch.Part(), acks: watch.Part(),
	}
}

// Connect makes sure that the queue can be read.
func (r *Receiver) Connect(ctx context.Context) error {
	for began := time.Now(); ; {
		_, err := r.Count(ctx)
		left := r.patience - time.Since(began)
		if left <= 0 || !r.passes(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(min(left, pollEvery)):
		}
	}
}

// Waiting reports whether the database cannot be reached.
func (r *Receiver) Waiting() bool { return r.outage.Cause() != "" }

// Outage is the error because of which the receiver waits for the database, "" when it does not.
func (r *Receiver) Outage() string { return r.outage.Cause() }

// Receive implements consumer.Receiver. A database that cannot be reached is waited for.
func (r *Receiver) Receive(ctx context.Context, limit int, wait time.Duration) (transport.Batch, error) {
	deadline := time.Now().Add(wait)
	for {
		// What is marked is handed out, even when a stop is wanted meanwhile.
		batch, err := r.next(context.WithoutCancel(ctx), limit)
		if len(batch.Entries) > 0 || err != nil {
			return batch, err
		}
		left := time.Until(deadline)
		if left <= 0 {
			return transport.Batch{}, nil
		}
		select {
		case <-ctx.Done():
			return transport.Batch{}, ctx.Err()
		case <-time.After(min(left, pollEvery)):
		}
	}
}

// next returns what the queue has at this moment.
func (r *Receiver) next(ctx context.Context, limit int) (transport.Batch, error) {
	r.freeLeft(ctx)
	r.mu.Lock()
	passedBy := r.passedBy
	r.mu.Unlock()
	taken, err := r.take(ctx, min(limit, pageRows), passedBy)
	if r.passes(err) {
		return transport.Batch{}, nil
	}
	if err != nil {
		return transport.Batch{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var batch transport.Batch
	for _, s := range taken {
		r.held[s.ID] = s.Delivered
		batch.Entries = append(batch.Entries, *s.Entry())
	}
	return batch, nil
}

// passes reports whether err is an outage that is waited for.
func (r *Receiver) passes(err error) bool {
	if err == nil {
		r.reads.Over()
		return false
	}
	if !isOutage(err) {
		return false
	}
	r.reads.Failed(err)
	return true
}

func isOutage(err error) bool { return errors.Is(err, ErrUnreachable) || errors.Is(err, ErrLocked) }

// Ack deletes the rows, as often as it takes until ctx ends.
func (r *Receiver) Ack(ctx context.Context, ids [][]byte) error {
	numbers := r.settled(ids)
	for len(numbers) > 0 {
		err := r.delete(ctx, numbers)
		if err == nil {
			r.acks.Over()
		}
		if err == nil || ctx.Err() != nil || !isOutage(err) {
			return err
		}
		r.acks.Failed(err)
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pollEvery):
		}
	}
	return nil
}

// Flush has nothing to wait for.
func (r *Receiver) Flush(context.Context) error { return nil }

// Reject deletes one row.
func (r *Receiver) Reject(ctx context.Context, id []byte) error {
	return r.Ack(ctx, [][]byte{id})
}

func (r *Receiver) delete(ctx context.Context, numbers []string) error {
	return r.exec(ctx, "ack messages", "DELETE FROM "+r.config.Table+" WHERE queue_name = ? AND "+in(numbers), r.config.Queue)
}

// exec runs one statement.
func (r *Receiver) exec(ctx context.Context, op, statement string, args ...any) error {
	return r.do(ctx, op, func(ctx context.Context) error {
		_, err := r.db.ExecContext(ctx, r.dialect.bind(statement), args...)
		return err
	})
}

// in is the condition for rows by their numbers; none is no row.
func in(numbers []string) string {
	if len(numbers) == 0 {
		return "id = -1"
	}
	return "id IN (" + strings.Join(numbers, ", ") + ")"
}

// numbersOf returns the numbers in ids that were handed out.
func numbersOf(ids [][]byte) (numbers []string) {
	for _, id := range ids {
		if n, _, err := splitID(string(id)); err == nil {
			numbers = append(numbers, strconv.FormatInt(n, 10))
		}
	}
	return numbers
}

// settled forgets the rows, and returns their numbers.
func (r *Receiver) settled(ids [][]byte) []string {
	numbers := numbersOf(ids)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, n := range numbers {
		delete(r.held, n)
	}
	return numbers
}

// Keepalive marks the rows again, so that they are not handed out to others (Connection::keepalive of 7.2).
func (r *Receiver) Keepalive(ctx context.Context, ids [][]byte) error {
	var numbers []string
	now := time.Now().Truncate(time.Second)
	r.mu.Lock()
	for _, n := range numbersOf(ids) {
		if _, held := r.held[n]; held {
			numbers, r.held[n] = append(numbers, n), now
		}
	}
	r.mu.Unlock()
	return r.exec(ctx, "keep messages alive", "UPDATE "+r.config.Table+" SET delivered_at = ? WHERE "+in(numbers), r.datetime(now))
}

// Leave hands the rows out again after a few seconds. It may be called at any time.
func (r *Receiver) Leave(ids [][]byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left = append(r.left, leftRows{numbersOf(ids), time.Now().Add(leftFor)})
}

// freeLeft frees the rows that were left for long enough.
func (r *Receiver) freeLeft(ctx context.Context) {
	r.mu.Lock()
	var due []string
	for len(r.left) > 0 && !time.Now().Before(r.left[0].at) {
		due, r.left = append(due, r.left[0].numbers...), r.left[1:]
	}
	r.mu.Unlock()
	_ = r.free(ctx, due) // otherwise they are free when the redeliver timeout has passed
}

// GiveBack frees one row for others, and does not hand it out again here.
func (r *Receiver) GiveBack(ctx context.Context, id []byte) error {
	numbers := numbersOf([][]byte{id})
	r.mu.Lock()
	full := len(r.passedBy)+len(numbers) > mostPassed
	if !full {
		r.passedBy = append(r.passedBy, numbers...)
	}
	r.mu.Unlock()
	if full {
		return nil // it is free when the receiver is closed
	}
	return r.free(ctx, numbers)
}

// free takes the mark off rows that are still this receiver's.
func (r *Receiver) free(ctx context.Context, numbers []string) error {
	marks := map[time.Time][]string{}
	r.mu.Lock()
	for _, n := range numbers {
		if mark, held := r.held[n]; held {
			marks[mark] = append(marks[mark], n)
		}
		delete(r.held, n)
	}
	r.mu.Unlock()
	for mark, rows := range marks {
		err := r.exec(ctx, "give messages back", "UPDATE "+r.config.Table+" SET delivered_at = NULL WHERE delivered_at = ? AND "+in(rows), r.datetime(mark))
		if err != nil {
			return err
		}
	}
	return nil
}

// Message returns what an entry holds.
func (r *Receiver) Message(e *transport.Entry) transport.Message {
	return transport.Message{Body: e.Body, Headers: decodeHeaders(e.Headers)}
}

// Retry puts m instead of the message, to be handed out after the delay: one statement, so that it happens completely or not at all.
func (r *Receiver) Retry(ctx context.Context, id []byte, m transport.Message, delay time.Duration) error {
	number, _, err := splitID(string(id))
	if err != nil {
		return fmt.Errorf("retry message %q: %w", id, err)
	}
	put := func(ctx context.Context, body string) error {
		now := time.Now()
		statement := "UPDATE " + r.config.Table + " SET body = ?, headers = ?, created_at = ?, available_at = ?, delivered_at = NULL WHERE id = ?"
		_, err := r.db.ExecContext(ctx, r.dialect.bind(statement), body, encodeHeaders(m.Headers), r.datetime(now), r.datetime(due(now, delay)), number)
		return err
	}
	err = r.do(ctx, "retry message "+strconv.Quote(string(id)), func(ctx context.Context) error {
		return r.inSomeForm(m, func(body string) error { return put(ctx, body) })
	})
	if err == nil {
		r.settled([][]byte{id})
	}
	return err
}

// Pending reports whether messages are there that may have been handed out.
func (r *Receiver) Pending(ctx context.Context, _, _ string) (bool, error) {
	n, err := r.Count(ctx)
	return n.Waiting+n.Pending+n.Delayed > 0, err
}

// Close frees what was handed out and is not settled, and ends the connections.
func (r *Receiver) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), silence)
	defer cancel()
	r.mu.Lock()
	var all []string
	for n := range r.held {
		all = append(all, n)
	}
	r.mu.Unlock()
	err := r.free(ctx, all)
	if err != nil {
		r.log.Warn("Messages that were handed out are not given back; they are handed out again when the redeliver timeout has passed.", "error", err)
	}
	return r.Transport.Close()
}

// AckRejected implements consumer.Rejecter: a row that is kept elsewhere is deleted as one that was handled.
func (r *Receiver) AckRejected(ctx context.Context, ids [][]byte) error { return r.Ack(ctx, ids) }
