package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"envelog/internal/config"
	"envelog/internal/console"
	"envelog/internal/settings"
	"envelog/internal/usage"
	"envelog/transport"
)

const failedShowHelp = `
The messenger:failed:show shows messages that are pending in the failure transport.

    envelog messenger:failed:show

Or look at a specific message by its id:

    envelog messenger:failed:show {id}

It works on transports of Redis and of Doctrine, whatever wrote the messages, envelog or PHP.`

func failedShowCommand() command {
	return command{
		name:      "messenger:failed:show",
		usage:     "Show one or more messages from the failure transport",
		arguments: "[<id>]",
		help:      failedShowHelp,
		options: append(failedOptions(
			valued("max", "50", "Maximum number of messages to list"),
			option("stats", "", "Display the message count by class"),
			valued("class-filter", "", "Filter by a specific class name"),
		), config.LimitSettings()...),
		run: failedShow,
	}
}

func failedShow(ctx context.Context, in *input) (err error) {
	max, maxErr := settings.PositiveInteger("max", in.own.String("max"))
	f, err := in.openFailureTransport(ctx)
	if err == nil {
		defer closeAfter(f, &err)
	}
	if err = errors.Join(maxErr, in.settings.Err(), err); err != nil {
		return err
	}
	if err := in.tellPending(ctx, f); err != nil {
		return err
	}
	switch {
	case in.own.Bool("stats"):
		if !in.own.IsSet("max") {
			max = 0
		}
		return countFailed(ctx, in, f, max)
	case len(in.args) == 0:
		return listFailed(ctx, in, f, max, in.own.String("class-filter"))
	}
	return showFailed(ctx, in, f, in.args[0])
}

// listFailed is FailedMessagesShowCommand::listMessages.
func listFailed(ctx context.Context, in *input, f *failureTransport, max int, class string) error {
	if class != "" {
		in.Err.Comment(fmt.Sprintf("Displaying only '%s' messages", class))
	}
	var rows [][]string
	limit := max
	if class != "" {
		limit = 0 // of those of the class
	}
	for stored, err := range f.All(ctx, limit) {
		if err != nil {
			return fmt.Errorf("transport %q: %w", f.name, err)
		}
		m := f.read(stored)
		if class != "" && class != m.Class() {
			continue
		}
		rows = append(rows, []string{m.ID, m.Class(), dateTime(m.FailedAt()), m.Failure()})
		if len(rows) == max {
			break
		}
	}
	if len(rows) == 0 {
		in.Out.Success("No failed messages were found.")
		return nil
	}
	in.Out.Table([]string{"Id", "Class", "Failed at", "Error"}, rows)
	if len(rows) == max {
		in.Err.Comment(fmt.Sprintf("Showing first %d messages.", max))
	} else if class != "" {
		in.Err.Comment(fmt.Sprintf("Showing %d message(s).", len(rows)))
	}
	in.Err.Line(" Run %s to see message details.", console.Printable(in.settings.Invocation().Command("messenger:failed:show", "{id}", "--transport="+f.name, "-vv"))) // a block would break the command
	return nil
}

// countFailed is FailedMessagesShowCommand::listMessagesPerClass; a max of 0 is none.
func countFailed(ctx context.Context, in *input, f *failureTransport, max int) error {
	var classes []string
	counts := map[string]int{}
	for stored, err := range f.All(ctx, max) {
		if err != nil {
			return fmt.Errorf("transport %q: %w", f.name, err)
		}
		class := f.read(stored).Class()
		if !slices.Contains(classes, class) {
			classes = append(classes, class)
		}
		counts[class]++
	}
	if len(classes) == 0 {
		in.Out.Success("No failed messages were found.")
		return nil
	}
	var rows [][]string
	for _, class := range classes {
		rows = append(rows, []string{class, fmt.Sprint(counts[class])})
	}
	in.Out.Table([]string{"Class", "Count"}, rows)
	return nil
}

func showFailed(ctx context.Context, in *input, f *failureTransport, id string) error {
	m, err := f.find(ctx, id)
	if errors.Is(err, transport.ErrNotFound) {
		return usage.Errorf(`The message "%s" was not found.`, id)
	}
	if err != nil {
		return fmt.Errorf("transport %q: %w", f.name, err)
	}
	in.printFailed(m)
	in.Out.Line("")
	said := in.settings.Invocation()
	in.Out.Line(" Run %s to retry this message.", console.Printable(said.Command("messenger:failed:retry", id, "--transport="+f.name)))
	in.Out.Line(" Run %s to delete it.", console.Printable(said.Command("messenger:failed:remove", id, "--transport="+f.name)))
	return nil
}
