package doctrine

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"envelog/internal/transport/option"
)

// dsnCase is one DSN; the table feeds the test, the fuzzing, and the comparison with PHP's parser.
type dsnCase struct {
	name      string
	dsn       string
	databases map[string]string
	options   map[string]any
	want      func(c *Config) // changes the defaults
	err       string          // part of the error's text
}

func dsnCases() []dsnCase {
	app := func(c *Config) {
		c.Platform, c.Host, c.Port, c.User, c.Password, c.Database = PostgreSQL, "127.0.0.1", 5432, "app", "!ChangeMe!", "app"
	}
	with := func(changes ...func(*Config)) func(*Config) {
		return func(c *Config) {
			for _, change := range changes {
				change(c)
			}
		}
	}
	failed := func(c *Config) { c.Queue = "failed" }
	env := map[string]string{"default": "postgresql://app:!ChangeMe!@127.0.0.1:5432/app?serverVersion=16&charset=utf8"}
	return []dsnCase{
		// the recipe's DSN, and DATABASE_URL
		{name: "recipe", dsn: "doctrine://default?queue_name=failed", databases: env, want: with(app, failed)},
		{name: "recipe's options", dsn: "doctrine://default?auto_setup=0&table_name=app.log_messages&redeliver_timeout=60", databases: env, want: with(app, func(c *Config) {
			c.AutoSetup, c.Table, c.RedeliverTimeout = false, "app.log_messages", time.Minute
		})},
		{name: "query over option over default", dsn: "doctrine://default?queue_name=failed", databases: env,
			options: map[string]any{"queue_name": "other", "redeliver_timeout": 7, "auto_setup": false, "use_notify": true, "transport_name": "failed"},
			want:    with(app, failed, func(c *Config) { c.RedeliverTimeout, c.AutoSetup = 7*time.Second, false })},
		{name: "notify options", dsn: "doctrine://default?check_delayed_interval=1000&get_notify_timeout=0", databases: env, want: app},
		{name: "another connection", dsn: "doctrine://logs", databases: map[string]string{"logs": "sqlite:////var/x.db"}, want: func(c *Config) { c.Platform, c.Path = SQLite, "/var/x.db" }},
		{name: "no URL", dsn: "doctrine://default", err: `the database of the doctrine connection "default" is not known: set DATABASE_URL`},
		{name: "no URL of another connection", dsn: "doctrine://logs", databases: env, err: `connection "logs" is not known: give the URL`},
		{name: "no connection", dsn: "doctrine://?queue_name=failed", databases: env, err: "names no connection"},
		{name: "no database's URL", dsn: "doctrine://default", databases: map[string]string{"default": "redis://pa55@h"}, err: `the database URL of the doctrine connection "default"`},
		{name: "database's option beside the queue", dsn: "doctrine://default?sslmode=require", databases: env, err: `"sslmode" of the DSN is unknown`},
		{name: "queue in the database's URL", dsn: "doctrine://default", databases: map[string]string{"default": "mysql://h/app?queue_name=x&sslmod=require"}, want: func(c *Config) {
			c.Platform, c.Host, c.Database, c.Ignored = MySQL, "h", "app", []string{"queue_name", "sslmod"}
		}},
		{name: "options that are null", dsn: "doctrine://default", databases: env, options: map[string]any{"queue_name": nil, "auto_setup": nil, "redeliver_timeout": nil}, want: app},
		{name: "a hoster's parameters", dsn: "doctrine://default", databases: map[string]string{"default": "postgresql://h/app?sslmode=require&channel_binding=require&pgbouncer=true&connection_limit=1&schema=public&options=endpoint%3Dx"}, want: func(c *Config) {
			c.Platform, c.Host, c.Database, c.TLS.Mode = PostgreSQL, "h", "app", "require"
			c.Ignored = []string{"channel_binding", "connection_limit", "options", "pgbouncer", "schema"}
		}},
		{name: "a hoster's parameters in the DSN itself", dsn: "postgresql://h/app?queue_name=failed&channel_binding=require", want: func(c *Config) {
			c.Platform, c.Host, c.Database, c.Queue, c.Ignored = PostgreSQL, "h", "app", "failed", []string{"channel_binding"}
		}},

		// URLs of databases
		{name: "direct", dsn: "postgresql://app:!ChangeMe!@127.0.0.1:5432/app?queue_name=failed&serverVersion=16", want: with(app, failed)},
		{name: "postgres", dsn: "postgres://h/app", want: func(c *Config) { c.Platform, c.Host, c.Database = PostgreSQL, "h", "app" }},
		{name: "pgsql", dsn: "pgsql://h/app", want: func(c *Config) { c.Platform, c.Host, c.Database = PostgreSQL, "h", "app" }},
		{name: "pdo-pgsql", dsn: "pdo-pgsql://h/app", want: func(c *Config) { c.Platform, c.Host, c.Database = PostgreSQL, "h", "app" }},
		{name: "mysql2", dsn: "mysql2://h/app", want: func(c *Config) { c.Platform, c.Host, c.Database = MySQL, "h", "app" }},
		{name: "mariadb", dsn: "mariadb://h/app", want: func(c *Config) { c.Platform, c.Host, c.Database = MySQL, "h", "app" }},
		{name: "escaped", dsn: "mysql://us%40er:p%2Fa%3As%20s@h:3307/my%20app", want: func(c *Config) {
			c.Platform, c.Host, c.Port, c.User, c.Password, c.Database = MySQL, "h", 3307, "us@er", "p/a:s s", "my app"
		}},
		{name: "unescaped password", dsn: "mysql://app:p^a{s}<s>\"@h/app", want: func(c *Config) {
			c.Platform, c.Host, c.User, c.Password, c.Database = MySQL, "h", "app", "p^a{s}<s>\"", "app"
		}},
		{name: "at sign in the password", dsn: "mysql://app:p@ss@h/app", want: func(c *Config) {
			c.Platform, c.Host, c.User, c.Password, c.Database = MySQL, "h", "app", "p@ss", "app"
		}},
		{name: "user alone", dsn: "mysql://app@h/app", want: func(c *Config) { c.Platform, c.Host, c.User, c.Database = MySQL, "h", "app", "app" }},
		{name: "IPv6", dsn: "postgresql://[::1]:5433/app", want: func(c *Config) { c.Platform, c.Host, c.Port, c.Database = PostgreSQL, "::1", 5433, "app" }},
		{name: "parts in the query", dsn: "postgresql://u@localhost/x?host=/var/run/postgresql&port=5433&user=app&password=s%26cret&dbname=app", want: func(c *Config) {
			c.Platform, c.Host, c.Port, c.User, c.Password, c.Database = PostgreSQL, "/var/run/postgresql", 5433, "app", "s&cret", "app"
		}},
		{name: "TLS of PostgreSQL", dsn: "postgresql://h/app?sslmode=verify-full&sslrootcert=/ca.pem&sslcert=/c.pem&sslkey=/k.pem&application_name=logs&gssencmode=disable", want: func(c *Config) {
			c.Platform, c.Host, c.Database, c.AppName = PostgreSQL, "h", "app", "logs"
			c.TLS = TLS{Mode: "verify-full", RootCert: "/ca.pem", Cert: "/c.pem", Key: "/k.pem"}
		}},
		{name: "TLS and socket of MySQL", dsn: "mysql://localhost/app?unix_socket=/run/my.sock&charset=utf8&ssl_ca=/ca.pem&ssl_cert=/c.pem&ssl_key=/k.pem", want: func(c *Config) {
			c.Platform, c.Host, c.Database, c.Socket, c.Charset = MySQL, "localhost", "app", "/run/my.sock", "utf8"
			c.TLS = TLS{RootCert: "/ca.pem", Cert: "/c.pem", Key: "/k.pem"}
		}},
		{name: "TLS of PDO", dsn: "doctrine://default", databases: map[string]string{"default": "mysql://h/app?driverOptions[1009]=/ca.pem&driverOptions%5B1010%5D=/certs&driverOptions[1014]=0&driverOptions[1002]=x&persistent=maybe"}, want: func(c *Config) {
			c.Platform, c.Host, c.Database, c.Ignored = MySQL, "h", "app", []string{"driverOptions[1002]"}
			c.TLS = TLS{RootCert: "/ca.pem", RootDir: "/certs", AnyHost: true}
		}},
		{name: "SQLite, absolute", dsn: "sqlite:////srv/app/var/data.db?queue_name=failed", want: with(failed, func(c *Config) { c.Platform, c.Path = SQLite, "/srv/app/var/data.db" })},
		{name: "SQLite, relative", dsn: "sqlite:///var/data%20x.db", want: func(c *Config) { c.Platform, c.Path = SQLite, "var/data x.db" }},
		{name: "SQLite, as a parameter", dsn: "pdo-sqlite:///?path=/x.db", want: func(c *Config) { c.Platform, c.Path = SQLite, "/x.db" }},
		{name: "later parameter wins", dsn: "sqlite:///x.db?queue_name=a&queue_name=b", want: func(c *Config) { c.Platform, c.Path, c.Queue = SQLite, "x.db", "b" }},
		{name: "fragment", dsn: "sqlite:///x.db?queue_name=a#b", want: func(c *Config) { c.Platform, c.Path, c.Queue = SQLite, "x.db", "a" }},

		// what is refused
		{name: "another transport", dsn: "redis://s3cret@h", err: "it starts with none of"},
		{name: "nothing", dsn: "", err: "it starts with none of"},
		{name: "unknown parameter", dsn: "postgresql://app:s3cret@h/app?sslmod=require", err: `option "sslmod" of the DSN is unknown; did you mean "sslmode"?`},
		{name: "parameter of another platform", dsn: "mysql://app:s3cret@h/app?sslmode=require", want: func(c *Config) {
			c.Platform, c.Host, c.User, c.Password, c.Database, c.Ignored = MySQL, "h", "app", "s3cret", "app", []string{"sslmode"}
		}},
		{name: "misspelt queue", dsn: "mysql://app:s3cret@h/app?quue_name=failed", err: `did you mean "queue_name"?`},
		{name: "revoked certificates", dsn: "doctrine://default", databases: map[string]string{"default": "postgresql://app:s3cret@h/app?sslcrl=/crl.pem"}, err: `"sslcrl" of the DSN names revoked certificates`},
		{name: "ciphers", dsn: "mysql://app:s3cret@h/app?ssl_cipher=AES128-SHA", err: `"ssl_cipher" of the DSN names ciphers`},
		{name: "unknown option", dsn: "doctrine://default", databases: env, options: map[string]any{"tabel_name": "x"}, err: `did you mean "table_name"?`},
		{name: "two problems", dsn: "doctrine://default?queue=x&auto_setup=maybe", databases: env, err: "option \"auto_setup\" of the DSN must be true or false (1, on, yes; 0, off, no)\noption \"queue\""},
		{name: "redeliver timeout", dsn: "doctrine://default?redeliver_timeout=1h", databases: env, err: `"redeliver_timeout" of the DSN must be a whole number from 0`},
		{name: "sslmode", dsn: "postgresql://h/app?sslmode=on", err: "one of disable, allow, prefer, require, verify-ca, verify-full"},
		{name: "charset of PostgreSQL", dsn: "postgresql://h/app?charset=latin1", err: "must be utf8"},
		{name: "charset of MySQL", dsn: "mysql://h/app?charset=utf8'%3Bdrop", err: "a character set such as utf8mb4"},
		{name: "table in quotes", dsn: `sqlite:///x.db?table_name="x"`, err: `"table_name"`},
		{name: "table with SQL", dsn: "sqlite:///x.db?table_name=x;drop+table+y", err: "malformed"},
		{name: "table with a statement", dsn: "sqlite:///x.db?table_name=x%3Bdrop", err: `"table_name"`},
		{name: "table of three parts", dsn: "sqlite:///x.db?table_name=a.b.c", err: `"table_name"`},
		{name: "table too long", dsn: "sqlite:///x.db?table_name=" + strings.Repeat("x", 64), err: "63 characters at most"},
		{name: "queue too long", dsn: "sqlite:///x.db?queue_name=" + strings.Repeat("é", 191), err: "more than the 190 characters"},
		{name: "port", dsn: "mysql://app:s3cret@h:33x/app", err: "is not a number from 1 to 65535"},
		{name: "port zero", dsn: "mysql://app:s3cret@h:0/app", err: "is not a number from 1 to 65535"},
		{name: "slash in the password", dsn: "mysql://app:s3cret/x@h/app", err: "a password ends in @, and has its own / ? # as %2F %3F %23"},
		{name: "question mark in the password", dsn: "mysql://app:33?s3cret@h/app", err: "in a password, ? is written %3F"},
		{name: "& in the password", dsn: "mysql://h/app?password=x&s3cret", want: func(c *Config) {
			c.Platform, c.Host, c.Password, c.Database, c.Ignored = MySQL, "h", "x", "app", []string{"***"}
		}},
		{name: "secret in a number", dsn: "mysql://h/app?port=s3cret", err: "must be a whole number from 1"},
		{name: "secret in a table's name", dsn: "mysql://h/app?table_name=s3cret!", err: "must be a name, or schema.name"},
		{name: "no database", dsn: "mysql://app:s3cret@h", err: "it names no database, as mysql://host/app does"},
		{name: "no file", dsn: "sqlite:///", err: "it names no file"},
		{name: "memory", dsn: "sqlite:///:memory:", err: "in memory"},
		{name: "memory, old form", dsn: "sqlite://:memory:", err: "it names no file"},
		{name: "list for a name", dsn: "doctrine://default", databases: env, options: map[string]any{"queue_name": []any{"s3cret"}}, err: "must be a string"},
	}
}

