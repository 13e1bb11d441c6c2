//go:build integration || compat

package doctrine_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"envelog/internal/dbtest"
	"envelog/internal/transport/doctrine"
	"envelog/internal/transport/transporttest"
	"envelog/transport"
)

// narrow are databases that do not hold every character, or that PHP connects to in a character set that does not.
var narrow = []struct {
	name   string
	server string
	create string // the database %s, instead of the usual statement
	query  string // of the URL, for PHP and Go
}{
	{"utf8 of three bytes", "MariaDB", "CREATE DATABASE %s DEFAULT CHARACTER SET utf8mb3", ""},
	{"Latin-1", "MariaDB", "CREATE DATABASE %s DEFAULT CHARACTER SET latin1", ""},
	{"a connection in utf8 of three bytes", "MariaDB", "CREATE DATABASE %s DEFAULT CHARACTER SET utf8mb4", "charset=utf8"},
	{"a connection in Latin-1", "MariaDB", "CREATE DATABASE %s DEFAULT CHARACTER SET utf8mb4", "charset=latin1"},
	{"Latin-1", "PostgreSQL", "CREATE DATABASE %s OWNER app ENCODING 'LATIN1' TEMPLATE template0", ""},
	{"no encoding", "PostgreSQL", "CREATE DATABASE %s OWNER app ENCODING 'SQL_ASCII' TEMPLATE template0", ""},
}

// TestNarrowCharacterSets: what a column or a connection cannot hold comes back as it was sent, to PHP and to Go.
func TestNarrowCharacterSets(t *testing.T) {
	servers := map[string]*dbtest.Server{
		"MariaDB":    dbtest.StartMariaDB(t, "--sql-mode="), // which changes what it cannot hold, and says nothing
		"PostgreSQL": dbtest.StartPostgreSQL(t),
	}
	for _, tt := range narrow {
		t.Run(tt.server+", "+tt.name, func(t *testing.T) {
			s := servers[tt.server]
			db := s.NewDatabaseAs(tt.create)
			url := s.URL(db) + "?queue_name=failed&" + tt.query
			php := startPeer(t, s.URL(db)+"?"+tt.query, map[string]any{"queue_name": "failed", "check_delayed_interval": 0})
			if tt.server == "PostgreSQL" {
				call[any](php, "setup")
			} else {
				s.Exec(db, strings.Replace(createInDefaultCharset, "%s", "messenger_messages", 1))
			}
			c, err := doctrine.ParseDSN(url, nil)
			if err != nil {
				t.Fatal(err)
			}
			c.Zone = php.zone()
			own := openConfig(t, c)
			for _, text := range []base64Text{"plain", "Größe", "snow \u2603", "grin \U0001f600", "bytes \xff"} {
				comesBack(t, pair{php: php, own: own}, text)
			}
		})
	}
}

// createInDefaultCharset is a table as an old migration made it: in the character set of its database.
const createInDefaultCharset = "CREATE TABLE %s (id BIGINT AUTO_INCREMENT NOT NULL, body LONGTEXT NOT NULL, headers LONGTEXT NOT NULL, " +
	"queue_name VARCHAR(190) NOT NULL, created_at DATETIME NOT NULL, available_at DATETIME NOT NULL, delivered_at DATETIME DEFAULT NULL, PRIMARY KEY (id))"

func comesBack(t *testing.T, p pair, text base64Text) {
	t.Helper()
	sent := p.encode(text)
	id, err := p.own.Send(t.Context(), sent, 0)
	if err != nil {
		t.Errorf("%q: send: %v", text, err)
		return
	}
	if got := call[phpMessage](p.php, "find", id); got.ID != id || got.Text != text {
		t.Errorf("PHP finds %+v, want %q", got, text)
	}
	found, err := p.own.Find(t.Context(), id)
	plain, _ := base64.StdEncoding.DecodeString(string(found.Body))
	if err != nil || string(found.Body) != string(sent.Body) && string(plain) != string(sent.Body) {
		t.Errorf("%q: find: %q, %v", text, found.Body, err)
	}
}

// TestUnstorable: what a database can never take is an error that says so, and why; nothing is stored of it.
func TestUnstorable(t *testing.T) {
	maria := dbtest.StartMariaDB(t, "--max-allowed-packet=1M", "--sql-mode=")
	postgres := dbtest.StartPostgreSQL(t)
	narrowColumn := strings.Replace(createInDefaultCharset, "body LONGTEXT", "body TEXT", 1)
	for _, tt := range []struct {
		name    string
		server  *dbtest.Server
		prepare string
		body    string
		word    string
	}{
		{"above max_allowed_packet", maria, "", strings.Repeat("x", 2<<20), "max_allowed_packet"},
		{"just above max_allowed_packet", maria, "", strings.Repeat("x", 1<<20+1), "max_allowed_packet"},
		{"longer than the column", maria, strings.Replace(narrowColumn, "%s", "messenger_messages", 1), strings.Repeat("x", 70_000), "Data too long for column 'body'"},
		{"a format without another form", maria, strings.Replace(createInDefaultCharset, "%s", "messenger_messages", 1) + " DEFAULT CHARACTER SET latin1", "\u2603", "Incorrect string value"},
		{"a format without another form", postgres, "", "\u2603\x00", "no other form"},
		{"longer than the column", postgres, "CREATE TABLE messenger_messages (id serial, body varchar(300), headers text, queue_name text, created_at timestamp, available_at timestamp, delivered_at timestamp); ALTER TABLE messenger_messages OWNER TO app", strings.Repeat("x", 301), "value too long"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			db := tt.server.NewDatabase()
			if tt.prepare != "" {
				tt.server.Exec(db, tt.prepare)
			}
			own := open(t, tt.server.URL(db))
			_, err := own.Send(t.Context(), transport.Message{Body: []byte(tt.body)}, 0)
			if !errors.Is(err, transport.ErrUnstorable) {
				t.Fatalf("send: %v, want transport.ErrUnstorable", err)
			}
			wantClass(t, map[string]error{"send": err}, doctrine.ErrUnstorable, tt.word)
			if n, err := own.Count(t.Context()); err != nil || n != (transport.Counts{}) {
				t.Errorf("count = %+v, %v", n, err)
			}
			if _, err := own.Send(t.Context(), transporttest.Message("x"), 0); err != nil {
				t.Errorf("send of another message: %v", err)
			}
		})
	}
}

// TestLargestMessage: one that just fits is stored and read.
func TestLargestMessage(t *testing.T) {
	s := dbtest.StartMariaDB(t, "--max-allowed-packet=1M")
	own := open(t, s.URL(s.NewDatabase()))
	body := strings.Repeat("x", 1<<20)
	id, err := own.Send(t.Context(), transport.Message{Body: []byte(body)}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if m, err := own.Find(t.Context(), id); err != nil || string(m.Body) != body {
		t.Fatalf("find: %d bytes, %v", len(m.Body), err)
	}
}
