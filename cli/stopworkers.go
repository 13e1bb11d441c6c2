package cli

import (
	"context"
	"fmt"
	"slices"

	"envelog/internal/config"
	"envelog/internal/transport/redis"
	"envelog/internal/usage"
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

func stopWorkersCommand() command {
	return command{
		name:    "messenger:stop-workers",
		usage:   "Stop workers after their current message",
		help:    stopWorkersHelp,
		options: slices.Concat(config.DSNSetting(), config.FailureTransportSetting(), config.SerializerSetting()),
		run:     stopWorkers,
	}
}

func stopWorkers(ctx context.Context, in *input) error {
	all, err := in.settings.Catalogue(in.args)
	if err != nil {
		return err
	}
	reached := 0
	for _, name := range all.Names() {
		t, err := all.Transport(name)
		if err != nil {
			return err
		}
		if !redis.SupportsDSN(t.DSN) {
			continue
		}
		if err := requestStop(ctx, t); err != nil {
			return err
		}
		reached++
	}
	if reached == 0 {
		return usage.Errorf("None of the transports is one of Redis, so that no worker of envelog can run.")
	}
	in.Out.Success("Signal successfully sent to stop any running workers.")
	return nil
}

func requestStop(ctx context.Context, t config.Transport) (err error) {
	server, err := t.Redis()
	if err != nil {
		return err
	}
	storage := redis.NewStorage(server)
	defer closeAfter(storage, &err)
	if err := storage.RequestStop(ctx); err != nil {
		return fmt.Errorf("transport %q: %w", t.Name, err)
	}
	return nil
}
