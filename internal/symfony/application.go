package symfony

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"

	"envelog/internal/phpfilter"
	"envelog/internal/symfony/dotenv"
)

// Options say which application to read, and for which environment.
type Options struct {
	Dir     string   // the project directory: the one with config/ and .env
	Environ []string // the real environment, NAME=value each as os.Environ returns it
	Env     string   // the application environment, as if APP_ENV had it; "" leaves it to APP_ENV
	// Advise says, as the end of an error, how to give settings of envelog that answer instead of what cannot be read: the
	// command line knows how that is spelled. nil: errors name the settings.
	Advise func(settings ...string) string
}

// An Application is what could be read of a Symfony application. It is not safe for concurrent use.
type Application struct {
	// Dir is the project directory, absolute and without symbolic links (kernel.project_dir).
	Dir string
	// Env is the application environment (kernel.environment), dev when nothing names one.
	Env string
	// Debug is kernel.debug: APP_DEBUG, else whether Env is another one than prod.
	Debug bool
	// Files are the files that were read, relative to Dir, in their order.
	Files []string

	advise      func(settings ...string) string
	environment *dotenv.Environment
	loader      *loader
	resolver    *resolver
	logDir      *value
	cacheDir    *value

	composer         composer
	kernel           *script            // its source; nil when it is not found
	scripts          map[string]*script // sources of classes, by their names in lower case; nil for those that are not found
	mappings         []mapping
	installedRelease release
	installedIn      string // the file that says so; - when none does, "" before it is looked for

	askingDir bool // while the kernel is asked for its project directory
}

// IsProject reports whether dir looks like the project directory of a Symfony application: it has config/packages or
// config/bundles.php, as the recipes put them, or composer.json with bin/console or with symfony/framework-bundle.
func IsProject(dir string) bool {
	config := filepath.Join(dir, "config")
	if isDir(filepath.Join(config, "packages")) || isFile(filepath.Join(config, "bundles.php")) {
		return true
	}
	c, err := readComposer(dir)
	return err == nil && (c.requires("symfony/framework-bundle") || isFile(filepath.Join(dir, "composer.json")) && isFile(filepath.Join(dir, "bin", "console")))
}

// Load reads the .env files and the configuration of the application in o.Dir. A file that cannot be understood is no
// error here: it is one where an answer may depend on it. Errors: a directory that is not there, .env files that
// symfony/dotenv refuses too (*dotenv.SyntaxError, *dotenv.ValueError), and what is wrong with composer.json.
func Load(o Options) (*Application, error) {
	if o.Advise == nil {
		o.Advise = func(settings ...string) string { return "configure " + strings.Join(settings, ", ") }
	}
	a, err := load(o)
	if err != nil {
		return nil, fmt.Errorf("read the Symfony application in %s: %w", o.Dir, err)
	}
	return a, nil
}

func load(o Options) (*Application, error) {
	root, err := realPath(o.Dir)
	if err != nil {
		return nil, err
	}
	composer, err := readComposer(root)
	if err != nil {
		return nil, err
	}
	environment, err := loadEnvironment(root, composer, o)
	if err != nil {
		return nil, err
	}
	a := &Application{Dir: root, Env: environment.Name, Debug: environment.Debug, advise: o.Advise, environment: environment, composer: composer}
	a.loader = &loader{app: a, root: root, env: a.Env, extensions: map[string][]*value{}, services: map[string]*value{}}
	if a.kernel, err = a.findKernel(); err != nil {
		a.loader.unread = append(a.loader.unread, unread{Position: Position{File: kernelFile}, err: err, adds: true})
	}
	a.loader.parameters = a.kernelParameters()
	a.loader.load()
	a.resolver = &resolver{app: a, root: root, parameters: a.loader.parameters, env: environment}
	a.Files = append(environment.Files, a.loader.files...)
	return a, nil
}

// realPath returns the directory as kernel.project_dir has it.
func realPath(dir string) (string, error) {
	path, err := filepath.Abs(dir)
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	var cause *fs.PathError
	if errors.As(err, &cause) {
		return "", cause.Err
	}
	if err == nil && !isDir(path) {
		return "", errors.New("it is not a directory")
	}
	return path, err
}

// envPattern is what a kernel accepts as the name of its environment (Kernel::getContainerClass).
var envPattern = regexp.MustCompile(`^[a-zA-Z0-9_]+$`)

