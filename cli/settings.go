package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"envelog/internal/settings"
	"envelog/internal/symfony"
)

// settle finds out what each setting is, and who said so: its flag, its variable, envelog.yaml, the application's
// configuration, or nobody. A flag is the declaration of its setting.
func (s *session) settle(commands []*urfave.Command, command *urfave.Command, args []string) error {
	if len(settingsOf(command.Flags)) == 0 {
		return nil
	}
	declared := settingsOf(allFlags(commands))
	written := []settings.Layer{commandLine(command.Flags, args), settings.Environment(s.Getenv)}
	file, err := readSettings(written, declared)
	if err != nil {
		return err
	}
	written = append(written, file.Layer)
	if readsApplication(command) {
		if err := s.loadApplication(written, args); err != nil {
			return err
		}
	}
	s.settings, err = settings.Resolve(declared, append(written, s.applicationLayer(command.Flags))...)
	return err
}

// readsApplication tells whether the command has to do with transports.
func readsApplication(command *urfave.Command) bool { return findFlag(command.Flags, "dsn") != nil }

// settingsOf returns the settings that the flags declare, each name once.
func settingsOf(flags []urfave.Flag) (declared []settings.Setting) {
	for _, f := range flags {
		category, setting := categoryOf(f), settingOf(f)
		known := slices.ContainsFunc(declared, func(d settings.Setting) bool { return d.Name == setting.Name })
		if category != globalFlags && category != commandFlags && !known {
			declared = append(declared, setting)
		}
	}
	return declared
}

func settingOf(f urfave.Flag) settings.Setting {
	s := settings.Setting{Name: f.Names()[0], Usage: usageOf(f)}
	switch f := f.(type) {
	case *urfave.BoolFlag:
		s.Kind = settings.Switch
	case *urfave.StringSliceFlag:
		s.Kind = settings.List
	case paired:
		s.Kind = settings.Pairs
	case *urfave.StringFlag:
		s.Default, s.Path = f.Value, f.TakesFile
	}
	return s
}

// commandLine is the layer of arranged arguments. Flags that are no settings may have a setting's name.
func commandLine(flags []urfave.Flag, args []string) settings.Layer {
	declared := settingsOf(flags)
	return func(x settings.Setting) (texts []string, origin string, err error) {
		if !slices.ContainsFunc(declared, func(d settings.Setting) bool { return d.Name == x.Name }) {
			return nil, "", nil
		}
		for _, value := range valuesIn(args, x.Name) {
			texts, origin = append(texts, value), flagOrigin(x.Name)
		}
		if x.Kind == settings.Text && len(texts) > 1 {
			texts = texts[len(texts)-1:]
		}
		return texts, origin, nil
	}
}

func flagOrigin(name string) string { return "flag --" + name }

// valuesIn returns the values that arranged arguments give a flag; a switch has the value true.
func valuesIn(args []string, name string) (values []string) {
	for _, a := range args {
		if a == "--" {
			break
		}
		if value, ok := strings.CutPrefix(a, "--"+name+"="); ok {
			values = append(values, value)
		} else if a == "--"+name {
			values = append(values, "true")
		}
	}
	return values
}

// readSettings reads envelog.yaml: the file that is asked for, or the one of the project or the current directory, which
// need not be there.
func readSettings(written []settings.Layer, declared []settings.Setting) (*settings.File, error) {
	asked, err := settings.Resolve([]settings.Setting{{Name: "config"}, {Name: "project-dir"}}, written...)
	if err != nil {
		return nil, err
	}
	if path := asked.Of("config").Text(); path != "" {
		return settings.ReadFile(path, inFiles(declared))
	}
	path := filepath.Join(asked.Of("project-dir").Text(), settings.FileName)
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return settings.ReadFile(path, inFiles(declared))
}

// inFiles returns the settings that a file may have: all but its own name.
func inFiles(declared []settings.Setting) []settings.Setting {
	return slices.DeleteFunc(slices.Clone(declared), func(d settings.Setting) bool { return d.Name == "config" })
}

// loadApplication reads the Symfony application that is asked for, or the one in the current directory.
func (s *session) loadApplication(written []settings.Layer, args []string) error {
	asked, err := settings.Resolve(settingsOf(projectFlags()), written...)
	if err != nil || asked.Of("no-project").Text() == "true" {
		return err
	}
	dir := asked.Of("project-dir").Text()
	switch {
	case dir == "" && !symfony.IsProject("."):
		return nil
	case dir == "":
		dir = "."
	case !symfony.IsProject(dir):
		return complain(`%s: there is no Symfony application in "%s" (config/packages or config/bundles.php).`, asked.Of("project-dir").Origin, dir)
	}
	o := symfony.Options{Dir: dir}
	if s.Environ != nil {
		o.Environ = s.Environ()
	}
	if names := valuesIn(args, "env"); len(names) > 0 {
		o.Env = names[len(names)-1]
	}
	s.application, err = symfony.Load(o)
	if err != nil {
		return fmt.Errorf("%w (--no-project does without it)", err)
	}
	return nil
}

// applicationLayer is the layer of what the application configures for all transports, as far as the flags ask for it.
func (s *session) applicationLayer(flags []urfave.Flag) settings.Layer {
	return func(x settings.Setting) ([]string, string, error) {
		if s.application == nil || x.Name != "log-dir" || findFlag(flags, x.Name) == nil {
			return nil, "", nil
		}
		dir, from, err := s.application.LogDir()
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

// configured returns the flags of the settings that are configured elsewhere than on the command line, as arguments.
func (s *session) configured(flags []urfave.Flag) (args []string) {
	for _, declared := range settingsOf(flags) {
		v := s.settings.Of(declared.Name)
		if !v.IsSet() || v.Origin == flagOrigin(v.Name) {
			continue
		}
		for _, text := range v.Texts {
			args = append(args, "--"+v.Name+"="+text)
		}
	}
	return args
}

// reader reads the flags of a command, and knows who set them.
func (s *session) reader(c *urfave.Context) *flagReader {
	return &flagReader{Context: c, settings: s.settings}
}

// blame puts the origin of a setting in front of what is wrong with its value, when that is not the command line.
func (r *flagReader) blame(name string, err error) error {
	if v := r.settings.Of(name); err != nil && v.IsSet() && v.Origin != flagOrigin(name) {
		return fmt.Errorf("%s: %w", v.Origin, err)
	}
	return err
}
