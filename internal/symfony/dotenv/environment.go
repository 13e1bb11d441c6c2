package dotenv

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"envelog/internal/phpfilter"
)

// maxSize is the largest .env file and the longest value, in bytes; an application's are some kilobytes.
const maxSize = 1 << 20

// Options say which files make the environment. The zero value, except for Dir, is what symfony/runtime does by default.
type Options struct {
	Dir      string   // directory of the files
	Environ  []string // the real environment, NAME=value each as os.Environ returns it
	File     string   // name of the first file, relative to Dir; "" means .env. The other names are made from it
	EnvVar   string   // the variable that names the application environment; "" means APP_ENV
	TestEnvs []string // environments that leave out .env.local; nil means test
	DebugVar string   // the variable that says whether to debug; "" means APP_DEBUG
	ProdEnvs []string // environments without debugging unless that variable says so; nil means prod
	Overload bool     // files win over the real environment (runtime option dotenv_overload)
	Disabled bool     // no file is read (runtime option disable_dotenv)
	Eager    bool     // resolve each file by itself, as releases before 6.4.35, 7.4.7 and 8.0.7 do
}

// A Variable is one environment variable and where its value comes from.
type Variable struct {
	Name  string
	Value string // a secret, as likely as not: never for a log or an error
	File  string // path relative to Options.Dir; "" for the real environment, "default" for APP_ENV when nothing sets it
	Line  int    // from 1; 0 where there is no file
	Err   error  // why the value is not known (*CommandError), nil when it is
}

// byDefault stands for the file of a value that is nowhere written.
const byDefault = "default"

// Source says where the value comes from: ".env.local:3", "environment" or "default".
func (v Variable) Source() string {
	switch {
	case v.File == "":
		return "environment"
	case v.Line == 0:
		return v.File
	}
	return fmt.Sprintf("%s:%d", v.File, v.Line)
}

// An Environment is what a Symfony application finds in $_SERVER after its .env files are loaded.
type Environment struct {
	// Name is the application environment: the value of APP_ENV, dev when nothing sets it.
	Name string
	// Debug is what the application is told about debugging (Dotenv::bootEnv).
	Debug bool
	// Files are the files that were read, relative to Options.Dir, in the order in which they were.
	Files []string

	vars map[string]Variable
}

// Lookup returns the variable called name and whether there is one.
func (e *Environment) Lookup(name string) (Variable, bool) {
	v, found := e.vars[name]
	return v, found
}

// Names returns the names of all variables, sorted.
func (e *Environment) Names() []string { return slices.Sorted(maps.Keys(e.vars)) }

// Load reads the .env files of o.Dir; Dotenv::bootEnv in PHP. A missing .env is no error, since a container may get
// everything from its real environment. Errors: *SyntaxError, *ValueError, a *CommandError only for APP_ENV itself, and
// what reading a file returns.
func Load(o Options) (*Environment, error) {
	l := newLoader(o)
	if !o.Disabled {
		if err := l.boot(); err != nil {
			return nil, err
		}
	}
	v, found := l.vars[l.envVar]
	if !found {
		v = Variable{Name: l.envVar, Value: "dev", File: byDefault}
		l.vars[l.envVar] = v
	}
	if v.Err != nil {
		return nil, v.Err
	}
	return &Environment{Name: v.Value, Debug: l.debug(v.Value), Files: l.files, vars: l.vars}, nil
}

// debug returns what the variable says, else whether the environment is for development, and leaves 1 or 0 in the variable.
func (l *loader) debug(env string) bool {
	name := cmp.Or(l.DebugVar, "APP_DEBUG")
	prod := l.ProdEnvs
	if prod == nil {
		prod = []string{"prod"}
	}
	v, found := l.vars[name]
	debug := !slices.Contains(prod, env)
	if found && v.Err == nil {
		yes, _ := phpfilter.Bool(v.Value)
		debug = yes || leadingInt.MatchString(v.Value)
	}
	if !found {
		v = Variable{Name: name, File: byDefault}
	}
	if v.Value = "0"; debug {
		v.Value = "1"
	}
	if v.Err == nil {
		l.vars[name] = v
	}
	return debug
}

// leadingInt is a text of which PHP's cast to int makes another number than 0.
var leadingInt = regexp.MustCompile(`^[ \t\n\r\v\f]*[+-]?0*[1-9]`)

// loader holds PHP's globals while files are added: vars is $_ENV and $_SERVER, fromFiles is SYMFONY_DOTENV_VARS.
//
// One difference is meant: where php.ini leaves $_ENV empty, PHP lets a file win over a real variable whose name starts
// with HTTP_, a guard for web requests that a worker does not need.
type loader struct {
	Options
	envVar    string
	vars      map[string]Variable
	fromFiles map[string]bool
	files     []string
	deferred  deferral
}

