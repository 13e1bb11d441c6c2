package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	urfave "github.com/urfave/cli/v2"

	"envelog/decoder"
	"envelog/format"
	"envelog/internal/sink"
	"envelog/internal/transport"
	"envelog/record"
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

func (s *session) failedRetryCommand() *urfave.Command {
	flags := failedFlags(
		option(commandFlags, "force", "", "Force action without confirmation"),
		valued(commandFlags, "keepalive", "", "", "Accepted and without effect"),
	)
	return &urfave.Command{
		Name:        "messenger:failed:retry",
		Usage:       "Retry one or more messages from the failure transport",
		ArgsUsage:   "[<id>...]",
		Description: failedRetryHelp,
		Flags:       slices.Concat(flags, []urfave.Flag{classFlag()}, recordFlags(), targetFlags(), boundFlags()),
		Action:      s.failedRetry,
	}
}

func (s *session) failedRetry(c *urfave.Context) (err error) {
	r := s.reader(c)
	record, files := r.recordOptions(), r.fileOptions()
	f, err := s.openFailureTransport(r)
	if err = errors.Join(append(r.errs, err)...); err != nil {
		return err
	}
	defer closeAfter(f, &err)
	s.stderr.comment("Quit this command with CONTROL-C.")
	if s.verbosity < veryVerbose {
		s.stderr.comment("Re-run the command with a -vv option to see logs about consumed messages.")
	}
	if err := s.tellPending(c.Context, f); err != nil {
		return err
	}
	s.stdout.line("To retry the messages one by one, run messenger:failed:retry --transport=%s", printable(f.name))
	ids := c.Args().Slice()
	if len(ids) == 0 && !s.isInteractive() {
		return complain("Message id must be passed when in non-interactive mode.")
	}
	h, err := s.newRetrier(f, record, files)
	if err != nil {
		return err
	}
	h.force = c.Bool("force")
	defer closeAfter(h.sink, &err)
	if len(ids) == 0 {
		return h.ask(c.Context)
	}
	return h.each(c.Context, ids)
}

// retrier handles failed messages.
type retrier struct {
	*session
	from      *failureTransport
	record    recordOptions
	formatter format.Formatter
	sink      *sink.Sink
	force     bool
	stopped   bool // by a signal
	skipped   bool
}

func (s *session) newRetrier(f *failureTransport, record recordOptions, files fileOptions) (*retrier, error) {
	formatter, err := format.New(record.format, format.Options{LineFormat: record.lineFormat, DateFormat: record.dateFormat})
	if err != nil {
		return nil, fmt.Errorf("configure format: %w", err)
	}
	lines, err := sink.Open(files.sinkOptions(s.log))
	if err != nil {
		return nil, err
	}
	return &retrier{session: s, from: f, record: record, formatter: formatter, sink: lines}, nil
}

// each is FailedMessagesRetryCommand::retrySpecificIds.
func (h *retrier) each(ctx context.Context, ids []string) error {
	for _, id := range ids {
		m, err := h.from.find(ctx, id)
		if errors.Is(err, transport.ErrNotFound) {
			return complain(`The message "%s" was not found.`, id)
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
	h.stdout.success("All done!")
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
		if err := h.one(ctx, h.from.open(m)); err != nil || h.stopped {
			return err
		}
	}
	if count > 0 && !h.skipped {
		h.stdout.success("All failed messages have been handled or removed!")
	}
	return nil
}

// one shows a message, asks, and does what is said.
func (h *retrier) one(ctx context.Context, m failedMessage) error {
	h.printFailed(m)
	choice := "retry"
	if !h.force {
		var err error
		if choice, err = h.choose("Please select an action", []string{"retry", "delete", "skip"}, choice); err != nil {
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
func (h *retrier) handle(ctx context.Context, m failedMessage) error {
	ctx, stop := h.stopOnSignals(ctx, []string{h.from.name})
	defer stop()
	h.log.Info("Received message "+m.class(), "class", m.class(), "message_id", m.ID)
	err := h.write(m)
	h.stopped = ctx.Err() != nil
	if err == nil {
		h.log.Info(m.class()+" was handled successfully (acknowledging to transport).", "class", m.class(), "message_id", m.ID)
	}
	return err
}

func (h *retrier) write(m failedMessage) error {
	if m.opened != nil {
		if wrapped, ok := m.opened.Wrapped(); ok {
			m.Message = wrapped
		}
	}
	options := h.record.decoderOptions(decoder.None)
	if len(options.Classes) == 0 {
		options.Classes = h.from.classesOf(m)
	}
	d, err := decoder.New(options)
	if err != nil {
		return err
	}
	var r record.Record
	entry := entryOf(m.Stored)
	if err := d.Decode(entry, &r); err != nil {
		return err
	}
	h.sink.Stage(0, entry, r.Channel, r.Time, h.formatter.Append(nil, &r))
	return h.sink.Commit()
}

// classesOf returns the classes that belong on the transport where the message failed, nothing for all.
func (f *failureTransport) classesOf(m failedMessage) []string {
	if m.opened == nil || !slices.Contains(f.catalogue.names, m.opened.Receiver()) {
		return nil
	}
	t, _ := f.catalogue.settings(m.opened.Receiver()) // what cannot be known says nothing about the message
	return t.classes
}
