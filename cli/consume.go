package cli

import (
	"errors"
	"fmt"
	"strings"

	urfave "github.com/urfave/cli/v2"
)

const consumeHelp = `
messenger:consume takes the place of Symfony's command of that name: it reads the same
stream in the same consumer group, and writes each log message to a file.

    envelog messenger:consume async_logging --dsn async_logging=redis://localhost:6379/messages

Several transports are consumed in order of priority:

    envelog messenger:consume high low --dsn high=redis://... --dsn low=redis://...

Options may stand before or behind arguments, short ones joined, as Symfony's console has it.
Where an option is not given, its environment variable counts: ENVELOG_LOG_DIR for --log-dir.
Variables of options that take multiple values have them apart by spaces.

A message is acknowledged when its line is written, and, with --sync=batch, forced to disk.
What cannot be decoded is kept below <log-dir>/.rejected/, and acknowledged when it is there.

SIGTERM, SIGINT and SIGQUIT finish and acknowledge what is in hand, then end with exit code 0.
SIGHUP opens the files anew, for logrotate. Exit code 1 is an error.`

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

func (s *session) consume(c *urfave.Context) (err error) {
	options, err := s.readConsumeOptions(c)
	if err != nil {
		return err
	}
	h, err := s.build(c.Context, options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	s.announce(names(options.transports), stops(c))
	ctx, stop := s.obeySignals(c.Context, names(options.transports), h.sink.Reopen)
	defer stop()
	return h.consumer.Run(ctx)
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
