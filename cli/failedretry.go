package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"envelog/internal/config"
	"envelog/internal/console"
	"envelog/internal/failure"
	"envelog/internal/phpredis"
	"envelog/internal/sink"
	"envelog/internal/transport"
	"envelog/internal/usage"
	"envelog/internal/worker"
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

To retry a message is to write its line as messenger:consume does, with the same options, and then
to remove it. A message that fails again stays in the failure transport, and makes exit code 1.`

func failedRetryCommand() command {
	options := failedOptions(
		option("force", "", "Force action without confirmation"),
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
	f, err := in.openFailureTransport()
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
	in.Out.Line("To retry the messages one by one, run messenger:failed:retry --transport=%s", console.Printable(f.name))
	ids := in.args
	if len(ids) == 0 && !in.IsInteractive() {
		return usage.Errorf("Message id must be passed when in non-interactive mode.")
	}
	h, err := newRetrier(in, f, lines, files)
	if err != nil {
		return err
	}
	h.force = in.own.Bool("force")
	defer closeAfter(h.sink, &err)
	if len(ids) == 0 {
		return h.ask(ctx)
	}
	return h.each(ctx, ids)
}

// retryJournal is what the journal of the command is called. It is there for a command that is killed after it wrote a
// line and before it removed the message: the next one finds the line and removes the message alone.
const retryJournal = "failed-retry"

// retrier handles failed messages.
type retrier struct {
	*input
	from    *failureTransport
	lines   config.Lines
	sink    *sink.Sink
	force   bool
	stopped bool // by a signal
	skipped bool
}

func newRetrier(in *input, f *failureTransport, lines config.Lines, files config.Files) (*retrier, error) {
	if _, err := worker.NewPipeline(lines, phpredis.None, config.Messages{}, in.Log); err != nil {
		return nil, err // before any message is asked about
	}
	source, err := f.catalogue.JournalSource(f.name)
	if err != nil {
		return nil, err
	}
	options := worker.SinkOptions(files, in.Log)
	options.Journal, options.Sources = retryJournal, []string{source}
	out, err := sink.Open(options)
	if err != nil {
		return nil, err
	}
	return &retrier{input: in, from: f, lines: lines, sink: out}, nil
}

// each is FailedMessagesRetryCommand::retrySpecificIds.
func (h *retrier) each(ctx context.Context, ids []string) error {
	for _, id := range ids {
		m, err := h.from.find(ctx, id)
		if errors.Is(err, transport.ErrNotFound) {
			return usage.Errorf(`The message "%s" was not found.`, id)
		}
		if err == nil {
			err = h.one(ctx, m)
		}
		if err != nil {
			return err
		}
		if h.stopped {
			return nil
		}
	}
	h.Out.Success("All done!")
	return nil
}

// ask goes through all messages once (FailedMessagesRetryCommand::runInteractive).
func (h *retrier) ask(ctx context.Context) error {
	count := 0
	for m, err := range h.from.All(ctx, 0) {
		if err != nil {
			return fmt.Errorf("transport %q: %w", h.from.name, err)
		}
		count++
		if err := h.one(ctx, h.from.read(m)); err != nil || h.stopped {
			return err
		}
	}
	if count > 0 && !h.skipped {
		h.Out.Success("All failed messages have been handled or removed!")
	}
	return nil
}

// one shows a message, asks, and does what is said.
func (h *retrier) one(ctx context.Context, m failure.Parked) error {
	h.printFailed(m)
	choice := "retry"
	if !h.force {
		var err error
		if choice, err = h.Choose("Please select an action", []string{"retry", "delete", "skip"}, choice); err != nil {
			return err
		}
	}
	switch choice {
	case "skip":
		h.skipped = true
		return nil
	case "retry":
		if err := h.handle(ctx, m); err != nil {
			return fmt.Errorf("retry message %q, which stays in the transport %q: %w", m.ID, h.from.name, err)
		}
	}
	err := h.from.Remove(ctx, m.ID)
	if errors.Is(err, transport.ErrNotFound) {
		return nil // another process was faster
	}
	return err
}

// handle writes the line of the message. A signal that arrives meanwhile is obeyed afterwards.
func (h *retrier) handle(ctx context.Context, m failure.Parked) error {
	ctx, stop := h.stopOnSignals(ctx, []string{h.from.name})
	defer stop()
	h.Log.Info("Received message "+m.Class(), "class", m.Class(), "message_id", m.ID)
	err := h.write(m)
	h.stopped = ctx.Err() != nil
	if err == nil {
		h.Log.Info(m.Class()+" was handled successfully (acknowledging to transport).", "class", m.Class(), "message_id", m.ID)
	}
	return err
}

func (h *retrier) write(m failure.Parked) error {
	pipeline, err := worker.NewPipeline(h.lines, phpredis.None, h.from.catalogue.MessagesOf(m.FailedOn()), h.Log)
	if err != nil {
		return err
	}
	entry := m.Entry()
	line, r, err := pipeline.Append(nil, entry)
	if err != nil {
		return err
	}
	entry.ID = journalID(entry.ID)
	if h.sink.Written(0, entry) {
		h.Log.Info("The line of this message was written before; it is not written again.", "message_id", m.ID)
		return nil
	}
	h.sink.Stage(0, entry, r.Channel, r.Time, line)
	return h.sink.Commit()
}

// journalID spells the id of a message as journals know ids: two numbers, as Redis has them. Doctrine has one.
func journalID(id []byte) []byte {
	if bytes.ContainsRune(id, '-') {
		return id
	}
	return append(id, "-0"...)
}
