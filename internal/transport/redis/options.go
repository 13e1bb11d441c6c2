package redis

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
	"envelog/internal/phpredis"
	"envelog/internal/secret"
	"envelog/internal/suggest"
)

// OptionError is an option of a DSN, or of the options beside it, that cannot be used. Errors of several options are
// joined (errors.Join).
type OptionError struct {
	Name   string // as written, "ssl[cafile]" for a nested one
	Reason string // never holds the value of a password
}

func (e *OptionError) Error() string {
	return fmt.Sprintf("option %q of the redis DSN %s", e.Name, e.Reason)
}

// setter stores one option's value, which is a string or a map of a query, or what a YAML file gave.
type setter func(c *Config, name string, value any) error

// setters has every option of symfony/redis-messenger from 5.4 to 8.1. The hosts are not among them: the DSN has them.
func setters() map[string]setter {
	return map[string]setter{
		"stream":              text(func(c *Config, s string) { c.Stream = s }),
		"group":               text(func(c *Config, s string) { c.Group = s }),
		"consumer":            text(func(c *Config, s string) { c.Consumer = s }),
		"auto_setup":          boolean(func(c *Config, b bool) { c.AutoSetup = b }),
		"delete_after_ack":    boolean(func(c *Config, b bool) { c.DeleteAfterAck = b }),
		"delete_after_reject": boolean(func(c *Config, b bool) { c.DeleteAfterReject = b }),
		"stream_max_entries":  integer(0, math.MaxInt64, func(c *Config, n int64) { c.MaxEntries = n }),
		"dbindex":             integer(0, math.MaxInt32, func(c *Config, n int64) { c.DB = int(n) }),
		"redeliver_timeout":   duration(time.Second, func(c *Config, d time.Duration) { c.RedeliverTimeout = d }),
		"claim_interval":      duration(time.Millisecond, func(c *Config, d time.Duration) { c.ClaimInterval = d }),
		"serializer":          serializer,
		"auth":                auth,
		"timeout":             seconds(func(c *Config, d time.Duration) { c.ConnectTimeout = d }),
		"read_timeout":        seconds(func(c *Config, d time.Duration) { c.ReadTimeout = d }),
		"ssl":                 sslOptions,
		"sentinel":            sentinel, // 7.4 and later
		"redis_sentinel":      sentinel, // 7.1 and later
		"sentinel_master":     sentinel, // 6.1 and later
		"cluster":             boolean(func(c *Config, b bool) { c.Cluster = c.Cluster || b }),
		"tls":                 boolean(func(c *Config, b bool) { c.TLS = c.TLS || b }), // 5.4 only
		"port":                integer(1, math.MaxUint16, func(*Config, int64) {}),     // read with the hosts
		"host":                text(func(*Config, string) {}),                          // read with the hosts

		// Without a meaning here: the connection opens at Connect, is never shared between processes, and its pauses
		// are the receiver's own. FrameworkBundle adds transport_name.
		"lazy":           boolean(func(*Config, bool) {}),
		"persistent_id":  text(func(*Config, string) {}),
		"retry_interval": integer(0, math.MaxInt32, func(*Config, int64) {}),
		"transport_name": text(func(*Config, string) {}),
	}
}

// apply stores all options in c, in the order of their names, and joins the errors.
func (c *Config) apply(options map[string]any) error {
	known := setters()
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(options)) {
		set, ok := known[name]
		if !ok {
			errs = append(errs, unknownOption(name, slices.Sorted(maps.Keys(known))))
			continue
		}
		if err := set(c, name, options[name]); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func unknownOption(name string, known []string) error {
	reason := "is unknown"
	if near := suggest.Nearest(leaf(name), known); near != "" {
		reason += fmt.Sprintf("; did you mean %q?", near)
	}
	return &OptionError{Name: name, Reason: reason}
}

// leaf is the name between the brackets of "ssl[cafile]".
func leaf(name string) string {
	if _, inner, ok := strings.Cut(name, "["); ok {
		return strings.TrimSuffix(inner, "]")
	}
	return name
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
		s, ok := scalar(value)
		if !ok {
			return badValue(name, value, "a string")
		}
		store(c, s)
		return nil
	}
}

func boolean(store func(*Config, bool)) setter {
	return func(c *Config, name string, value any) error {
		b, ok := parseBool(value)
		if !ok {
			return badValue(name, value, "true or false (1, on, yes; 0, off, no)")
		}
		store(c, b)
		return nil
	}
}

