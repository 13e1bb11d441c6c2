package cli

import (
	"slices"

	urfave "github.com/urfave/cli/v2"

	"envelog/internal/config"
	"envelog/internal/settings"
)

// consoleOptions returns what every command accepts because Symfony's console does. Those about printing are read before
// the others, by [console.Open].
func consoleOptions() []settings.Setting {
	return config.In(config.GroupConsole,
		option("help", "h", "Display help for the command"),
		option("silent", "", "Do not output any message"),
		option("quiet", "q", "Only errors are displayed"),
		option("verbose", "v", "Log more: -v notices and a summary a minute, -vv a line per message, -vvv everything; without it warnings and errors"),
		option("version", "V", "Display the version"),
		option("ansi", "", "Force colours"),
		option("no-ansi", "", "No colours, as with NO_COLOR"),
		option("no-interaction", "n", "Do not ask any interactive question"),
		settings.Setting{Name: "env", Letter: "e", Usage: "The application's environment, in the place of APP_ENV"},
		option("no-debug", "", "Accepted and without effect"),
		option("profile", "", "Accepted and without effect"),
	)
}

// ownOptions are those of one command, which are no settings.
func ownOptions(options ...settings.Setting) []settings.Setting {
	return config.In(config.GroupCommand, options...)
}

// option has no value.
func option(name, letter, usage string) settings.Setting {
	return settings.Setting{Name: name, Letter: letter, Kind: settings.Switch, Usage: usage}
}

// valued is an option with a value.
func valued(name, standard, usage string) settings.Setting {
	return settings.Setting{Name: name, Default: standard, Usage: usage}
}

// flagOf makes of an option the flag that urfave/cli parses.
func flagOf(o settings.Setting) urfave.Flag {
	var letters []string
	if o.Letter != "" {
		letters = []string{o.Letter}
	}
	switch o.Kind {
	case settings.Switch:
		return &urfave.BoolFlag{Category: o.Group, Name: o.Name, Aliases: letters, Usage: o.Usage}
	case settings.List, settings.Pairs:
		return &urfave.StringSliceFlag{Category: o.Group, Name: o.Name, Aliases: letters, Usage: o.Usage}
	}
	return &urfave.StringFlag{Category: o.Group, Name: o.Name, Aliases: letters, Usage: o.Usage, Value: o.Default, TakesFile: o.Path}
}

// commandLine is the layer of the flags that are settings.
func commandLine(own []settings.Setting, flags *urfave.Context) settings.Layer {
	return func(s settings.Setting) (texts []string, origin string, err error) {
		i := slices.IndexFunc(own, func(o settings.Setting) bool { return o.Name == s.Name })
		switch {
		case i < 0 || !flags.IsSet(s.Name):
			return nil, "", nil
		case s.Kind == settings.Switch:
			texts = []string{"true"}
		case s.Kind == settings.Text:
			texts = []string{flags.String(s.Name)}
		default:
			texts = flags.StringSlice(s.Name)
		}
		return texts, config.FlagOrigin(s.Name), nil
	}
}
