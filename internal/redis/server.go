package redis

import (
	"context"
	"net"
	"time"

	"envelog/internal/secret"
)

// Server says where a Redis server is, and how to log in.
type Server struct {
	Network string   // "tcp" or "unix"
	Addr    string   // tcp: "host:port"; unix: the socket's path; Sentinel and Cluster: all Hosts, for logs
	Hosts   []string // every sentinel, or node of a cluster, "host:port" or a socket's path; nil for a single node
	TLS     bool
	SSL     SSL // how a TLS connection is verified

	User     string        // ACL user; "" is the default user
	Password secret.Secret // "" sends no AUTH
	DB       int           // SELECT, sent when it is not 0

	ConnectTimeout time.Duration // limit of one connection attempt; 0 is DefaultConnectTimeout
	ReadTimeout    time.Duration // limit of one reply, beside the time that a read may block; 0 is DefaultReadTimeout

	Sentinel         string        // name of the master that the Hosts, being sentinels, are asked for
	SentinelUser     string        // ACL user of the sentinels; "" is the default user
	SentinelPassword secret.Secret // password of the sentinels; "" sends no AUTH
	Cluster          bool          // the Hosts are nodes of a Redis Cluster, which need not be all

	// Dial opens connections, before TLS; nil is net.Dialer's.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)

	Nodes *Nodes // the nodes that were found beside Hosts, shared by all connections; nil remembers none
}

// Limits for a Server that sets none. PHP waits for ever; a connection that is gone without a word is then never noticed.
const (
	DefaultConnectTimeout = 5 * time.Second
	DefaultReadTimeout    = 5 * time.Second
)

// host is the name that a certificate must carry.
func (s Server) host() string {
	host, _, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return s.Addr
	}
	return host
}

func (s Server) readTimeout() time.Duration {
	if s.ReadTimeout == 0 {
		return DefaultReadTimeout
	}
	return s.ReadTimeout
}

// SameServer reports whether two servers are the same database of the same single server, for the same user.
func (s Server) SameServer(other Server) bool {
	return s.Network == other.Network && s.Addr == other.Addr && s.DB == other.DB && s.User == other.User &&
		len(s.Hosts) == 0 && len(other.Hosts) == 0
}
