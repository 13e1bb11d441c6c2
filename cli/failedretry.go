package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"envelog/decoder/phpredis"
	"envelog/internal/config"
	"envelog/internal/console"
	"envelog/internal/failure"
	"envelog/internal/usage"
	"envelog/internal/worker"
	"envelog/transport"
)

const failedRetryHelp = `
The messenger:failed:retry retries message in the failure transport.

    envelog messenger:failed:retry

The command will interactively ask if each message should be retried, discarded or skipped. A
skipped message stays where it is.

Some transports support retrying a specific message id, which comes from the messenger:failed:show
command.

    envelog messenger:failed:retry {id}

Or pass multiple ids at once to process multiple messages:

    envelog messenger:failed:retry {id1} {id2} {id3}

All of them are retried without a question by the "--all" option, or by "--force" without ids:

    envelog messenger:failed:retry --all

To retry a message is to write its line as messenger:consume does, with the same options and exactly
once, and then to remove it. A message that fails again stays in the failure transport, and so does
an id that is not there: the others are retried, and the exit code is 1.

Answers are read from standard input, a terminal or not; --no-interaction asks nothing.`

func failedRetryCommand() command {
	options := failedOptions(
		option("force", "", "Force action without confirmation"),
		option("all", "", "Retry all messages without confirmation"),
		valued("keepalive", "", "Accepted and without effect"),
	)
	return command{
		name:      "messenger:failed:retry",
		usage:     "Retry one or more messages from the failure transport",
		arguments: "[<id>...]",
		help:      failedRetryHelp,
		options:   slices.Concat(options, config.ClassSetting(), config.LineSettings(), config.FileSettings(), config.LimitSettings()),
		run:       failedRetry,
	}
}

func failedRetry(ctx context.Context, in *input) (err error) {
	lines, files := in.settings.Lines(), in.settings.Files()
	ids, all := in.args, in.own.Bool("all")
	if all && len(ids) > 0 {
		return usage.Errorf(`You cannot specify message ids when using the "--all" option.`)
	}
	ctx, stop := in.stopOnSignals(ctx, nil)
	defer stop()
	f, err := in.openFailureTransport(ctx)
	if err = errors.Join(in.settings.Err(), err); err != nil {
		return err
	}
	defer closeAfter(f, &err)
	in.Err.Comment("Quit this command with CONTROL-C.")
	if in.Verbosity < console.VeryVerbose {
		in.Err.Comment("Re-run the command with a -vv option to see logs about consumed messages.")
	}
	if err := in.tellPending(ctx, f); err != nil {
		return err
	}
	in.Out.Line("To retry all the messages, run %s", console.Printable(in.settings.Invocation().Command("messenger:consume", f.name)))
	force := all || in.own.Bool("force")
	if len(ids) == 0 && !force && !in.IsInteractive() {
		return usage.Errorf("Message id must be passed when in non-interactive mode.")
	}
	replay, err := worker.OpenReplay(lines, files, in.Log, []string{f.JournalSource()})
	if err != nil {
		return err
	}
	defer closeAfter(replay, &err)
	h := &retrier{input: in, from: f, replay: replay, force: force}
	if len(ids) == 0 {
		return unlessInterrupted(h.all(ctx))
	}
	return unlessInterrupted(h.each(ctx, ids))
}

// unlessInterrupted is err, or nil when somebody quit at a question.
func unlessInterrupted(err error) error {
	if errors.Is(err, console.ErrInterrupted) {
		return nil
	}
	return err
}

// retrier handles failed messages.
type retrier struct {
	*input
	from    *failureTransport
	replay  *worker.Replay
	force   bool
	skipped bool
	failed  int // messages that were not handled, and ids that are not there
}

// each is FailedMessagesRetryCommand::retrySpecificIds.
func (h *retrier) each(ctx context.Context, ids []string) error {
	for _, id := range ids {
		m, err := h.from.find(ctx, id)
		switch {
		case errors.Is(err, transport.ErrNotFound):
			h.failed++
			h.Err.Problem(fmt.Sprintf(`The message "%s" was not found.`, id))
			continue
		case err == nil:
			err = h.one(ctx, m)
		}
		if err != nil || ctx.Err() != nil {
			return cmp.Or(err, h.result())
		}
	}
	if h.failed == 0 {
		h.Out.Success("All done!")
	}
	return h.result()
}

// all goes through all messages once (FailedMessagesRetryCommand::runInteractive).
func (h *retrier) all(ctx context.Context) error {
	count := 0
	for m, err := range h.from.All(ctx, 0) {
		if err != nil {
			return fmt.Errorf("transport %q: %w", h.from.name, err)
		}
		count++
		if err := h.one(ctx, h.from.read(m)); err != nil || ctx.Err() != nil {
			return cmp.Or(err, h.result())
		}
	}
	if count > 0 && !h.skipped && h.failed == 0 {
		h.Out.Success("All failed messages have been handled or removed!")
	}
	return h.result()
}

// result is the error of the command when messages were not handled, which was said of each.
func (h *retrier) result() error {
	if h.failed > 0 {
		return errTold
	}
	return nil
}

// one shows a message, asks, and does what is said. What is wrong with this message alone is said, and no error.
func (h *retrier) one(ctx context.Context, m failure.Parked) error {
	h.printFailed(m)
	choice := "retry"
	if !h.force {
		var err error
		if choice, err = h.Choose(ctx, "Please select an action", []string{"retry", "delete", "skip"}, choice); err != nil {
			return err
		}
	}
	switch choice {
	case "skip":
		h.skipped = true
		return nil
	case "retry":
		err := h.handle(m)
		if errors.Is(err, worker.ErrNoLine) {
			return err
		}
		if err != nil {
			h.failed++
			h.Err.Problem(fmt.Sprintf("retry message %q, which stays in the transport %q: %v", m.ID, h.from.name, err))
			return nil
		}
	}
	// What is written is removed, even when somebody quits now.
	err := h.from.Remove(context.WithoutCancel(ctx), m.ID)
	if errors.Is(err, transport.ErrNotFound) {
		return nil // another process was faster
	}
	return err
}

// handle writes the line of the message.
func (h *retrier) handle(m failure.Parked) error {
	h.Log.Info("Received message "+m.Class(), "class", m.Class(), "message_id", m.ID)
	if err := h.replay.Write(0, m.Entry(), phpredis.None, h.from.catalogue.MessagesOf(m.FailedOn())); err != nil {
		return err
	}
	h.Log.Info(m.Class()+" was handled successfully (acknowledging to transport).", "class", m.Class(), "message_id", m.ID)
	return nil
}
