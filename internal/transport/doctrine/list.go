package doctrine

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"envelog/transport"
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

// A page is what All holds at a time: so many rows at most, and so many bytes, or one row that has more.
const (
	pageRows  = 50
	pageBytes = 2 << 20
)

// All yields the messages that are waiting, in the order in which they were sent. It reads them in pages, and holds
// neither lock nor connection while the loop's body runs.
func (t *Transport) All(ctx context.Context, limit int) iter.Seq2[transport.Stored, error] {
	return func(yield func(transport.Stored, error) bool) {
		now := time.Now()
		for after, left := int64(0), limit; ; {
			n := pageRows
			if limit != 0 {
				n = min(n, left)
			}
			messages, last, err := t.pageAfter(ctx, now, after, n)
			if err != nil {
				yield(transport.Stored{}, err)
				return
			}
			for _, s := range messages {
				if !yield(s, nil) {
					return
				}
			}
			left -= len(messages)
			if last == 0 || limit != 0 && left <= 0 {
				return
			}
			after = last
		}
	}
}

// pageAfter returns the next page of at most n messages, and the id of the last row that it looked at, 0 when there is
// none after it. It asks for the sizes first: a page of large messages is a small one.
func (t *Transport) pageAfter(ctx context.Context, now time.Time, after int64, n int) (messages []transport.Stored, last int64, err error) {
	err = t.do(ctx, "list messages", func(ctx context.Context) error {
		messages = messages[:0]
		where, args := t.waiting(now)
		if last, err = t.pageEnd(ctx, where, args, after, n); last == 0 || err != nil {
			return err
		}
		return t.rows(ctx, t.db, t.selectWhere(where+" AND id > ? AND id <= ?")+" ORDER BY id", append(args, after, last), func(row *sql.Rows) error {
			s, err := t.scan(row)
			messages = append(messages, s)
			return err
		})
	})
	return messages, last, err
}

// pageEnd returns the id of the last row of the page after an id, 0 when there isn't one.
func (t *Transport) pageEnd(ctx context.Context, where string, args []any, after int64, n int) (last int64, err error) {
	query := "SELECT id, " + t.dialect.size("body") + " FROM " + t.config.Table + " WHERE " + where + " AND id > ? ORDER BY id LIMIT " + strconv.Itoa(n)
	var size int64
	err = t.rows(ctx, t.db, t.dialect.bind(query), append(slices.Clone(args), after), func(row *sql.Rows) error {
		var id, bytes int64
		if err := row.Scan(&id, &bytes); err != nil {
			return err
		}
		if size += bytes; last == 0 || size <= pageBytes {
			last = id
		}
		return nil
	})
	return last, err
}

// querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// rows calls f for every row of a query. A table that is missing has none where it is made later.
func (t *Transport) rows(ctx context.Context, q querier, query string, args []any, f func(*sql.Rows) error) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if errors.Is(t.emptyWithoutTable(err), transport.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err tells
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Find returns the message of the queue that has the id, or that [transport.Stored.EntryID].
func (t *Transport) Find(ctx context.Context, id string) (transport.Stored, error) {
	var s transport.Stored
	err := t.do(ctx, "find message "+strconv.Quote(id), func(ctx context.Context) error {
		where, args, err := t.theRow(id)
		if err != nil {
			return err
		}
		s, err = t.scan(t.db.QueryRowContext(ctx, t.selectWhere(where), args...))
		return t.emptyWithoutTable(err)
	})
	return s, err
}

// Remove deletes the message of the queue that has the id, as Find has it.
func (t *Transport) Remove(ctx context.Context, id string) error { return t.remove(ctx, "remove", id) }

func (t *Transport) remove(ctx context.Context, verb, id string) error {
	return t.do(ctx, verb+" message "+strconv.Quote(id), func(ctx context.Context) error {
		where, args, err := t.theRow(id)
		if err != nil {
			return err
		}
		result, err := t.db.ExecContext(ctx, t.dialect.bind("DELETE FROM "+t.config.Table+" WHERE "+where), args...)
		if err != nil {
			return t.emptyWithoutTable(err)
		}
		if gone, err := result.RowsAffected(); err != nil || gone > 0 {
			return err
		}
		return transport.ErrNotFound
	})
}

// theRow is the condition for one row by its id, which is its number, or the time of the message in milliseconds, a dash,
// and the number.
func (t *Transport) theRow(id string) (where string, args []any, err error) {
	number, created, err := splitID(id)
	if err != nil {
		return "", nil, err
	}
	where, args = "id = ? AND queue_name = ? AND "+notRemoved, []any{number, t.config.Queue, removed}
	if !created.IsZero() {
		where, args = where+" AND created_at = ?", append(args, t.datetime(created))
	}
	return where, args, nil
}

// splitID reads an id. Its number is read as the bridge of 6.4 does: decimal digits that fit the column. What else MySQL
// would take for a number ("2x") is none.
func splitID(id string) (number int64, created time.Time, err error) {
	if front, back, found := strings.Cut(id, "-"); found && front != "" {
		ms, err := strconv.ParseInt(front, 10, 64)
		if err != nil {
			return 0, created, transport.ErrNotFound
		}
		id, created = back, time.UnixMilli(ms)
	}
	number, err = strconv.ParseInt(id, 10, 64)
	if err != nil || id[0] == '+' {
		return 0, created, transport.ErrNotFound
	}
	return number, created, nil
}
