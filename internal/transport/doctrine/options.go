package doctrine

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"envelog/internal/secret"
	"envelog/internal/transport/option"
)

// maxQueue is the length of the column queue_name.
const maxQueue = 190

type setters = option.Setters[Config]

type setter = option.Setter[Config]

// transportSetters has every option of symfony/doctrine-messenger from 5.4 to 7.4.
func transportSetters() setters {
	return setters{
		"table_name":        option.Text(func(c *Config, s string) { c.Table = s }),
		"queue_name":        option.Text(func(c *Config, s string) { c.Queue = s }),
		"auto_setup":        option.Bool(func(c *Config, b bool) { c.AutoSetup = b }),
		"redeliver_timeout": option.Duration(time.Second, func(c *Config, d time.Duration) { c.RedeliverTimeout = d }),

		// Without a meaning here: nothing listens, and every Send notifies. FrameworkBundle adds transport_name.
		"use_notify":             option.Bool(func(*Config, bool) {}),
		"check_delayed_interval": option.Int(0, math.MaxInt32, func(*Config, int64) {}),
		"get_notify_timeout":     option.Int(0, math.MaxInt32, func(*Config, int64) {}),
		"transport_name":         option.Text(func(*Config, string) {}),
		"connection":             option.Text(func(*Config, string) {}), // the host of the DSN wins, as in PHP
	}
}

// databaseSetters has the parameters of Doctrine DBAL (DsnParser, and the drivers' constructPdoDsn) for a platform.
func databaseSetters(p Platform) setters {
	all := setters{
		// How PHP reaches the server, and which dialect it speaks: here both are found out.
		"serverVersion": option.Text(func(*Config, string) {}),
		"driver":        option.Text(func(*Config, string) {}),
		"persistent":    option.Ignore[Config],
	}
	switch p {
	case PostgreSQL:
		return option.Merge(all, serverSetters(), postgresqlSetters())
	case MySQL:
		return option.Merge(all, serverSetters(), mysqlSetters())
	}
	all["path"] = option.Text(func(c *Config, s string) { c.Path = s })
	all["charset"] = option.Text(func(*Config, string) {}) // SQLite has UTF-8 alone, and PHP ignores it too
	return all
}

// serverSetters replace parts of the URL.
func serverSetters() setters {
	return setters{
		"host":     option.Text(func(c *Config, s string) { c.Host = s }),
		"port":     option.Int(1, math.MaxUint16, func(c *Config, n int64) { c.Port = int(n) }),
		"user":     option.Text(func(c *Config, s string) { c.User = s }),
		"password": option.Text(func(c *Config, s string) { c.Password = secret.Secret(s) }),
		"dbname":   option.Text(func(c *Config, s string) { c.Database = s }),
	}
}

func postgresqlSetters() setters {
	return setters{
		"charset":          one("utf8", "utf-8", "unicode"),
		"sslmode":          sslMode,
		"sslrootcert":      option.Text(func(c *Config, s string) { c.TLS.RootCert = s }),
		"sslcert":          option.Text(func(c *Config, s string) { c.TLS.Cert = s }),
		"sslkey":           option.Text(func(c *Config, s string) { c.TLS.Key = s }),
		"sslcrl":           refused("names revoked certificates, which envelog cannot look up; give envelog the DSN of the transport, without it"),
		"application_name": option.Text(func(c *Config, s string) { c.AppName = s }),
		"gssencmode":       one("disable", "prefer"),              // there is no GSSAPI here
		"default_dbname":   option.Text(func(*Config, string) {}), // DBAL 3 connects to it to create databases
	}
}

// mysqlSetters has mysqli's options by their names, and those of PDO by their numbers too, as a URL has them:
// "?driverOptions[1009]=/etc/ssl/ca.pem".
func mysqlSetters() setters {
	setters := setters{
		"charset":                charset,
		"unix_socket":            option.Text(func(c *Config, s string) { c.Socket = s }),
		"ssl_ca":                 option.Text(func(c *Config, s string) { c.TLS.RootCert = s }),
		"ssl_capath":             option.Text(func(c *Config, s string) { c.TLS.RootDir = s }),
		"ssl_cert":               option.Text(func(c *Config, s string) { c.TLS.Cert = s }),
		"ssl_key":                option.Text(func(c *Config, s string) { c.TLS.Key = s }),
		"ssl_cipher":             refused("names ciphers, which envelog cannot choose; give envelog the DSN of the transport, without it"),
		"ssl_verify_server_cert": option.Bool(func(c *Config, b bool) { c.TLS.AnyHost = !b }),
	}
	for number, name := range mysqlAttributes() {
		setters["driverOptions["+number+"]"] = setters[name]
	}
	return setters
}

// mysqlAttributes returns what PDO's attributes of TLS are called in a DSN, by their numbers (PDO::MYSQL_ATTR_SSL_CA is
// 1009). As names of options in doctrine.yaml they mean the same.
func mysqlAttributes() map[string]string {
	return map[string]string{
		"1007": "ssl_key", "1008": "ssl_cert", "1009": "ssl_ca", "1010": "ssl_capath", "1011": "ssl_cipher", "1014": "ssl_verify_server_cert",
	}
}

// unknown says what becomes of an option that is not known.
type unknown func(c *Config, known setters, name string) error

// refuseUnknown refuses every option that is not known.
func refuseUnknown(_ *Config, known setters, name string) error {
	return option.Unknown(name, known.Nearest(name))
}

// refuseNear ignores what is no misspelt option.
func refuseNear(c *Config, known setters, name string) error {
	if near := known.Nearest(name); near != "" {
		return option.Unknown(name, near)
	}
	return ignoreUnknown(c, known, name)
}

func ignoreUnknown(c *Config, _ setters, name string) error {
	c.Ignored = append(c.Ignored, name)
	return nil
}

// apply stores the options in c.
func (c *Config) apply(options map[string]any, known setters, unknown unknown) error {
	_, passwordBeside := options["password"]
	return known.Apply(c, options, func(name string) error {
		if passwordBeside && known.Nearest(name) == "" {
			name = secret.Stars // it may be a piece of the password, from an & on
		}
		return unknown(c, known, name)
	})
}

// refused is an option that PHP has and that cannot be obeyed, though it matters.
func refused(reason string) setter {
	return func(_ *Config, name string, _ any) error { return &option.Error{Name: name, Reason: reason} }
}

// one accepts the values that mean what happens anyway.
func one(allowed ...string) setter {
	return func(_ *Config, name string, value any) error {
		if !slices.Contains(allowed, strings.ToLower(fmt.Sprint(value))) {
			return option.Bad(name, value, strings.Join(allowed, " or "))
		}
		return nil
	}
}

// sslMode is libpq's.
func sslMode(c *Config, name string, value any) error {
	c.TLS.Mode = fmt.Sprint(value)
	if !slices.Contains(sslModes(), c.TLS.Mode) {
		return option.Bad(name, value, "one of "+strings.Join(sslModes(), ", "))
	}
	return nil
}

func sslModes() []string {
	return []string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}
}

// charset ends up in SET NAMES, and is a name of letters and digits.
func charset(c *Config, name string, value any) error {
	c.Charset = fmt.Sprint(value)
	if !isIdentifier(c.Charset) {
		return option.Bad(name, value, "a character set such as utf8mb4")
	}
	return nil
}
