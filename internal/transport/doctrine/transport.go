package doctrine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"envelog/internal/transport"
)

// Transport is one queue in the table of a Doctrine transport. It is safe for concurrent use.
type Transport struct {
	config  Config
	dialect dialect
	db      *sql.DB
}

var _ transport.Storage = (*Transport)(nil)

// Open returns the transport that c describes. It reads the certificates that c names and connects to nothing: the first
// use does. Close ends it.
func Open(c Config) (*Transport, error) {
	d, err := dialectOf(c)
	if err != nil {
		return nil, err
	}
	connector, err := d.connector(c)
	if err != nil {
		return nil, fmt.Errorf("open doctrine transport %s: %w", c.database(), err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(4) // the loop, a command, and room for two; every one is a process in PostgreSQL
	db.SetConnMaxIdleTime(time.Minute)
	return &Transport{config: c, dialect: d, db: db}, nil
}

// Close ends the connections.
func (t *Transport) Close() error { return t.db.Close() }

// String is the DSN without user and password, for logs.
func (t *Transport) String() string { return t.config.String() }

// Setup creates the table, and the file of SQLite, as doctrine-messenger 7.4 does, and leaves one that is there as it
// is, whichever version made it. The directory of the file and the schema of a table must be there.
func (t *Transport) Setup(ctx context.Context) error {
	return t.do(ctx, "set up table "+t.config.Table, t.setup)
}

func (t *Transport) setup(ctx context.Context) error {
	if err := t.dialect.provide(); err != nil {
		return err
	}
	there, err := t.exists(ctx)
	if there || err != nil {
		return err
	}
	err = t.create(ctx)
	if err == nil {
		return nil
	}
	if there, _ := t.exists(ctx); there {
		return nil // another process was faster
	}
	return err
}

func (t *Transport) exists(ctx context.Context) (bool, error) {
	query, args := t.dialect.exists(t.config.Table)
	var n int
	err := t.db.QueryRowContext(ctx, t.dialect.bind(query), args...).Scan(&n)
	return n > 0, err
}

func (t *Transport) create(ctx context.Context) error {
	tx, err := t.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit there is nothing to undo, and before it the error is known
	for _, statement := range t.dialect.create(t.config.Table) {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// errNotText is what PostgreSQL would say of such a body, and what MySQL and SQLite would keep for a PHP that chokes on it.
var errNotText = errors.New("the body is not UTF-8 without NUL, and the column holds text alone")

// Send stores m, which must be text, as every serializer of Symfony gives it. With AutoSetup it creates the table when
// that is missing. PHP workers that listen on PostgreSQL are woken.
func (t *Transport) Send(ctx context.Context, m transport.Message, delay time.Duration) (string, error) {
	var id int64
	err := t.do(ctx, "send message", func(ctx context.Context) error {
		args, err := t.row(m, time.Now(), delay)
		if err != nil {
			return err
		}
		id, err = t.dialect.insert(ctx, t.db, t.config.Table, args)
		if !t.config.AutoSetup || t.classify(err) != ErrNoTable {
			return err
		}
		if err := t.setup(ctx); err != nil {
			return err
		}
		id, err = t.dialect.insert(ctx, t.db, t.config.Table, args)
		return err
	})
	if err != nil {
		return "", err
	}
	return strconv.FormatInt(id, 10), nil
}

// row has the values of insertColumns.
func (t *Transport) row(m transport.Message, now time.Time, delay time.Duration) ([]any, error) {
	body := string(m.Body)
	if !utf8.ValidString(body) || strings.Contains(body, "\x00") {
		return nil, errNotText
	}
	return []any{body, encodeHeaders(m.Headers), t.config.Queue, t.datetime(now), t.datetime(due(now, delay))}, nil
}

// due is when a message sent now may be handed out, in whole seconds: never before the delay is over, as since 6.4; 5.4
// cuts the fraction off.
func due(now time.Time, delay time.Duration) time.Time {
	at := now.Add(delay)
	if whole := at.Truncate(time.Second); delay > 0 && whole.Before(at) {
		return whole.Add(time.Second)
	}
	return at
}

// Get hands out the message that has been due for the longest, and marks it with the time. Rows that another reader is
// about to take are passed by (SKIP LOCKED), as in 6.4 and later.
func (t *Transport) Get(ctx context.Context) (transport.Stored, error) {
	var s transport.Stored
	err := t.do(ctx, "get message", func(ctx context.Context) error {
		tx, err := t.db.BeginTx(ctx, nil)
		if err != nil {
			return t.emptyWithoutTable(err)
		}
		defer tx.Rollback() //nolint:errcheck // after Commit there is nothing to undo, and before it the error is known
		now := time.Now()
		where, args := t.waiting(now)
		query := t.selectWhere(where) + " ORDER BY available_at ASC LIMIT 1" + t.dialect.lock()
		if s, err = t.scan(tx.QueryRowContext(ctx, query, args...)); err != nil {
			return t.emptyWithoutTable(err)
		}
		mark := t.dialect.bind("UPDATE " + t.config.Table + " SET delivered_at = ? WHERE id = ?")
		if _, err := tx.ExecContext(ctx, mark, t.datetime(now), s.ID); err != nil {
			return err
		}
		s.Delivered = now.Truncate(time.Second)
		return tx.Commit()
	})
	if err != nil {
		return transport.Stored{}, err
	}
	return s, nil
}

// emptyWithoutTable turns the error for a missing table into the one for an empty queue, where the table is made later.
func (t *Transport) emptyWithoutTable(err error) error {
	if t.config.AutoSetup && t.classify(err) == ErrNoTable {
		return transport.ErrNotFound
	}
	return err
}

// Ack removes a message that was handled.
func (t *Transport) Ack(ctx context.Context, id string) error { return t.remove(ctx, "ack", id) }

// Reject removes a message that was not handled: in Doctrine's table there is no difference.
func (t *Transport) Reject(ctx context.Context, id string) error { return t.remove(ctx, "reject", id) }

// maxAttempts is how often an operation that ended in a deadlock is tried, as DoctrineReceiver::MAX_RETRIES has it.
const maxAttempts = 3

// do runs one operation within Patience, again after a deadlock, and names what went wrong.
func (t *Transport) do(ctx context.Context, op string, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, Patience, errNoAnswer)
	defer cancel()
	var err error
	for attempt := 1; attempt <= maxAttempts; attempt++ {
		if err = f(ctx); err == nil || t.classify(err) != errDeadlock {
			break
		}
	}
	if err == nil {
		return nil
	}
	if errors.Is(err, transport.ErrNotFound) || errors.Is(err, errNotText) {
		return fmt.Errorf("%s: %w", op, err)
	}
	return t.fault(ctx, op, err)
}
