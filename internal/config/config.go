package config

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"envelog/internal/settings"
	"envelog/internal/symfony"
	"envelog/internal/usage"
)

// Sources are the places in which [Load] looks for values.
type Sources struct {
	Command []settings.Setting // those of the command
	All     []settings.Setting // those of all commands, any of which envelog.yaml may have
	Flags   settings.Layer     // the command line
	Getenv  func(name string) string
	Environ func() []string                         // as os.Environ, for the application; may be nil
	Env     string                                  // the application's environment, of --env; "" for APP_ENV
	Options func(command string) []settings.Setting // those of each command, for the commands that are suggested; may be nil
	Log     *slog.Logger                            // is told what is ignored
	// Examined says that the command shows what is wrong in the sources, all of it, instead of ending at the first.
	Examined bool
}

// Config is what a command is told by settings.
type Config struct {
	Values      settings.Values      // of all settings, whatever the command reads
	Application *symfony.Application // nil for none
	// Wrong joins what is wrong in the sources themselves, for a command that examines them: with any of it, other
	// commands do not start. It is not about values of the right kind, which have a Parse.
	Wrong error

	command []settings.Setting
	env     string
	options func(command string) []settings.Setting
	getenv  func(name string) string
	log     *slog.Logger
}

// Load finds the value of each setting and its source: its flag, its variable, envelog.yaml, the application's
// configuration, or the default.
func Load(s Sources) (*Config, error) {
	c := &Config{command: s.Command, env: s.Env, options: s.Options, getenv: s.Getenv, log: s.Log}
	if len(s.Command) == 0 {
		return c, nil
	}
	written := []settings.Layer{s.Flags, settings.Environment(s.Getenv)}
	file, err := s.readFile(written)
	if err != nil && !s.Examined {
		return nil, err
	}
	c.Wrong = err
	if s.Environ != nil {
		for _, sentence := range settings.UnknownVariables(s.Environ(), s.All) {
			s.Log.Warn(sentence)
		}
	}
	written = append(written, file.Layer)
	if ReadsApplication(s.Command) {
		if c.Application, err = loadApplication(written, s); err != nil && !s.Examined {
			return nil, err
		}
		c.Wrong = errors.Join(c.Wrong, err)
	}
	layers := append(written, c.applicationLayer(s.Command))
	if formatter, from, ok := c.lineFormatter(written, s.All); ok {
		layers = append(layers, lineLayer(formatter, from))
	}
	if c.Values, err = settings.Resolve(s.All, layers...); err != nil && !s.Examined {
		return nil, err
	}
	for _, v := range c.Values {
		if _, told := errors.AsType[*settings.FileError](v.Err); !told {
			c.Wrong = errors.Join(c.Wrong, v.Err)
		}
	}
	return c, nil
}

// ReadsApplication reports whether a command with these settings has to do with transports.
func ReadsApplication(command []settings.Setting) bool { return has(command, "dsn") }

func has(all []settings.Setting, name string) bool {
	return slices.ContainsFunc(all, func(s settings.Setting) bool { return s.Name == name })
}

// FlagOrigin is the origin of a value that the command line has.
func FlagOrigin(name string) string { return "flag --" + name }

// readFile reads envelog.yaml: the file that is asked for, or the one of the project or the current directory, which
// need not be there.
func (s Sources) readFile(written []settings.Layer) (*settings.File, error) {
	asked, err := settings.Resolve([]settings.Setting{{Name: "config", Path: true}, {Name: "project-dir", Path: true}}, written...)
	if err != nil {
		return nil, err
	}
	if path := asked.Of("config").Text(); path != "" {
		return settings.ReadFile(path, inFiles(s.All))
	}
	path := filepath.Join(asked.Of("project-dir").Text(), settings.FileName)
	if other := strings.TrimSuffix(path, ".yaml") + ".yml"; isThere(other) {
		s.Log.Warn(fmt.Sprintf("%s is not read: the file with settings is called %s.", other, settings.FileName))
	}
	if !isThere(path) {
		return nil, nil
	}
	if path == settings.FileName {
		if err := mustNotBePlanted(settings.FileName); err != nil {
			return nil, err
		}
	}
	return settings.ReadFile(path, inFiles(s.All))
}

