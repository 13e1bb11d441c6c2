package cli

import (
	"context"
	"slices"

	"envelog/internal/config"
	"envelog/internal/console"
	"envelog/internal/settings"
)

// Program is a program beside envelog that is one command, whose command line and settings are read as those of envelog's
// commands are: for what nobody needs where messages are carried.
type Program struct {
	Name     string             // after "envelog-"
	Usage    string             // one sentence
	Help     string             // what else there is to say
	Options  []settings.Setting // its own, which the environment does not set
	Settings []settings.Setting
	Run      func(ctx context.Context, in ProgramInput) error // ctx ends at SIGTERM, SIGINT and SIGQUIT
}

// ProgramInput is what a program is told.
type ProgramInput struct {
	*console.IO
	Option   func(name string) string // of its own
	Settings *config.Reader
}

// RunProgram carries out one command line of a program and returns the exit code.
func RunProgram(ctx context.Context, p Process, program Program) int {
	p.Args = slices.Concat([]string{program.Name}, p.Args)
	return run(ctx, p, complete([]command{{
		name: program.Name, usage: program.Usage, help: program.Help,
		options: slices.Concat(ownOptions(program.Options...), program.Settings),
		run: func(ctx context.Context, in *input) error {
			ctx, stop := in.stopOnSignals(ctx, nil)
			defer stop()
			return program.Run(ctx, ProgramInput{IO: in.IO, Option: in.own.String, Settings: in.settings})
		},
	}}))
}
