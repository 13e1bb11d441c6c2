package doctrine

import "testing"

func TestInClear(t *testing.T) {
	for dsn, want := range map[string]bool{
		"postgresql://app:pw@db/app":                                     true,
		"postgresql://app:pw@db/app?sslmode=prefer":                      true,
		"postgresql://app:pw@db/app?sslmode=require":                     false,
		"postgresql://app:pw@db/app?sslmode=verify-full&sslrootcert=/ca": false,
		"postgresql://app:pw@127.0.0.1/app":                              false,
		"postgresql://app:pw@[::1]/app":                                  false,
		"postgresql://app:pw@localhost/app":                              false,
		"postgresql://app@/app?host=/var/run/postgresql":                 false,
		"mysql://app:pw@db/app":                                          true,
		"mysql://app:pw@10.0.0.1/app?ssl_verify_server_cert=0":           true,
		"mysql://app:pw@db/app?ssl_ca=/ca.pem":                           false,
		"mysql://app:pw@db/app?unix_socket=/run/my.sock":                 false,
		"sqlite:////data.db":                                             false,
	} {
		c, err := ParseDSN(dsn, nil)
		if got := c.InClear(); err != nil || got != want {
			t.Errorf("InClear of %s = %v, %v; want %v", dsn, got, err, want)
		}
	}
}
