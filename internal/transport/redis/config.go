package redis

import (
	"net"
	"net/url"
	"strconv"
	"time"

	"envelog/internal/transport"
)

// Config is one Redis transport of Symfony, as its DSN and its options describe it. Durations are in Go's unit; the
// seconds and milliseconds of the options are converted where the DSN is read and nowhere else.
type Config struct {
	Network string   // "tcp" or "unix"
	Addr    string   // tcp: "host:port"; unix: the socket's path; Sentinel and Cluster: all Hosts, for logs
	Hosts   []string // every host of a Sentinel or Cluster DSN, "host:port" or a socket's path; nil for a single node
	TLS     bool     // rediss: and valkeys:
	SSL     SSL      // how a TLS connection is verified

	User     string           // ACL user; "" is the default user
	Password transport.Secret // "" sends no AUTH
	DB       int              // SELECT, sent when it is not 0

	Stream   string // default "messages"; delayed messages lie in the sorted set DelayedKey
	Group    string // default "symfony"
	Consumer string // "" unless the DSN or an option names one: Symfony's shared default "consumer" is never assumed

	Serializer Serializer // phpredis' serializer of the stored values; default SerializerPHP

	AutoSetup         bool          // create stream and group when they are missing; default true
	DeleteAfterAck    bool          // XDEL after XACK; default true, as in Symfony 6.0 and later (5.4: false)
	DeleteAfterReject bool          // XDEL after the XACK of a rejected entry; default true
	MaxEntries        int64         // XADD MAXLEN ~ n for entries that are written; 0, the default, is no limit
	RedeliverTimeout  time.Duration // an entry of another consumer idle for so long is claimed; default 1 h
	ClaimInterval     time.Duration // pause between two looks for such entries; default 60 s
	ConnectTimeout    time.Duration // limit of one connection attempt; 0 is DefaultConnectTimeout
	ReadTimeout       time.Duration // limit of one reply, beside the time that a read may block; 0 is DefaultReadTimeout

	Sentinel         string           // name of the master that the Hosts, being sentinels, are asked for
	SentinelUser     string           // ACL user of the sentinels; "" is the default user
	SentinelPassword transport.Secret // password of the sentinels; "" sends no AUTH
	Cluster          bool             // the Hosts are nodes of a Redis Cluster, which need not be all

	hosts *hosts // what is known beside Hosts
}

// Limits for a DSN that sets none. PHP waits for ever; a connection that is gone without a word is then never noticed.
const (
	DefaultConnectTimeout = 5 * time.Second
	DefaultReadTimeout    = 5 * time.Second
)

// defaultConfig is symfony/redis-messenger's Connection::DEFAULT_OPTIONS of 6.0 and later, but for the consumer.
func defaultConfig() Config {
	return Config{
		Network:           "tcp",
		Stream:            "messages",
		Group:             "symfony",
		Serializer:        SerializerPHP,
		AutoSetup:         true,
		DeleteAfterAck:    true,
		DeleteAfterReject: true,
		RedeliverTimeout:  time.Hour,
		ClaimInterval:     time.Minute,
		SSL:               SSL{VerifyPeer: true, VerifyPeerName: true},
	}
}

// DelayedKey is the sorted set of delayed messages, scored by the millisecond at which they are due.
func (c Config) DelayedKey() string { return c.Stream + "__queue" }

// deletes says whether acknowledging or rejecting an entry removes it for all groups.
func (c Config) deletes() bool { return c.DeleteAfterAck || c.DeleteAfterReject }

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

// host is the name that a certificate must carry.
func (c Config) host() string {
	host, _, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return c.Addr
	}
	return host
}

// Serializer is a phpredis serializer by its Redis::SERIALIZER_* number, as the option serializer has it.
type Serializer int

// The serializers of phpredis.
const (
	SerializerNone Serializer = iota
	SerializerPHP
	SerializerIgbinary
	SerializerMsgpack
	SerializerJSON
)

// String returns the name in phpredis' constant, in lower case.
func (s Serializer) String() string {
	names := [...]string{"none", "php", "igbinary", "msgpack", "json"}
	if s < 0 || int(s) >= len(names) {
		return "Serializer(" + strconv.Itoa(int(s)) + ")"
	}
	return names[s]
}
