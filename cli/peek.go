package cli

import (
	"context"
	"errors"
	"slices"
	"strings"

	"envelog/internal/config"
	"envelog/internal/console"
	"envelog/internal/settings"
	"envelog/internal/worker"
	"envelog/transport"
)

const peekHelp = `
It prints the messages that wait on a transport, the next one first, as the lines that
messenger:consume would write, and touches nothing: no message is read as a consumer, acknowledged
or counted, and no group is made.

    envelog peek async_logging --count=3 --format=json

What a terminal might obey is escaped, also in a pipe; --raw prints the bytes as they are.
What could not be decoded is said on standard error, with the message's id.`

func peekCommand() command {
	return command{
		name:      "peek",
		usage:     "Show the next messages as lines, without touching them",
		arguments: "[<transport>]",
		help:      peekHelp,
		options: slices.Concat(
			ownOptions(valued("count", "10", "Messages to show at most"), rawOption()),
			config.DSNSetting(), config.ClassSetting(), config.SerializerSetting(), config.LineSettings(), config.LimitSettings(),
		),
		run: peek,
	}
}

func peek(ctx context.Context, in *input) (err error) {
	count, countErr := settings.PositiveInteger("count", in.own.String("count"))
	name, storage, viewer, err := in.openLookedAt(in.args, countErr)
	if err != nil {
		return err
	}
	defer closeAfter(storage, &err)
	seen, err := printLines(ctx, in, storage, count, viewer)
	if err == nil && seen == 0 {
		in.Err.Line("No message is waiting on the transport %s.", console.Printable(name))
	}
	return err
}

// rawOption is that of the commands that print lines.
func rawOption() settings.Setting {
	return option("raw", "", "Print lines as they are in the files, with everything that a terminal obeys, for another program")
}

// ofRecord returns what comes out of a record as it is printed: without anything that a terminal obeys, which may be at the
// other end of a pipe (ssh, docker exec).
func (in *input) ofRecord(text string) string {
	if in.own.Bool("raw") {
		return text
	}
	return console.Printable(text)
}

// lookedAt returns the names of transports that were asked for. For none it is the only transport that is not a failure
// transport: looking needs no name where there is one stream of log messages.
func (in *input) lookedAt(asked []string) []string {
	if len(asked) == 0 {
		if names := in.settings.Consumable(); len(names) == 1 {
			return names
		}
	}
	return asked
}

// openLookedAt opens the transport that is looked into, and returns its name and what makes lines of its messages. It joins
// wrong, an error of the command's own options, with those of the settings.
func (in *input) openLookedAt(asked []string, wrong error) (name string, s transport.Storage, v worker.Viewer, err error) {
	lines := in.settings.Lines()
	all, transports := in.settings.Transports(in.lookedAt(asked))
	if err := errors.Join(wrong, in.settings.Err()); err != nil {
		return "", nil, v, err
	}
	name = transports[0].Name
	if v, err = worker.NewViewer(all, transports[0], lines, in.Log); err != nil {
		return name, nil, v, err
	}
	s, err = all.Open(name)
	return name, s, v, err
}

// printLines prints messages as lines, and returns how many it has seen.
func printLines(ctx context.Context, in *input, from transport.Storage, count int, viewer worker.Viewer) (seen int, err error) {
	var line []byte
	for m, err := range from.All(ctx, count) {
		if err != nil {
			return seen, err
		}
		seen++
		if line, _, err = viewer.Append(line[:0], m); err != nil {
			in.Err.Line("%s: %s", console.Printable(m.ID), console.Printable(err.Error()))
			continue
		}
		in.Out.Line("%s", in.ofRecord(strings.TrimSuffix(string(line), "\n")))
	}
	return seen, nil
}
