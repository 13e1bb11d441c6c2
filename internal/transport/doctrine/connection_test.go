//go:build integration || compat

package doctrine_test

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"envelog/internal/dbtest"
	"envelog/internal/redistest"
	"envelog/internal/transport/doctrine"
	"envelog/internal/transport/transporttest"
)

// boundsConnections has many at work at once for a user to whom the server gives four connections, and not one more.
func boundsConnections(t *testing.T, s *dbtest.Server) {
	c := config(t, s)
	password := "'" + strings.ReplaceAll(dbtest.Password, "'", "''") + "'"
	switch c.Platform {
	case doctrine.PostgreSQL:
		s.Exec("", "CREATE ROLE few LOGIN PASSWORD "+password+" CONNECTION LIMIT 4", "ALTER DATABASE "+c.Database+" OWNER TO few")
	case doctrine.MySQL:
		s.Exec("", "CREATE USER few@'127.0.0.1' IDENTIFIED BY "+password+" WITH MAX_USER_CONNECTIONS 4", "GRANT ALL ON "+c.Database+".* TO few@'127.0.0.1'")
	}
	c.User = "few"
	own := openConfig(t, c)
	var group sync.WaitGroup
	for range 40 {
		group.Go(func() {
			if _, err := own.Send(t.Context(), transporttest.Message("x"), 0); err != nil {
				t.Error(err)
			}
			if _, err := own.Count(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

// config is that of a new database on the server.
func config(t *testing.T, s *dbtest.Server) doctrine.Config {
	t.Helper()
	c, err := doctrine.ParseDSN(s.URL(s.NewDatabase()), nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// usesSocket connects as the DSN says it to PHP: by the socket's directory, or its path.
func usesSocket(t *testing.T, s *dbtest.Server) {
	c := config(t, s)
	dsn := "postgresql://" + c.User + "@/" + c.Database + "?host=" + s.Dir + "&port=" + strconv.Itoa(s.Port)
	if c.Platform == doctrine.MySQL {
		s.Exec("", "CREATE USER local@localhost", "GRANT ALL ON "+c.Database+".* TO local@localhost")
		dsn = "mysql://local@localhost/" + c.Database + "?unix_socket=" + s.Dir + "/sock"
	}
	sendText(t, open(t, dsn), "1")
}

// securesConnection has the server ask everyone for TLS and a certificate, for good.
func securesConnection(t *testing.T, s *dbtest.Server) {
	c := config(t, s)
	own := redistest.NewCertificates(t)
	requireTLS(t, s, c.Platform, own)
	t.Run("in the clear", func(t *testing.T) {
		plain := c
		if c.Platform == doctrine.PostgreSQL {
			plain.TLS.Mode = "disable"
		}
		_, err := openConfig(t, plain).Count(t.Context())
		wantClass(t, map[string]error{"count": err}, doctrine.ErrAccess)
	})
	if c.Platform == doctrine.PostgreSQL {
		c.TLS.Mode = "verify-full"
	}
	c.TLS.Cert, c.TLS.Key = own.ClientCert, own.ClientKey
	t.Run("a stranger's server", func(t *testing.T) {
		strange := c
		strange.TLS.RootCert = redistest.NewCertificates(t).CA
		_, err := openConfig(t, strange).Count(t.Context())
		wantClass(t, map[string]error{"count": err}, doctrine.ErrUntrusted, "unknown authority", "sslrootcert")
	})
	t.Run("both certificates", func(t *testing.T) {
		c.TLS.RootCert = own.CA
		sendText(t, openConfig(t, c), "1")
	})
	t.Run("a certificate that is not there", func(t *testing.T) {
		c.TLS.RootCert = "/absent/ca.pem"
		if _, err := doctrine.Open(c); !errors.Is(err, os.ErrNotExist) || strings.Contains(err.Error(), dbtest.Password) {
			t.Fatalf("open: %v, want os.ErrNotExist", err)
		}
	})
}

// requireTLS gives the server copies of its certificates that it may read.
func requireTLS(t *testing.T, s *dbtest.Server, p doctrine.Platform, c redistest.Certificates) {
	t.Helper()
	give := func(name, path string) string {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return s.WriteFile(name, content)
	}
	ca, cert, key := give("ca.crt", c.CA), give("server.crt", c.Cert), give("server.key", c.Key)
	switch p {
	case doctrine.PostgreSQL:
		s.WriteFile("data/pg_hba.conf", []byte("local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256 clientcert=verify-ca\n"))
		s.Restart("-c", "ssl=on", "-c", "ssl_ca_file="+ca, "-c", "ssl_cert_file="+cert, "-c", "ssl_key_file="+key)
	case doctrine.MySQL:
		s.Restart("--ssl-ca="+ca, "--ssl-cert="+cert, "--ssl-key="+key)
		s.Exec("", "ALTER USER "+dbtest.User+"@'127.0.0.1' REQUIRE X509")
	}
}
