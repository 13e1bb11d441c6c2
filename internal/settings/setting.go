package settings

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"envelog/internal/usage"
)

// Kind is what a setting takes.
type Kind uint8

// The kinds of settings.
const (
	Text   Kind = iota // one value: text or a number
	Switch             // on or off: the text "true" or "false"
	List               // any number of values
	Pairs              // any number of values, each name=value
)

// A Setting is something that can be configured, or an option of one command alone.
type Setting struct {
	Name        string // as of the flag, without dashes: log-dir
	Letter      string // the short spelling of the flag, "" for none
	Group       string // the heading below which help has it
	Kind        Kind
	Unit        string // of a number: s, ms, bytes, messages ...; "" for none
	Default     string // "" for none
	Without     string // the value of a flag that is written without one (Symfony's VALUE_OPTIONAL); "" where it needs one
	Usage       string // what it is for, in one sentence
	Application string // what of the application's configuration answers it, for the documentation; "" for nothing
	Path        bool   // a path, which envelog.yaml gives relative to itself
	Secret      bool   // a value that is never shown
	Parse       Parse  // makes of the text what it means, or says what is wrong with it; nil: any text is right
}

// Parse makes of the text of a setting, or of an option, what it means.
type Parse func(name, text string) (any, error)

// As makes a Parse of a func that returns a certain type.
func As[T any](parse func(name, text string) (T, error)) Parse {
	return func(name, text string) (any, error) { return parse(name, text) }
}

// Variable returns the name of the environment variable for the setting: ENVELOG_LOG_DIR for log-dir.
func (s Setting) Variable() string {
	return variablePrefix + strings.ToUpper(strings.ReplaceAll(s.Name, "-", "_"))
}

// variablePrefix is what all variables of settings begin with.
const variablePrefix = "ENVELOG_"

// DefaultOrigin is the origin of what nobody configured.
const DefaultOrigin = "default"

// A Value is what a setting is.
type Value struct {
	Setting
	Texts  []string // nothing where there is no default; one element except for List and Pairs
	Origin string   // as "flag --format", "ENVELOG_FORMAT", "envelog.yaml:3" or DefaultOrigin
	Err    error    // why the source has something that is no value of this kind; nil nearly always
}

// IsSet reports whether somebody configured the setting.
func (v Value) IsSet() bool { return v.Origin != DefaultOrigin && v.Origin != "" }

// Text returns the last text, "" when there isn't one.
func (v Value) Text() string {
	if len(v.Texts) == 0 {
		return ""
	}
	return v.Texts[len(v.Texts)-1]
}

// Values are the values of all settings of a command, in the order of their declaration.
type Values []Value

// Of returns the value of the setting called name; the zero Value when there is no such setting.
func (vs Values) Of(name string) Value {
	for _, v := range vs {
		if v.Name == name {
			return v
		}
	}
	return Value{}
}

// A Layer is one source of values. It returns what the source says of the setting, and where; an origin of "" means that
// it says nothing. An error means that it cannot be known.
type Layer func(Setting) (texts []string, origin string, err error)

// Resolve asks the layers, of which an earlier one wins, for each setting. Its error joins those of all settings.
func Resolve(declared []Setting, layers ...Layer) (Values, error) {
	var values Values
	var errs []error
	for _, s := range declared {
		v, err := resolve(s, layers)
		if err != nil {
			errs = append(errs, err)
		}
		values = append(values, v)
	}
	return values, errors.Join(errs...)
}

func resolve(s Setting, layers []Layer) (Value, error) {
	for _, layer := range layers {
		texts, origin, err := layer(s)
		if err == nil && s.Path && slices.ContainsFunc(texts, isDSN) {
			texts, err = nil, usage.Errorf("%s: %s takes a path, and this looks like a DSN, which is not shown.", origin, s.Name)
		}
		if err != nil || origin != "" {
			return Value{s, texts, origin, err}, err
		}
	}
	v := Value{Setting: s, Origin: DefaultOrigin}
	if s.Default != "" {
		v.Texts = []string{s.Default}
	}
	return v, nil
}

// dsn is what a DSN begins with, also one with the name of a transport before it.
var dsn = regexp.MustCompile(`^(?:[\w.-]+=)?[A-Za-z][\w+.-]*:(?://|.*[@?])`)

// isDSN reports whether a text that should be a path is a DSN, which errors about a file that is not there would show.
func isDSN(text string) bool { return dsn.MatchString(text) }
