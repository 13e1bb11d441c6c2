package dotenv

import (
	"errors"
	"strings"
)

// addEager resolves the assignments of one file in their order, then sets them; Dotenv::parse and populate in PHP.
func (l *loader) addEager(file string, assignments []assignment) error {
	in := &fileScope{loader: l, file: file, values: map[string]Variable{}}
	for _, a := range assignments {
		in.line = a.line
		v := Variable{Name: a.name, File: file, Line: a.line}
		var err error
		v.Value, err = eagerValue(a.parts, in)
		if v.Err = commandOf(err, v); err != nil && v.Err == nil {
			return &ValueError{a.name, file, a.line, err.Error()}
		}
		in.set(v)
	}
	l.populate(in.all(), l.Overload)
	return nil
}

// eagerValue resolves each part by itself.
func eagerValue(parts []part, in scope) (string, error) {
	var value strings.Builder
	for _, p := range parts {
		text := p.text
		if p.quote != '\'' {
			var err error
			if text, err = resolve(p.text, in); err != nil {
				return "", err
			}
			text = strings.ReplaceAll(text, `\\`, `\`)
		}
		if p.quote == 0 && text == p.text && strings.ContainsFunc(p.text, isSpaceRune) {
			return "", errSpace
		}
		value.WriteString(text)
	}
	return value.String(), nil
}

// errSpace is symfony/dotenv's guard against a value that a shell would read otherwise.
var errSpace = errors.New("a value with white space must stand in quotes")

func isSpaceRune(r rune) bool { return r < 0x80 && isSpace(byte(r)) }

// commandOf returns the error that v carries when err came from a command: v's own, or that of the variable it refers to.
func commandOf(err error, v Variable) error {
	var other *CommandError
	switch {
	case errors.Is(err, errCommand):
		return &CommandError{v.Name, v.File, v.Line}
	case errors.As(err, &other):
		return other
	}
	return nil
}

// fileScope looks references up while one file is read: its own values, and what was set before it.
type fileScope struct {
	loader *loader
	file   string
	line   int
	names  []string
	values map[string]Variable
}

// lookup prefers this file's value over an earlier file's, and the real environment over both.
func (s *fileScope) lookup(name string) (string, error) {
	own, here := s.values[name]
	before, set := s.loader.vars[name]
	if here && (!set || s.loader.fromFiles[name]) {
		return own.Value, own.Err
	}
	return before.Value, before.Err
}

func (s *fileScope) assign(name, value string) {
	s.set(Variable{Name: name, Value: value, File: s.file, Line: s.line})
}

func (s *fileScope) set(v Variable) {
	if _, known := s.values[v.Name]; !known {
		s.names = append(s.names, v.Name)
	}
	s.values[v.Name] = v
}

func (s *fileScope) all() []Variable {
	vars := make([]Variable, len(s.names))
	for i, name := range s.names {
		vars[i] = s.values[name]
	}
	return vars
}