func loadEnvironment(root string, c composer, o Options) (*dotenv.Environment, error) {
	options, err := c.runtimeOptions(root)
	if err != nil {
		return nil, err
	}
	options.Environ = o.Environ
	if o.Env != "" {
		options.Environ = append(o.Environ[:len(o.Environ):len(o.Environ)], options.EnvVar+"="+o.Env)
	}
	environment, err := dotenv.Load(options)
	if err != nil {
		return nil, err
	}
	if !envPattern.MatchString(environment.Name) {
		v, _ := environment.Lookup(options.EnvVar)
		at := Position{File: v.File, Line: v.Line}
		return nil, &Error{Position: at, Err: problem{options.EnvVar + " is no name of an environment: it may hold letters, digits and underscores only", ErrInvalid},
			Cure: "set " + options.EnvVar + " to a name such as prod, or " + o.Advise("env")}
	}
	return environment, nil
}

// Variable returns an environment variable as the application sees it, and whether there is one.
func (a *Application) Variable(name string) (dotenv.Variable, bool) {
	return a.environment.Lookup(name)
}

// kernelParameters are the parameters that the kernel sets before it reads a file (Kernel::getKernelParameters).
func (a *Application) kernelParameters() map[string]*value {
	a.cacheDir = a.directory("getCacheDir", "APP_CACHE_DIR", "var/cache", a.Env)
	a.logDir = a.directory("getLogDir", "APP_LOG_DIR", "var/log", "")
	text := func(s string) *value { return &value{data: s, final: true} }
	return map[string]*value{
		"kernel.project_dir":         text(a.projectDir()),
		"kernel.environment":         text(a.Env),
		"kernel.debug":               {data: a.Debug},
		"kernel.charset":             text("UTF-8"),
		"kernel.cache_dir":           a.cacheDir,
		"kernel.build_dir":           a.cacheDir,
		"kernel.logs_dir":            a.logDir,
		"kernel.runtime_environment": {data: "%env(default:kernel.environment:APP_RUNTIME_ENV)%"},
	}
}

// directory returns the kernel's directory that the variable names, or else the default one below the project. sub is what
// the kernel appends to either. A kernel that computes the directory itself makes it a value that only PHP knows.
func (a *Application) directory(method, variable, fallback, sub string) *value {
	if v := a.ask(method); v != nil {
		v.final = v.kind != opaque
		return v
	}
	dir := fallback
	v, found := a.environment.Lookup(variable)
	if v.Err != nil {
		return &value{at: Position{File: v.File, Line: v.Line}, kind: opaque, needs: variable + ", which is the output of a command"}
	}
	if v.Value != "" {
		dir = v.Value
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(a.projectDir(), dir)
	}
	out := &value{data: filepath.Join(dir, sub), final: true}
	if found {
		out.from = []dotenv.Variable{v}
	}
	return out
}

// configDir is where the kernel looks for configuration.
func (a *Application) configDir() string {
	if v := a.ask("getConfigDir"); v != nil && v.kind == scalar {
		return phpString(v.data)
	}
	return filepath.Join(a.projectDir(), "config")
}

// kernelOr returns the kernel, if s is one of the classes above it, and s otherwise: $this is the kernel.
func (a *Application) kernelOr(s *script) *script {
	for k, depth := a.kernel, 0; k != nil && depth < maxAncestors; k, depth = k.parent(), depth+1 {
		if s.class != nil && k.class.Name == s.class.Name {
			return a.kernel
		}
	}
	return s
}

// LogDir returns kernel.logs_dir: APP_LOG_DIR, or var/log below the project. The error says that src/Kernel.php computes
// it.
func (a *Application) LogDir() (string, Origin, error) {
	v, err := a.resolver.resolve(a.logDir)
	if err != nil {
		return "", Origin{}, withCure(err, a.advise("log-dir"))
	}
	return phpString(v.data), origin(v), nil
}

// CacheDir returns kernel.cache_dir: APP_CACHE_DIR, or var/cache below the project, with the environment appended.
func (a *Application) CacheDir() (string, error) {
	v, err := a.resolver.resolve(a.cacheDir)
	if err != nil {
		return "", err
	}
	return phpString(v.data), nil
}

// ShareDir returns kernel.share_dir of Symfony 7.4 and later, where cache pools that several hosts share keep their files:
// APP_SHARE_DIR with the environment appended, or the cache directory. "" when APP_SHARE_DIR is a false value.
func (a *Application) ShareDir() (string, error) {
	v, found := a.environment.Lookup("APP_SHARE_DIR")
	switch {
	case !found || truth(v.Value):
		return a.CacheDir()
	case isFalse(v.Value):
		return "", nil
	}
	dir, err := a.resolver.resolve(a.directory("getShareDir", "APP_SHARE_DIR", "", a.Env))
	if err != nil {
		return "", err
	}
	return phpString(dir.data), nil
}

// isFalse reports whether FILTER_VALIDATE_BOOL takes s for false.
func isFalse(s string) bool {
	b, valid := phpfilter.Bool(s)
	return valid && !b
}
