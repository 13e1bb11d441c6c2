package doctrine_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"envelog/internal/symfony"
	"envelog/internal/transport/doctrine"
)

// TestApplication: what package symfony says of an application's failure transport and of its connection is enough.
func TestApplication(t *testing.T) {
	const messenger = "framework: { messenger: { transports: { failed: { dsn: 'doctrine://default', options: { queue_name: failed, auto_setup: false } } } } }"
	for _, tt := range []struct {
		name, doctrine string
		want           doctrine.Config
		shown          string
	}{
		{"the recipe's URL", "doctrine: { dbal: { url: '%env(resolve:DATABASE_URL)%' } }", doctrine.Config{Platform: doctrine.PostgreSQL, Password: "!ChangeMe!"}, "postgresql://127.0.0.1:5432/app"},
		{"parameters", "doctrine: { dbal: { connections: { default: { driver: pdo_mysql, host: db, port: 3307, user: app, password: 'a@b:c/%%d', dbname: app, server_version: '8.0', charset: utf8mb4 } } } }", doctrine.Config{Platform: doctrine.MySQL, Password: "a@b:c/%d"}, "mysql://db:3307/app"},
		{"TLS of PostgreSQL beside a URL", "doctrine: { dbal: { url: 'postgresql://app:pw@db/app?serverVersion=16&sslmode=verify-full', sslmode: disable, sslrootcert: /etc/ssl/ca.pem, sslcert: '%kernel.project_dir%/c.pem', sslkey: /k.pem } }", doctrine.Config{Platform: doctrine.PostgreSQL, Password: "pw", TLS: doctrine.TLS{Mode: "verify-full", RootCert: "/etc/ssl/ca.pem", Cert: "PROJECT/c.pem", Key: "/k.pem"}}, "postgresql://db/app"},
		{"TLS of PostgreSQL", "doctrine: { dbal: { connections: { default: { driver: pdo_pgsql, host: db, user: app, password: pw, dbname: app, sslmode: require, sslrootcert: /ca.pem } } } }", doctrine.Config{Platform: doctrine.PostgreSQL, Password: "pw", TLS: doctrine.TLS{Mode: "require", RootCert: "/ca.pem"}}, "postgresql://db/app"},
		{"TLS of PDO by numbers", "doctrine: { dbal: { url: 'mysql://app:pw@db/app', options: { 1009: /ca.pem, 1014: false, 1002: 'SET NAMES utf8mb4' } } }", doctrine.Config{Platform: doctrine.MySQL, Password: "pw", TLS: doctrine.TLS{RootCert: "/ca.pem", AnyHost: true}}, "mysql://db/app"},
		{"TLS of PDO by names", "doctrine: { dbal: { url: 'mysql://app:pw@db/app', options: { 'PDO::MYSQL_ATTR_SSL_CA': /ca.pem, 'Pdo\\Mysql::ATTR_SSL_CAPATH': /certs } } }", doctrine.Config{Platform: doctrine.MySQL, Password: "pw", TLS: doctrine.TLS{RootCert: "/ca.pem", RootDir: "/certs"}}, "mysql://db/app"},
		{"TLS of mysqli", "doctrine: { dbal: { driver: mysqli, host: db, user: app, password: pw, dbname: app, options: { ssl_ca: /ca.pem, ssl_cert: /c.pem, ssl_key: /k.pem } } }", doctrine.Config{Platform: doctrine.MySQL, Password: "pw", TLS: doctrine.TLS{RootCert: "/ca.pem", Cert: "/c.pem", Key: "/k.pem"}}, "mysql://db/app"},
		{"a file", "doctrine: { dbal: { driver: pdo_sqlite, path: '%kernel.project_dir%/var/data.db' } }", doctrine.Config{Platform: doctrine.SQLite}, "sqlite:///PROJECT/var/data.db"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			app, dir := application(t, map[string]string{"messenger.yaml": messenger, "doctrine.yaml": tt.doctrine})
			failed, err := app.Transport("failed")
			if err != nil {
				t.Fatal(err)
			}
			connection, err := app.Connection(doctrine.ConnectionName(failed.DSN))
			if err != nil {
				t.Fatal(err)
			}
			got, err := doctrine.ParseDSN(failed.DSN, map[string]string{connection.Name: connection.URL}, failed.Options)
			if err != nil {
				t.Fatal(err)
			}
			tt.want.TLS.Cert = strings.Replace(tt.want.TLS.Cert, "PROJECT", dir, 1)
			shown := strings.Replace(tt.shown, "PROJECT", dir, 1) + "?queue_name=failed&table_name=messenger_messages"
			if got.Platform != tt.want.Platform || got.Password != tt.want.Password || got.AutoSetup || got.String() != shown || got.TLS != tt.want.TLS {
				t.Fatalf("%s with the password %q, auto_setup %v, %+v; want %s, %+v", got, string(got.Password), got.AutoSetup, got.TLS, shown, tt.want.TLS)
			}
		})
	}
}

// application writes a project with these files in config/packages, and DATABASE_URL as the recipe has it.
func application(t *testing.T, packages map[string]string) (*symfony.Application, string) {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(dir, "config", "packages")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range packages {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	app, err := symfony.Load(symfony.Options{Dir: dir, Environ: []string{"DATABASE_URL=postgresql://app:!ChangeMe!@127.0.0.1:5432/app?serverVersion=16&charset=utf8"}})
	if err != nil {
		t.Fatal(err)
	}
	return app, dir
}
