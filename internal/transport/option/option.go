// Package option reads the options of a DSN, and those beside it, into the configuration of a transport, as PHP reads them:
// a value is the text of a query, or what a YAML file has.
package option

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"envelog/internal/phpfilter"
	"envelog/internal/secret"
	"envelog/internal/suggest"
)

// Error is an option that cannot be used. Errors of several options are joined (errors.Join).
type Error struct {
	Name   string // as written, "ssl[cafile]" for a nested one
	Reason string // never holds the value
}

func (e *Error) Error() string { return fmt.Sprintf("option %q of the DSN %s", e.Name, e.Reason) }

// A Setter stores the value of an option in the configuration C.
type Setter[C any] func(c *C, name string, value any) error

// Setters are the options that a configuration has, by their names.
type Setters[C any] map[string]Setter[C]

// Merge returns the options of all; a later one wins.
func Merge[C any](all ...Setters[C]) Setters[C] {
	sum := Setters[C]{}
	for _, s := range all {
		maps.Copy(sum, s)
	}
	return sum
}

// Apply stores all options in c, in the order of their names, and joins the errors. An option that is not known is given to
// unknown.
func (s Setters[C]) Apply(c *C, options map[string]any, unknown func(name string) error) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(options)) {
		if set, ok := s[name]; ok {
			errs = append(errs, set(c, name, options[name]))
		} else {
			errs = append(errs, unknown(name))
		}
	}
	return errors.Join(errs...)
}

// Nearest returns the option that a name was probably meant to be, "" when none is like it.
func (s Setters[C]) Nearest(name string) string {
	return suggest.Nearest(name, slices.Sorted(maps.Keys(s)))
}

// Unknown is the error for an option that is not known; near is the one that was probably meant, or "".
func Unknown(name, near string) error {
	reason := "is unknown"
	if near != "" {
		reason += fmt.Sprintf("; did you mean %q?", near)
	}
	return &Error{Name: secret.Text(name), Reason: reason}
}

// Bad is the error for a value that is not what it must be. It does not show the value: what is no number may be a password.
func Bad(name string, value any, want string) error {
	reason := "must be " + want
	if value == "" {
		reason += ", and is empty"
	}
	return &Error{Name: name, Reason: reason}
}

// Text takes any scalar, as PHP casts it to a string.
func Text[C any](store func(*C, string)) Setter[C] {
	return func(c *C, name string, value any) error {
		s, ok := phpfilter.Text(value)
		if !ok {
			return &Error{Name: name, Reason: "must be a string"}
		}
		store(c, s)
		return nil
	}
}

// Bool takes what PHP's FILTER_VALIDATE_BOOL takes. What that does not know is an error, where PHP makes it false.
func Bool[C any](store func(*C, bool)) Setter[C] {
	return func(c *C, name string, value any) error {
		s, isScalar := phpfilter.Text(value)
		b, valid := phpfilter.Bool(s)
		if !isScalar || !valid {
			return Bad(name, value, "true or false (1, on, yes; 0, off, no)")
		}
		store(c, b)
		return nil
	}
}

// Int takes what PHP's FILTER_VALIDATE_INT takes, within these bounds.
func Int[C any](least, most int64, store func(*C, int64)) Setter[C] {
	return func(c *C, name string, value any) error {
		s, isScalar := phpfilter.Text(value)
		n, valid := phpfilter.Int(s)
		if !isScalar || !valid || n < least || n > most {
			return Bad(name, value, fmt.Sprintf("a whole number from %d to %d", least, most))
		}
		store(c, n)
		return nil
	}
}

// Duration takes a whole number of units, 0 or more.
func Duration[C any](unit time.Duration, store func(*C, time.Duration)) Setter[C] {
	return Int(0, int64(math.MaxInt64/unit), func(c *C, n int64) { store(c, time.Duration(n)*unit) })
}

// Ignore takes any value of an option that has no meaning here.
func Ignore[C any](*C, string, any) error { return nil }
