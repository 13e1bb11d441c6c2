package redis

import (
	"fmt"
	"net/url"
	"strconv"
	"time"

	"envelog/decoder/phpredis"
	"envelog/internal/redis"
)

// Config is one Redis transport of Symfony, as its DSN and its options describe it. Durations are in Go's unit; the
// seconds and milliseconds of the options are converted where the DSN is read and nowhere else.
type Config struct {
	redis.Server // where it is, and how to log in

	Stream   string // default "messages"; delayed messages are in the sorted set DelayedKey
	Group    string // default "symfony"
	Consumer string // "" unless the DSN or an option names one: Symfony's shared default "consumer" is never assumed

	Serializer phpredis.Serializer // phpredis' serializer of the stored values; default phpredis.PHP

	AutoSetup         bool          // create stream and group when they are missing; default true
	DeleteAfterAck    bool          // XDEL after XACK; default true, as in Symfony 6.0 and later (5.4: false)
	DeleteAfterReject bool          // XDEL after the XACK of a rejected entry; default true
	MaxEntries        int64         // XADD MAXLEN ~ n for entries that are written; 0, the default, is no limit
	RedeliverTimeout  time.Duration // an entry of another consumer idle for so long is claimed; default 1 h
	Ignored           []string      // options that are accepted and change nothing, such as ssl[ciphers]; a receiver warns
	ClaimInterval     time.Duration // pause between two looks for such entries; default 60 s
}

// defaultConfig is symfony/redis-messenger's Connection::DEFAULT_OPTIONS of 6.0 and later, except for the consumer.
func defaultConfig() Config {
	return Config{
		Server:            redis.Server{Network: "tcp", SSL: redis.SSL{VerifyPeer: true, VerifyPeerName: true}},
		Stream:            "messages",
		Group:             "symfony",
		Serializer:        phpredis.PHP,
		AutoSetup:         true,
		DeleteAfterAck:    true,
		DeleteAfterReject: true,
		RedeliverTimeout:  time.Hour,
		ClaimInterval:     time.Minute,
	}
}

// DelayedKey is the sorted set of delayed messages, scored by the millisecond at which they are due.
func (c Config) DelayedKey() string { return c.Stream + "__queue" }

// splits says whether stream and delayed set are in different slots, and so perhaps on different nodes.
func (c Config) splits() bool {
	return c.Cluster && redis.SlotOf(c.Stream) != redis.SlotOf(c.DelayedKey())
}

// deletes says whether acknowledging or rejecting an entry removes it for all groups.
func (c Config) deletes() bool { return c.DeleteAfterAck || c.DeleteAfterReject }

// JournalSource is what journals of lines call the stream: the same in all processes that share a log directory, whatever
// each calls the transport, and by which address it reaches the server.
func (c Config) JournalSource() string {
	return fmt.Sprintf("redis stream %q group %q db %d", c.Stream, c.Group, c.DB)
}

// String is the DSN without user and password, for logs; several hosts have commas between them.
func (c Config) String() string {
	u := url.URL{Scheme: "redis", Host: c.Addr, Path: "/" + c.Stream + "/" + c.Group}
	if c.TLS {
		u.Scheme = "rediss"
	}
	if c.Consumer != "" {
		u.Path += "/" + c.Consumer
	}
	query := url.Values{}
	if c.Network == "unix" {
		u.Host, u.Path = "", c.Addr
		query.Set("stream", c.Stream)
		query.Set("group", c.Group)
		if c.Consumer != "" {
			query.Set("consumer", c.Consumer)
		}
	}
	if c.DB != 0 {
		query.Set("dbindex", strconv.Itoa(c.DB))
	}
	if c.Sentinel != "" {
		query.Set("sentinel", c.Sentinel)
	}
	u.RawQuery = query.Encode()
	return u.String()
}
