package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"envelog/consumer"
	"envelog/decoder/phpredis"
	"envelog/internal/config"
	"envelog/internal/failure"
	"envelog/internal/rejected"
	"envelog/internal/transport/doctrine"
	"envelog/internal/transport/redis"
	"envelog/internal/usage"
	"envelog/internal/worker"
	"envelog/transport"
)

const rejectedRetryHelp = `
The rejected:retry command hands in again what is kept below <log-dir>/.rejected/, when the cause is mended:

    envelog rejected:retry {name1} [{name2} ...]
    envelog rejected:retry --transport=async_logging --reason='permission denied'
    envelog rejected:retry --all

To retry a message is to write its line as messenger:consume does, with the same options and exactly
once, and then to remove it. A message that fails again stays, the others are retried, and the exit
code is 1.

What is not for envelog is handed to PHP: messages go to the failure transport, as if it had been there
when they failed.

    envelog rejected:retry --all --to-failure-transport --failure-transport=failed`

func rejectedRetryCommand() command {
	return command{
		name:      "rejected:retry",
		usage:     "Retry messages that are kept below <log-dir>/.rejected",
		arguments: "[<name>...]",
		help:      rejectedRetryHelp,
		options: slices.Concat(rejectedOptions(
			option("all", "", "Retry all of them"),
			option("to-failure-transport", "", "Send them to the failure transport in the place of writing their lines"),
		), config.DSNSetting(), config.FailureTransportSetting(), config.SerializerSetting(), config.ZoneSetting(),
			config.ClassSetting(), config.LineSettings(), config.FileSettings(), config.LimitSettings()),
		run: rejectedRetry,
	}
}

func rejectedRetry(ctx context.Context, in *input) error {
	s := in.rejectedSelection()
	if err := s.mustBeMeant(in.own.Bool("all")); err != nil {
		return err
	}
	lines, files := in.settings.Lines(), in.settings.Files()
	chosen, err := in.rejected(s)
	if err != nil && !errors.Is(err, errTold) {
		return err
	}
	ctx, stop := in.stopOnSignals(ctx, nil)
	defer stop()
	// Without transports everything but the serializer of a field is known; that is then phpredis' usual one.
	catalogue, catalogueErr := in.settings.Catalogue(nil)
	h := &rejectedRetrier{input: in, catalogue: catalogue}
	if in.own.Bool("to-failure-transport") {
		if catalogueErr != nil {
			return catalogueErr
		}
		return cmp.Or(h.parkAll(ctx, chosen), err)
	}
	return cmp.Or(h.writeAll(ctx, chosen, lines, files), err)
}

// rejectedRetrier hands rejected messages in again.
type rejectedRetrier struct {
	*input
	catalogue *config.Catalogue // nil: nothing is configured
	done      int
	failed    int
}

// writeAll writes the lines of all entries.
func (h *rejectedRetrier) writeAll(ctx context.Context, chosen []rejected.Message, lines config.Lines, files config.Files) (err error) {
	var sources []string
	for _, r := range chosen {
		if !slices.Contains(sources, r.Source()) {
			sources = append(sources, r.Source())
		}
	}
	replay, err := worker.OpenReplay(lines, files, h.Log, sources)
	if err != nil {
		return err
	}
	defer closeAfter(replay, &err)
	return h.each(ctx, chosen, func(_ context.Context, r rejected.Message, e *transport.Entry) error {
		if r.Cut {
			return errors.New("only the beginning of the message was kept")
		}
		return replay.Write(slices.Index(sources, r.Source()), e, h.serializer(r.Transport), h.messagesOf(r.Transport))
	})
}

// each handles all entries, and removes those that are handled.
func (h *rejectedRetrier) each(ctx context.Context, chosen []rejected.Message, handle func(ctx context.Context, r rejected.Message, e *transport.Entry) error) error {
	for _, r := range chosen {
		if ctx.Err() != nil {
			break
		}
		e, err := r.Entry()
		if err == nil {
			err = handle(ctx, r, e)
		}
		if errors.Is(err, worker.ErrNoLine) {
			return err
		}
		if err == nil {
			err = r.Remove()
		}
		if err != nil {
			h.failed++
			h.Err.Problem(fmt.Sprintf("retry message %q, which stays where it is: %v", r.Name, err))
			continue
		}
		h.done++
	}
	h.Err.Note(fmt.Sprintf("%s retried, %s left.", messages(h.done), messages(len(chosen)-h.done)))
	if h.failed > 0 {
		return errTold
	}
	return nil
}

