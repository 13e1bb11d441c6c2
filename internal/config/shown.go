package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"envelog/internal/secret"
	"envelog/internal/settings"
	"envelog/internal/transport/doctrine"
	"envelog/internal/transport/redis"
)

// What configuration shows is what is known to hold no secret. Everything else is secret.Stars: a password stands where
// somebody mistyped an option, forgot an @ or took the wrong variable.

// Shown returns the value of a setting as it may be shown: its texts, none of which is a secret.
func Shown(v settings.Value) []string {
	texts := slices.Clone(v.Texts)
	for i, text := range texts {
		switch {
		case v.Secret:
			texts[i] = secret.Stars
		case v.Name == dsnName:
			texts[i] = shownNamedDSN(text)
		default:
			texts[i] = secret.Text(text)
		}
	}
	return texts
}

// transportName is what a transport is called where --dsn names it.
var transportName = regexp.MustCompile(`^[\w.-]+$`)

// shownNamedDSN is ShownDSN of a DSN that may have a name in front of it.
func shownNamedDSN(text string) string {
	called, rest, named := cutName(text)
	switch {
	case !named:
		return ShownDSN(text)
	case !transportName.MatchString(called):
		called = secret.Stars
	}
	return called + "=" + ShownDSN(rest)
}

// foreign is the scheme of a DSN of another transport of Symfony.
var foreign = regexp.MustCompile(`^(amqps?|sqs|https?|beanstalkd|in-memory|sync|kafka|null|test)://`)

// foreignScheme returns the scheme of a DSN of another transport of Symfony, "" for any other text.
func foreignScheme(dsn string) string {
	if match := foreign.FindStringSubmatch(dsn); match != nil {
		return match[1]
	}
	return ""
}

// ShownDSN returns the DSN of a transport, or the URL of a database, as it may be shown.
func ShownDSN(dsn string) string {
	scheme := foreignScheme(dsn)
	switch {
	case dsn == "", dsn == scheme+"://":
		return dsn
	case redis.SupportsDSN(dsn):
		return redis.Shown(dsn)
	case doctrine.SupportsDSN(dsn):
		return doctrine.Shown(dsn)
	case scheme != "":
		return scheme + "://" + secret.Stars
	}
	return secret.Stars
}

// A ShownOption is one option of messenger.yaml, as it may be shown.
type ShownOption struct {
	Name  string // as options.ssl.cafile
	Value any    // text, or nil
	From  string // where it comes from, or settings.DefaultOrigin
}

// ShownOptions returns the options of a transport by name. One that holds others becomes several.
func (t Transport) ShownOptions() (shown []ShownOption) {
	for _, top := range slices.Sorted(maps.Keys(t.Options)) {
		from := t.Origin("options." + top)
		for _, o := range flatten(top, top, t.Options[top]) {
			if o.Value != nil {
				o.Value = t.shownOption(o.Name, fmt.Sprint(o.Value), from)
			}
			shown = append(shown, ShownOption{Name: "options." + o.path, Value: o.Value, From: from})
		}
	}
	return shown
}

// flatOption is one option, with its name as a DSN has it, ssl[cafile], and as a path, ssl.cafile.
type flatOption struct {
	Name, path string
	Value      any
}

func flatten(name, path string, value any) (flat []flatOption) {
	inner, is := value.(map[string]any)
	if !is {
		return []flatOption{{name, path, value}}
	}
	for _, key := range slices.Sorted(maps.Keys(inner)) {
		flat = append(flat, flatten(name+"["+key+"]", path+"."+key, inner[key])...)
	}
	return flat
}

// secretVariable is in the origin of a value that is taken from a variable or a file that holds a secret, by its name.
var secretVariable = regexp.MustCompile(`(?i)\(.*(?:secret|pass|pwd|token|key|auth|credential|dsn|url|file:).* from `)

func (t Transport) shownOption(name, value, from string) string {
	switch {
	case secretVariable.MatchString(from):
		return secret.Stars
	case doctrine.SupportsDSN(t.DSN):
		return doctrine.ShownOption(name, value)
	}
	return redis.ShownOption(name, value)
}

// ShownName returns the name that a setting of the transport gives, such as that of its failure transport, as it may be
// shown.
func (t Transport) ShownName(text, key string) string {
	if secretVariable.MatchString(t.Origin(key)) {
		return secret.Stars
	}
	return secret.Text(text)
}

// Origin returns where a setting of the transport comes from, by its key in Origins.
func (t Transport) Origin(key string) string {
	if from, ok := t.Origins[key]; ok {
		return from
	}
	return settings.DefaultOrigin
}
