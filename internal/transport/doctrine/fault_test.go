package doctrine_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"envelog/internal/transport/doctrine"
	"envelog/internal/transport/transporttest"
	"envelog/transport"
)

// operations are all that a transport does.
func operations(ctx context.Context, s *doctrine.Transport) map[string]error {
	errs := map[string]error{"remove": s.Remove(ctx, "1")}
	_, errs["send"] = s.Send(ctx, transporttest.Message("x"), 0)
	_, errs["get"] = s.Get(ctx)
	_, errs["count"] = s.Count(ctx)
	_, errs["find"] = s.Find(ctx, "1")
	for _, err := range s.All(ctx, 0) {
		errs["all"] = err
	}
	return errs
}

// wantClass checks every operation's error.
func wantClass(t *testing.T, errs map[string]error, want doctrine.Class, words ...string) {
	t.Helper()
	for op, err := range errs {
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %q", op, err, want)
		}
	}
	wantWords(t, errs, words...)
}

// wantWords checks the text of every operation's error: what must be in it, and what must not.
func wantWords(t *testing.T, errs map[string]error, words ...string) {
	t.Helper()
	for op, err := range errs {
		if err == nil {
			t.Errorf("%s: no error", op)
			continue
		}
		text := err.Error()
		for _, word := range words {
			if !strings.Contains(text, word) {
				t.Errorf("%s: %q lacks %q", op, text, word)
			}
		}
		// What dbtest.Password begins with, plain and as in a URL.
		if strings.Contains(text, "pa:ss") || strings.Contains(text, "pa%3Ass") || strings.Contains(text, "\n") {
			t.Errorf("%s: the error has the password, or more than one line: %q", op, text)
		}
	}
}

// TestSQLiteFaults: what is wrong with the file is said, and nothing is made on the way.
func TestSQLiteFaults(t *testing.T) {
	for _, tt := range []struct {
		name    string
		prepare func(t *testing.T, dir string)
		file    string
		query   string
		want    doctrine.Class
		words   []string
	}{
		{"no directory", nil, "absent/data.db", "", doctrine.ErrNoDatabase, []string{"/absent/data.db", "check its name"}},
		{"no file, and auto_setup off", nil, "data.db", "?auto_setup=0", doctrine.ErrNoTable, []string{"/data.db", "messenger:setup-transports"}},
		{"no table, and auto_setup off", emptyFile, "data.db", "?auto_setup=0&table_name=absent", doctrine.ErrNoTable, []string{"no such table: absent", "auto_setup is off"}},
		{"a directory in place of the file", emptyFile, "", "", doctrine.ErrAccess, []string{"check the rights on the file"}},
		{"another kind of file", foreignFile, "data.db", "", "", []string{"/data.db", "file is not a database"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if tt.prepare != nil {
				tt.prepare(t, dir)
			}
			before := listing(t, dir)
			errs := operations(t.Context(), open(t, "sqlite:///"+filepath.Join(dir, tt.file)+tt.query))
			wantWords(t, errs, tt.words...)
			if tt.want != "" {
				wantClass(t, errs, tt.want)
			}
			if after := listing(t, dir); after != before {
				t.Errorf("there was %s, now there is %s", before, after)
			}
		})
	}
}

func emptyFile(t *testing.T, dir string) { writeFile(t, dir, "") }

func foreignFile(t *testing.T, dir string) { writeFile(t, dir, strings.Repeat("no database\n", 100)) }

func writeFile(t *testing.T, dir, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "data.db"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// listing tells the files of a directory, and their sizes.
func listing(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := "nothing"
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		all += fmt.Sprintf(", %s of %d bytes", entry.Name(), info.Size())
	}
	return all
}

func TestSQLiteSetupInNoDirectory(t *testing.T) {
	err := open(t, "sqlite:///"+filepath.Join(t.TempDir(), "absent", "data.db")).Setup(t.Context())
	wantClass(t, map[string]error{"setup": err}, doctrine.ErrNoDatabase, "absent/data.db")
}

// TestSQLiteReadsMakeNothing: to look at a queue that no one has used yet finds it empty, and leaves no file.
func TestSQLiteReadsMakeNothing(t *testing.T) {
	dir := t.TempDir()
	own := open(t, "sqlite:///"+filepath.Join(dir, "data.db"))
	if n, err := own.Count(t.Context()); err != nil || n != (transport.Counts{}) {
		t.Errorf("count = %+v, %v", n, err)
	}
	if _, err := own.Get(t.Context()); !errors.Is(err, transport.ErrNotFound) {
		t.Errorf("get: %v, want ErrNotFound", err)
	}
	for _, err := range own.All(t.Context(), 0) {
		t.Errorf("all: %v", err)
	}
	if got := listing(t, dir); got != "nothing" {
		t.Errorf("there is %s", got)
	}
}

// TestSQLiteLock: a file that another process writes to is waited for, as long as the context lasts.
func TestSQLiteLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data.db")
	own := open(t, "sqlite:///"+path)
	id := sendText(t, own, "1")
	other, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	tx, err := other.Begin()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := own.Remove(ctx, id); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("remove: %v, want context.DeadlineExceeded", err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := own.Remove(t.Context(), id); err != nil {
		t.Errorf("remove after the lock was gone: %v", err)
	}
}

// TestNotText: a body that PHP could not read is refused before it is stored.
func TestNotText(t *testing.T) {
	for name, body := range map[string]string{"no UTF-8": "\xff", "NUL": "a\x00b"} {
		t.Run(name, func(t *testing.T) {
			own := open(t, sqliteDSN(t))
			if id, err := own.Send(t.Context(), transport.Message{Body: []byte(body)}, 0); err == nil {
				t.Errorf("send gave the id %s", id)
			}
		})
	}
}
