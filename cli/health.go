package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	urfave "github.com/urfave/cli/v2"
)

const healthHelp = `
It tells whether the worker of this host, messenger:consume, is alive and moving, in one line. Exit
code 0 says that it is, 1 that it is not, or not running at all. It needs neither Redis nor a shell:

    HEALTHCHECK CMD ["/envelog", "health"]

The worker leaves a note about itself below the log directory once a second, so that this command
needs the same --log-dir. A worker that waits for Redis or for room on the disk resumes by itself;
it counts as healthy for --max-age seconds. Which of the two it is, is said.`

func (s *session) healthCommand() *urfave.Command {
	return &urfave.Command{
		Name:        "health",
		Usage:       "Tell whether the worker of this host is alive, for Docker's HEALTHCHECK",
		Description: healthHelp,
		Flags: []urfave.Flag{
			valued(commandFlags, "max-age", "", "30", "Seconds without any progress that are still healthy"),
			logDirFlag(), consumerFlag(), dsnFlag(),
		},
		Action: s.health,
	}
}

func (s *session) health(c *urfave.Context) error {
	most, err := positiveSeconds("max-age", c.String("max-age"))
	if err != nil {
		return err
	}
	p, problem := newestPulse(c.String("log-dir"), c.String("consumer"))
	if problem == "" {
		problem = p.problem(time.Now(), most)
	}
	if problem != "" {
		s.stdout.line("unhealthy: %s", printable(problem))
		return errTold
	}
	s.stdout.line("healthy: consumer %s is %s", printable(p.Consumer), p.State)
	return nil
}

// newestPulse returns the note of the consumer, or without a name the newest one of this host; or why there is none.
func newestPulse(dir, consumer string) (newest pulse, problem string) {
	host, err := os.Hostname()
	if err != nil {
		return newest, err.Error()
	}
	paths, _ := filepath.Glob(filepath.Join(escapeGlob(dir), ".envelog", "worker-*.health")) // the pattern is a good one
	if consumer != "" {
		paths = []string{pulsePath(dir, consumer)}
	}
	found := false
	for _, path := range paths {
		p, err := readPulse(path)
		if err != nil || consumer == "" && p.Host != host {
			continue
		}
		if !found || p.Written > newest.Written {
			newest, found = p, true
		}
	}
	if !found {
		return newest, fmt.Sprintf("no worker of this host runs with the log directory %s", dir)
	}
	return newest, ""
}

// problem says what is wrong with the worker that left the note, "" for nothing.
func (p pulse) problem(now time.Time, most time.Duration) string {
	silent, stuck := now.Sub(time.Unix(p.Written, 0)), now.Sub(time.Unix(p.Progress, 0))
	switch {
	case silent > most:
		return fmt.Sprintf("consumer %s has not been heard of for %s, it was %s", p.Consumer, age(time.Unix(p.Written, 0)), p.State)
	case stuck > most:
		return fmt.Sprintf("consumer %s is %s, without progress for %s", p.Consumer, p.State, age(time.Unix(p.Progress, 0)))
	}
	return ""
}
