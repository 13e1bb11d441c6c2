package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"envelog/internal/config"
	"envelog/internal/console"
	"envelog/internal/footprint"
	"envelog/internal/worker"
)

const consumeHelp = `
messenger:consume takes the place of Symfony's command of that name: it reads the same
stream in the same consumer group, and writes each log message to a file.

In the directory of a Symfony application, or with --project-dir, its configuration is enough:

    envelog messenger:consume async_logging

Elsewhere the transport has to be told:

    envelog messenger:consume async_logging --dsn async_logging=redis://localhost:6379/messages

Several transports are consumed in order of priority:

    envelog messenger:consume high low --dsn high=redis://... --dsn low=redis://...

Options may stand before or behind arguments, short ones joined, as Symfony's console has it.
Where an option is not given, its environment variable counts, ENVELOG_LOG_DIR for --log-dir, then
its line in envelog.yaml, log-dir: var/log, then the application's configuration. Variables of
options that take multiple values have them apart by spaces. envelog config shows what is in force.

A message is acknowledged when its line is written, and, with --sync=batch, forced to disk.
What cannot be decoded is kept below <log-dir>/.rejected/, and acknowledged when it is there.

SIGTERM, SIGINT and SIGQUIT finish and acknowledge what is in flight, which may take 8 seconds at
most, then end with exit code 0. What cannot be finished stays pending and makes exit code 1. After
9 seconds the worker ends in any case, also when the disk does not answer.
SIGHUP opens the files again, for logrotate, and reads the settings again: those that can be changed
while the worker runs are applied, those that need a restart are named. messenger:stop-workers, of
envelog or of PHP, does what SIGTERM does.`

func consumeCommand() command {
	return command{
		name:      "messenger:consume",
		usage:     "Consume messages and write them to files",
		arguments: "[<receivers>...]",
		help:      consumeHelp,
		options:   config.ConsumeSettings(),
		run:       consume,
	}
}

func consume(ctx context.Context, in *input) error {
	options := in.settings.Worker(in.args)
	if err := in.settings.Err(); err != nil {
		return err
	}
	in.SetLog(options.Logging.Format, options.Logging.Level)
	if wrong := options.Files.StrayDir(); wrong != "" {
		in.Log.Warn("Give an absolute --log-dir, or a WorkingDirectory= to the unit: " + wrong + ".")
	}
	in.greets = true
	names := config.NamesOf(options.Transports)
	ctx, stop := in.stopOnSignals(ctx, names)
	defer stop()
	w, err := worker.New(worker.Options{
		Worker: options,
		Log:    in.Log,
		Notify: in.Notify,
		Stdout: in.Stdout,
		Reload: in.reloader(options),
		Ready: func(page string) {
			in.warn(options.Catalogue, options.Transports)
			in.announce(names, options, page)
			footprint.Settle(in.Getenv)
		},
		SetLogLevel: in.SetLogLevel,
	})
	if err != nil {
		return err
	}
	return w.Run(ctx)
}

// reloader returns what reads the settings again, and compares them with those that were read before.
func (in *input) reloader(options config.Worker) func() (worker.Reloaded, error) {
	values, transports := in.settings.Values, options.Transports
	return func() (r worker.Reloaded, err error) {
		now, err := in.again()
		if err != nil {
			return r, err
		}
		r.Worker = now.settings.Worker(in.args)
		if err := now.settings.Err(); err != nil {
			return r, err
		}
		for _, v := range now.settings.Values {
			if !slices.Equal(v.Texts, values.Of(v.Name).Texts) {
				r.Changed = append(r.Changed, v.Name)
			}
		}
		if !slices.Contains(r.Changed, "dsn") && !sameTransports(transports, r.Transports) {
			r.Changed = append(r.Changed, "the transports of the application")
		}
		values, transports = now.settings.Values, r.Transports
		return r, nil
	}
}

func sameTransports(a, b []config.Transport) bool {
	return slices.EqualFunc(a, b, func(a, b config.Transport) bool {
		return a.Name == b.Name && a.DSN == b.DSN && a.Retry == b.Retry && a.FailureTransport == b.FailureTransport && slices.Equal(a.Classes, b.Classes)
	})
}

// announce says what Symfony's command says when it starts (ConsumeMessagesCommand::execute), not among
// lines, and where the page is.
func (in *input) announce(names []string, options config.Worker, page string) {
	plural := ""
	if len(names) > 1 {
		plural = "s"
	}
	text := fmt.Sprintf(`Consuming messages from transport%s "%s".`, plural, strings.Join(names, ", "))
	switch {
	case options.Logging.Format == "json":
		in.Log.Info(text) // what reads objects reads nothing else
		return
	case options.Files.Stdout:
		in.Err.Success(text)
	default:
		in.Out.Success(text)
	}
	in.Err.Comment(in.settings.StopReasons())
	in.Err.Comment("Quit the worker with CONTROL-C.")
	if in.Verbosity < console.Verbose {
		in.Err.Comment("Re-run the command with a -vv option to see logs about consumed messages.")
	}
	if page != "" {
		in.Err.Comment(page)
	}
}

// warn says what the application configures and envelog does not do.
func (in *input) warn(c *config.Catalogue, transports []config.Transport) {
	for _, err := range c.Warnings() {
		in.Log.Warn(fmt.Sprintf("Not all that the application loads could be read; transports, failure transports and retry strategies "+
			"that it configures there are not known: %v", err))
	}
	for _, sentence := range c.Misspelt(transports) {
		in.Log.Warn(sentence)
	}
	for _, t := range transports {
		if t.FreeName {
			in.Log.Warn(fmt.Sprintf(`No file defines the transport "%s": the DSN of %s is used for it, as for a transport of any name.`, t.Name, t.Origins["dsn"]))
		}
		for _, note := range t.Notes {
			in.Log.Warn(note, "transport", t.Name)
		}
		if t.RateLimiter != "" {
			in.Log.Warn("Rate limiters are not supported: messages are read as fast as they come",
				"transport", t.Name, "rate_limiter", t.RateLimiter, "configured_in", t.Origins["rate_limiter"])
		}
	}
}
