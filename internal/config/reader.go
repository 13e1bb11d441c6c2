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

// Note remembers an error; nil is none.
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

// read returns the value of a setting, or what is zero when it has neither value nor default.
func read[T any](r *Reader, name string, parse func(option, text string) (T, error)) (value T) {
	v := r.of(name)
	if v.Text() == "" && !v.IsSet() {
		return value
	}
	value, err := parse(name, v.Text())
	r.Note(r.blame(name, err))
	return value
}

// override replaces a value by that of a setting, when somebody configured it.
func override[T any](r *Reader, name string, value *T, parse func(option, text string) (T, error)) {
	if r.Text(name) != "" {
		*value = read(r, name, parse)
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
