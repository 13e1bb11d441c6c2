package doctrine

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	driverSQLite "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"
)

type sqlite struct {
	path string
}

// connector opens a file that is there (mode=rw); Setup makes it. A transaction takes its lock at the start: one that
// reads first and writes then cannot wait for it.
func (d sqlite) connector(Config) (driver.Connector, error) {
	path, err := filepath.Abs(d.path)
	if err != nil {
		return nil, err
	}
	u := url.URL{Scheme: "file", Path: path, RawQuery: url.Values{
		"mode":          {"rw"},
		"_txlock":       {"immediate"},
		"_busy_timeout": {strconv.FormatInt(lockTimeout.Milliseconds(), 10)},
	}.Encode()}
	return driverSQLite.NewConnector(u.String())
}

func (sqlite) bind(query string) string { return query }

// datetime keeps the driver from reading a time out of the text.
func (sqlite) datetime(column string) string { return "CAST(" + column + " AS TEXT)" }

func (sqlite) size(column string) string { return "LENGTH(" + column + ")" }

// digest returns "": SQLite has no such function, and runs in this process, which has the whole text in its memory anyway.
func (sqlite) digest(string) string { return "" }

// lock returns "": the transaction holds the lock of the file.
func (sqlite) lock() string { return "" }

func (sqlite) insert(ctx context.Context, db *sql.DB, table string, args []any) (int64, error) {
	result, err := db.ExecContext(ctx, "INSERT INTO "+table+" "+insertColumns, args...)
	if err != nil {
		return 0, err
	}
	return result.LastInsertId()
}

func (sqlite) exists(table string) (string, []any) {
	return "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = ? COLLATE NOCASE", []any{table}
}

func (sqlite) create(table string) []string {
	return []string{
		"CREATE TABLE " + table + " (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, body CLOB NOT NULL, " +
			"headers CLOB NOT NULL, queue_name VARCHAR(190) NOT NULL, created_at DATETIME NOT NULL, " +
			"available_at DATETIME NOT NULL, delivered_at DATETIME DEFAULT NULL)",
		createIndex(table),
	}
}

// provide makes an empty file, as PHP does when it connects, which the group may read; a directory that is missing stays
// so.
func (d sqlite) provide() error {
	f, err := os.OpenFile(d.path, os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		return err
	}
	return f.Close()
}

// missing says why the file cannot be opened. One that nobody has made yet is, like one without the table, an empty queue.
func (d sqlite) missing() Class {
	if _, err := os.Stat(d.path); !errors.Is(err, fs.ErrNotExist) {
		return ErrAccess
	}
	if _, err := os.Stat(filepath.Dir(d.path)); err != nil {
		return ErrNoDatabase
	}
	return ErrNoTable
}

func (sqlite) room() string { return "" }

// classify reads the error of provide, the primary result code, and for a missing table the text: SQLite has no code of
// its own for it.
func (d sqlite) classify(err error) Class {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return ErrNoDatabase
	case errors.Is(err, fs.ErrPermission):
		return ErrAccess
	}
	var lite *driverSQLite.Error
	if !errors.As(err, &lite) {
		return ""
	}
	switch lite.Code() & 0xff {
	case codes.SQLITE_BUSY, codes.SQLITE_LOCKED:
		return ErrLocked
	case codes.SQLITE_READONLY, codes.SQLITE_PERM, codes.SQLITE_AUTH:
		return ErrAccess
	case codes.SQLITE_TOOBIG:
		return ErrUnstorable
	case codes.SQLITE_CANTOPEN:
		return d.missing()
	case codes.SQLITE_ERROR:
		if strings.Contains(lite.Error(), "no such table") {
			return ErrNoTable
		}
	}
	return ""
}
