package doctrine

import (
	"context"
	"crypto/tls"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"envelog/transport"
)

// Class is what kind of failure a database has; errors.Is finds it in an *Error. An error without one is the
// database's own, such as a disk that is full.
type Class string //nolint:errname // what errors.Is asks for; the error itself is Error

// The classes. ErrUnreachable and ErrLocked are worth another try, ErrUnstorable never is.
const (
	ErrUnreachable Class = "database cannot be reached" // down, unknown host, no answer
	ErrAccess      Class = "database denies access"     // user, password, rights, read-only
	ErrUntrusted   Class = "database shows a certificate that is not trusted"
	ErrNoDatabase  Class = "database does not exist"
	ErrNoTable     Class = "table does not exist"
	ErrLocked      Class = "database is locked"                // held by another process for too long
	ErrUnstorable  Class = "database cannot hold this message" // it is an error of transport.ErrUnstorable, too

	// errDeadlock is one after which the database has undone the transaction: it can be tried again at once.
	errDeadlock Class = "deadlock"
	// errCharset is about text that has characters which column or connection do not have.
	errCharset Class = "character set"
)

// Error is the class in words.
func (c Class) Error() string { return string(c) }

// errNoAnswer is why an operation's own time was over.
var errNoAnswer = errors.New("no answer for " + Patience.String())

// Patience bounds one operation when the caller's context does not end it before.
const Patience = 30 * time.Second

// silence is how long a server may take to answer when nothing is asked of it: to open a connection, logging in
// included, or to say that one which lay idle is alive. lockTimeout bounds the wait for the lock of an SQLite file.
const (
	silence     = 5 * time.Second
	lockTimeout = 5 * time.Second
)

// errSilent is why a connection was not waited for any longer.
var errSilent = errors.New("no answer for " + silence.String())

// Error is an operation that a database did not carry out.
type Error struct {
	Op       string // "send message", "find message 12"
	Database string // its URL without user and password
	Class    Class  // "" for none
	Cure     string // what to do about it, "" when the cause says enough
	Err      error  // what the driver said
}

func (e *Error) Error() string {
	s := e.Op + ": "
	if e.Class != "" {
		s += string(e.Class) + ": "
	}
	s += e.Database + ": " + oneLine(e.Err)
	if e.Cure != "" {
		s += " (" + e.Cure + ")"
	}
	return s
}

// Unwrap gives class and cause.
func (e *Error) Unwrap() []error {
	switch e.Class {
	case "":
		return []error{e.Err}
	case ErrUnstorable:
		return []error{e.Class, transport.ErrUnstorable, e.Err}
	}
	return []error{e.Class, e.Err}
}

// oneLine is err's text without the line breaks of pgx, which tells every attempt to connect: the one that got furthest
// says enough.
func oneLine(err error) string {
	var answer *pgconn.PgError
	var certificate *tls.CertificateVerificationError
	var name *net.DNSError
	var network *net.OpError
	switch {
	case errors.As(err, &answer):
		err = answer
	case errors.As(err, &certificate):
		err = certificate.Err
	case errors.Is(err, errSilent):
		err = errSilent
	case errors.As(err, &name):
		err = name
	case errors.As(err, &network):
		err = network
	}
	return strings.Join(strings.Fields(err.Error()), " ")
}

// fault names what err, which ended op, is about. An error of the caller's context stays one for errors.Is.
func (t *Transport) fault(ctx context.Context, op string, err error) error {
	e := &Error{Op: op, Database: t.config.database(), Class: t.classify(err), Err: err}
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errNoAnswer):
		e.Class, e.Err = ErrUnreachable, cause
	case cause != nil:
		e.Class, e.Err = "", cause
	}
	switch e.Class {
	case errDeadlock:
		e.Class = ErrLocked
	case errCharset:
		e.Class = ErrUnstorable
	}
	e.Cure = t.cure(e.Class)
	return e
}

// classify returns the class of err, "" when it has none.
func (t *Transport) classify(err error) Class {
	if certificate := (*tls.CertificateVerificationError)(nil); errors.As(err, &certificate) {
		return ErrUntrusted
	}
	if class := t.dialect.classify(err); class != "" {
		return class
	}
	var network net.Error
	switch {
	case errors.Is(err, errNotText):
		return ErrUnstorable
	case errors.Is(err, errSilent):
		return ErrUnreachable
	case errors.Is(err, driver.ErrBadConn), errors.Is(err, sql.ErrConnDone), errors.Is(err, io.EOF),
		errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &network):
		return ErrUnreachable
	}
	return ""
}

func (t *Transport) cure(class Class) string {
	switch class {
	case ErrUnreachable:
		return "is it running, and does the DSN name the right host and port?"
	case ErrAccess:
		if t.config.Platform == SQLite {
			return "check the rights on the file and its directory"
		}
		return "check user and password in the DSN, and what the user may do"
	case ErrUntrusted:
		return "name the authority that signed it in the DSN, with sslrootcert or ssl_ca, and the host as the certificate does"
	case ErrNoDatabase:
		return "check its name in the DSN, or create it, as php bin/console doctrine:database:create does"
	case ErrNoTable:
		return "auto_setup is off: create it with messenger:setup-transports or a migration"
	case ErrLocked:
		return "another process holds a lock; try again"
	case ErrUnstorable:
		return t.dialect.room()
	}
	return ""
}
