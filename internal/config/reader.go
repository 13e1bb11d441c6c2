package config

import (
	"errors"
	"fmt"

	"envelog/internal/settings"
)

// Reader turns the values of settings into what they mean, and remembers what is wrong with them.
type Reader struct {
	*Config
	errs []error
}

// Reader returns a reader of the settings.
func (c *Config) Reader() *Reader { return &Reader{Config: c} }

// Err joins all that was wrong.
func (r *Reader) Err() error { return errors.Join(r.errs...) }

// Note remembers an error; nil means none.
func (r *Reader) Note(err error) {
	if err != nil {
		r.errs = append(r.errs, err)
	}
}

// of returns the value of a setting; the zero Value when the command does not have it, whatever the environment says.
func (r *Reader) of(name string) settings.Value {
	if !has(r.command, name) {
		return settings.Value{}
	}
	return r.Values.Of(name)
}

// Text returns the value of a setting of one value, "" for none.
func (r *Reader) Text(name string) string { return r.of(name).Text() }

// meaning returns what a setting means, by its Parse; what is zero when it has neither value nor default. T is the type
// that its row in the table has.
func meaning[T any](r *Reader, name string) (none T, err error) {
	v := r.of(name)
	switch {
	case v.Err != nil:
		return none, v.Err
	case v.Text() == "" && !v.IsSet():
		return none, nil
	}
	parsed, err := v.Parse(name, v.Text())
	return parsed.(T), r.blame(name, err)
}

// Check returns why the value of a setting is not valid; nil when it is. It is about a setting of any command, also where
// the command that asks has an option of that name.
func (r *Reader) Check(name string) error {
	v := r.Values.Of(name)
	switch {
	case v.Err != nil:
		return v.Err
	case v.Parse == nil || v.Text() == "" && !v.IsSet():
		return nil
	}
	_, err := v.Parse(name, v.Text())
	return r.blame(name, err)
}

// read is meaning for who asks for all that is wrong together.
func read[T any](r *Reader, name string) T {
	value, err := meaning[T](r, name)
	r.Note(err)
	return value
}

// override replaces a value by that of a setting, when somebody configured it.
func override[T any](r *Reader, name string, value *T) {
	if r.Text(name) != "" {
		*value = read[T](r, name)
	}
}

// blame puts the origin of a setting in front of what is wrong with its value, when that is not the command line.
func (r *Reader) blame(name string, err error) error {
	if v := r.Values.Of(name); err != nil && v.IsSet() && v.Origin != FlagOrigin(name) {
		return fmt.Errorf("%s: %w", v.Origin, err)
	}
	return err
}

// values returns those of a list; nil for none.
func (r *Reader) values(name string) []string { return r.of(name).Texts }

// isOn tells what a switch is.
func (r *Reader) isOn(name string) bool { return r.of(name).Text() == "true" }
