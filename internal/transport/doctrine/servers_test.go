//go:build integration || compat

package doctrine_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"envelog/internal/dbtest"
	"envelog/internal/transport/doctrine"
	"envelog/internal/transport/transporttest"
	"envelog/transport"
)

func TestPostgreSQL(t *testing.T) { testServer(t, dbtest.StartPostgreSQL(t)) }

func TestMariaDB(t *testing.T) { testServer(t, dbtest.StartMariaDB(t)) }

// testServer runs what needs a server and no PHP. The last ones take it down, and change it.
func testServer(t *testing.T, s *dbtest.Server) {
	t.Run("storage", func(t *testing.T) {
		transporttest.Run(t, func(t *testing.T) transporttest.Storage { return open(t, s.URL(s.NewDatabase())+"?queue_name=failed") })
	})
	t.Run("large bodies are cut", func(t *testing.T) { largeBodiesAreCut(t, s.URL(s.NewDatabase())) })
	t.Run("a row that is locked is passed by", func(t *testing.T) { passesLockedRow(t, s) })
	t.Run("a lock is waited for as long as the context lasts", func(t *testing.T) { waitsForLock(t, s) })
	t.Run("a table that is missing", func(t *testing.T) { missingTable(t, s.URL(s.NewDatabase())) })
	t.Run("a table in a schema", func(t *testing.T) { tableInSchema(t, s) })
	t.Run("a unix socket", func(t *testing.T) { usesSocket(t, s) })
	t.Run("connections are few", func(t *testing.T) { boundsConnections(t, s) })
	t.Run("who may not", func(t *testing.T) { deniesAccess(t, s) })
	t.Run("the server is down for a while", func(t *testing.T) { survivesOutage(t, s) })
	t.Run("the server falls silent", func(t *testing.T) { boundsSilence(t, s) })
	t.Run("TLS", func(t *testing.T) { securesConnection(t, s) })
}

// lockRow holds the lock that a Get takes, until the test ends.
func lockRow(t *testing.T, s *dbtest.Server, db, id string) {
	t.Helper()
	tx, err := s.Admin(db).Begin()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tx.Rollback() })
	var locked string
	if err := tx.QueryRow("SELECT id FROM messenger_messages WHERE id = " + id + " FOR UPDATE").Scan(&locked); err != nil {
		t.Fatal(err)
	}
}

func passesLockedRow(t *testing.T, s *dbtest.Server) {
	db := s.NewDatabase()
	own := open(t, s.URL(db))
	locked, free := sendText(t, own, "1"), sendText(t, own, "2")
	lockRow(t, s, db, locked)
	if m, err := own.Get(t.Context()); err != nil || m.ID != free {
		t.Fatalf("get = %s, %v, want %s", m.ID, err, free)
	}
	if m, err := own.Get(t.Context()); !errors.Is(err, transport.ErrNotFound) {
		t.Fatalf("get = %+v, %v, want ErrNotFound", m, err)
	}
}

func waitsForLock(t *testing.T, s *dbtest.Server) {
	db := s.NewDatabase()
	own := open(t, s.URL(db))
	id := sendText(t, own, "1")
	lockRow(t, s, db, id)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := own.Remove(ctx, id); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("remove: %v, want context.DeadlineExceeded", err)
	}
	if _, err := own.Find(t.Context(), id); err != nil {
		t.Fatalf("find after the remove that gave up: %v", err)
	}
}

func missingTable(t *testing.T, url string) {
	own := open(t, url+"?table_name=absent&auto_setup=false")
	wantClass(t, operations(t.Context(), own), doctrine.ErrNoTable, "absent", "auto_setup is off", "messenger:setup-transports")
	// Nothing was created on the way.
	wantClass(t, operations(t.Context(), own), doctrine.ErrNoTable)
	if err := own.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	sendText(t, own, "1")
}

