package doctrine

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"envelog/internal/phpfilter"
	"envelog/internal/secret"
	"envelog/internal/suggest"
)

// OptionError is a parameter of a DSN, or an option beside it, that cannot be used. Errors of several are joined
// (errors.Join).
type OptionError struct {
	Name   string // as written
	Reason string // never holds the value of a password
}

func (e *OptionError) Error() string {
	return fmt.Sprintf("option %q of the doctrine DSN %s", e.Name, e.Reason)
}

// maxQueue is the length of the column queue_name.
const maxQueue = 190

// setter stores one option's value: a string of a query, or what a YAML file gave.
type setter func(c *Config, name string, value any) error

// transportSetters has every option of symfony/doctrine-messenger from 5.4 to 7.4.
func transportSetters() map[string]setter {
	return map[string]setter{
		"table_name":        text(func(c *Config, s string) { c.Table = s }),
		"queue_name":        text(func(c *Config, s string) { c.Queue = s }),
		"auto_setup":        boolean(func(c *Config, b bool) { c.AutoSetup = b }),
		"redeliver_timeout": integer(0, math.MaxInt32, func(c *Config, n int64) { c.RedeliverTimeout = time.Duration(n) * time.Second }),

		// Without a meaning here: nothing listens, and every Send notifies. FrameworkBundle adds transport_name.
		"use_notify":             boolean(func(*Config, bool) {}),
		"check_delayed_interval": integer(0, math.MaxInt32, func(*Config, int64) {}),
		"get_notify_timeout":     integer(0, math.MaxInt32, func(*Config, int64) {}),
		"transport_name":         text(func(*Config, string) {}),
		"connection":             text(func(*Config, string) {}), // the host of the DSN wins, as in PHP
	}
}

// databaseSetters has the parameters of Doctrine DBAL (DsnParser, and the drivers' constructPdoDsn) for a platform.
func databaseSetters(p Platform) map[string]setter {
	all := map[string]setter{
		// How PHP reaches the server, and which dialect it speaks: here both are found out.
		"serverVersion": text(func(*Config, string) {}),
		"driver":        text(func(*Config, string) {}),
		"persistent":    anything,
	}
	switch p {
	case PostgreSQL:
		return merged(all, serverSetters(), postgresqlSetters())
	case MySQL:
		return merged(all, serverSetters(), mysqlSetters())
	}
	all["path"] = text(func(c *Config, s string) { c.Path = s })
	all["charset"] = text(func(*Config, string) {}) // SQLite has UTF-8 alone, and PHP ignores it too
	return all
}

// serverSetters replace parts of the URL.
func serverSetters() map[string]setter {
	return map[string]setter{
		"host":     text(func(c *Config, s string) { c.Host = s }),
		"port":     integer(1, math.MaxUint16, func(c *Config, n int64) { c.Port = int(n) }),
		"user":     text(func(c *Config, s string) { c.User = s }),
		"password": text(func(c *Config, s string) { c.Password = secret.Secret(s) }),
		"dbname":   text(func(c *Config, s string) { c.Database = s }),
	}
}

func postgresqlSetters() map[string]setter {
	return map[string]setter{
		"charset":          one("utf8", "utf-8", "unicode"),
		"sslmode":          sslMode,
		"sslrootcert":      text(func(c *Config, s string) { c.TLS.RootCert = s }),
		"sslcert":          text(func(c *Config, s string) { c.TLS.Cert = s }),
		"sslkey":           text(func(c *Config, s string) { c.TLS.Key = s }),
		"sslcrl":           refused("names revoked certificates, which envelog cannot look up; give envelog the DSN of the transport, without it"),
		"application_name": text(func(c *Config, s string) { c.AppName = s }),
		"gssencmode":       one("disable", "prefer"),       // there is no GSSAPI here
		"default_dbname":   text(func(*Config, string) {}), // DBAL 3 connects to it to create databases
	}
}

