package symfony

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// unread is a file, or an import of one, that may say something, but not to envelog.
type unread struct {
	Position
	err     error  // why; wraps ErrNeedsPHP or ErrInvalid
	content []byte // nil when not even that is known
	adds    bool   // it may add to the application, as a bundle does, but is not taken to change what the application says itself
}

// phpMessenger is how a PHP file configures Messenger: as a key of an array, or by a method of FrameworkConfig.
var phpMessenger = regexp.MustCompile(`['"]messenger['"]|->messenger\(`)

// configuresMessenger reports whether the file may say something about transports.
func (u unread) configuresMessenger() bool {
	switch {
	case u.adds:
		return false
	case u.content == nil:
		return true
	case strings.HasSuffix(u.File, ".php"):
		return phpMessenger.Match(u.content)
	}
	return bytes.Contains(u.content, []byte("messenger"))
}

// configuresDoctrine reports whether the file may say something about connections.
func (u unread) configuresDoctrine() bool {
	return !u.adds && (u.content == nil || bytes.Contains(bytes.ToLower(u.content), []byte("dbal")))
}

// asError makes an error for an answer that is about subject.
func (u unread) asError(subject string) error {
	var e *Error
	switch {
	case errors.As(u.err, &e):
		return u.err
	case u.content == nil:
		return &Error{Position: u.Position, Err: u.err}
	}
	return &Error{Position: u.Position, Err: problem{fmt.Sprintf("%v, and it may configure %s", u.err, subject), ErrNeedsPHP}}
}

// Warnings returns an error for each file, import and statement that could not be followed, and may define transports or
// change them. Where an answer depends on one of them, it is an error there.
func (a *Application) Warnings() (all []error) {
	for _, u := range a.loader.unread {
		if u.adds || u.configuresMessenger() {
			all = append(all, u.asError("Messenger"))
		}
	}
	return all
}

// unreadAbout returns the errors of the files that may say something about subject.
func (a *Application) unreadAbout(subject string, concerns func(unread) bool) error {
	var errs []error
	for _, u := range a.loader.unread {
		if concerns(u) {
			errs = append(errs, u.asError(subject))
		}
	}
	return errors.Join(errs...)
}
