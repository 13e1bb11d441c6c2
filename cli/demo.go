package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/alicebob/miniredis/v2"

	"envelog/fixtures"
	"envelog/internal/config"
	"envelog/internal/console"
	"envelog/internal/worker"
)

const demoHelp = `
The demo needs nothing: no Redis, no PHP, no Docker. It starts a small Redis-compatible server
inside the process, puts messages on its stream that were recorded from real Symfony applications,
runs messenger:consume on it, and shows the files that came out.

The files stay where the demo says, until you delete them.`

func demoCommand() command {
	return command{
		name:  "demo",
		usage: "Show what envelog does, without Redis or PHP",
		help:  demoHelp,
		options: append(ownOptions(
			// The environment may name a directory of real logs.
			valued("log-dir", "", "Directory of the files [default: a new one for temporary files]"),
		), config.LineSettings()...),
		run: demo,
	}
}

const (
	demoTransport = "async_logging"
	demoStream    = "messages"
)

func demo(ctx context.Context, in *input) error {
	lines := in.settings.Lines()
	if err := in.settings.Err(); err != nil {
		return err
	}
	cases, err := demoCases()
	if err != nil {
		return err
	}
	server, err := demoServer(cases)
	if err != nil {
		return err
	}
	defer server.Close()
	dir, err := demoDir(in.own.String("log-dir"))
	if err != nil {
		return err
	}
	before, err := countLines(dir)
	if err != nil {
		return err
	}
	in.introduce(cases)
	err = in.runDemo(ctx, config.Worker{
		Transports: []config.Transport{{Name: demoTransport, DSN: "redis://" + server.Addr() + "/" + demoStream}},
		Consumer:   "demo",
		Limit:      len(cases),
		FetchSize:  len(cases),
		Lines:      lines,
		Files:      config.Files{Dir: dir},
	})
	if err != nil {
		return err
	}
	return in.present(dir, before, len(cases))
}

// demoDir returns the directory for the files, which is a new one unless it is given.
func demoDir(given string) (string, error) {
	if given != "" {
		return given, nil
	}
	dir, err := os.MkdirTemp("", "envelog-demo-")
	if err != nil {
		return "", fmt.Errorf("create demo directory: %w", err)
	}
	return dir, nil
}

// demoCases returns the typical messages of all recorded versions, the oldest first.
func demoCases() (cases []fixtures.Case, err error) {
	for _, suite := range fixtures.Suites() {
		typical, err := fixtures.Typical(suite)
		if err != nil {
			return nil, fmt.Errorf("load recorded messages: %w", err)
		}
		cases = append(cases, typical...)
	}
	return cases, nil
}

// demoServer returns a server with the messages on its stream, as PHP put them there. They have ids of this moment: those
// of an earlier demo would be known to the journal of its directory, and not be written again.
func demoServer(cases []fixtures.Case) (*miniredis.Miniredis, error) {
	server := miniredis.NewMiniRedis()
	if err := server.Start(); err != nil {
		return nil, fmt.Errorf("start demo server: %w", err)
	}
	now := time.Now().UnixMilli()
	for i, c := range cases {
		id := fmt.Sprintf("%d-%d", now, i)
		if _, err := server.XAdd(demoStream, id, []string{"message", string(c.Field)}); err != nil {
			server.Close()
			return nil, fmt.Errorf("publish %s: %w", c.Name, err)
		}
	}
	return server, nil
}

func (in *input) introduce(cases []fixtures.Case) {
	var versions []string
	for _, c := range cases {
		if v := c.Versions.Symfony; !slices.Contains(versions, v) {
			versions = append(versions, v)
		}
	}
	c := in.Out
	c.Printf("\n%s\n\n", c.Paint("33", fmt.Sprintf("On the stream: %d messages from Symfony %s", len(cases), strings.Join(versions, ", "))))
	c.Printf("  %s\n", console.Clip(string(cases[0].Field), c.Width()-2))
	c.Printf("  %s\n\n", console.Clip(fmt.Sprintf("... %d bytes, PHP objects in JSON in PHP's own serialization", len(cases[0].Field)), c.Width()-2))
	c.Printf("%s\n\n", c.Paint("33", fmt.Sprintf("envelog messenger:consume %s --limit=%d", demoTransport, len(cases))))
}

func (in *input) runDemo(ctx context.Context, options config.Worker) error {
	ctx, stop := in.stopOnSignals(ctx, config.NamesOf(options.Transports))
	defer stop()
	w, err := worker.New(worker.Options{Worker: options, Log: in.Log, Notify: in.Notify})
	if err != nil {
		return err
	}
	return w.Run(ctx)
}

// present shows the files with their first lines, and checks that each message has become a line.
func (in *input) present(dir string, before, messages int) error {
	paths, err := logFiles(dir)
	if err != nil {
		return err
	}
	for _, path := range paths {
		if err := in.showFile(path); err != nil {
			return err
		}
	}
	after, err := countLines(dir)
	if err != nil {
		return err
	}
	if lines := after - before; lines != messages {
		return fmt.Errorf("%d messages became %d lines", messages, lines)
	}
	in.Out.Success(fmt.Sprintf("%d messages, %d lines, %d files in %s", messages, messages, len(paths), dir))
	in.Out.Printf("%s", demoNext)
	return nil
}

const demoNext = `What next:
  envelog demo --format=json          the same as Monolog's JsonFormatter prints it
  envelog messenger:consume async_logging --dsn async_logging=redis://localhost:6379/messages
                                      your own stream, where PHP's worker stood
  envelog help messenger:consume      all options

`

// The number of lines that are shown of each file.
const demoLines = 2

func (in *input) showFile(path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("show log file: %w", err)
	}
	c := in.Out
	total := bytes.Count(content, []byte("\n"))
	c.Printf("  %s\n", c.Paint("32", filepath.Base(path)))
	lines := strings.SplitN(string(content), "\n", demoLines+1)
	for _, line := range lines[:min(total, demoLines)] {
		c.Printf("    %s\n", console.Clip(line, c.Width()-4))
	}
	if total > demoLines {
		c.Printf("    and %d more\n", total-demoLines)
	}
	return nil
}

// logFiles returns the paths of the log files in dir, sorted; a directory that is not there has none.
func logFiles(dir string) (paths []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list log files: %w", err)
	}
	for _, e := range entries {
		if filepath.Ext(e.Name()) == ".log" {
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	return paths, nil
}

func countLines(dir string) (lines int, err error) {
	paths, err := logFiles(dir)
	for _, path := range paths {
		content, readErr := os.ReadFile(path)
		if readErr != nil {
			return 0, fmt.Errorf("count lines: %w", readErr)
		}
		lines += bytes.Count(content, []byte("\n"))
	}
	return lines, err
}
