package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	urfave "github.com/urfave/cli/v2"

	"envelog/internal/transport"
)

const failedShowHelp = `
The messenger:failed:show shows messages that are pending in the failure transport.

    envelog messenger:failed:show

Or look at a specific message by its id:

    envelog messenger:failed:show {id}

It works on transports of Redis and of Doctrine, whatever wrote the messages, envelog or PHP.`

func (s *session) failedShowCommand() *urfave.Command {
	return &urfave.Command{
		Name:        "messenger:failed:show",
		Usage:       "Show one or more messages from the failure transport",
		ArgsUsage:   "[<id>]",
		Description: failedShowHelp,
		Flags: append(failedFlags(
			valued(commandFlags, "max", "", "50", "Maximum number of messages to list"),
			option(commandFlags, "stats", "", "Display the message count by class"),
			valued(commandFlags, "class-filter", "", "", "Filter by a specific class name"),
		), boundFlags()...),
		Action: s.failedShow,
	}
}

func (s *session) failedShow(c *urfave.Context) (err error) {
	if c.NArg() > 1 {
		return complain(`Too many arguments to "messenger:failed:show" command, expected arguments "id".`)
	}
	r := s.reader(c)
	max := read(r, "max", positiveInteger)
	f, err := s.openFailureTransport(r)
	if err = errors.Join(append(r.errs, err)...); err != nil {
		return err
	}
	defer closeAfter(f, &err)
	if err := s.tellPending(c.Context, f); err != nil {
		return err
	}
	switch {
	case c.Bool("stats"):
		if !c.IsSet("max") {
			max = 0
		}
		return s.countFailed(c.Context, f, max)
	case c.NArg() == 0:
		return s.listFailed(c.Context, f, max, c.String("class-filter"))
	}
	return s.showFailed(c.Context, f, c.Args().First())
}

// listFailed is FailedMessagesShowCommand::listMessages.
func (s *session) listFailed(ctx context.Context, f *failureTransport, max int, class string) error {
	if class != "" {
		s.stderr.comment(fmt.Sprintf("Displaying only '%s' messages", class))
	}
	var rows [][]string
	for stored, err := range f.All(ctx, max) {
		if err != nil {
			return fmt.Errorf("transport %q: %w", f.name, err)
		}
		if m := f.open(stored); class == "" || class == m.class() {
			rows = append(rows, []string{m.ID, m.class(), m.failedAt(), m.failure()})
		}
	}
	if len(rows) == 0 {
		s.stdout.success("No failed messages were found.")
		return nil
	}
	s.stdout.table([]string{"Id", "Class", "Failed at", "Error"}, rows)
	if len(rows) == max {
		s.stderr.comment(fmt.Sprintf("Showing first %d messages.", max))
	} else if class != "" {
		s.stderr.comment(fmt.Sprintf("Showing %d message(s).", len(rows)))
	}
	s.stderr.comment(fmt.Sprintf("Run messenger:failed:show {id} --transport=%s -vv to see message details.", f.name))
	return nil
}

// countFailed is FailedMessagesShowCommand::listMessagesPerClass; a max of 0 is none.
func (s *session) countFailed(ctx context.Context, f *failureTransport, max int) error {
	var classes []string
	counts := map[string]int{}
	for stored, err := range f.All(ctx, max) {
		if err != nil {
			return fmt.Errorf("transport %q: %w", f.name, err)
		}
		class := f.open(stored).class()
		if !slices.Contains(classes, class) {
			classes = append(classes, class)
		}
		counts[class]++
	}
	if len(classes) == 0 {
		s.stdout.success("No failed messages were found.")
		return nil
	}
	var rows [][]string
	for _, class := range classes {
		rows = append(rows, []string{class, fmt.Sprint(counts[class])})
	}
	s.stdout.table([]string{"Class", "Count"}, rows)
	return nil
}

func (s *session) showFailed(ctx context.Context, f *failureTransport, id string) error {
	m, err := f.find(ctx, id)
	if errors.Is(err, transport.ErrNotFound) {
		return complain(`The message "%s" was not found.`, id)
	}
	if err != nil {
		return fmt.Errorf("transport %q: %w", f.name, err)
	}
	s.printFailed(m)
	s.stdout.line("")
	s.stdout.line(" Run messenger:failed:retry %s --transport=%s to retry this message.", printable(id), printable(f.name))
	s.stdout.line(" Run messenger:failed:remove %s --transport=%s to delete it.", printable(id), printable(f.name))
	return nil
}