func TestParseDSN(t *testing.T) {
	for _, tt := range dsnCases() {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseDSN(tt.dsn, tt.databases, tt.options)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("ParseDSN(%q) = %+v, %v; want an error with %q", tt.dsn, got, err, tt.err)
				}
				if strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "pa55") {
					t.Fatalf("the error has the password: %v", err)
				}
				return
			}
			want := defaultConfig()
			tt.want(&want)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Fatalf("ParseDSN(%q)\n got %+v, %v\nwant %+v", tt.dsn, got, err, want)
			}
			if !SupportsDSN(tt.dsn) {
				t.Fatalf("SupportsDSN(%q) = false", tt.dsn)
			}
		})
	}
}

func TestOptionErrors(t *testing.T) {
	_, err := ParseDSN("sqlite:///x.db?tablename=x&auto_setup=perhaps", nil)
	var wrong *option.Error
	if !errors.As(err, &wrong) || wrong.Name != "auto_setup" {
		t.Fatalf("ParseDSN: %v, want an *option.Error of auto_setup", err)
	}
	if SupportsDSN("redis://h") || SupportsDSN("doctrine") {
		t.Fatal("SupportsDSN takes what is none")
	}
}

func TestConnectionName(t *testing.T) {
	for dsn, want := range map[string]string{
		"doctrine://default?queue_name=failed": "default",
		"doctrine://logs":                      "logs",
		"doctrine://":                          "",
		"postgresql://user:password@host/app":  "",
		"redis://host":                         "",
		"doctrine://default?queue_name=%":      "",
	} {
		if got := ConnectionName(dsn); got != want {
			t.Errorf("ConnectionName(%q) = %q, want %q", dsn, got, want)
		}
	}
}

