package cli

import (
	"context"
	"fmt"

	urfave "github.com/urfave/cli/v2"

	"envelog/internal/transport/redis"
)

const stopWorkersHelp = `
The messenger:stop-workers command sends a signal to stop any envelog messenger:consume processes
that are running.

    envelog messenger:stop-workers

Each worker command will finish the messages they are currently processing and then exit. Worker
commands are not automatically restarted: that should be handled by a process control system.

The signal is a time in Redis, under the name of the stream with __stop_workers behind it, which
workers look at once a second. It reaches workers on all hosts. PHP's workers do not see it; PHP's
command of this name stops envelog's where it finds the application (--restart-signal-file).`

func (s *session) stopWorkersCommand() *urfave.Command {
	return &urfave.Command{
		Name:        "messenger:stop-workers",
		Usage:       "Stop workers after their current message",
		Description: stopWorkersHelp,
		Flags:       []urfave.Flag{dsnFlag(), failureTransportFlag(), serializerFlag()},
		Action:      s.stopWorkers,
	}
}

func (s *session) stopWorkers(c *urfave.Context) error {
	if c.NArg() > 0 {
		return complain(`No arguments expected for "messenger:stop-workers" command, got "%s".`, c.Args().First())
	}
	all, err := s.reader(c).catalogue(s)
	if err != nil {
		return err
	}
	reached := 0
	for _, name := range all.all() {
		t, err := all.settings(name)
		if err != nil {
			return err
		}
		if !redis.SupportsDSN(t.dsn) {
			continue
		}
		if err := s.requestStop(c.Context, t); err != nil {
			return err
		}
		reached++
	}
	if reached == 0 {
		return complain("None of the transports is one of Redis, so that no worker of envelog can run.")
	}
	s.stdout.success("Signal successfully sent to stop any running workers.")
	return nil
}

func (s *session) requestStop(ctx context.Context, t transportSettings) (err error) {
	config, err := t.config()
	if err != nil {
		return err
	}
	storage := redis.NewStorage(config)
	defer closeAfter(storage, &err)
	if err := storage.RequestStop(ctx); err != nil {
		return fmt.Errorf("transport %q: %w", t.name, err)
	}
	return nil
}
