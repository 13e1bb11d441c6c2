package doctrine

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"strconv"
	"time"

	"envelog/internal/transport"
)

// Count counts the messages of the queue in one query. Rows that 5.4 on MySQL has removed are not among them.
func (t *Transport) Count(ctx context.Context) (transport.Counts, error) {
	var n transport.Counts
	var oldest sql.NullString
	err := t.do(ctx, "count messages", func(ctx context.Context) error {
		now := t.datetime(time.Now())
		limit := t.redeliverLimit(time.Now())
		query := "SELECT COUNT(CASE WHEN available_at <= ? AND (delivered_at IS NULL OR delivered_at < ?) THEN 1 END), " +
			"COUNT(CASE WHEN delivered_at >= ? THEN 1 END), " +
			"COUNT(CASE WHEN available_at > ? AND (delivered_at IS NULL OR delivered_at < ?) THEN 1 END), " +
			t.dialect.datetime("MIN(created_at)") + " FROM " + t.config.Table + " WHERE queue_name = ? AND " + notRemoved
		row := t.db.QueryRowContext(ctx, t.dialect.bind(query), now, limit, limit, now, limit, t.config.Queue, removed)
		err := row.Scan(&n.Waiting, &n.Pending, &n.Delayed, &oldest)
		if errors.Is(t.emptyWithoutTable(err), transport.ErrNotFound) {
			return nil
		}
		return err
	})
	n.Oldest = t.time(oldest)
	return n, err
}

// page is how many rows All holds at a time.
const page = 50

// All yields the messages that are waiting, in the order in which they were sent. It reads them in pages, and holds
// neither lock nor connection while the loop's body runs.
func (t *Transport) All(ctx context.Context, limit int) iter.Seq2[transport.Stored, error] {
	return func(yield func(transport.Stored, error) bool) {
		now := time.Now()
		for after, left := int64(0), limit; limit == 0 || left > 0; left -= page {
			n := page
			if limit != 0 {
				n = min(n, left)
			}
			messages, err := t.pageAfter(ctx, now, after, n)
			if err != nil {
				yield(transport.Stored{}, err)
				return
			}
			for _, s := range messages {
				if !yield(s, nil) {
					return
				}
			}
			if len(messages) < n {
				return
			}
			after, _ = strconv.ParseInt(messages[n-1].ID, 10, 64)
		}
	}
}

func (t *Transport) pageAfter(ctx context.Context, now time.Time, after int64, n int) ([]transport.Stored, error) {
	var messages []transport.Stored
	err := t.do(ctx, "list messages", func(ctx context.Context) error {
		messages = messages[:0]
		where, args := t.waiting(now)
		rows, err := t.db.QueryContext(ctx, t.selectWhere(where+" AND id > ?")+" ORDER BY id LIMIT "+strconv.Itoa(n), append(args, after)...)
		if errors.Is(t.emptyWithoutTable(err), transport.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }() // rows.Err tells
		for rows.Next() {
			s, err := t.scan(rows)
			if err != nil {
				return err
			}
			messages = append(messages, s)
		}
		return rows.Err()
	})
	return messages, err
}

// Find returns the message of the queue that has the id.
func (t *Transport) Find(ctx context.Context, id string) (transport.Stored, error) {
	var s transport.Stored
	err := t.do(ctx, "find message "+strconv.Quote(id), func(ctx context.Context) error {
		n, err := rowID(id)
		if err != nil {
			return err
		}
		row := t.db.QueryRowContext(ctx, t.selectWhere("id = ? AND queue_name = ? AND "+notRemoved), n, t.config.Queue, removed)
		s, err = t.scan(row)
		return t.emptyWithoutTable(err)
	})
	return s, err
}

// Remove deletes the message of the queue that has the id.
func (t *Transport) Remove(ctx context.Context, id string) error { return t.remove(ctx, "remove", id) }

func (t *Transport) remove(ctx context.Context, verb, id string) error {
	return t.do(ctx, verb+" message "+strconv.Quote(id), func(ctx context.Context) error {
		n, err := rowID(id)
		if err != nil {
			return err
		}
		query := t.dialect.bind("DELETE FROM " + t.config.Table + " WHERE id = ? AND queue_name = ? AND " + notRemoved)
		result, err := t.db.ExecContext(ctx, query, n, t.config.Queue, removed)
		if err != nil {
			return t.emptyWithoutTable(err)
		}
		if gone, err := result.RowsAffected(); err != nil || gone > 0 {
			return err
		}
		return transport.ErrNotFound
	})
}

// rowID reads an id as the bridge of 6.4 does: decimal digits that fit the column. What else MySQL would take for a
// number ("2x") is none.
func rowID(id string) (int64, error) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil || id[0] == '+' {
		return 0, transport.ErrNotFound
	}
	return n, nil
}
