package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	urfave "github.com/urfave/cli/v2"
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

func (s *session) consumeCommand() *urfave.Command {
	return &urfave.Command{
		Name:        "messenger:consume",
		Usage:       "Consume messages and write them to files",
		ArgsUsage:   "[<receivers>...]",
		Description: consumeHelp,
		Flags:       consumeFlags(),
		Action:      s.consume,
	}
}

func (s *session) consume(c *urfave.Context) error {
	options, err := s.readConsumeOptions(c)
	if err != nil {
		return err
	}
	ctx, stop := s.stopOnSignals(c.Context, names(options.transports))
	defer stop()
	h, err := s.build(ctx, options)
	if ctx.Err() != nil {
		return h.close() // stopped while waiting for a server that starts
	}
	if err != nil {
		return err
	}
	s.warn(options.transports)
	s.announce(names(options.transports), stops(c))
	ctx, end := s.obeyStopWorkers(ctx, h.configs, options.signalFile)
	defer end()
	return s.runHouse(ctx, h)
}

// runHouse runs the consumer until it is stopped, then closes all rooms.
func (s *session) runHouse(ctx context.Context, h *house) error {
	stop := s.watch(func(os.Signal) { h.sink.Reopen() }, syscall.SIGHUP)
	defer stop()
	tidied, kept := s.keepTidy(ctx, h), h.keepFiles(ctx)
	err := h.consumer.Run(ctx)
	tidied()
	kept()
	return errors.Join(err, h.close())
}

// announce says what Symfony's command says when it starts (ConsumeMessagesCommand::execute).
func (s *session) announce(names []string, stops string) {
	plural := ""
	if len(names) > 1 {
		plural = "s"
	}
	s.stdout.success(fmt.Sprintf(`Consuming messages from transport%s "%s".`, plural, strings.Join(names, ", ")))
	s.stderr.comment(stops)
	s.stderr.comment("Quit the worker with CONTROL-C.")
	if s.verbosity < verbose {
		s.stderr.comment("Re-run the command with a -vv option to see logs about consumed messages.")
	}
}

// warn says what the application configures and envelog does not do.
func (s *session) warn(transports []transportSettings) {
	for _, t := range transports {
		if t.freeName {
			s.stderr.comment(fmt.Sprintf(`The transport "%s" is the only one, whatever its name: its DSN is that of %s.`, t.name, t.origins["dsn"]))
		}
		if t.rateLimiter != "" {
			s.log.Warn("Rate limiters are not supported: messages are read as fast as they come",
				"transport", t.name, "rate_limiter", t.rateLimiter, "configured_in", t.origins["rate_limiter"])
		}
	}
}
