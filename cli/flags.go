package cli

import (
	urfave "github.com/urfave/cli/v2"
)

// The groups in which help shows flags.
const (
	settingFlags   = "Where settings come from"
	symfonyFlags   = "Options of Symfony's messenger:consume"
	transportFlags = "Where messages come from"
	lineFlags      = "What the lines look like"
	fileFlags      = "Where the lines go"
	failingFlags   = "What becomes of messages that fail"
	limitFlags     = "What a message may be at most"
	commandFlags   = "Options" // of one command; they have no environment variable
	globalFlags    = "Options of the console"
)

// consoleFlags returns what every command accepts because Symfony's console does. Those about printing are read before
// the others, by session.readConsoleOptions.
func consoleFlags() []urfave.Flag {
	return []urfave.Flag{
		option(globalFlags, "help", "h", "Display help for the command"),
		option(globalFlags, "silent", "", "Do not output any message"),
		option(globalFlags, "quiet", "q", "Only errors are displayed"),
		option(globalFlags, "verbose", "v", "Log more: -v notices, -vv a line per message, -vvv everything; without it warnings and errors"),
		option(globalFlags, "version", "V", "Display the version"),
		option(globalFlags, "ansi", "", "Force colours"),
		option(globalFlags, "no-ansi", "", "No colours, as with NO_COLOR"),
		option(globalFlags, "no-interaction", "n", "Do not ask any interactive question"),
		valued(globalFlags, "env", "e", "", "The application's environment, in the place of APP_ENV"),
		option(globalFlags, "no-debug", "", "Accepted and without effect"),
		option(globalFlags, "profile", "", "Accepted and without effect"),
	}
}

// option is a flag without a value.
func option(group, name, letter, usage string) urfave.Flag {
	return &urfave.BoolFlag{Category: group, Name: name, Aliases: letters(letter), Usage: usage}
}

// valued is a flag with a value.
func valued(group, name, letter, standard, usage string) urfave.Flag {
	return &urfave.StringFlag{Category: group, Name: name, Aliases: letters(letter), Value: standard, Usage: usage}
}

// repeated is a flag with a value that may be given several times.
func repeated(group, name, usage string) urfave.Flag {
	return &urfave.StringSliceFlag{Category: group, Name: name, Usage: usage}
}

// directory is a flag with a path.
func directory(group, name, standard, usage string) urfave.Flag {
	return &urfave.StringFlag{Category: group, Name: name, Value: standard, Usage: usage, TakesFile: true}
}

// paired is a flag with a value name=value that may be given several times.
type paired struct{ *urfave.StringSliceFlag }

func pairs(group, name, usage string) urfave.Flag {
	return paired{&urfave.StringSliceFlag{Category: group, Name: name, Usage: usage}}
}

func letters(letter string) []string {
	if letter == "" {
		return nil
	}
	return []string{letter}
}

// projectFlags are those of every command that reads a Symfony application.
func projectFlags() []urfave.Flag {
	return []urfave.Flag{
		directory(settingFlags, "project-dir", "", "Directory of a Symfony application, whose configuration is read [default: the current one, when it is one]"),
		option(settingFlags, "no-project", "", "Do not read the configuration of an application"),
	}
}

// configFlag is that of every command that has settings.
func configFlag() urfave.Flag {
	return directory(settingFlags, "config", "", "File with settings [default: envelog.yaml in the project or the current directory, when it is there]")
}

// environmentName returns the variable that a flag is taken from when it is not on the command line, or nothing.
func environmentName(f urfave.Flag) string {
	if category := categoryOf(f); category == globalFlags || category == commandFlags {
		return ""
	}
	return settingOf(f).Variable()
}

func categoryOf(f urfave.Flag) string {
	if c, ok := f.(urfave.CategorizableFlag); ok {
		return c.GetCategory()
	}
	return ""
}