func newLoader(o Options) *loader {
	l := &loader{Options: o, envVar: o.EnvVar, vars: map[string]Variable{}, fromFiles: map[string]bool{},
		deferred: deferral{known: map[string]bool{}, overridden: map[string]Variable{}}}
	if l.envVar == "" {
		l.envVar = "APP_ENV"
	}
	if l.File == "" {
		l.File = ".env"
	}
	if l.TestEnvs == nil {
		l.TestEnvs = []string{"test"}
	}
	for _, pair := range o.Environ {
		if name, value, found := strings.Cut(pair, "="); found && name != "" {
			l.vars[name] = Variable{Name: name, Value: value}
		}
	}
	// A parent PHP process hands down the variables of its files together with the list of their names.
	for name := range strings.SplitSeq(l.vars["SYMFONY_DOTENV_VARS"].Value, ",") {
		l.fromFiles[name] = name != ""
	}
	return l
}

// boot takes .env.local.php when it fits the environment, the .env files otherwise.
func (l *loader) boot() error {
	file := l.File + ".local.php"
	data, err := l.read(file)
	if errors.Is(err, os.ErrNotExist) {
		return l.loadAll()
	}
	if err != nil {
		return err
	}
	vars, err := parsePHP(file, data)
	if err != nil {
		return err
	}
	dumped := slices.IndexFunc(vars, func(v Variable) bool { return v.Name == l.envVar })
	present, set := l.vars[l.envVar]
	if l.Overload || dumped < 0 || !set || present.Value == vars[dumped].Value {
		l.files = append(l.files, file)
		l.populate(vars, l.Overload)
		return nil
	}
	return l.loadAll()
}

// loadAll reads the files in the order of their precedence, lowest first; Dotenv::loadEnv in PHP.
func (l *loader) loadAll() error {
	first := l.File
	if !l.exists(first) && l.exists(first+".dist") {
		first += ".dist"
	}
	if err := l.add(first); err != nil {
		return err
	}
	env, err := l.envName("dev")
	if err != nil {
		return err
	}
	if !slices.Contains(l.TestEnvs, env) {
		if err := l.add(l.File + ".local"); err != nil {
			return err
		}
		if env, err = l.envName(env); err != nil {
			return err
		}
	}
	if env != "local" {
		if err := errors.Join(l.add(l.File+"."+env), l.add(l.File+"."+env+".local")); err != nil {
			return err
		}
	}
	return l.resolveDeferred()
}

// envName returns the application environment known so far; fallback, which it then sets, when nothing names one.
func (l *loader) envName(fallback string) (string, error) {
	v, found := l.vars[l.envVar]
	if !found {
		l.populate([]Variable{{Name: l.envVar, Value: fallback, File: byDefault}}, l.Overload)
		return fallback, nil
	}
	if v.Err != nil {
		return "", v.Err
	}
	if !l.Eager && strings.ContainsAny(v.Value, `$\`+literal) {
		return l.resolveNow(v)
	}
	return v.Value, nil
}

// add reads one file, if it is there, and puts its variables under those that are set already.
func (l *loader) add(file string) error {
	data, err := l.read(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return l.addData(file, data)
}

func (l *loader) addData(file string, data []byte) error {
	lexer, err := newLexer(file, data)
	if err != nil {
		return err
	}
	assignments, err := lexer.assignments()
	if err != nil {
		return err
	}
	l.files = append(l.files, file)
	if l.Eager {
		return l.addEager(file, assignments)
	}
	return l.addDeferred(file, assignments)
}

// populate sets variables; those of the real environment stay, unless override says otherwise.
func (l *loader) populate(vars []Variable, override bool) {
	for _, v := range vars {
		if _, set := l.vars[v.Name]; set && !l.fromFiles[v.Name] && !override {
			continue
		}
		l.vars[v.Name] = v
		l.fromFiles[v.Name] = true
	}
}

func (l *loader) exists(file string) bool {
	info, err := os.Stat(l.path(file))
	return err == nil && info.Mode().IsRegular()
}

func (l *loader) path(file string) string { return filepath.Join(l.Dir, file) }

// read returns the content of a file of at most maxSize bytes. A directory of that name is no file, as in PHP.
func (l *loader) read(file string) ([]byte, error) {
	info, err := os.Stat(l.path(file))
	if err != nil || !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read %s: %w", file, os.ErrNotExist)
	}
	if info.Size() > maxSize {
		return nil, fmt.Errorf("read %s: the file is larger than %d bytes", file, maxSize)
	}
	data, err := os.ReadFile(l.path(file))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, errors.Unwrap(err))
	}
	return data, nil
}
