package doctrine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"envelog/transport"
)

// Transport is one queue in the table of a Doctrine transport. It is safe for concurrent use.
type Transport struct {
	config  Config
	dialect dialect
	db      *sql.DB
	maxBody int64 // bytes of a body; of a larger one take returns the beginning; 0: of none

	answered atomic.Int64 // when the server answered last, in nanoseconds; 0: never
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

// Config returns what the transport was opened with.
func (t *Transport) Config() Config { return t.config }

// JournalSource names database, table and queue; see [Config.JournalSource].
func (t *Transport) JournalSource() string { return t.config.JournalSource() }

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

// Send stores m. Every serializer of Symfony gives text; what the database cannot hold as such, since its character set
// lacks some of it, is stored in a form of ASCII that the same serializer reads. A message without such a form, or
// beyond the database's bounds, is ErrUnstorable. With AutoSetup it creates the table when
// that is missing. PHP workers that listen on PostgreSQL are woken.
func (t *Transport) Send(ctx context.Context, m transport.Message, delay time.Duration) (string, error) {
	var id int64
	err := t.do(ctx, "send message", func(ctx context.Context) error {
		var err error
		id, err = t.store(ctx, m, delay)
		if !t.config.AutoSetup || t.classify(err) != ErrNoTable {
			return err
		}
		if err := t.setup(ctx); err != nil {
			return err
		}
		id, err = t.store(ctx, m, delay)
		return err
	})
	if err != nil {
		return "", err
	}
	return strconv.FormatInt(id, 10), nil
}

// store inserts m as it is, or, when column or connection do not have all of its characters, in ASCII.
func (t *Transport) store(ctx context.Context, m transport.Message, delay time.Duration) (id int64, err error) {
	err = t.inSomeForm(m, func(body string) error {
		id, err = t.insert(ctx, body, m.Headers, delay)
		return err
	})
	return id, err
}

// inSomeForm stores the body of m as it is, or in ASCII.
func (t *Transport) inSomeForm(m transport.Message, store func(body string) error) error {
	err := errNotText
	if body := string(m.Body); t.config.carries(body) {
		if err = store(body); t.classify(err) != errCharset {
			return err
		}
	}
	if plain, ok := inASCII(m); ok {
		return store(plain)
	}
	return err
}

func (t *Transport) insert(ctx context.Context, body string, headers []transport.Header, delay time.Duration) (int64, error) {
	now := time.Now()
	row := []any{body, encodeHeaders(headers), t.config.Queue, t.datetime(now), t.datetime(due(now, delay))}
	return t.dialect.insert(ctx, t.db, t.config.Table, row)
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

// take hands out at most n messages, those that have been due for the longest, and no more than a page holds; it marks them
// with the time. None is not an error. Rows that another reader is about to take are skipped (SKIP LOCKED), as in 6.4 and
// later, and so are those with the ids passedBy.
func (t *Transport) take(ctx context.Context, n int, passedBy []string) (taken []transport.Stored, err error) {
	err = t.do(ctx, "get message", func(ctx context.Context) error {
		taken = taken[:0]
		tx, err := t.db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback() //nolint:errcheck // after Commit there is nothing to undo, and before it the error is known
		now := time.Now()
		due, err := t.lockDue(ctx, tx, now, n, passedBy)
		if err != nil || len(due.ids) == 0 {
			return err
		}
		these := "id IN (" + strings.Join(due.ids, ", ") + ")"
		query, scan := t.selectWhere(these), t.scan
		if due.large {
			query, scan = t.selectCut(these), t.scanCut
		}
		err = t.rows(ctx, tx, query+" ORDER BY available_at ASC, id ASC", nil, func(row *sql.Rows) error {
			s, err := scan(row)
			s.Delivered = now.Truncate(time.Second)
			taken = append(taken, s)
			return err
		})
		if err != nil {
			return err
		}
		mark := t.dialect.bind("UPDATE " + t.config.Table + " SET delivered_at = ? WHERE " + these)
		if _, err := tx.ExecContext(ctx, mark, t.datetime(now)); err != nil {
			return err
		}
		return tx.Commit()
	})
	if errors.Is(t.emptyWithoutTable(err), transport.ErrNotFound) {
		err = nil
	}
	if err != nil {
		return nil, err
	}
	return taken, nil
}

// due are rows that lockDue locked.
type dueRows struct {
	ids   []string
	large bool // one of them is beyond maxBody
}

// lockDue locks the rows of the messages that have been due for the longest, as far as they fit a page.
func (t *Transport) lockDue(ctx context.Context, tx *sql.Tx, now time.Time, n int, passedBy []string) (due dueRows, err error) {
	where, args := t.waiting(now)
	if len(passedBy) > 0 {
		where += " AND id NOT IN (" + strings.Join(passedBy, ", ") + ")"
	}
	query := "SELECT id, " + t.dialect.size("body") + " FROM " + t.config.Table + " WHERE " + where +
		" ORDER BY available_at ASC, id ASC LIMIT " + strconv.Itoa(n) + t.dialect.lock()
	var size int64
	err = t.rows(ctx, tx, t.dialect.bind(query), args, func(row *sql.Rows) error {
		var id, bytes int64
		if err := row.Scan(&id, &bytes); err != nil {
			return err
		}
		isLarge := t.cuts() && bytes > t.maxBody
		if isLarge {
			bytes = cutAt
		}
		if size += bytes; len(due.ids) == 0 || size <= pageBytes {
			due.ids, due.large = append(due.ids, strconv.FormatInt(id, 10)), due.large || isLarge
		}
		return nil
	})
	return due, err
}

// cuts reports whether large bodies are cut.
func (t *Transport) cuts() bool { return t.maxBody > 0 && t.dialect.digest("body") != "" }

// emptyWithoutTable turns the error for a missing table into the one for an empty queue, where the table is made later.
func (t *Transport) emptyWithoutTable(err error) error {
	if t.config.AutoSetup && t.classify(err) == ErrNoTable {
		return transport.ErrNotFound
	}
	return err
}

// maxAttempts is how often an operation that ended in a deadlock is tried, as DoctrineReceiver::MAX_RETRIES has it.
const maxAttempts = 3

// greetAfter is how long a server is taken to be there after its last answer.
const greetAfter = time.Second

// greet makes sure, after a pause, that the server answers: an operation may then take the time that it needs, and a
// silent server does not.
func (t *Transport) greet(ctx context.Context) error {
	if t.config.Platform == SQLite || time.Since(time.Unix(0, t.answered.Load())) < greetAfter {
		return nil
	}
	limited, cancel := context.WithTimeoutCause(ctx, silence, errSilent)
	defer cancel()
	err := t.db.PingContext(limited)
	if err != nil && ctx.Err() == nil && limited.Err() != nil {
		return errSilent
	}
	return err
}

// do runs one operation within Patience, again after a deadlock, and names what went wrong.
func (t *Transport) do(ctx context.Context, op string, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, Patience, errNoAnswer)
	defer cancel()
	err := t.greet(ctx)
	if err != nil {
		return t.fault(ctx, op, err)
	}
	for attempt := 1; attempt <= maxAttempts; attempt++ {
		if err = f(ctx); err == nil || t.classify(err) != errDeadlock {
			break
		}
	}
	if err == nil {
		t.answered.Store(time.Now().UnixNano())
		return nil
	}
	if errors.Is(err, transport.ErrNotFound) {
		return fmt.Errorf("%s: %w", op, err)
	}
	return t.fault(ctx, op, err)
}
