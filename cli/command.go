package cli

import (
	"context"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"envelog/internal/config"
	"envelog/internal/console"
	"envelog/internal/settings"
	"envelog/internal/usage"
)

// command is one command, as it is declared in the file of its name.
type command struct {
	name      string
	usage     string // one sentence for the overview
	arguments string // as they stand in the synopsis
	help      string
	options   []settings.Setting // its own, and the settings that it reads
	examines  bool               // it tells what is wrong in envelog.yaml and so on itself: all of it
	run       func(ctx context.Context, in *input) error
}

// input is what a command is told.
type input struct {
	*invocation
	args     []string        // its arguments
	own      *urfave.Context // its own options
	settings *config.Reader
	again    func() (*input, error) // reads the settings again
}

// commands returns all commands, with the options that each of them has.
func commands() []command {
	all := []command{
		consumeCommand(),
		failedRemoveCommand(),
		failedRetryCommand(),
		failedShowCommand(),
		setupTransportsCommand(),
		statsCommand(),
		stopWorkersCommand(),
		claimCommand(),
		completionCommand(),
		decodeCommand(),
		doctorCommand(),
		healthCommand(),
		helpCommand(),
		listCommand(),
		peekCommand(),
		rejectedListCommand(),
		rejectedRemoveCommand(),
		rejectedRetryCommand(),
		rejectedShowCommand(),
		tailCommand(),
		topCommand(),
		versionCommand(),
	}
	return complete(append(all, configCommand(settingsOf(all))))
}

// complete gives commands the options that several of them have.
func complete(all []command) []command {
	for i, c := range all {
		if config.ReadsApplication(c.options) {
			c.options = slices.Concat(c.options, config.ProjectSettings())
		}
		c = withLog(c)
		if slices.ContainsFunc(c.options, config.IsSetting) {
			c.options = slices.Concat(c.options, config.FileSetting())
		}
		all[i].run = c.run
		all[i].options = slices.Concat(c.options, withoutLetters(consoleOptions(), c.options))
	}
	return all
}

// withLog gives a command the settings of envelog's own log, unless it has them and tells what is wrong with them. One that
// reads no settings at all only accepts them: the flags count before anything is read.
func withLog(c command) command {
	switch {
	case slices.ContainsFunc(c.options, func(o settings.Setting) bool { return o.Name == "log-format" }):
	case !slices.ContainsFunc(c.options, config.IsSetting):
		c.options = slices.Concat(c.options, config.In(config.GroupConsole, config.LogSettings()...))
	default:
		run := c.run
		c.options = slices.Concat(c.options, config.LogSettings())
		c.run = func(ctx context.Context, in *input) error {
			logging := in.settings.Logging()
			if err := in.settings.Err(); err != nil {
				return err
			}
			in.SetLog(logging.Format, logging.Level)
			return run(ctx, in)
		}
	}
	return c
}

// withoutLetters takes from options the letters that others have.
func withoutLetters(options, others []settings.Setting) []settings.Setting {
	for i, o := range options {
		if slices.ContainsFunc(others, func(other settings.Setting) bool { return o.Letter != "" && other.Letter == o.Letter }) {
			options[i].Letter = ""
		}
	}
	return options
}

// optionsOf returns the options of all commands. A name may be there several times.
func optionsOf(all []command) (options []settings.Setting) {
	for _, c := range all {
		options = append(options, c.options...)
	}
	return options
}

// optionsNamed returns those of the command with this name; nothing when there is no such command.
func optionsNamed(all []command, name string) []settings.Setting {
	i := slices.IndexFunc(all, func(c command) bool { return c.name == name })
	if i < 0 {
		return nil
	}
	return all[i].options
}

// settingsOf returns the settings of all commands, each name once.
func settingsOf(all []command) (declared []settings.Setting) {
	for _, o := range optionsOf(all) {
		known := slices.ContainsFunc(declared, func(d settings.Setting) bool { return d.Name == o.Name })
		if config.IsSetting(o) && !known {
			declared = append(declared, o)
		}
	}
	return declared
}

func findCommand(all []command, name string) (command, error) {
	var known []console.Command
	for _, c := range all {
		known = append(known, console.Command{Name: c.name, Usage: c.usage})
	}
	name, err := console.FindCommand(known, name)
	if err != nil {
		return command{}, err
	}
	return all[slices.IndexFunc(all, func(c command) bool { return c.name == name })], nil
}

// parsed makes of a command the one that urfave/cli parses the command line for.
func (i *invocation) parsed(c command, all []command) *urfave.Command {
	parsed := &urfave.Command{
		Name:      c.name,
		Usage:     c.usage,
		ArgsUsage: c.arguments,
		HideHelp:  true,
		Action: func(flags *urfave.Context) error {
			if err := c.checkArguments(flags.Args().Slice()); err != nil {
				return err
			}
			in, err := i.input(c, all, flags)
			if err != nil {
				return err
			}
			return c.run(flags.Context, in)
		},
	}
	for _, o := range c.options {
		parsed.Flags = append(parsed.Flags, flagOf(o))
	}
	return parsed
}

// checkArguments says when there are more than the command takes (Symfony ArgvInput::parseArgument).
func (c command) checkArguments(given []string) error {
	names := strings.Fields(strings.NewReplacer("[", "", "]", "", "<", "", ">", "").Replace(c.arguments))
	switch {
	case strings.HasSuffix(c.arguments, "...]") || len(given) <= len(names):
		return nil
	case len(names) == 0:
		return usage.Errorf(`No arguments expected for "%s" command, got "%s".`, c.name, given[0])
	}
	return usage.Errorf(`Too many arguments to "%s" command, expected arguments "%s".`, c.name, strings.Join(names, `" "`))
}

// input finds out what each setting of a command is.
func (i *invocation) input(c command, all []command, flags *urfave.Context) (*input, error) {
	own := slices.DeleteFunc(slices.Clone(c.options), func(o settings.Setting) bool { return !config.IsSetting(o) })
	loaded, err := config.Load(config.Sources{
		Command: own,
		All:     settingsOf(all),
		Flags:   commandLine(own, flags),
		Getenv:  i.Getenv,
		Environ: i.Environ,
		Env:     flags.String("env"),
		Options: func(name string) []settings.Setting { return optionsNamed(all, name) },
		Log:     i.Log,

		Examined: c.examines,
	})
	if err != nil {
		return nil, err
	}
	return &input{
		invocation: i, args: flags.Args().Slice(), own: flags, settings: loaded.Reader(),
		again: func() (*input, error) { return i.input(c, all, flags) },
	}, nil
}
