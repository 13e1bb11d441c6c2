package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"envelog/internal/config"
	"envelog/internal/console"
	"envelog/internal/health"
	"envelog/internal/settings"
	"envelog/internal/statedir"
	"envelog/internal/vfs"
)

const healthHelp = `
It tells whether the worker of this host, messenger:consume, is alive and moving, in one line. Exit
code 0 says that it is, 1 that it is not, or not running at all. It needs neither Redis nor a shell:

    HEALTHCHECK CMD ["/usr/bin/envelog", "health"]

The worker leaves a note about itself below the log directory once a second, so that this command
needs the same --log-dir. A worker that waits for Redis, a database or the disk resumes by itself: it
is healthy, however long that takes, and what it waits for is said. With --ready it is not: that asks
whether the worker reads and writes now, as /readyz of --listen does.`

func healthCommand() command {
	return command{
		name:  "health",
		usage: "Tell whether the worker of this host is alive, for Docker's HEALTHCHECK",
		help:  healthHelp,
		options: slices.Concat(
			ownOptions(
				valued("max-age", "30", "Seconds without any progress that are still healthy"),
				option("ready", "", "Tell whether it reads and writes now: one that waits for Redis or the disk does not"),
				valued("format", "txt", "txt, or json: what /readyz of --listen gives"),
			),
			config.LogDirSetting(), config.ConsumerSetting(), config.DSNSetting(),
		),
		run: tellHealth,
	}
}

func tellHealth(_ context.Context, in *input) error {
	most, err := settings.PositiveSeconds("max-age", in.own.String("max-age"))
	if err != nil {
		return err
	}
	format, err := settings.OneOf("txt", "json")("format", in.own.String("format"))
	if err != nil {
		return err
	}
	r, err := readHealth(in.settings.Text("log-dir"), in.settings.Text("consumer"), most)
	healthy := err == nil && r.Live && (r.Progress <= most.Seconds() || r.Waits())
	if in.own.Bool("ready") {
		healthy = healthy && r.Ready
	}
	switch {
	case format == "json":
		text, err := json.Marshal(r)
		if err != nil {
			return err
		}
		in.Out.Line("%s", text)
	case healthy:
		in.Out.Line("healthy: consumer %s is %s", console.Printable(r.Consumer), console.Printable(r.Describe()))
	case err != nil:
		in.Out.Line("unhealthy: %s", console.Printable(err.Error()))
	default:
		in.Out.Line("unhealthy: consumer %s: %s", console.Printable(r.Consumer), console.Printable(r.Reason))
	}
	if !healthy {
		return errTold
	}
	return nil
}

// readHealth reads what the worker of that name left, or, without a name, the newest one of this host.
func readHealth(dir, consumer string, most time.Duration) (health.Report, error) {
	host, names := "", []string{statedir.HealthFile(consumer)}
	state, err := statedir.Look(vfs.OS, dir)
	if errors.Is(err, fs.ErrNotExist) {
		r, err := health.Read(nil, nil, "", most)
		return r, fmt.Errorf("%w: %s", err, dir)
	}
	if err == nil {
		defer func() { _ = state.Close() }()
	}
	if err == nil && consumer == "" {
		if names, err = state.HealthFiles(); err == nil {
			host, err = os.Hostname()
		}
	}
	if err != nil {
		return health.Report{State: health.NotRunning, Reason: err.Error()}, err
	}
	r, err := health.Read(state, names, host, most)
	if err != nil {
		err = fmt.Errorf("%w: %s", err, dir)
	}
	return r, err
}
