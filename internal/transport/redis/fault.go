package redis

import (
	"errors"
	"fmt"
	"strings"

	"envelog/internal/redis"
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

// groupIsGone says whether the stream or the group was deleted, before or during a read.
func groupIsGone(err error) bool {
	code := redis.Code(err)
	return code == "NOGROUP" || code == "UNBLOCKED"
}

// What an error is about, where its text alone does not tell.
var (
	errDelayed     = errors.New("delayed messages") // a command on their set
	errRegistry    = errors.New("heartbeats")       // a command on the registry
	errAcknowledge = errors.New("acknowledge")      // the reply to an acknowledgement, also when it is collected for another command
)

// ofDelayed marks err.
func ofDelayed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", errDelayed, err)
}

// explain turns an error of the first connection into one that says what to do.
func (c Config) explain(err error) error {
	var many *ManyGroupsError
	if errors.As(err, &many) {
		return err
	}
	cure := c.cureForReply(err)
	if redis.Code(err) == "" {
		cure = c.Cure(err)
	}
	return &ConnectError{Addr: c.Addr, Cure: cure, Err: err}
}

func (c Config) cureForReply(err error) string {
	text := strings.ToLower(err.Error())
	if cure := cureForState(redis.Code(err)); cure != "" {
		return cure
	}
	if redis.Forbidden(err) {
		return "the ACL user lacks a right that the transport needs: ACL LOG on the server tells which, docs/redis.md has all of them"
	}
	switch redis.Code(err) {
	case "NOAUTH", "WRONGPASS":
		return c.cureForLogin()
	case "WRONGTYPE":
		return c.cureForType(err)
	case "NOGROUP":
		if c.AutoSetup {
			return fmt.Sprintf("stream %q or its group %q was deleted; a worker creates them again", c.Stream, c.Group)
		}
		return fmt.Sprintf("group %q of stream %q is not there and auto_setup is off: run messenger:setup-transports", c.Group, c.Stream)
	case "MOVED", "ASK":
		return "this is a node of a Redis Cluster: add the option cluster=1, or name several nodes"
	}
	switch {
	case redis.LoginFailed(err):
		return c.cureForLogin()
	case strings.Contains(text, "cluster support disabled"):
		return "this is no Redis Cluster: leave out the option cluster, and name one host"
	case strings.Contains(text, "db index"):
		return fmt.Sprintf("option dbindex: the server has no database %d", c.DB)
	case strings.Contains(text, "max number of clients"):
		return "raise maxclients, or close connections: CLIENT LIST on the server tells whose they are"
	case strings.Contains(text, "unknown command"):
		return "streams need Redis 5.0 or later, and a command may be renamed in redis.conf (rename-command)"
	}
	return "see the server's log"
}

// cureForType is what to do about a key of the wrong type.
func (c Config) cureForType(err error) string {
	switch {
	case errors.Is(err, errDelayed):
		return fmt.Sprintf("the key %q is no sorted set: another program writes to it; rename it, and delayed messages are kept there again", c.DelayedKey())
	case errors.Is(err, errRegistry):
		return fmt.Sprintf("the key %q is no hash: another program writes to it; rename it, and heartbeats are kept there again", c.RegistryKey())
	}
	return fmt.Sprintf("the key %q is no stream: check the DSN's stream and the option dbindex", c.Stream)
}

// cureForState is what to do about a server that does not do its work now.
func cureForState(code string) string {
	switch code {
	case "LOADING":
		return "the server reads its data from disk: wait"
	case "OOM":
		return "the server has no memory left: raise maxmemory, or start another worker"
	case "MISCONF":
		return "the server cannot save its data, and refuses writes: make room on its disk, and see its log"
	case "READONLY":
		return "this is a replica: wait for the failover, or check the host of the DSN"
	case "MASTERDOWN", "NOREPLICAS":
		return "the server has lost its master or its replicas: see INFO replication on it"
	case "CLUSTERDOWN":
		return "the cluster is not complete: see CLUSTER INFO on a node"
	case "BUSY":
		return "a script has been running for long: SCRIPT KILL on the server ends it"
	}
	return ""
}

// hint adds to an error of an outage what to do about it, where that is known.
func (c Config) hint(err error) error {
	switch {
	case redis.Code(err) != "":
		return fmt.Errorf("%w (%s)", err, c.cureForReply(err))
	case redis.HungUp(err) && !errors.Is(err, redis.ErrSilent):
		return err
	}
	return fmt.Errorf("%w (%s)", err, c.Cure(err))
}

// hintReply is hint for an error that may be none of the server's.
func (c Config) hintReply(err error) error {
	if redis.Code(err) == "" {
		return err
	}
	return c.hint(err)
}

func (c Config) cureForLogin() string {
	if c.Password == "" {
		return "the server wants a password: write user:password@ before the host of the DSN, or use the option auth"
	}
	return "check the user and the password of the DSN, or the option auth"
}
