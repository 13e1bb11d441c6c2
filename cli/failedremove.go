package cli

import (
	"context"
	"errors"
	"fmt"

	"envelog/internal/config"
	"envelog/internal/quantity"
	"envelog/internal/usage"
	"envelog/transport"
)

const failedRemoveHelp = `
The messenger:failed:remove removes given messages that are pending in the failure transport.

    envelog messenger:failed:remove {id1} [{id2} ...]

The specific ids can be found via the messenger:failed:show command.

You can remove all failed messages from the failure transport by using the "--all" option:

    envelog messenger:failed:remove --all

Where nobody can answer the question, nothing is removed without --force. An id that is not there
makes exit code 1; the others are removed all the same.`

func failedRemoveCommand() command {
	return command{
		name:      "messenger:failed:remove",
		usage:     "Remove given messages from the failure transport",
		arguments: "[<id>...]",
		help:      failedRemoveHelp,
		options: append(failedOptions(
			option("all", "", "Remove all failed messages from the transport"),
			option("force", "", "Force the operation without confirmation"),
			option("show-messages", "", "Display messages before removing it (if multiple ids are given)"),
			valued("class-filter", "", "Filter by a specific class name"),
		), config.LimitSettings()...),
		run: failedRemove,
	}
}

// removal is one invocation of the command.
type removal struct {
	*input
	from  *failureTransport
	force bool
	show  bool
}

func failedRemove(ctx context.Context, in *input) (err error) {
	f, err := in.openFailureTransport(ctx)
	if err = errors.Join(in.settings.Err(), err); err != nil {
		return err
	}
	defer closeAfter(f, &err)
	ids, class, all := in.args, in.own.String("class-filter"), in.own.Bool("all")
	removal := removal{in, f, in.own.Bool("force"), in.own.Bool("show-messages")}
	switch {
	case all && len(ids) > 0:
		return usage.Errorf(`You cannot specify message ids when using the "--all" option.`)
	case len(ids) == 0 && class != "" && all:
		return usage.Errorf(`You cannot use the "--class-filter" option with the "--all" option.`)
	case all:
		return removal.all(ctx)
	case len(ids) == 0 && class != "":
		return removal.ofClass(ctx, class)
	case len(ids) == 0:
		return usage.Errorf(`Please specify at least one message id. If you want to remove all failed messages, use the "--all" option.`)
	}
	return removal.each(ctx, ids)
}

// all is FailedMessagesRemoveCommand::removeAllMessages.
func (r removal) all(ctx context.Context) error {
	n, err := r.from.Count(ctx)
	if err != nil {
		return fmt.Errorf("transport %q: %w", r.from.name, err)
	}
	if !r.force {
		sure, err := r.Confirm(ctx, fmt.Sprintf("Do you want to permanently remove all (%d) messages?", n.Waiting), false)
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
			r.printFailed(r.from.read(m))
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
	r.Err.Note(quantity.Count(count, "message was removed.", "messages were removed."))
	return nil
}

// ofClass removes the messages of one class.
func (r removal) ofClass(ctx context.Context, class string) error {
	var ids []string
	for m, err := range r.from.All(ctx, 0) {
		if err != nil {
			return fmt.Errorf("transport %q: %w", r.from.name, err)
		}
		if r.from.read(m).Class() == class {
			ids = append(ids, m.ID)
		}
	}
	if len(ids) == 0 {
		return usage.Errorf("No failed messages were found with this filter.")
	}
	plural := "s"
	if len(ids) == 1 {
		plural = ""
	}
	sure, err := r.Confirm(ctx, fmt.Sprintf("Can you confirm you want to remove %d message%s?", len(ids), plural), true)
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
			r.Err.Problem(fmt.Sprintf(`The message with id "%s" was not found.`, id))
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
		sure, err := r.Confirm(ctx, "Do you want to permanently remove this message?", false)
		if err != nil {
			return err
		}
		if !sure {
			r.Err.Note(fmt.Sprintf("Message with id %s not removed.", id))
			return nil
		}
	}
	if err := r.from.Remove(ctx, id); err != nil {
		return err
	}
	r.Out.Success(fmt.Sprintf("Message with id %s removed.", id))
	return nil
}
