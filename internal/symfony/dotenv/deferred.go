package dotenv

import (
	"strings"
)

// maxPasses is how deep references may lead from variable to variable in symfony/dotenv.
const maxPasses = 5

// deferral holds what the files gave, unresolved, until all are read.
type deferral struct {
	names      []string            // variables to resolve, in the order of their first file
	known      map[string]bool     // the same names
	overridden map[string]Variable // what a variable was before the first file that sets it
}

// addDeferred sets the raw values of one file; Dotenv::doLoad in PHP since 6.4.35.
func (l *loader) addDeferred(file string, assignments []assignment) error {
	raw, err := rawValues(file, assignments)
	if err != nil {
		return err
	}
	d := &l.deferred
	for _, v := range raw {
		before, set := l.vars[v.Name]
		if _, kept := d.overridden[v.Name]; set && !kept {
			d.overridden[v.Name] = before
		}
		if wins := !set || l.Overload || l.fromFiles[v.Name]; wins && !d.known[v.Name] {
			d.names = append(d.names, v.Name)
			d.known[v.Name] = true
		}
	}
	l.populate(raw, l.Overload)
	return nil
}

// rawValues joins the parts of each assignment; of a name that comes up twice, the last one counts.
func rawValues(file string, assignments []assignment) ([]Variable, error) {
	var raw []Variable
	index := map[string]int{}
	for _, a := range assignments {
		value, err := rawValue(a.parts)
		if err != nil {
			return nil, &ValueError{a.name, file, a.line, err.Error()}
		}
		v := Variable{Name: a.name, Value: value, File: file, Line: a.line}
		i, again := index[a.name]
		if !again {
			i = len(raw)
			index[a.name] = i
			raw = append(raw, v)
		}
		raw[i] = v
	}
	return raw, nil
}

// rawValue joins parts so that what is literal in them stays so: dollars become literal marks, backslashes double.
func rawValue(parts []part) (string, error) {
	var value strings.Builder
	for _, p := range parts {
		switch p.quote {
		case '\'':
			value.WriteString(protect(p.text))
		case '"':
			value.WriteString(protectEscaped(p.text))
		default:
			if strings.ContainsFunc(p.text, isSpaceRune) && !strings.Contains(p.text, "$") {
				return "", errSpace
			}
			value.WriteString(protectEscaped(p.text))
		}
	}
	return value.String(), nil
}

// protect makes the whole of s literal.
func protect(s string) string { return strings.NewReplacer(`\`, `\\`, "$", literal).Replace(s) }

// protectEscaped makes the dollars literal that an odd number of backslashes stands before; one of them goes.
func protectEscaped(s string) string {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(s, "$")
		if !found {
			return out.String() + s
		}
		backslashes := len(before) - len(strings.TrimRight(before, `\`))
		if backslashes%2 == 1 {
			out.WriteString(before[:len(before)-1] + literal)
		} else {
			out.WriteString(before + "$")
		}
		s = after
	}
}

// restore undoes the marks when everything is resolved.
func restore(s string) string { return strings.NewReplacer(literal, "$", `\\`, `\`).Replace(s) }

// resolveDeferred resolves the variables of all files against each other, pass by pass; Dotenv::resolveLoadedVars in PHP.
func (l *loader) resolveDeferred() error {
	in := newFinalScope(l)
	var changed []Variable
	for range maxPasses {
		var err error
		if changed, err = l.pass(in); err != nil {
			return err
		}
		if len(changed) == 0 {
			l.restoreAll()
			return nil
		}
		l.populate(changed, true)
	}
	v := changed[0]
	return &ValueError{v.Name, v.File, v.Line, "its references lead in a circle, or deeper than symfony/dotenv follows"}
}

// pass resolves each variable once, against the values of the pass before, and returns those that changed.
func (l *loader) pass(in *finalScope) ([]Variable, error) {
	var changed []Variable
	for _, name := range l.deferred.names {
		v := l.vars[name]
		if v.Err != nil || !strings.Contains(v.Value, "$") {
			continue
		}
		in.hide(name)
		value, err := resolve(v.Value, in)
		if v.Err = commandOf(err, v); err != nil && v.Err == nil {
			return nil, &ValueError{v.Name, v.File, v.Line, err.Error()}
		}
		if value != v.Value {
			v.Value = value
			changed = append(changed, v)
		}
	}
	return changed, nil
}

func (l *loader) restoreAll() {
	for _, name := range l.deferred.names {
		v := l.vars[name]
		v.Value = restore(v.Value)
		l.vars[name] = v
	}
}

// resolveNow resolves APP_ENV before the other files are known, since it names them; Dotenv::resolveEnvKey in PHP.
func (l *loader) resolveNow(v Variable) (string, error) {
	in := newFinalScope(l)
	in.hidden, in.hiddenBy = v.Name, nil
	value, err := resolve(v.Value, in)
	if command := commandOf(err, v); command != nil {
		return "", command
	}
	if err != nil {
		return "", &ValueError{v.Name, v.File, v.Line, err.Error()}
	}
	return restore(value), nil
}

// finalScope looks references up once every file is read.
type finalScope struct {
	loader    *loader
	fromFiles map[string]bool   // as it was before the first pass
	defaults  map[string]string // of ${NAME:=value}; they are seen by references only, not by the application
	itself    map[string]bool   // variables whose raw value refers to themselves

	hidden   string    // the variable whose own raw value is not seen while it is resolved
	hiddenBy *Variable // what is seen instead: its value before the files, if it had one
}

func newFinalScope(l *loader) *finalScope {
	s := &finalScope{loader: l, fromFiles: map[string]bool{}, defaults: map[string]string{}, itself: map[string]bool{}}
	for name, from := range l.fromFiles {
		s.fromFiles[name] = from
	}
	for _, name := range l.deferred.names {
		s.itself[name] = refersTo(l.vars[name].Value, name)
	}
	return s
}

// hide prepares the lookup for the resolution of name, so that NAME=${NAME:-default} finds what was before it.
func (s *finalScope) hide(name string) {
	s.hidden, s.hiddenBy = "", nil
	if !s.itself[name] {
		return
	}
	s.hidden = name
	if before, had := s.loader.deferred.overridden[name]; had {
		before.Value = strings.NewReplacer(`\\`, `\\\\`, "$", literal).Replace(before.Value)
		s.hiddenBy = &before
	}
}

// refersTo reports whether s holds $name or ${name.
func refersTo(s, name string) bool {
	for {
		_, after, found := strings.Cut(s, "$")
		if !found {
			return false
		}
		s = after
		rest, found := strings.CutPrefix(strings.TrimPrefix(after, "{"), name)
		if found && (rest == "" || !isNameByte(rest[0])) {
			return true
		}
	}
}

func (s *finalScope) lookup(name string) (string, error) {
	value, known := s.defaults[name]
	if known && s.fromFiles[name] {
		return value, nil
	}
	v, set := s.loader.vars[name]
	if name == s.hidden {
		v, set = Variable{}, s.hiddenBy != nil
		if set {
			v = *s.hiddenBy
		}
	}
	if set {
		value = v.Value
	}
	if v.Err != nil || value == "" || s.fromFiles[name] {
		return value, v.Err
	}
	if set { // a value that no file gave is not escaped yet
		value = strings.ReplaceAll(value, `\`, `\\`)
	}
	return strings.ReplaceAll(value, "$", literal), nil
}

func (s *finalScope) assign(name, value string) { s.defaults[name] = value }
