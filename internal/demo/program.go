package demo

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"envelog/cli"
	"envelog/fixtures"
	"envelog/internal/config"
	"envelog/internal/settings"
)

const help = `
The demo needs nothing: no Redis, no PHP, no Docker. It plays messages that were recorded from real
Symfony applications to the loop of messenger:consume, in the place of a stream, and shows the files
that came out.

The files stay where the demo says, until you delete them.`

// Program is the demo as a program.
func Program() cli.Program {
	return cli.Program{
		Name:  "demo",
		Usage: "Show what envelog does, without Redis or PHP",
		Help:  help,
		Options: []settings.Setting{ // the environment may name a directory of real logs
			{Name: "log-dir", Usage: "Directory of the files [default: a new one for temporary files]"},
		},
		Settings: config.LineSettings(),
		Run:      run,
	}
}

func run(ctx context.Context, in cli.ProgramInput) error {
	lines := in.Settings.Lines()
	if err := in.Settings.Err(); err != nil {
		return err
	}
	messages, err := Messages()
	if err != nil {
		return err
	}
	dir, err := directory(in.Option("log-dir"))
	if err != nil {
		return err
	}
	before, err := Files(dir)
	if err != nil {
		return err
	}
	introduce(in, messages)
	if err := Write(ctx, messages, lines, dir, in.Log); err != nil {
		return err
	}
	after, err := Files(dir)
	if err != nil {
		return err
	}
	return present(in, dir, after, countLines(after)-countLines(before), len(messages))
}

// directory returns the directory for the files, which is a new one unless it is given.
func directory(given string) (string, error) {
	if given != "" {
		return given, nil
	}
	dir, err := os.MkdirTemp("", "envelog-demo-")
	if err != nil {
		return "", fmt.Errorf("create demo directory: %w", err)
	}
	return dir, nil
}

func introduce(in cli.ProgramInput, messages []fixtures.Case) {
	var versions []string
	for _, m := range messages {
		if v := m.Versions.Symfony; !slices.Contains(versions, v) {
			versions = append(versions, v)
		}
	}
	c, first := in.Out, messages[0].Field
	c.Printf("\n%s\n\n", c.Paint("33", fmt.Sprintf("As they lay in Redis: %d messages from Symfony %s", len(messages), strings.Join(versions, ", "))))
	c.Printf("  %s\n", c.Clip(string(first), 2))
	c.Printf("  %s\n\n", c.Clip(fmt.Sprintf("... %d bytes, PHP objects in JSON in PHP's own serialization", len(first)), 2))
	c.Printf("%s\n\n", c.Paint("33", "As messenger:consume writes them to files:"))
}

// The number of lines that are shown of each file.
const shownLines = 2

// present shows the files with their first lines, and checks that each message has become a line.
func present(in cli.ProgramInput, dir string, files []File, lines, messages int) error {
	c := in.Out
	for _, f := range files {
		c.Printf("  %s\n", c.Paint("32", filepath.Base(f.Path)))
		for _, line := range f.Lines[:min(len(f.Lines), shownLines)] {
			c.Printf("    %s\n", c.Clip(string(line), 4))
		}
		if more := len(f.Lines) - shownLines; more > 0 {
			c.Printf("    and %d more\n", more)
		}
	}
	if lines != messages {
		return fmt.Errorf("%d messages became %d lines", messages, lines)
	}
	c.Success(fmt.Sprintf("%d messages, %d lines, %d files in %s", messages, lines, len(files), dir))
	c.Printf("%s", next)
	return nil
}

const next = `What next:
  go run ./cmd/envelog-demo --format=json
                                      the same as Monolog's JsonFormatter prints it
  envelog messenger:consume async_logging --dsn async_logging=redis://localhost:6379/messages
                                      your own stream, where PHP's worker stood
  envelog help messenger:consume      all options

`

func countLines(files []File) (lines int) {
	for _, f := range files {
		lines += len(f.Lines)
	}
	return lines
}
