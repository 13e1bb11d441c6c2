package redis

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"io/fs"
	"net"
	"strings"
	"syscall"

	redigo "github.com/gomodule/redigo/redis"
)

// Code is the first word of Redis' error reply, such as NOGROUP; "" when err is none.
func Code(err error) string {
	var reply redigo.Error
	if !errors.As(err, &reply) {
		return ""
	}
	code, _, _ := strings.Cut(string(reply), " ")
	return code
}

// Unknown says whether a server or its ACL does without the command.
func Unknown(err error) bool {
	code := Code(err)
	return code == "NOPERM" || code == "ERR" && strings.Contains(strings.ToLower(err.Error()), "unknown command")
}

// Forbidden says whether the user lacks a right, also when the command stood in a script or a transaction.
func Forbidden(err error) bool {
	switch Code(err) {
	case "NOPERM":
		return true
	case "EXECABORT":
		return strings.Contains(err.Error(), "NOPERM")
	case "ERR":
		text := err.Error()
		return strings.Contains(text, "The user executing the script can't") || // Redis 6 and 7.0
			strings.Contains(text, "ACL failure in script") // later ones, and Valkey
	}
	return false
}

// Passes says whether an error reply goes away by itself: the server starts, changes its role, or is full.
func Passes(err error) bool {
	switch Code(err) {
	case "MOVED", "ASK", "LOADING", "READONLY", "MASTERDOWN", "NOREPLICAS", "BUSY", "TRYAGAIN", "CLUSTERDOWN", "OOM", "MISCONF":
		return true
	case "ERR":
		return strings.Contains(err.Error(), "max number of clients reached")
	}
	return false
}

// MovedOn says whether a server answers that another one has the key now, or may be written to.
func MovedOn(err error) bool {
	switch Code(err) {
	case "MOVED", "ASK", "READONLY":
		return true
	}
	return false
}

// HungUp says whether the server ended the connection before a reply was complete.
func HungUp(err error) bool {
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// Unreachable says of an error that is no reply whether there may be an answer later: nobody listens, the host is not
// known, it does not answer in time, or hangs up. A certificate that is not trusted, and what is not Redis, stays so.
func Unreachable(err error) bool {
	var (
		network net.Error
		op      *net.OpError
	)
	switch {
	case Code(err) != "", errors.Is(err, ErrProtocol), errors.Is(err, errNoMaster), errors.Is(err, fs.ErrPermission), isDistrust(err):
		return false
	case errors.As(err, &op) && op.Op == "remote error": // an alert of TLS
		return false
	}
	return HungUp(err) || errors.As(err, &network)
}

func isDistrust(err error) bool {
	var (
		certificate *tls.CertificateVerificationError
		hostname    x509.HostnameError
		plain       tls.RecordHeaderError
	)
	return errors.As(err, &certificate) || errors.As(err, &hostname) || errors.As(err, &plain)
}

// LoginFailed says whether the server refused the user and the password.
func LoginFailed(err error) bool {
	code := Code(err)
	return code == "NOAUTH" || code == "WRONGPASS" || code != "" && errors.Is(err, errLogin)
}

// Cure says what to look at when no connection comes about: err is that of Dial, and no reply.
func (s Server) Cure(err error) string {
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
	case s.Network == "unix" && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)):
		return "the DSN names this path as a unix socket; a host is written redis://host:port"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "nothing answers there: check the host and the port of the DSN, firewalls, and the option timeout"
	case errors.Is(err, ErrProtocol):
		return "what answers there is not Redis: check the host and the port of the DSN"
	case HungUp(err):
		if s.TLS {
			return "the server hung up: does it want a client certificate (ssl[local_cert])?"
		}
		return "the server hung up: does it want TLS? Then write rediss: for redis: in the DSN"
	}
	return "check the DSN"
}