func TestNothingPrintsThePassword(t *testing.T) {
	c, err := ParseDSN("mysql://app:s3cret@h:3306/app?queue_name=failed", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{c.String(), fmt.Sprint(c), fmt.Sprintf("%+v", c), fmt.Sprintf("%#v", c), fmt.Sprintf("%q", c.Password), fmt.Sprintf("%x", c.Password)} {
		if strings.Contains(shown, "s3cret") || strings.Contains(shown, "733363726574") {
			t.Errorf("printed %s", shown)
		}
	}
	if got, want := c.String(), "mysql://h:3306/app?queue_name=failed&table_name=messenger_messages"; got != want {
		t.Errorf("String() = %s, want %s", got, want)
	}
}

// FuzzParseDSN: whatever the DSN, no panic, and a Config that needs no quotes in SQL or an error.
func FuzzParseDSN(f *testing.F) {
	for _, tt := range dsnCases() {
		f.Add(tt.dsn)
	}
	f.Fuzz(func(t *testing.T, dsn string) {
		c, err := ParseDSN(dsn, map[string]string{"default": dsn})
		if err != nil {
			return
		}
		if !isTableName(c.Table) || c.Port < 0 || c.Port > 65535 || c.RedeliverTimeout < 0 {
			t.Fatalf("ParseDSN(%q) = %+v", dsn, c)
		}
		if s, err := Open(c); err == nil {
			s.Close()
		}
	})
}
