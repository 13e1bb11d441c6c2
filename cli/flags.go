package cli

import (
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"
)

// The groups in which help shows flags.
const (
	symfonyFlags   = "Options of Symfony's messenger:consume"
	transportFlags = "Where messages come from"
	lineFlags      = "What the lines look like"
	fileFlags      = "Where the lines go"
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
		option(globalFlags, "no-interaction", "n", "Accepted and without effect: envelog never asks"),
		valued(globalFlags, "env", "e", "", "Accepted and without effect"),
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

func letters(letter string) []string {
	if letter == "" {
		return nil
	}
	return []string{letter}
}

// environmentName returns the variable that a flag is taken from when it is not on the command line, or nothing.
func environmentName(f urfave.Flag) string {
	if category := categoryOf(f); category == globalFlags || category == commandFlags {
		return ""
	}
	return "ENVELOG_" + strings.ToUpper(strings.ReplaceAll(f.Names()[0], "-", "_"))
}

func categoryOf(f urfave.Flag) string {
	if c, ok := f.(urfave.CategorizableFlag); ok {
		return c.GetCategory()
	}
	return ""
}

// withEnvironment puts the flags that the environment sets in front of arranged arguments, unless those set them.
func (s *session) withEnvironment(flags []urfave.Flag, args []string) []string {
	var found []string
	for _, f := range flags {
		name := environmentName(f)
		if name == "" || s.Getenv(name) == "" || isGiven(f, args) {
			continue
		}
		value, long := s.Getenv(name), "--"+f.Names()[0]
		switch f.(type) {
		case *urfave.BoolFlag:
			if isOn(value) {
				found = append(found, long)
			}
		case *urfave.StringSliceFlag:
			for _, part := range strings.Fields(value) {
				found = append(found, long+"="+part)
			}
		default:
			found = append(found, long+"="+value)
		}
	}
	return slices.Concat(found, args)
}

func isGiven(f urfave.Flag, args []string) bool {
	long := "--" + f.Names()[0]
	for _, a := range args {
		if a == "--" {
			break
		}
		if a == long || strings.HasPrefix(a, long+"=") {
			return true
		}
	}
	return false
}
