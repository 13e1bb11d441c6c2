package console

import (
	"slices"
	"strings"

	"envelog/internal/settings"
	"envelog/internal/usage"
)

// Arrange reads tokens as Symfony's console does, and returns them in the only order that urfave/cli understands:
// options first, each one long and with its value joined, then "--", then the arguments.
func Arrange(options []settings.Setting, tokens []string) ([]string, error) {
	a := arranger{known: options, tokens: tokens}
	for len(a.tokens) > 0 {
		if err := a.read(a.shift()); err != nil {
			return nil, err
		}
	}
	return slices.Concat(a.options, []string{"--"}, a.arguments), nil
}

// arranger sorts tokens into options and arguments.
type arranger struct {
	known     []settings.Setting
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
	f, ok := Find(a.known, name)
	if !ok || len(name) < 2 {
		return usage.Errorf(`The "--%s" option does not exist.%s`, name, usage.DidYouMean(name, longNames(a.known), "--"))
	}
	if joined {
		return a.addValue(f, value)
	}
	return a.add(f)
}

// readShort reads one or more joined short options; the first one that takes a value has what follows it for one.
func (a *arranger) readShort(letters string) error {
	for i, letter := range letters {
		f, ok := Find(a.known, string(letter))
		if !ok {
			return usage.Errorf(`The "-%c" option does not exist.`, letter)
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
func (a *arranger) addValue(f settings.Setting, value string) error {
	if !takesValue(f) {
		return usage.Errorf(`The "--%s" option does not accept a value.`, f.Name)
	}
	a.options = append(a.options, "--"+f.Name+"="+value)
	return nil
}

// add adds an option whose value, if it takes one, is the next token.
func (a *arranger) add(f settings.Setting) error {
	name := f.Name
	if !takesValue(f) {
		a.options = append(a.options, "--"+name)
		return nil
	}
	if f.Without != "" && !a.nextIsNumber() {
		return a.addValue(f, f.Without)
	}
	if len(a.tokens) == 0 || strings.HasPrefix(a.tokens[0], "-") {
		return usage.Errorf(`The "--%s" option requires a value.`, name)
	}
	return a.addValue(f, a.shift())
}

// nextIsNumber reports whether the next token can be meant as the value of an option that needs none. Symfony takes the
// next token whatever it is, so that there "--keepalive async" has no receiver.
func (a *arranger) nextIsNumber() bool {
	if len(a.tokens) == 0 {
		return false
	}
	_, err := settings.ParseNumber(a.tokens[0])
	return err == nil && !strings.HasPrefix(a.tokens[0], "-")
}

// Find returns the option with this name or letter.
func Find(options []settings.Setting, name string) (settings.Setting, bool) {
	i := slices.IndexFunc(options, func(o settings.Setting) bool { return o.Name == name || o.Letter != "" && o.Letter == name })
	if i < 0 {
		return settings.Setting{}, false
	}
	return options[i], true
}

func takesValue(f settings.Setting) bool { return f.Kind != settings.Switch }

func longNames(options []settings.Setting) (names []string) {
	for _, o := range options {
		names = append(names, o.Name)
	}
	return names
}

// SplitCommand returns the first argument, which is the name of the command, and all other tokens. Options may stand before it.
func SplitCommand(options []settings.Setting, tokens []string) (name string, rest []string) {
	for i := 0; i < len(tokens); i++ {
		token := tokens[i]
		switch {
		case token == "--":
			return "", tokens
		case !strings.HasPrefix(token, "-"):
			return token, slices.Concat(tokens[:i], tokens[i+1:])
		case wantsNext(options, token):
			i++
		}
	}
	return "", tokens
}

// wantsNext reports whether token is an option, alone, whose value is the next token.
func wantsNext(options []settings.Setting, token string) bool {
	f, ok := Find(options, strings.TrimLeft(token, "-"))
	return ok && f.Without == "" && takesValue(f)
}
