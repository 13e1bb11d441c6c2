package cli

import (
	"regexp"
	"slices"
	"strings"
)

// namedDSN is a transport as the operator configures it.
type namedDSN struct{ name, dsn string }

// The name of the only transport when nothing names it: that of Symfony's recipe.
const onlyName = "async"

// configuredTransports returns the transports that flags or environment define. One DSN without a name, or the one of
// MESSENGER_TRANSPORT_DSN when there is no flag, has the name that the command line asks for.
func configuredTransports(flags []string, environment string, arguments []string) ([]namedDSN, error) {
	if len(flags) == 0 && environment != "" {
		flags = []string{environment}
	}
	if len(flags) == 0 {
		return nil, complain("No transport is configured: pass --dsn name=redis://host:6379/stream, or set MESSENGER_TRANSPORT_DSN.")
	}
	var transports []namedDSN
	for _, flag := range flags {
		name, dsn, named := cutName(flag)
		if !named && len(flags) > 1 {
			return nil, complain(`Option "dsn" must be name=DSN when there are several transports.`)
		}
		if !named {
			name = onlyName
			if len(arguments) > 0 {
				name = arguments[0]
			}
		}
		if slices.ContainsFunc(transports, func(t namedDSN) bool { return t.name == name }) {
			return nil, complain(`Option "dsn" defines the transport "%s" twice.`, name)
		}
		transports = append(transports, namedDSN{name, dsn})
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

// selection says which of the transports are consumed.
type selection struct {
	arguments []string // names or patterns, in order of priority
	all       bool     // --all
	exclude   []string // --exclude-receivers
}

// choose returns the selected transports in order of priority; its errors are those of ConsumeMessagesCommand.
func (s selection) choose(transports []namedDSN) ([]namedDSN, error) {
	if len(s.exclude) > 0 && !s.all {
		return nil, complain(`The "--exclude-receivers" option can only be used with the "--all" option.`)
	}
	for _, name := range s.exclude {
		if _, ok := find(transports, name); !ok {
			return nil, noSuchReceiver(name, transports)
		}
	}
	switch {
	case s.all:
		return s.chooseAll(transports)
	case len(s.arguments) == 0 && len(transports) == 1:
		return transports, nil
	case len(s.arguments) == 0:
		return nil, complain("Please pass at least one receiver.")
	}
	return s.chooseNamed(transports)
}

func (s selection) chooseAll(transports []namedDSN) ([]namedDSN, error) {
	chosen := slices.DeleteFunc(slices.Clone(transports), func(t namedDSN) bool { return slices.Contains(s.exclude, t.name) })
	if len(chosen) == 0 {
		return nil, complain("All transports/receivers have been excluded, please specify at least one to consume from.")
	}
	return chosen, nil
}

func (s selection) chooseNamed(transports []namedDSN) (chosen []namedDSN, err error) {
	for _, argument := range s.arguments {
		fits := matching(transports, argument)
		if len(fits) == 0 {
			return nil, noSuchReceiver(argument, transports)
		}
		for _, t := range fits {
			if !slices.Contains(chosen, t) {
				chosen = append(chosen, t)
			}
		}
	}
	return chosen, nil
}

// matching returns the transport of that name, or those whose whole name the regular expression matches (Symfony 8.1).
func matching(transports []namedDSN, argument string) (fits []namedDSN) {
	if t, ok := find(transports, argument); ok {
		return []namedDSN{t}
	}
	pattern, err := regexp.Compile("^(?:" + argument + ")$")
	if err != nil {
		return nil
	}
	for _, t := range transports {
		if pattern.MatchString(t.name) {
			fits = append(fits, t)
		}
	}
	return fits
}

func find(transports []namedDSN, name string) (namedDSN, bool) {
	i := slices.IndexFunc(transports, func(t namedDSN) bool { return t.name == name })
	if i < 0 {
		return namedDSN{}, false
	}
	return transports[i], true
}

func noSuchReceiver(name string, transports []namedDSN) error {
	if strings.Contains(name, "://") { // and perhaps a password
		return complain("A receiver is meant by its name, not by a DSN: pass that as --dsn name=DSN.")
	}
	return complain(`The receiver "%s" does not exist. Valid receivers are: %s.`, name, strings.Join(names(transports), ", "))
}

func names(transports []namedDSN) (names []string) {
	for _, t := range transports {
		names = append(names, t.name)
	}
	return names
}