func integer(least, most int64, store func(*Config, int64)) setter {
	return func(c *Config, name string, value any) error {
		n, ok := parseInt(value)
		if !ok || n < least || n > most {
			return badValue(name, value, fmt.Sprintf("a whole number from %d to %d", least, most))
		}
		store(c, n)
		return nil
	}
}

// duration is an option that counts whole units.
func duration(unit time.Duration, store func(*Config, time.Duration)) setter {
	most := int64(math.MaxInt64 / unit)
	return integer(0, most, func(c *Config, n int64) { store(c, time.Duration(n)*unit) })
}

// seconds is an option that counts seconds with a fraction.
func seconds(store func(*Config, time.Duration)) setter {
	return func(c *Config, name string, value any) error {
		s, _ := phpfilter.Text(value)
		f, ok := phpfilter.Float(s)
		if !ok || !(f >= -1 && f <= float64(math.MaxInt32)) {
			return badValue(name, value, "a number of seconds")
		}
		store(c, time.Duration(max(0, f)*float64(time.Second))) // -1 is for ever in PHP, which nothing is here
		return nil
	}
}

// serializer takes phpredis' number. PHP takes anything else, a constant's name too, as 0 without a word.
func serializer(c *Config, name string, value any) error {
	n, ok := parseInt(value)
	if !ok || n < int64(phpredis.None) || n > int64(phpredis.JSON) {
		return badValue(name, value, "the number of phpredis' constant: "+
			"0 (none, which is what PHP makes of anything else), 1 (php), 2 (igbinary), 3 (msgpack), 4 (json)")
	}
	c.Serializer = phpredis.Serializer(n)
	return nil
}

// auth is a password, or a list of user and password. It wins over the DSN's user and password. An empty one is none,
// as in 5.4; later versions would send an empty password.
func auth(c *Config, name string, value any) error {
	if s, ok := scalar(value); ok {
		c.User, c.Password = "", secret.Secret(s)
		return nil
	}
	user, password, ok := login(value)
	if !ok {
		return &OptionError{Name: name, Reason: "must be a password, or a list of user and password, or a map of user and pass"}
	}
	c.User, c.Password = user, secret.Secret(password)
	return nil
}

// login reads a list, or a map with the keys user and pass, as phpredis does; a query gives a map with the keys 0 and 1.
func login(value any) (user, password string, ok bool) {
	parts := map[string]any{}
	switch v := value.(type) {
	case map[string]any:
		parts = v
	case []any:
		for i, part := range v {
			parts[strconv.Itoa(i)] = part
		}
	case []string:
		for i, part := range v {
			parts[strconv.Itoa(i)] = part
		}
	}
	named := func(name, index string) (string, bool) {
		part, there := parts[name]
		if !there {
			part, there = parts[index]
		}
		text, isText := scalar(part)
		return text, there && isText
	}
	switch len(parts) {
	case 1:
		password, ok = named("pass", "0")
		return "", password, ok
	case 2:
		user, userOK := named("user", "0")
		password, ok = named("pass", "1")
		return user, password, ok && userOK
	}
	return "", "", false
}

func sentinel(c *Config, name string, value any) error {
	s, ok := scalar(value)
	if !ok {
		return badValue(name, value, "the name of the master")
	}
	if c.Sentinel != "" && s != "" && c.Sentinel != s {
		return &OptionError{Name: name, Reason: "names another master than its aliases (sentinel, redis_sentinel, sentinel_master)"}
	}
	if s != "" {
		c.Sentinel = s
	}
	return nil
}

// scalar is the text of a scalar; null is the empty string.
func scalar(value any) (string, bool) {
	switch v := value.(type) {
	case nil:
		return "", true
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case int:
		return strconv.Itoa(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case uint64:
		return strconv.FormatUint(v, 10), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	}
	return "", false
}

// parseBool reads what PHP's FILTER_VALIDATE_BOOL does.
func parseBool(value any) (b, ok bool) {
	s, ok := phpfilter.Text(value)
	if !ok {
		return false, false
	}
	return phpfilter.Bool(s)
}

// parseInt reads what PHP's FILTER_VALIDATE_INT does.
func parseInt(value any) (int64, bool) {
	s, ok := phpfilter.Text(value)
	if !ok {
		return 0, false
	}
	return phpfilter.Int(s)
}
