package symfony

import (
	"errors"
	"fmt"
	"strings"
)

// Classes of errors, for errors.Is.
var (
	// ErrUnknown: a transport, connection or parameter of that name is not configured.
	ErrUnknown = errors.New("not configured")
	// ErrUnset: an environment variable, or the file or key that it names, is not there.
	ErrUnset = errors.New("environment variable is not set")
	// ErrNeedsPHP: only PHP could tell the value.
	ErrNeedsPHP = errors.New("only PHP can tell")
	// ErrInvalid: the configuration is refused, as Symfony refuses it.
	ErrInvalid = errors.New("invalid configuration")
)

// A Position is a place in a file of the application.
type Position struct {
	File   string // path relative to the project directory where it is inside, with slashes
	Line   int    // from 1; 0 when only the file is known
	Column int    // from 1, in characters; 0 when only the line is known
}

// String returns file:line:column, as far as known.
func (p Position) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// An Error says what in the configuration could not be understood, where, and what to do about it.
type Error struct {
	Position
	Err  error  // wraps one of the classes above, or what reading a file returned
	Cure string // what to do, "" when that is plain
}

func (e *Error) Error() string {
	var text strings.Builder
	if e.File != "" {
		fmt.Fprintf(&text, "%v: ", e.Position)
	}
	text.WriteString(e.Err.Error())
	if e.Cure != "" {
		text.WriteString("; " + e.Cure)
	}
	return text.String()
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// invalid makes an Error of the class ErrInvalid.
func invalid(at Position, format string, args ...any) *Error {
	return &Error{Position: at, Err: problem{fmt.Sprintf(format, args...), ErrInvalid}}
}

// needsPHP makes an Error of the class ErrNeedsPHP.
func needsPHP(at Position, format string, args ...any) *Error {
	return &Error{Position: at, Err: problem{fmt.Sprintf(format, args...), ErrNeedsPHP}}
}

// unknown makes an Error of the class ErrUnknown.
func unknown(at Position, format string, args ...any) *Error {
	return &Error{Position: at, Err: problem{fmt.Sprintf(format, args...), ErrUnknown}}
}

// A problem is an error text of its own that belongs to a class.
type problem struct {
	text  string
	class error
}

func (p problem) Error() string { return p.text }
func (p problem) Unwrap() error { return p.class }

// nearest returns the known name that is nearest to name, "" when none is nearer than three edits, Symfony's own rule
// (ArrayNode.php).
func nearest(name string, known []string) string {
	found, least := "", 3
	for _, candidate := range known {
		if d := distance(name, candidate); d < least {
			found, least = candidate, d
		}
	}
	return found
}

// suggest returns the nearest of the known names, or all of them, as the end of an error text; "" when there aren't any.
func suggest(name string, known []string) string {
	if near := nearest(name, known); near != "" {
		return fmt.Sprintf(" (did you mean %q?)", near)
	}
	if len(known) > 0 {
		return " (known: " + strings.Join(known, ", ") + ")"
	}
	return ""
}

// withCure adds to what err, or each of several joined errors, says can be done.
func withCure(err error, cure string) error {
	if joined, is := err.(interface{ Unwrap() []error }); is {
		var all []error
		for _, one := range joined.Unwrap() {
			all = append(all, withCure(one, cure))
		}
		return errors.Join(all...)
	}
	var e *Error
	if !errors.As(err, &e) {
		return &Error{Err: err, Cure: cure}
	}
	out := *e
	if out.Cure != "" {
		cure = out.Cure + ", or " + cure
	}
	out.Cure = cure
	return &out
}

// distance is the Levenshtein distance in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