// tableInSchema is about names of two parts; to MySQL a schema is a database.
func tableInSchema(t *testing.T, s *dbtest.Server) {
	c := config(t, s)
	schema := "schema_of_" + c.Database
	switch c.Platform {
	case doctrine.PostgreSQL:
		s.Exec(c.Database, "CREATE SCHEMA "+schema+" AUTHORIZATION "+c.User)
	case doctrine.MySQL:
		s.Exec("", "CREATE DATABASE "+schema, "GRANT ALL ON "+schema+".* TO "+c.User+"@'127.0.0.1'")
	}
	c.Table = schema + ".Messages"
	own := openConfig(t, c)
	id := sendText(t, own, "1")
	if err := own.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	if m, err := own.Get(t.Context()); err != nil || m.ID != id {
		t.Fatalf("get = %s, %v, want %s", m.ID, err, id)
	}
}

func deniesAccess(t *testing.T, s *dbtest.Server) {
	db := s.NewDatabase()
	good, err := doctrine.ParseDSN(s.URL(db), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("wrong password", func(t *testing.T) {
		c := good
		c.Password = "wrong" + dbtest.Password
		wantClass(t, operations(t.Context(), openConfig(t, c)), doctrine.ErrAccess, "127.0.0.1", db, "check user and password")
	})
	t.Run("unknown user", func(t *testing.T) {
		c := good
		c.User = "nobody"
		wantClass(t, operations(t.Context(), openConfig(t, c)), doctrine.ErrAccess)
	})
	t.Run("unknown database", func(t *testing.T) {
		c := good
		c.Database = "absent"
		for op, err := range operations(t.Context(), openConfig(t, c)) {
			// MySQL does not tell who has no rights whether there is one.
			if !errors.Is(err, doctrine.ErrNoDatabase) && !errors.Is(err, doctrine.ErrAccess) {
				t.Errorf("%s: %v", op, err)
			}
		}
	})
	t.Run("no rights on the table", func(t *testing.T) {
		s.Exec(db, "CREATE TABLE foreign_messages (id int, body text, headers text, queue_name text, created_at timestamp, available_at timestamp, delivered_at timestamp)")
		if good.Platform == doctrine.MySQL {
			s.Exec(db, "REVOKE ALL ON "+db+".* FROM app@'127.0.0.1'", "GRANT CREATE ON "+db+".* TO app@'127.0.0.1'")
		}
		c := good
		c.Table = "foreign_messages"
		wantClass(t, operations(t.Context(), openConfig(t, c)), doctrine.ErrAccess, "foreign_messages")
	})
}

// boundsSilence stops the server's process while a connection to it is open.
func boundsSilence(t *testing.T, s *dbtest.Server) {
	own := open(t, s.URL(s.NewDatabase()))
	id := sendText(t, own, "1")
	s.Pause()
	doctrine.Forget(own)
	_, err := own.Find(t.Context(), id)
	s.Resume()
	wantClass(t, map[string]error{"find": err}, doctrine.ErrUnreachable, "no answer for 5s")
	if _, err := own.Find(t.Context(), id); err != nil {
		t.Fatalf("find after the silence: %v", err)
	}
}

func survivesOutage(t *testing.T, s *dbtest.Server) {
	own := open(t, s.URL(s.NewDatabase()))
	id := sendText(t, own, "1")
	for _, outage := range []struct {
		name string
		end  func()
	}{{"stopped", s.Stop}, {"killed", s.Kill}} {
		t.Run(outage.name, func(t *testing.T) {
			outage.end()
			wantClass(t, operations(t.Context(), own), doctrine.ErrUnreachable, "127.0.0.1", "is it running")
			s.Restart()
			if _, err := own.Find(t.Context(), id); err != nil {
				t.Fatalf("find after the restart: %v", err)
			}
			s.Restart()
			if n, err := own.Count(t.Context()); err != nil || n.Waiting != 1 {
				t.Fatalf("count on the connection that a restart has cut: %+v, %v", n, err)
			}
		})
	}
}
