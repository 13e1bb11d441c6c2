package cli

import (
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"
)

// optionalValue is a flag that takes a number as its value, or none (Symfony's InputOption::VALUE_OPTIONAL).
type optionalValue struct {
	*urfave.StringFlag
	without string // the value when none is given
}

// arrange reads tokens as Symfony's console does, and returns them in the only order that urfave/cli understands:
// options first, each one long and with its value joined, then "--", then the arguments.
func arrange(flags []urfave.Flag, tokens []string) ([]string, error) {
	a := arranger{flags: flags, tokens: tokens}
	for len(a.tokens) > 0 {
		if err := a.read(a.shift()); err != nil {
			return nil, err
		}
	}
	return slices.Concat(a.options, []string{"--"}, a.arguments), nil
}

// arranger sorts tokens into options and arguments.
type arranger struct {
	flags     []urfave.Flag
	tokens    []string // not read yet
	options   []string
	arguments []string
}

func (a *arranger) shift() string {
	token := a.tokens[0]
	a.tokens = a.tokens[1:]
	return token
}

func (a *arranger) read(token string) error {
	switch {
	case token == "--":
		a.arguments = append(a.arguments, a.tokens...)
		a.tokens = nil
	case strings.HasPrefix(token, "--"):
		return a.readLong(token[2:])
	case strings.HasPrefix(token, "-") && token != "-":
		return a.readShort(token[1:])
	default:
		a.arguments = append(a.arguments, token)
	}
	return nil
}

func (a *arranger) readLong(text string) error {
	name, value, joined := strings.Cut(text, "=")
	f := findFlag(a.flags, name)
	if f == nil || len(name) < 2 {
		return complain(`The "--%s" option does not exist.%s`, name, didYouMean(name, longNames(a.flags), "--"))
	}
	if joined {
		return a.addValue(f, value)
	}
	return a.add(f)
}

// readShort reads one or more joined short options; the first one that takes a value has what follows it for one.
func (a *arranger) readShort(letters string) error {
	for i, letter := range letters {
		f := findFlag(a.flags, string(letter))
		if f == nil {
			return complain(`The "-%c" option does not exist.`, letter)
		}
		if rest := letters[i+1:]; takesValue(f) && rest != "" {
			return a.addValue(f, rest)
		}
		if err := a.add(f); err != nil {
			return err
		}
	}
	return nil
}

// addValue adds an option that was written with a value joined to it.
func (a *arranger) addValue(f urfave.Flag, value string) error {
	if !takesValue(f) {
		return complain(`The "--%s" option does not accept a value.`, f.Names()[0])
	}
	a.options = append(a.options, "--"+f.Names()[0]+"="+value)
	return nil
}

// add adds an option whose value, if it takes one, is the next token.
func (a *arranger) add(f urfave.Flag) error {
	name := f.Names()[0]
	if !takesValue(f) {
		a.options = append(a.options, "--"+name)
		return nil
	}
	if optional, ok := f.(optionalValue); ok && !a.nextIsNumber() {
		return a.addValue(f, optional.without)
	}
	if len(a.tokens) == 0 || strings.HasPrefix(a.tokens[0], "-") {
		return complain(`The "--%s" option requires a value.`, name)
	}
	return a.addValue(f, a.shift())
}

// nextIsNumber tells whether the next token can be meant as the value of an option that needs none. Symfony takes the
// next token whatever it is, so that there "--keepalive async" has no receiver.
func (a *arranger) nextIsNumber() bool {
	if len(a.tokens) == 0 {
		return false
	}
	_, err := parseNumber(a.tokens[0])
	return err == nil && !strings.HasPrefix(a.tokens[0], "-")
}

// findFlag returns the flag with this name or letter, or nil.
func findFlag(flags []urfave.Flag, name string) urfave.Flag {
	for _, f := range flags {
		if slices.Contains(f.Names(), name) {
			return f
		}
	}
	return nil
}

func takesValue(f urfave.Flag) bool {
	_, isSwitch := f.(*urfave.BoolFlag)
	return !isSwitch
}

func longNames(flags []urfave.Flag) (names []string) {
	for _, f := range flags {
		names = append(names, f.Names()[0])
	}
	return names
}

// splitCommand returns the first argument, which is the name of the command, and all other tokens. Options, of these
// flags, may stand before it.
func splitCommand(flags []urfave.Flag, tokens []string) (name string, rest []string) {
	for i := 0; i < len(tokens); i++ {
		token := tokens[i]
		switch {
		case token == "--":
			return "", tokens
		case !strings.HasPrefix(token, "-"):
			return token, slices.Concat(tokens[:i], tokens[i+1:])
		case wantsNext(flags, token):
			i++
		}
	}
	return "", tokens
}

// wantsNext tells whether token is an option, alone, whose value is the next token.
func wantsNext(flags []urfave.Flag, token string) bool {
	f := findFlag(flags, strings.TrimLeft(token, "-"))
	if _, optional := f.(optionalValue); f == nil || optional {
		return false
	}
	return takesValue(f)
}

// findCommand returns the command of that name. Each part between colons may be cut short, as long as one command
// alone fits (Symfony Application::find).
func findCommand(commands []*urfave.Command, name string) (*urfave.Command, error) {
	var fits []*urfave.Command
	var names []string
	for _, c := range commands {
		if c.Name == name {
			return c, nil
		}
		if fitsShort(c.Name, name) {
			fits = append(fits, c)
		}
		names = append(names, c.Name)
	}
	if len(fits) == 1 {
		return fits[0], nil
	}
	if len(fits) > 1 {
		names = nil
		for _, c := range fits {
			names = append(names, c.Name)
		}
		return nil, complain("Command %q is ambiguous.\nDid you mean one of these?\n    %s", name, strings.Join(names, "\n    "))
	}
	return nil, complain(`Command "%s" is not defined.%s`, name, didYouMean(name, names, ""))
}

func fitsShort(name, short string) bool {
	parts, shorts := strings.Split(name, ":"), strings.Split(short, ":")
	if len(parts) != len(shorts) {
		return false
	}
	for i := range parts {
		if shorts[i] == "" || !strings.HasPrefix(parts[i], shorts[i]) {
			return false
		}
	}
	return true
}
