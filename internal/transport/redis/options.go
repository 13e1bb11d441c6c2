package redis

import (
	"math"
	"strconv"
	"time"

	"envelog/decoder/phpredis"
	"envelog/internal/phpfilter"
	"envelog/internal/secret"
	"envelog/internal/transport/option"
)

type setter = option.Setter[Config]

// setters has every option of symfony/redis-messenger from 5.4 to 8.1. The hosts are not among them: the DSN has them.
func setters() option.Setters[Config] {
	return option.Setters[Config]{
		"stream":              option.Text(func(c *Config, s string) { c.Stream = s }),
		"group":               option.Text(func(c *Config, s string) { c.Group = s }),
		"consumer":            option.Text(func(c *Config, s string) { c.Consumer = s }),
		"auto_setup":          option.Bool(func(c *Config, b bool) { c.AutoSetup = b }),
		"delete_after_ack":    option.Bool(func(c *Config, b bool) { c.DeleteAfterAck = b }),
		"delete_after_reject": option.Bool(func(c *Config, b bool) { c.DeleteAfterReject = b }),
		"stream_max_entries":  option.Int(0, math.MaxInt64, func(c *Config, n int64) { c.MaxEntries = n }),
		"dbindex":             option.Int(0, math.MaxInt32, func(c *Config, n int64) { c.DB = int(n) }),
		"redeliver_timeout":   option.Duration(time.Second, func(c *Config, d time.Duration) { c.RedeliverTimeout = d }),
		"claim_interval":      option.Duration(time.Millisecond, func(c *Config, d time.Duration) { c.ClaimInterval = d }),
		"serializer":          serializer,
		"auth":                auth,
		"timeout":             seconds(func(c *Config, d time.Duration) { c.ConnectTimeout = d }),
		"read_timeout":        seconds(func(c *Config, d time.Duration) { c.ReadTimeout = d }),
		"ssl":                 sslOptions,
		"sentinel":            sentinel, // 7.4 and later
		"redis_sentinel":      sentinel, // 7.1 and later
		"sentinel_master":     sentinel, // 6.1 and later
		"cluster":             option.Bool(func(c *Config, b bool) { c.Cluster = c.Cluster || b }),
		"tls":                 option.Bool(func(c *Config, b bool) { c.TLS = c.TLS || b }), // 5.4 only
		"port":                option.Int(1, math.MaxUint16, func(*Config, int64) {}),      // read with the hosts
		"host":                option.Text(func(*Config, string) {}),                       // read with the hosts

		// Without a meaning here: the connection opens at Connect, is never shared between processes, and its pauses
		// are the receiver's own. FrameworkBundle adds transport_name.
		"lazy":           option.Bool(func(*Config, bool) {}),
		"persistent_id":  option.Text(func(*Config, string) {}),
		"retry_interval": option.Int(0, math.MaxInt32, func(*Config, int64) {}),
		"transport_name": option.Text(func(*Config, string) {}),
	}
}

// apply stores the options in c.
func (c *Config) apply(options map[string]any) error {
	known := setters()
	return known.Apply(c, options, func(name string) error { return option.Unknown(name, known.Nearest(name)) })
}

// seconds is an option that counts seconds with a fraction.
func seconds(store func(*Config, time.Duration)) setter {
	return func(c *Config, name string, value any) error {
		s, _ := phpfilter.Text(value)
		f, ok := phpfilter.Float(s)
		if !ok || !(f >= -1 && f <= float64(math.MaxInt32)) {
			return option.Bad(name, value, "a number of seconds")
		}
		store(c, time.Duration(max(0, f)*float64(time.Second))) // -1 is for ever in PHP, which nothing is here
		return nil
	}
}

// serializer takes phpredis' number. PHP takes anything else, a constant's name too, as 0 without a word.
func serializer(c *Config, name string, value any) error {
	n, ok := parseInt(value)
	if !ok || n < int64(phpredis.None) || n > int64(phpredis.JSON) {
		return option.Bad(name, value, "the number of phpredis' constant: "+
			"0 (none, which is what PHP makes of anything else), 1 (php), 2 (igbinary), 3 (msgpack), 4 (json)")
	}
	c.Serializer = phpredis.Serializer(n)
	return nil
}

// auth is a password, or a list of user and password. It wins over the DSN's user and password. An empty one is none,
// as in 5.4; later versions would send an empty password.
func auth(c *Config, name string, value any) error {
	if s, ok := phpfilter.Text(value); ok {
		c.User, c.Password = "", secret.Secret(s)
		return nil
	}
	user, password, ok := login(value)
	if !ok {
		return &option.Error{Name: name, Reason: "must be a password, or a list of user and password, or a map of user and pass"}
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
		text, isText := phpfilter.Text(part)
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
	s, ok := phpfilter.Text(value)
	if !ok {
		return option.Bad(name, value, "the name of the master")
	}
	if c.Sentinel != "" && s != "" && c.Sentinel != s {
		return &option.Error{Name: name, Reason: "names another master than its aliases (sentinel, redis_sentinel, sentinel_master)"}
	}
	if s != "" {
		c.Sentinel = s
	}
	return nil
}

// parseInt reads what PHP's FILTER_VALIDATE_INT does.
func parseInt(value any) (int64, bool) {
	s, ok := phpfilter.Text(value)
	if !ok {
		return 0, false
	}
	return phpfilter.Int(s)
}
