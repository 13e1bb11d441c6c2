package symfony

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"envelog/internal/phpfilter"
	"envelog/internal/symfony/dotenv"
)

// envSyntax is what may stand in %env()%: processors with their arguments, then the name.
var envSyntax = regexp.MustCompile(`^(?:[-.\w\\]*:)*\w*$`)

// environment returns the value of %env(name)%, with its processors run from right to left (EnvVarProcessor::getEnv).
func (r *resolver) environment(name string, at Position) (*value, error) {
	if r.depth++; r.depth > maxNesting {
		return nil, invalid(at, "%%env()%% is nested too deep, or in a circle")
	}
	defer func() { r.depth-- }()
	if !envSyntax.MatchString(name) {
		return nil, invalid(at, "%%env(%s)%% is no name of an environment variable", name)
	}
	v, err := r.processed(name, at)
	if err != nil {
		return nil, err
	}
	final := *v
	final.at, final.final = at, true
	return &final, nil
}

func (r *resolver) processed(name string, at Position) (*value, error) {
	prefix, rest, found := strings.Cut(name, ":")
	switch {
	case name == "":
		return &value{}, nil
	case !found:
		return r.variable(name, at)
	case prefix == "key":
		return r.key(rest, at)
	case prefix == "default":
		return r.fallback(rest, at)
	case prefix == "file":
		return r.file(rest, at)
	}
	v, err := r.environment(rest, at)
	if err != nil || prefix == "" {
		return v, err
	}
	return r.process(prefix, rest, v)
}

// key is key:name:rest, one item of the list or map that rest gives.
func (r *resolver) key(arguments string, at Position) (*value, error) {
	key, rest, found := strings.Cut(arguments, ":")
	if !found {
		return nil, invalid(at, "%%env(key:%s)%% has no key; write key:name:json:VARIABLE", arguments)
	}
	v, err := r.environment(rest, at)
	if err != nil {
		return nil, err
	}
	if v.kind == scalar {
		return nil, invalid(at, "%%env(%s)%% is %s, and has no key %s", rest, v.typeName(), key)
	}
	i := slices.Index(v.keys, key)
	if n, err := strconv.Atoi(key); err == nil && v.kind == list && n < len(v.items) {
		i = n
	}
	if i < 0 {
		return nil, &Error{Position: at, Err: problem{"%env(" + rest + ")% has no key " + key, ErrUnset}}
	}
	item := *v.items[i]
	item.from = v.from
	return &item, nil
}

// fallback is default:parameter:rest; an empty parameter stands for null.
func (r *resolver) fallback(arguments string, at Position) (*value, error) {
	name, rest, found := strings.Cut(arguments, ":")
	if !found {
		return nil, invalid(at, "%%env(default:%s)%% has no fallback; write default:parameter:VARIABLE, or default::VARIABLE for null", arguments)
	}
	var parameter *value
	if name != "" {
		var err error
		if parameter, err = r.parameter(name, at); err != nil {
			return nil, err
		}
	}
	v, err := r.environment(rest, at)
	if err != nil && !isUnset(err) {
		return nil, err
	}
	if err == nil && !v.isNull() && v.data != "" {
		return v, nil
	}
	if parameter == nil {
		return &value{at: at}, nil
	}
	return r.resolve(&value{at: at, data: "%" + name + "%"})
}

// file is file:rest, the content of the file whose path rest gives. Symfony takes a relative path from the directory that
// PHP runs in, which is the project directory for bin/console.
func (r *resolver) file(rest string, at Position) (*value, error) {
	v, err := r.environment(rest, at)
	if err != nil {
		return nil, err
	}
	if v.kind != scalar {
		return nil, invalid(at, "%%env(file:%s)%% needs a path, and gets %s", rest, v.typeName())
	}
	path := phpString(v.data)
	if !filepath.IsAbs(path) {
		path = filepath.Join(r.root, path)
	}
	content, err := readFile(path)
	if err != nil {
		return nil, &Error{Position: at, Err: problem{"the file that %env(" + rest + ")% names " + reason(err), ErrUnset}, Cure: "mount it, or name another one"}
	}
	return &value{at: at, data: string(content), from: inFile(v.from)}, nil
}

// inFile returns the variables that name a file whose content a value is.
func inFile(variables []dotenv.Variable) []dotenv.Variable {
	named := slices.Clone(variables)
	for i := range named {
		named[i].Name = "file:" + named[i].Name
	}
	return named
}

// readFile returns the content of a regular file of at most maxFile bytes.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, os.ErrInvalid
	}
	return os.ReadFile(path)
}

// reason says why a file was not read, without its path, which may come from a variable.
func reason(err error) string {
	switch {
	case os.IsNotExist(err):
		return "is not there"
	case os.IsPermission(err):
		return "must not be read by this user"
	}
	return "cannot be read"
}

