package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"envelog/internal/secret"
	"envelog/internal/usage"
)

// namedDSN is a transport as --dsn defines it.
type namedDSN struct {
	name, dsn string
	free      bool // it has no name of its own, and goes by the one that is asked for
}

// The name of the only transport when nothing names it: that of Symfony's recipe.
const onlyName = "async"

// namedDSNs returns the transports that flags define. One DSN without a name has the name that the command line asks for.
func namedDSNs(flags, arguments []string) ([]namedDSN, error) {
	var transports []namedDSN
	for _, flag := range flags {
		name, dsn, named := cutName(flag)
		if !named && len(flags) > 1 {
			return nil, usage.Errorf(`Option "dsn" must be name=DSN when there are several transports.`)
		}
		if !named {
			name = onlyName
			if len(arguments) > 0 {
				name = arguments[0]
			}
		}
		if slices.ContainsFunc(transports, func(t namedDSN) bool { return t.name == name }) {
			return nil, usage.Errorf(`Option "dsn" defines the transport "%s" twice.`, secret.Text(name))
		}
		transports = append(transports, namedDSN{name, dsn, !named})
	}
	return transports, nil
}

// cutName takes name=redis://... apart. A DSN has no "=" before its scheme ends.
func cutName(flag string) (name, dsn string, named bool) {
	name, dsn, named = strings.Cut(flag, "=")
	if !named || name == "" || strings.ContainsAny(name, ":/?@") {
		return "", flag, false
	}
	return name, dsn, true
}

// Selection says which of the transports are consumed.
type Selection struct {
	Arguments []string // names or patterns, in order of priority
	All       bool     // --all
	Exclude   []string // --exclude-receivers
}

// choose returns the names of the selected transports in order of priority; its errors are those of
// ConsumeMessagesCommand.
func (s Selection) choose(names []string) ([]string, error) {
	if len(s.Exclude) > 0 && !s.All {
		return nil, usage.Errorf(`The "--exclude-receivers" option can only be used with the "--all" option.`)
	}
	for _, name := range s.Exclude {
		if !slices.Contains(names, name) {
			return nil, NoSuchReceiver(name, names)
		}
	}
	switch {
	case s.All:
		return s.chooseAll(names)
	case len(s.Arguments) == 0 && len(names) == 1:
		return names, nil
	case len(s.Arguments) == 0:
		return nil, usage.Errorf("Please pass at least one receiver.")
	}
	return s.chooseNamed(names)
}

func (s Selection) chooseAll(names []string) ([]string, error) {
	chosen := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(s.Exclude, name) })
	if len(chosen) == 0 {
		return nil, usage.Errorf("All transports/receivers have been excluded, please specify at least one to consume from.")
	}
	return chosen, nil
}

func (s Selection) chooseNamed(names []string) (chosen []string, err error) {
	for _, argument := range s.Arguments {
		fits := matching(names, argument)
		if len(fits) == 0 {
			return nil, NoSuchReceiver(argument, names)
		}
		for _, name := range fits {
			if !slices.Contains(chosen, name) {
				chosen = append(chosen, name)
			}
		}
	}
	return chosen, nil
}

// matching returns the transport of that name, or those whose whole name the regular expression matches (Symfony 8.1).
func matching(names []string, argument string) (fits []string) {
	if slices.Contains(names, argument) {
		return []string{argument}
	}
	pattern, err := regexp.Compile("^(?:" + argument + ")$")
	if err != nil {
		return nil
	}
	for _, name := range names {
		if pattern.MatchString(name) {
			fits = append(fits, name)
		}
	}
	return fits
}

// noReceiverError is the error of a receiver that nothing defines, in Symfony's words.
type noReceiverError struct{ name, text string }

func (n *noReceiverError) Error() string { return n.text }

// NoSuchReceiver is the error for the name of a transport that is not configured.
func NoSuchReceiver(name string, names []string) error {
	if secret.Text(name) != name { // it may have a password
		return usage.Errorf("A receiver is meant by its name, not by a DSN: pass that as --dsn name=DSN.")
	}
	valid := ""
	if len(names) > 0 {
		valid = fmt.Sprintf(" Valid receivers are: %s.", strings.Join(names, ", "))
	}
	return &noReceiverError{name, fmt.Sprintf(`The receiver "%s" does not exist.%s%s`, name, usage.DidYouMean(name, names, ""), valid)}
}

// NamesOf returns the names of transports.
func NamesOf(transports []Transport) (names []string) {
	for _, t := range transports {
		names = append(names, t.Name)
	}
	return names
}
