package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	urfave "github.com/urfave/cli/v2"

	"envelog/internal/console"
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
	exitSuccess     = 0
	exitFailure     = 1
	exitInterrupted = 130 // at a question, as shells count SIGINT
	exitInvalid     = 2   // Command::INVALID; of envelog doctor: a problem, and not merely a warning
)

var (
	// errTold is the error of a command that has said already what went wrong.
	errTold = errors.New("see above")
	// errProblem is errTold with the other exit code.
	errProblem = errors.New("see above")
)

// Run carries out one command line and returns the exit code. It comes back early when ctx is cancelled.
func Run(ctx context.Context, p Process) int {
	return run(ctx, p, commands())
}

// run carries out one command line of a program with these commands.
func run(ctx context.Context, p Process, all []command) int {
	i := &invocation{Process: p, IO: console.Open(console.Streams{In: p.Stdin, Out: p.Stdout, Err: p.Stderr}, p.Args, p.Getenv)}
	i.Signals = p.Notify
	command, err := i.run(ctx, all)
	if lost := i.lostOutput(); lost != nil && (err == nil || err == errTold || err == errProblem) { //nolint:errorlint // as below
		i.Failure(lost, "")
		err = cmp.Or(err, errTold)
	}
	switch {
	case err == nil:
		return exitSuccess
	case errors.Is(err, console.ErrInterrupted):
		return exitInterrupted
	}
	switch err {
	case errProblem: //nolint:errorlint // what is joined to it was not told
		return exitInvalid
	case errTold:
	default:
		i.Failure(err, command.synopsis())
	}
	return exitFailure
}

// invocation is one command line that is carried out.
type invocation struct {
	Process
	*console.IO
	greets bool // what is printed is a greeting and no result, so that nothing failed when it is lost
}

// lostOutput returns why a part of what was printed is lost, such as that the disk is full.
func (i *invocation) lostOutput() error {
	err := i.Out.WriteError()
	if err == nil || i.greets {
		return nil
	}
	return fmt.Errorf("write standard output: %w", err)
}

// run finds the command and runs it. The command is the zero one when it is not known.
func (i *invocation) run(ctx context.Context, all []command) (command, error) {
	name, rest := console.SplitCommand(optionsOf(all), i.Args)
	switch {
	case name == "" && console.HasSwitch(rest, "--version", "-V"):
		i.printVersion()
		return command{}, nil
	case name == "":
		return command{}, i.runOverview(rest)
	}
	chosen, err := findCommand(all, name)
	if err != nil {
		return command{}, err
	}
	args, err := console.Arrange(chosen.options, rest)
	switch {
	case err != nil:
		return chosen, err
	case console.HasSwitch(args, "--help"):
		i.printHelp(chosen)
		return chosen, nil
	case console.HasSwitch(args, "--version"):
		i.printVersion()
		return chosen, nil
	}
	return chosen, i.app(all).RunContext(ctx, slices.Concat([]string{programName, chosen.name}, args))
}

const programName = "envelog"

// app hands what is in order to urfave/cli, which parses it and calls the command. Printing stays here.
func (i *invocation) app(all []command) *urfave.App {
	app := &urfave.App{
		Name:                      programName,
		HideHelp:                  true,
		HideVersion:               true,
		Reader:                    i.Stdin,
		Writer:                    i.Stdout,
		ErrWriter:                 i.Stderr,
		DisableSliceFlagSeparator: true, // a Cluster DSN has commas
		OnUsageError:              func(_ *urfave.Context, err error, _ bool) error { return err },
		ExitErrHandler:            func(*urfave.Context, error) {},
	}
	for _, c := range all {
		app.Commands = append(app.Commands, i.parsed(c, all))
	}
	return app
}