// process casts v, the value of %env(rest)%, with the processor prefix.
func (r *resolver) process(prefix, rest string, v *value) (*value, error) {
	at := v.at
	if v.kind != scalar {
		return nil, invalid(at, "%%env(%s)%% is %s, which the processor %s cannot take", rest, v.typeName(), prefix)
	}
	out := &value{at: at, from: v.from}
	text := phpString(v.data)
	switch prefix {
	case "string":
		out.data = text
		return out, nil
	case "bool":
		out.data = truth(text)
		return out, nil
	case "not":
		out.data = !truth(text)
		return out, nil
	case "int", "float":
		return out.number(prefix, rest, v)
	}
	if v.isNull() {
		return out, nil
	}
	switch prefix {
	case "trim":
		out.data = strings.Trim(text, " \t\n\r\v\x00")
	case "base64":
		out.data = lenientBase64(text)
	case "urlencode":
		out.data = strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
	case "resolve":
		return r.references(rest, text, *out)
	case "json":
		return out.json(rest, text)
	default:
		if parts := r.split(prefix, text, at); parts != nil {
			parts.from = v.from
			return parts, nil
		}
		return nil, needsPHP(at, "only PHP knows the processor %s of %%env(%s:%s)%%", prefix, prefix, rest)
	}
	return out, nil
}

// references is resolve: of a text. What it refers to is part of the text, and no error may show that.
func (r *resolver) references(rest, text string, out value) (*value, error) {
	v, err := r.text(text, out)
	if err == nil {
		return v, nil
	}
	class := ErrInvalid
	if isUnset(err) {
		class = ErrUnset
	}
	return nil, &Error{Position: out.at, Err: problem{"%env(" + rest + ")% refers to something between percent signs that cannot be resolved", class},
		Cure: "write %% for a percent sign"}
}

// number is int: or float: of v, with the rules of PHP's filter_var; null is 0.
func (out *value) number(prefix, rest string, v *value) (*value, error) {
	text := phpString(v.data)
	if v.isNull() {
		text = "0"
	}
	f, ok := phpfilter.Float(text)
	n, whole := phpfilter.Int(text)
	switch {
	case !ok:
		return nil, invalid(v.at, "%%env(%s)%% is no number, which %s:%s needs", rest, prefix, rest)
	case prefix == "float":
		out.data = f
	case whole:
		out.data = n
	case math.Abs(f) >= 1<<63:
		return nil, invalid(v.at, "%%env(%s)%% is too large for %s:%s", rest, prefix, rest)
	default:
		out.data = int64(f)
	}
	return out, nil
}

// truth is FILTER_VALIDATE_BOOL, or else whether the text is a number other than zero (EnvVarProcessor's bool).
func truth(s string) bool {
	if b, valid := phpfilter.Bool(s); valid {
		return b
	}
	f, valid := phpfilter.Float(s)
	return valid && f != 0
}

// lenientBase64 is PHP's base64_decode, which skips what does not belong to either alphabet.
func lenientBase64(s string) string {
	s = strings.Map(func(c rune) rune {
		switch {
		case c == '-':
			return '+'
		case c == '_':
			return '/'
		case c == '+' || c == '/' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z':
			return c
		}
		return -1
	}, s)
	if len(s)%4 == 1 {
		s = s[:len(s)-1]
	}
	decoded, _ := base64.RawStdEncoding.DecodeString(s) // nothing is left that could fail
	return string(decoded)
}

// json is json: of a text, which has to hold a list, a map or null.
func (out *value) json(rest, text string) (*value, error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var data any
	err := decoder.Decode(&data)
	if _, end := decoder.Token(); err != nil || end != io.EOF || !utf8.ValidString(text) {
		return nil, invalid(out.at, "%%env(%s)%% is no JSON", rest)
	}
	from := out.from
	*out = *fromJSON(data, out.at)
	out.from = from
	if out.kind == scalar && out.data != nil {
		return nil, invalid(out.at, "%%env(%s)%% is JSON with %s; a list or a map was expected", rest, out.typeName())
	}
	return out, nil
}

func fromJSON(data any, at Position) *value {
	v := &value{at: at}
	switch d := data.(type) {
	case map[string]any:
		v.kind = dict
		v.keys = slices.Sorted(maps.Keys(d))
		for _, key := range v.keys {
			v.items = append(v.items, fromJSON(d[key], at))
		}
	case []any:
		v.kind = list
		for _, item := range d {
			v.items = append(v.items, fromJSON(item, at))
		}
	case json.Number:
		v.data = jsonNumber(d)
	default:
		v.data = data
	}
	return v
}

// jsonNumber is an int where PHP's holds it, a float otherwise.
func jsonNumber(n json.Number) any {
	if i, err := n.Int64(); err == nil {
		return i
	}
	f, _ := n.Float64()
	return f
}

// inVault reports whether Symfony's secrets vault of this environment holds the secret; only PHP opens it.
func (r *resolver) inVault(name string) bool {
	found, err := filepath.Glob(filepath.Join(r.root, "config", "secrets", r.env.Name, r.env.Name+"."+name+".*.php"))
	return err == nil && len(found) > 0
}
