package cli

import (
	"context"
	"slices"
	"time"

	"envelog/internal/config"
	"envelog/internal/console"
	"envelog/internal/settings"
	"envelog/internal/worker"
)

const healthHelp = `
It tells whether the worker of this host, messenger:consume, is alive and moving, in one line. Exit
code 0 says that it is, 1 that it is not, or not running at all. It needs neither Redis nor a shell:

    HEALTHCHECK CMD ["/envelog", "health"]

The worker leaves a note about itself below the log directory once a second, so that this command
needs the same --log-dir. A worker that waits for Redis or for room on the disk resumes by itself;
it counts as healthy for --max-age seconds. Which of the two it is, is said.`

func healthCommand() command {
	return command{
		name:  "health",
		usage: "Tell whether the worker of this host is alive, for Docker's HEALTHCHECK",
		help:  healthHelp,
		options: slices.Concat(
			ownOptions(valued("max-age", "30", "Seconds without any progress that are still healthy")),
			config.LogDirSetting(), config.ConsumerSetting(), config.DSNSetting(),
		),
		run: health,
	}
}

func health(_ context.Context, in *input) error {
	most, err := settings.PositiveSeconds("max-age", in.own.String("max-age"))
	if err != nil {
		return err
	}
	p, problem := worker.NewestPulse(in.settings.Text("log-dir"), in.settings.Text("consumer"))
	if problem == "" {
		problem = p.Problem(time.Now(), most)
	}
	if problem != "" {
		in.Out.Line("unhealthy: %s", console.Printable(problem))
		return errTold
	}
	in.Out.Line("healthy: consumer %s is %s", console.Printable(p.Consumer), p.State)
	return nil
}