func isThere(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// inFiles returns the settings that a file may have: all but its own name.
func inFiles(all []settings.Setting) []settings.Setting {
	return slices.DeleteFunc(slices.Clone(all), func(s settings.Setting) bool { return s.Name == "config" })
}

// loadApplication reads the Symfony application that is asked for, or the one in the current directory; nil for none.
func loadApplication(written []settings.Layer, s Sources) (*symfony.Application, error) {
	asked, err := settings.Resolve(ProjectSettings(), written...)
	if err != nil || asked.Of("no-project").Text() == "true" {
		return nil, err
	}
	dir := asked.Of("project-dir").Text()
	switch {
	case dir == "" && !symfony.IsProject("."):
		return nil, nil
	case dir == "":
		if err := mustNotBePlanted(ofApplication...); err != nil {
			return nil, err
		}
		dir = "."
	case !symfony.IsProject(dir):
		return nil, usage.Errorf(`%s: there is no Symfony application in "%s" (config/packages, config/bundles.php, or composer.json with bin/console).`, asked.Of("project-dir").Origin, dir)
	}
	o := symfony.Options{Dir: dir, Env: s.Env, Advise: usage.Give}
	if s.Environ != nil {
		o.Environ = s.Environ()
	}
	application, err := symfony.Load(o)
	if err != nil {
		return nil, fmt.Errorf("%w (--no-project does without it)", err)
	}
	return application, nil
}

// applicationLayer is the layer of what the application configures for all transports, as far as the command asks for it.
func (c *Config) applicationLayer(command []settings.Setting) settings.Layer {
	return func(x settings.Setting) ([]string, string, error) {
		if c.Application == nil || !has(command, x.Name) {
			return nil, "", nil
		}
		switch x.Name {
		case secretName:
			return secretOf(c.Application)
		case "log-dir":
		default:
			return nil, "", nil
		}
		dir, from, err := c.Application.LogDir()
		if err != nil {
			return nil, "", err
		}
		origin := "kernel.logs_dir"
		if from.String() != settings.DefaultOrigin {
			origin = from.String()
		}
		return []string{dir}, origin, nil
	}
}

// secretOf returns the application's secret. One that only PHP knows is none: messages are then read without a look at their
// signatures.
func secretOf(a *symfony.Application) ([]string, string, error) {
	secret, from, err := a.Secret()
	if err != nil || secret == "" {
		return nil, "", nil //nolint:nilerr // as said above
	}
	return []string{secret}, from.String(), nil
}

// lineFormatter returns the options of the application's LineFormatter or JsonFormatter, when lines are to be like its lines.
func (c *Config) lineFormatter(written []settings.Layer, all []settings.Setting) (f symfony.LineFormatter, from symfony.Origin, ok bool) {
	if c.Application == nil {
		return f, from, false
	}
	i := slices.IndexFunc(all, func(s settings.Setting) bool { return s.Name == "format" })
	if i < 0 {
		return f, from, false
	}
	format, err := settings.Resolve(all[i:i+1], written...)
	switch {
	case err == nil && format.Of("format").Text() == "line":
		return c.Application.LineFormatter()
	case err == nil && format.Of("format").Text() == "json":
		return c.Application.JSONFormatter()
	}
	return f, from, false
}

// lineLayer is the layer of an application's LineFormatter.
func lineLayer(f symfony.LineFormatter, from symfony.Origin) settings.Layer {
	return func(x settings.Setting) ([]string, string, error) {
		value := ""
		switch x.Name {
		case "line-format":
			value = f.Format
		case "date-format":
			value = f.DateFormat
		case "allow-inline-line-breaks":
			value = onOrNot(f.AllowInlineLineBreaks)
		case "ignore-empty-context-and-extra":
			value = onOrNot(f.IgnoreEmptyContextAndExtra)
		case "include-stacktraces":
			value = onOrNot(f.IncludeStacktraces)
		case "indent-stacktraces":
			value = f.IndentStacktraces
		case "max-level-name-length":
			if f.MaxLevelNameLength > 0 {
				value = strconv.Itoa(f.MaxLevelNameLength)
			}
		}
		if value == "" {
			return nil, "", nil
		}
		return []string{value}, from.String(), nil
	}
}

// onOrNot is the text of a switch that is on; a default is none.
func onOrNot(on bool) string {
	if on {
		return "true"
	}
	return ""
}
