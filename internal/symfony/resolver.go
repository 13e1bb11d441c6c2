package symfony

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"

	"envelog/internal/symfony/dotenv"
)

// maxNesting bounds how deep parameters and processors may refer to each other.
const maxNesting = 50

// resolver replaces parameters and environment variables in values (ParameterBag.php, EnvPlaceholderParameterBag.php).
type resolver struct {
	app        *Application // nil in tests
	root       string       // the project directory, absolute
	parameters map[string]*value
	env        *dotenv.Environment
	depth      int
}

// placeholder is %name% or the escaped percent sign %%; exact is a text that is one placeholder, and so has its type.
var (
	placeholder = regexp.MustCompile(`%%|%([^% \t\n\v\f\r]+)%`)
	exact       = regexp.MustCompile(`^%([^% \t\n\v\f\r]+)%\n?$`)
)

// follow returns what stands in v's place while v is exactly one parameter; its items stay unresolved, and so does
// %env()%.
func (r *resolver) follow(v *value) (*value, error) {
	for range maxNesting {
		name := exactName(v)
		_, isEnv := envName(name)
		switch {
		case v.kind == opaque && r.constant(v) != nil:
			return r.constant(v), nil
		case v.kind == opaque:
			return nil, needsPHP(v.at, "only PHP knows %s", v.needs)
		case name == "" || isEnv:
			return v, nil
		}
		var err error
		if v, err = r.parameter(name, v.at); err != nil {
			return nil, err
		}
	}
	return nil, invalid(v.at, "parameters refer to each other in a circle")
}

// constant returns the constant of a class that an opaque value is, where the source of the class is found; else nil.
func (r *resolver) constant(v *value) *value {
	class, name, found := strings.Cut(v.constant, "::")
	if !found || r.app == nil {
		return nil
	}
	constant := r.app.classConstant(class, name, 0)
	if constant == nil || constant.kind == opaque {
		return nil
	}
	out := *constant
	out.at = v.at
	return &out
}

// exactName returns the name when v is exactly one placeholder, "" otherwise.
func exactName(v *value) string {
	text, is := v.data.(string)
	if !is || v.kind != scalar || v.final {
		return ""
	}
	if m := exact.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

// envName returns the name in env(name).
func envName(name string) (string, bool) {
	inner, is := strings.CutPrefix(name, "env(")
	inner, closed := strings.CutSuffix(inner, ")")
	return inner, is && closed && inner != ""
}

// resolve returns v with everything in it replaced. The position of each value stays where the file refers to it.
func (r *resolver) resolve(v *value) (*value, error) {
	if r.depth++; r.depth > maxNesting {
		return nil, invalid(v.at, "parameters refer to each other in a circle, or are nested too deep")
	}
	defer func() { r.depth-- }()
	end, err := r.follow(v)
	if name, isEnv := envName(exactName(v)); isEnv {
		end, err = r.environment(name, v.at)
	} else if err == nil && end != v {
		end, err = r.resolve(end)
	}
	if err != nil {
		return nil, err
	}
	out := *end
	out.at = v.at
	if text, is := end.data.(string); is && !end.final {
		return r.text(text, out)
	}
	if out.final || out.kind == scalar {
		return &out, nil
	}
	out.items = make([]*value, len(end.items))
	for i, item := range end.items {
		if out.items[i], err = r.resolve(item); err != nil {
			return nil, err
		}
	}
	return &out, nil
}

// text replaces the placeholders inside a longer text, and %% by %.
func (r *resolver) text(text string, out value) (*value, error) {
	var b strings.Builder
	last := 0
	for _, m := range placeholder.FindAllStringSubmatchIndex(text, -1) {
		b.WriteString(text[last:m[0]])
		last = m[1]
		if m[2] < 0 {
			b.WriteByte('%')
			continue
		}
		part, err := r.resolve(&value{at: out.at, data: text[m[0]:m[1]]})
		if err != nil {
			return nil, r.ofText(err, text[m[2]:m[3]], out.at)
		}
		if !isTextOrNumber(part) {
			return nil, invalid(out.at, "%%%s%% is %s, and cannot stand inside a text", text[m[2]:m[3]], part.typeName())
		}
		b.WriteString(phpString(part.data))
		out.from = slices.Concat(out.from, part.from)
	}
	b.WriteString(text[last:])
	out.data = b.String()
	return &out, nil
}

// ofText returns the error of a placeholder inside a longer text, without its name if that may be a piece of a password
// with two percent signs.
func (r *resolver) ofText(err error, name string, at Position) error {
	if _, isEnv := envName(name); isEnv || r.parameters[name] != nil || !errors.Is(err, ErrUnknown) || r.near(name) != "" {
		return err
	}
	unknown := unknown(at, "what stands between two percent signs is the name of no parameter")
	unknown.Cure = "write %% for a percent sign"
	return unknown
}

func isTextOrNumber(v *value) bool {
	switch v.data.(type) {
	case string, int64, float64:
		return v.kind == scalar
	}
	return false
}

// parameter returns a parameter as its file has it.
func (r *resolver) parameter(name string, at Position) (*value, error) {
	if v, found := r.parameters[name]; found {
		return v, nil
	}
	near := r.near(name)
	if near != "" {
		near = suggest(name, []string{near})
	}
	return nil, unknown(at, "the parameter %s is not defined%s", name, near)
}

// near returns the parameter whose name is nearly this, "" for none.
func (r *resolver) near(name string) string {
	return nearest(name, slices.Sorted(maps.Keys(r.parameters)))
}

// variable returns an environment variable as text, or its default, the parameter env(NAME), which may be null.
func (r *resolver) variable(name string, at Position) (*value, error) {
	v, found := r.env.Lookup(name)
	if v.Err != nil {
		return nil, &Error{Position: at, Err: v.Err, Cure: "set " + name + " in the environment"}
	}
	if v.Value == "" && r.inVault(name) {
		return nil, withCure(needsPHP(at, "the secret %s is in the vault config/secrets, which envelog does not open", name),
			"run bin/console secrets:decrypt-to-local --force, or set "+name+" in the environment")
	}
	if found {
		return &value{at: at, data: v.Value, from: []dotenv.Variable{v}}, nil
	}
	fallback, has := r.parameters["env("+name+")"]
	if !has {
		return nil, unset(name, at)
	}
	out, err := r.resolve(fallback)
	if err != nil {
		return nil, err
	}
	if _, is := out.data.(string); !is && !out.isNull() {
		return nil, invalid(fallback.at, "the default of an environment variable has to be text, and is %s; put it in quotes", out.typeName())
	}
	out.from = slices.Concat(out.from, []dotenv.Variable{{Name: name, File: fallback.at.File, Line: fallback.at.Line}})
	return out, nil
}

func unset(name string, at Position) error {
	return &Error{Position: at, Err: problem{"the environment variable " + name + " is not set", ErrUnset},
		Cure: "set it in the environment or in .env.local"}
}

// isUnset reports whether err is about something that a default may replace (EnvNotFoundException).
func isUnset(err error) bool { return errors.Is(err, ErrUnset) }
