package cli

import (
	"context"
	"fmt"
	"strings"

	"envelog/internal/config"
	"envelog/internal/console"
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

SIGTERM, SIGINT and SIGQUIT finish and acknowledge what is in hand, which may take 8 seconds at
most, then end with exit code 0. What cannot be finished stays pending and makes exit code 1.
SIGHUP opens the files anew, for logrotate. messenger:stop-workers, of envelog or of PHP, does what
SIGTERM does.`

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
	names := config.NamesOf(options.Transports)
	ctx, stop := in.stopOnSignals(ctx, names)
	defer stop()
	w, err := worker.New(worker.Options{
		Worker: options,
		Log:    in.Log,
		Notify: in.Notify,
		Ready: func() {
			in.warn(options.Transports)
			in.announce(names)
		},
	})
	if err != nil {
		return err
	}
	return w.Run(ctx)
}

// announce says what Symfony's command says when it starts (ConsumeMessagesCommand::execute).
func (in *input) announce(names []string) {
	plural := ""
	if len(names) > 1 {
		plural = "s"
	}
	in.Out.Success(fmt.Sprintf(`Consuming messages from transport%s "%s".`, plural, strings.Join(names, ", ")))
	in.Err.Comment(in.settings.StopReasons())
	in.Err.Comment("Quit the worker with CONTROL-C.")
	if in.Verbosity < console.Verbose {
		in.Err.Comment("Re-run the command with a -vv option to see logs about consumed messages.")
	}
}

// warn says what the application configures and envelog does not do.
func (in *input) warn(transports []config.Transport) {
	for _, t := range transports {
		if t.FreeName {
			in.Err.Comment(fmt.Sprintf(`The transport "%s" is the only one, whatever its name: its DSN is that of %s.`, t.Name, t.Origins["dsn"]))
		}
		if t.RateLimiter != "" {
			in.Log.Warn("Rate limiters are not supported: messages are read as fast as they come",
				"transport", t.Name, "rate_limiter", t.RateLimiter, "configured_in", t.Origins["rate_limiter"])
		}
	}
}
