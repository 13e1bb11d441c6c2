package redis

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"strings"
	"syscall"

	redigo "github.com/gomodule/redigo/redis"
)

// ConnectError is why the first connection did not come about, with what to do about it. It never holds a password.
type ConnectError struct {
	Addr string // "host:port", or a socket's path
	Cure string // what to look at, naming the option
	Err  error
}

func (e *ConnectError) Error() string {
	return fmt.Sprintf("connect to redis at %s: %v (%s)", e.Addr, e.Err, e.Cure)
}

func (e *ConnectError) Unwrap() error { return e.Err }

// ManyGroupsError is the state in which deleting entries would take them from other groups. Its text is that of
// Connection::setup in symfony/redis-messenger.
type ManyGroupsError struct{ Stream string }

func (e *ManyGroupsError) Error() string {
	return fmt.Sprintf("More than one group exists for stream %q, delete_after_ack and delete_after_reject cannot be enabled "+
		"as it risks deleting messages before all groups could consume them.", e.Stream)
}

// replyCode is the first word of Redis' error reply, such as NOGROUP; "" when err is none.
func replyCode(err error) string {
	var reply redigo.Error
	if !errors.As(err, &reply) {
		return ""
	}
	code, _, _ := strings.Cut(string(reply), " ")
	return code
}

// unknownToServer says whether a server or its ACL does without a command that is useful and not needed.
func unknownToServer(err error) bool {
	code := replyCode(err)
	return code == "NOPERM" || code == "ERR" && strings.Contains(strings.ToLower(err.Error()), "unknown command")
}

// groupIsGone says whether the stream or the group was deleted, before or during a read.
func groupIsGone(err error) bool {
	code := replyCode(err)
	return code == "NOGROUP" || code == "UNBLOCKED"
}

// passes says whether an error at the first connection goes away by itself: the server starts, changes its role, or
// is full.
func passes(err error) bool {
	switch replyCode(err) {
	case "MOVED", "ASK", "LOADING", "READONLY", "MASTERDOWN", "NOREPLICAS", "BUSY", "TRYAGAIN", "CLUSTERDOWN", "OOM", "MISCONF":
		return true
	case "ERR":
		return strings.Contains(err.Error(), "max number of clients reached")
	}
	return false
}

// movedOn says whether a server answers that another one has the key now, or may be written to.
func movedOn(err error) bool {
	switch replyCode(err) {
	case "MOVED", "ASK", "READONLY":
		return true
	}
	return false
}

// explain turns an error of the first connection into one that says what to do.
func (c Config) explain(err error) error {
	var many *ManyGroupsError
	if errors.As(err, &many) {
		return err
	}
	cure := c.cureForReply(err)
	if replyCode(err) == "" {
		cure = c.cureForConnection(err)
	}
	return &ConnectError{Addr: c.Addr, Cure: cure, Err: err}
}

func (c Config) cureForReply(err error) string {
	text := strings.ToLower(err.Error())
	switch replyCode(err) {
	case "NOAUTH", "WRONGPASS":
		return c.cureForLogin()
	case "WRONGTYPE":
		return fmt.Sprintf("the key %q is no stream: check the DSN's stream and the option dbindex", c.Stream)
	case "NOGROUP":
		return fmt.Sprintf("group %q of stream %q is not there and auto_setup is off: run messenger:setup-transports", c.Group, c.Stream)
	case "NOPERM":
		return "the ACL user lacks a right that the transport needs"
	case "MOVED", "ASK":
		return "this is a node of a Redis Cluster: add the option cluster=1, or name several nodes"
	}
	switch {
	case errors.Is(err, errLogin):
		return c.cureForLogin()
	case strings.Contains(text, "cluster support disabled"):
		return "this is no Redis Cluster: leave out the option cluster, and name one host"
	case strings.Contains(text, "db index"):
		return fmt.Sprintf("option dbindex: the server has no database %d", c.DB)
	case strings.Contains(text, "unknown command"):
		return "streams need Redis 5.0 or later"
	}
	return "see the server's log"
}

func (c Config) cureForLogin() string {
	if c.Password == "" {
		return "the server wants a password: redis://user:password@host, or the option auth"
	}
	return "check the user and the password of the DSN, or the option auth"
}

func (c Config) cureForConnection(err error) string {
	var (
		dns         *net.DNSError
		authority   x509.UnknownAuthorityError
		hostname    x509.HostnameError
		invalid     x509.CertificateInvalidError
		plain       tls.RecordHeaderError
		timeout     net.Error
		certificate = errors.As(err, &authority) || errors.As(err, &invalid)
	)
	switch {
	case errors.Is(err, errNoMaster):
		return "check the option sentinel_master"
	case errors.As(err, &dns):
		return "check the host of the DSN"
	case certificate:
		return "set the option ssl[cafile] to the authority that signed the server's certificate"
	case errors.As(err, &hostname):
		return "the certificate is made for another name: check the host of the DSN, or set the option ssl[peer_name]"
	case errors.As(err, &plain) || errors.Is(err, errHandshake) && errors.Is(err, context.DeadlineExceeded):
		return "the server does not speak TLS on this port: write redis: for rediss:"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "is Redis running there? Check the host and the port of the DSN"
	case c.Network == "unix" && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)):
		return "the DSN names this path as a unix socket; a host is written redis://host:port"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "nothing answers there: check the host and the port of the DSN, firewalls, and the option timeout"
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET):
		if c.TLS {
			return "the server hung up: does it want a client certificate (ssl[local_cert])?"
		}
		return "the server hung up: does it want TLS (rediss:)?"
	}
	return "check the DSN"
}
