//go:build integration || compat

package doctrine_test

import (
	"database/sql"
	"net/url"
	"strings"
	"testing"

	"envelog/internal/dbtest"
	"envelog/internal/transport/doctrine"
)

// platform makes databases of one kind.
type platform struct {
	name  string
	fresh func(t *testing.T) database
}

// database is an empty one: its URL, which Go and PHP both take, and a way to look into it.
type database struct {
	url string
	sql *sql.DB
}

// onEveryPlatform runs a test on PostgreSQL, MariaDB and SQLite, with one server for all of its subtests.
func onEveryPlatform(t *testing.T, test func(t *testing.T, p platform)) {
	t.Run("PostgreSQL", func(t *testing.T) { test(t, serverPlatform("PostgreSQL", dbtest.StartPostgreSQL(t))) })
	t.Run("MariaDB", func(t *testing.T) { test(t, serverPlatform("MariaDB", dbtest.StartMariaDB(t))) })
	t.Run("SQLite", func(t *testing.T) { test(t, platform{"SQLite", freshSQLite}) })
}

func serverPlatform(name string, s *dbtest.Server) platform {
	return platform{name, func(*testing.T) database {
		db := s.NewDatabase()
		return database{s.URL(db), s.Admin(db)}
	}}
}

func freshSQLite(t *testing.T) database {
	dsn := sqliteDSN(t)
	path, err := url.PathUnescape(strings.TrimPrefix(dsn, "sqlite:///"))
	if err != nil {
		t.Fatal(err)
	}
	u := url.URL{Scheme: "file", Path: path}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return database{dsn, db}
}

func (d database) exec(t *testing.T, query string) {
	t.Helper()
	if _, err := d.sql.Exec(query); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// rows are the results of a query as text, NULL being "NULL".
func (d database) rows(t *testing.T, query string) [][]string {
	t.Helper()
	rows, err := d.sql.Query(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var all [][]string
	for rows.Next() {
		cells := make([]sql.NullString, len(columns))
		targets := make([]any, len(columns))
		for i := range cells {
			targets[i] = &cells[i]
		}
		if err := rows.Scan(targets...); err != nil {
			t.Fatal(err)
		}
		row := make([]string, len(columns))
		for i, cell := range cells {
			row[i] = cell.String
			if !cell.Valid {
				row[i] = "NULL"
			}
		}
		all = append(all, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// pair is one queue from both sides.
type pair struct {
	database
	php *peer
	own *doctrine.Transport
}

// pairOn joins Go and PHP on a fresh database; PHP has made the table.
func pairOn(t *testing.T, p platform) pair {
	t.Helper()
	db := p.fresh(t)
	// On PostgreSQL PHP looks again only when it is notified, or when this interval has passed.
	php := startPeer(t, db.url, map[string]any{"queue_name": "failed", "check_delayed_interval": 0})
	call[any](php, "setup")
	return pair{db, php, db.open(t, php)}
}

func (d database) open(t *testing.T, php *peer) *doctrine.Transport {
	t.Helper()
	c, err := doctrine.ParseDSN(d.url+"?queue_name=failed", nil)
	if err != nil {
		t.Fatal(err)
	}
	c.Zone = php.zone()
	return openConfig(t, c)
}