// mysqlSetters has mysqli's options by their names, and those of PDO by their numbers too, as a URL has them:
// "?driverOptions[1009]=/etc/ssl/ca.pem".
func mysqlSetters() map[string]setter {
	setters := map[string]setter{
		"charset":                charset,
		"unix_socket":            text(func(c *Config, s string) { c.Socket = s }),
		"ssl_ca":                 text(func(c *Config, s string) { c.TLS.RootCert = s }),
		"ssl_capath":             text(func(c *Config, s string) { c.TLS.RootDir = s }),
		"ssl_cert":               text(func(c *Config, s string) { c.TLS.Cert = s }),
		"ssl_key":                text(func(c *Config, s string) { c.TLS.Key = s }),
		"ssl_cipher":             refused("names ciphers, which envelog cannot choose; give envelog the DSN of the transport, without it"),
		"ssl_verify_server_cert": boolean(func(c *Config, b bool) { c.TLS.AnyHost = !b }),
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

func merged(all ...map[string]setter) map[string]setter {
	sum := map[string]setter{}
	for _, m := range all {
		maps.Copy(sum, m)
	}
	return sum
}

// apply stores all settings in c, in the order of their names, and joins the errors.
func (c *Config) apply(settings map[string]any, known map[string]setter, unknown unknown) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		set, ok := known[name]
		if !ok {
			errs = append(errs, unknown(c, name, suggest.Nearest(name, slices.Sorted(maps.Keys(known)))))
			continue
		}
		errs = append(errs, set(c, name, settings[name]))
	}
	return errors.Join(errs...)
}

// unknown says what becomes of a name that is not known; near is a known one that is much like it, or nothing.
type unknown func(c *Config, name, near string) error

// refuseUnknown refuses every name that is unknown to this kind of DSN.
func refuseUnknown(kind string) unknown {
	return func(_ *Config, name, near string) error {
		reason := "is unknown to " + kind
		if near != "" {
			reason += fmt.Sprintf("; did you mean %q?", near)
		}
		return &OptionError{Name: name, Reason: reason}
	}
}

// refuseNear ignores what is no misspelt name.
func refuseNear(c *Config, name, near string) error {
	if near != "" {
		return refuseUnknown(c.Platform.String())(c, name, near)
	}
	return ignoreUnknown(c, name, near)
}

func ignoreUnknown(c *Config, name, _ string) error {
	c.Ignored = append(c.Ignored, name)
	return nil
}

func badValue(name string, value any, want string) error {
	shown := fmt.Sprintf("%v", value)
	if s, ok := value.(string); ok {
		shown = strconv.Quote(s)
	}
	if len(shown) > 60 {
		shown = shown[:60] + "..."
	}
	return &OptionError{Name: name, Reason: fmt.Sprintf("is %s; it must be %s", shown, want)}
}

func text(store func(*Config, string)) setter {
	return func(c *Config, name string, value any) error {
		switch v := value.(type) {
		case string:
			store(c, v)
		case int, int64, uint64, float64:
			store(c, fmt.Sprint(v))
		default:
			return &OptionError{Name: name, Reason: "must be a string"}
		}
		return nil
	}
}

// boolean takes what PHP's FILTER_VALIDATE_BOOL knows; what it does not know is an error, where PHP makes it false.
func boolean(store func(*Config, bool)) setter {
	return func(c *Config, name string, value any) error {
		s, isScalar := phpfilter.Text(value)
		b, valid := phpfilter.Bool(s)
		if !isScalar || !valid {
			return badValue(name, value, "true or false")
		}
		store(c, b)
		return nil
	}
}

// integer takes what PHP's FILTER_VALIDATE_INT knows.
func integer(least, most int64, store func(*Config, int64)) setter {
	return func(c *Config, name string, value any) error {
		s, isScalar := phpfilter.Text(value)
		n, valid := phpfilter.Int(s)
		if !isScalar || !valid || n < least || n > most {
			return badValue(name, value, fmt.Sprintf("a whole number from %d to %d", least, most))
		}
		store(c, n)
		return nil
	}
}

// anything takes what has no meaning here, whatever its value.
func anything(*Config, string, any) error { return nil }

// refused is an option that PHP has and that cannot be obeyed, though it matters.
func refused(reason string) setter {
	return func(_ *Config, name string, _ any) error { return &OptionError{Name: name, Reason: reason} }
}

// one accepts the values that mean what happens anyway.
func one(allowed ...string) setter {
	return func(_ *Config, name string, value any) error {
		if !slices.Contains(allowed, strings.ToLower(fmt.Sprint(value))) {
			return badValue(name, value, strings.Join(allowed, " or "))
		}
		return nil
	}
}

// sslMode is libpq's.
func sslMode(c *Config, name string, value any) error {
	modes := []string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}
	c.TLS.Mode = fmt.Sprint(value)
	if !slices.Contains(modes, c.TLS.Mode) {
		return badValue(name, value, "one of "+strings.Join(modes, ", "))
	}
	return nil
}

// charset ends up in SET NAMES, and is a name of letters and digits.
func charset(c *Config, name string, value any) error {
	c.Charset = fmt.Sprint(value)
	if !isIdentifier(c.Charset) {
		return badValue(name, value, "a character set such as utf8mb4")
	}
	return nil
}