// transportOf returns the transport that an entry came from, when it is configured.
func (h *rejectedRetrier) transportOf(name string) (t config.Transport, ok bool) {
	if h.catalogue == nil || !slices.Contains(h.catalogue.Names(), name) {
		return t, false
	}
	t, err := h.catalogue.Transport(name)
	return t, err == nil
}

// stream returns how a transport stores its messages.
func (h *rejectedRetrier) stream(name string) redis.Config {
	if t, ok := h.transportOf(name); ok && !doctrine.SupportsDSN(t.DSN) {
		if c, err := t.Redis(); err == nil {
			return c
		}
	}
	return redis.Config{Serializer: phpredis.PHP}
}

func (h *rejectedRetrier) serializer(name string) phpredis.Serializer {
	return h.stream(name).Serializer
}

func (h *rejectedRetrier) messagesOf(name string) config.Messages {
	if h.catalogue == nil {
		return config.Messages{}
	}
	return h.catalogue.MessagesOf(name)
}

// parkAll sends all entries to the failure transports of their transports, as a worker does.
func (h *rejectedRetrier) parkAll(ctx context.Context, chosen []rejected.Message) (err error) {
	stores := map[string]transport.Storage{}
	defer func() {
		for _, store := range stores {
			closeAfter(store, &err)
		}
	}()
	return h.each(ctx, chosen, func(ctx context.Context, r rejected.Message, e *transport.Entry) error {
		if r.Cut {
			return errors.New("only the beginning of the message was kept")
		}
		target, err := h.failureTransportOf(r.Transport)
		if err != nil {
			return err
		}
		if stores[target] == nil {
			if stores[target], err = h.catalogue.Open(target); err != nil {
				delete(stores, target)
				return err
			}
		}
		return h.park(ctx, r, e, target, stores[target])
	})
}

// failureTransportOf returns where the messages of a transport go that fail for good.
func (h *rejectedRetrier) failureTransportOf(name string) (string, error) {
	t, _ := h.transportOf(name)
	if target := h.settings.FailureTransportOf(t); target != "" {
		return target, nil
	}
	global, _, err := h.settings.FailureTransports(h.catalogue)
	if err == nil && global == "" {
		err = usage.Errorf(`No failure transport is configured for the transport "%s": name one with --failure-transport.`, name)
	}
	return global, err
}

// park sends one entry.
func (h *rejectedRetrier) park(ctx context.Context, r rejected.Message, e *transport.Entry, target string, store transport.Storage) error {
	handler := failure.New(failure.Config{
		Transport: r.Transport, Target: target, Unknown: failure.Fail, Limits: h.settings.Limits(),
		Origin:  keptOrigin{h.stream(r.Transport)},
		Parking: &failure.Elsewhere{Sender: store, Reject: func(context.Context, []byte) error { return nil }},
		Rejects: stillKept{},
		Say:     failure.Voice{Log: h.Log, Transport: r.Transport, Again: worker.Again(h.settings.Invocation(), target)},
	})
	outcome, err := handler.Handle(ctx, e, consumer.Failure{Err: errors.New(r.Reason)})
	if err == nil && outcome != consumer.Parked {
		err = fmt.Errorf("it cannot be sent to %q: it failed there before, or %q cannot hold it", target, target)
	}
	return err
}

// keptOrigin is the place of an entry that was kept: only what it holds is asked for.
type keptOrigin struct{ redis.Config }

// Retry implements failure.Origin.
func (keptOrigin) Retry(context.Context, []byte, transport.Message, time.Duration) error {
	return errors.ErrUnsupported
}

// GiveBack implements failure.Origin: the entry stays where it is.
func (keptOrigin) GiveBack(context.Context, []byte) error { return nil }

// stillKept keeps what is kept already.
type stillKept struct{}

// Keep implements failure.Keeper.
func (stillKept) Keep(*transport.Entry, error) (string, error) { return "", nil }
