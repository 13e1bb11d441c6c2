package cli

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"envelog/internal/settings"
	"envelog/internal/symfony"
)

// Process is what an invocation gets of its process.
type Process struct {
	Args           []string // without the program's name
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(name string) string
	Environ        func() []string                                // as os.Environ
	Notify         func(c chan<- os.Signal, signals ...os.Signal) // as os/signal.Notify
}

// The exit codes (Symfony's Command::SUCCESS and FAILURE).
const (
	exitSuccess = 0
	exitFailure = 1
)

// Run carries out one command line and returns the exit code. It comes back early when ctx is cancelled.
func Run(ctx context.Context, p Process) int {
	s := newSession(p)
	err := s.run(ctx)
	if err == nil {
		return exitSuccess
	}
	if err != errTold { //nolint:errorlint // what is joined to it was not told
		s.stderr.failure(err, s.usage())
	}
	return exitFailure
}

// session is one invocation.
type session struct {
	Process
	stdout, stderr *console
	verbosity      verbosity
	log            *slog.Logger
	answers        *bufio.Reader        // standard input, once something was asked
	command        *urfave.Command      // the one that runs; nil before it is known
	settings       settings.Values      // of the command
	application    *symfony.Application // the one whose configuration is read; nil for none
}

func newSession(p Process) *session {
	s := &session{Process: p, stdout: newConsole(p.Stdout, p.Getenv), stderr: newConsole(p.Stderr, p.Getenv)}
	s.readConsoleOptions()
	s.log = newLogger(s.stderr, s.verbosity)
	return s
}

// readConsoleOptions looks for the options that say how to print, whatever else is wrong with the command line
// (Symfony Application::configureIO).
func (s *session) readConsoleOptions() {
	if n, err := strconv.Atoi(s.Getenv("SHELL_VERBOSITY")); err == nil {
		s.verbosity = verbosity(min(max(n, int(silent)), int(debugging)))
	}
	level := normal
	for _, token := range s.Args {
		if token == "--" {
			break
		}
		switch {
		case token == "--silent":
			level = silent
		case token == "--quiet" || isSwitches(token) && strings.Contains(token, "q"):
			level = min(level, quiet)
		case token == "--verbose" && level >= normal:
			level++
		case isSwitches(token) && level >= normal:
			level += verbosity(strings.Count(token, "v"))
		case token == "--ansi" || token == "--no-ansi":
			s.stdout.colours = token == "--ansi"
			s.stderr.colours = token == "--ansi"
		}
	}
	if level != normal {
		s.verbosity = min(level, debugging)
	}
	s.stdout.muted, s.stdout.silent = s.verbosity <= quiet, s.verbosity <= silent
	s.stderr.muted, s.stderr.silent = s.stdout.muted, s.stdout.silent
}

// isSwitches tells whether token is nothing but short options without a value.
func isSwitches(token string) bool {
	return len(token) > 1 && token[0] == '-' && strings.Trim(token[1:], "hnqvV") == ""
}

func (s *session) run(ctx context.Context) error {
	commands := s.commands()
	name, rest := splitCommand(allFlags(commands), s.Args)
	switch {
	case name == "" && hasSwitch(rest, "--version", "-V"):
		return s.printVersion(nil)
	case name == "":
		return s.runOverview(rest)
	}
	command, err := findCommand(commands, name)
	if err != nil {
		return err
	}
	s.command = command
	args, err := arrange(command.Flags, rest)
	if err != nil {
		return err
	}
	switch {
	case hasSwitch(args, "--help"):
		s.printHelp(command)
		return nil
	case hasSwitch(args, "--version"):
		return s.printVersion(nil)
	}
	if err := s.settle(commands, command, args); err != nil {
		return err
	}
	return s.app(commands).RunContext(ctx, slices.Concat([]string{programName, command.Name}, s.configured(command.Flags), args))
}

const programName = "envelog"

// app hands what is in order to urfave/cli, which parses it and calls the command. Printing stays here.
func (s *session) app(commands []*urfave.Command) *urfave.App {
	return &urfave.App{
		Name:                      programName,
		Commands:                  commands,
		HideHelp:                  true,
		HideVersion:               true,
		Reader:                    s.Stdin,
		Writer:                    s.Stdout,
		ErrWriter:                 s.Stderr,
		DisableSliceFlagSeparator: true, // a Cluster DSN has commas
		OnUsageError:              func(_ *urfave.Context, err error, _ bool) error { return err },
		ExitErrHandler:            func(*urfave.Context, error) {},
	}
}

func (s *session) commands() []*urfave.Command {
	commands := []*urfave.Command{
		s.consumeCommand(),
		s.failedRemoveCommand(),
		s.failedRetryCommand(),
		s.failedShowCommand(),
		s.setupTransportsCommand(),
		s.statsCommand(),
		s.stopWorkersCommand(),
		s.claimCommand(),
		s.decodeCommand(),
		s.demoCommand(),
		s.doctorCommand(),
		s.healthCommand(),
		s.helpCommand(),
		s.listCommand(),
		s.peekCommand(),
		s.versionCommand(),
	}
	commands = append(commands, s.configCommand(commands))
	for _, c := range commands {
		if readsApplication(c) {
			c.Flags = append(c.Flags, projectFlags()...)
		}
		if len(settingsOf(c.Flags)) > 0 {
			c.Flags = append(c.Flags, configFlag())
		}
		c.Flags = append(c.Flags, consoleFlags()...)
		c.HideHelp = true
	}
	return commands
}

func allFlags(commands []*urfave.Command) (flags []urfave.Flag) {
	for _, c := range commands {
		flags = append(flags, c.Flags...)
	}
	return flags
}

func hasSwitch(tokens []string, names ...string) bool {
	for _, token := range tokens {
		for _, name := range names {
			if token == "--" {
				return false
			}
			if token == name {
				return true
			}
		}
	}
	return false
}
