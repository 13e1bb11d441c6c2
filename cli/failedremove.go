package cli

import (
	"context"
	"errors"
	"fmt"

	urfave "github.com/urfave/cli/v2"

	"envelog/internal/transport"
)

const failedRemoveHelp = `
The messenger:failed:remove removes given messages that are pending in the failure transport.

    envelog messenger:failed:remove {id1} [{id2} ...]

The specific ids can be found via the messenger:failed:show command.

You can remove all failed messages from the failure transport by using the "--all" option:

    envelog messenger:failed:remove --all

Where nobody can answer the question, nothing is removed without --force. An id that is not there
makes exit code 1; the others are removed all the same.`

func (s *session) failedRemoveCommand() *urfave.Command {
	return &urfave.Command{
		Name:        "messenger:failed:remove",
		Usage:       "Remove given messages from the failure transport",
		ArgsUsage:   "[<id>...]",
		Description: failedRemoveHelp,
		Flags: append(failedFlags(
			option(commandFlags, "all", "", "Remove all failed messages from the transport"),
			option(commandFlags, "force", "", "Force the operation without confirmation"),
			option(commandFlags, "show-messages", "", "Display messages before removing it (if multiple ids are given)"),
			valued(commandFlags, "class-filter", "", "", "Filter by a specific class name"),
		), boundFlags()...),
		Action: s.failedRemove,
	}
}

// removal is one invocation of the command.
type removal struct {
	*session
	from  *failureTransport
	force bool
	show  bool
}

func (s *session) failedRemove(c *urfave.Context) (err error) {
	r := s.reader(c)
	f, err := s.openFailureTransport(r)
	if err = errors.Join(append(r.errs, err)...); err != nil {
		return err
	}
	defer closeAfter(f, &err)
	ids, class, all := c.Args().Slice(), c.String("class-filter"), c.Bool("all")
	removal := removal{s, f, c.Bool("force"), c.Bool("show-messages")}
	switch {
	case all && len(ids) > 0:
		return complain(`You cannot specify message ids when using the "--all" option.`)
	case len(ids) == 0 && class != "" && all:
		return complain(`You cannot use the "--class-filter" option with the "--all" option.`)
	case all:
		return removal.all(c.Context)
	case len(ids) == 0 && class != "":
		return removal.ofClass(c.Context, class)
	case len(ids) == 0:
		return complain(`Please specify at least one message id. If you want to remove all failed messages, use the "--all" option.`)
	}
	return removal.each(c.Context, ids)
}

// all is FailedMessagesRemoveCommand::removeAllMessages.
func (r removal) all(ctx context.Context) error {
	n, err := r.from.Count(ctx)
	if err != nil {
		return fmt.Errorf("transport %q: %w", r.from.name, err)
	}
	if !r.force {
		sure, err := r.confirm(fmt.Sprintf("Do you want to permanently remove all (%d) messages?", n.Waiting), false)
		if err != nil || !sure {
			return err
		}
	}
	count := 0
	for m, err := range r.from.All(ctx, 0) {
		if err != nil {
			return fmt.Errorf("transport %q: %w", r.from.name, err)
		}
		if r.show {
			r.printFailed(r.from.open(m))
		}
		err = r.from.Remove(ctx, m.ID)
		if errors.Is(err, transport.ErrNotFound) {
			continue // another process was faster
		}
		if err != nil {
			return fmt.Errorf("transport %q: %w", r.from.name, err)
		}
		count++
	}
	r.stderr.note(fmt.Sprintf("%d messages were removed.", count))
	return nil
}

// ofClass removes the messages of one class.
func (r removal) ofClass(ctx context.Context, class string) error {
	var ids []string
	for m, err := range r.from.All(ctx, 0) {
		if err != nil {
			return fmt.Errorf("transport %q: %w", r.from.name, err)
		}
		if r.from.open(m).class() == class {
			ids = append(ids, m.ID)
		}
	}
	if len(ids) == 0 {
		return complain("No failed messages were found with this filter.")
	}
	plural := "s"
	if len(ids) == 1 {
		plural = ""
	}
	sure, err := r.confirm(fmt.Sprintf("Can you confirm you want to remove %d message%s?", len(ids), plural), true)
	if err != nil || !sure {
		return err
	}
	return r.each(ctx, ids)
}

// each is FailedMessagesRemoveCommand::removeMessagesById.
func (r removal) each(ctx context.Context, ids []string) error {
	r.show = r.show || len(ids) == 1
	var missing error
	for _, id := range ids {
		err := r.one(ctx, id)
		if errors.Is(err, transport.ErrNotFound) {
			r.stderr.problem(fmt.Sprintf(`The message with id "%s" was not found.`, id))
			missing = errTold
			continue
		}
		if err != nil {
			return fmt.Errorf("transport %q: %w", r.from.name, err)
		}
	}
	return missing
}

func (r removal) one(ctx context.Context, id string) error {
	m, err := r.from.find(ctx, id)
	if err != nil {
		return err
	}
	if r.show {
		r.printFailed(m)
	}
	if !r.force {
		sure, err := r.confirm("Do you want to permanently remove this message?", false)
		if err != nil {
			return err
		}
		if !sure {
			r.stderr.note(fmt.Sprintf("Message with id %s not removed.", id))
			return nil
		}
	}
	if err := r.from.Remove(ctx, id); err != nil {
		return err
	}
	r.stdout.success(fmt.Sprintf("Message with id %s removed.", id))
	return nil
}
