package cli

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strings"
	"time"

	"envelog/internal/config"
	"envelog/internal/console"
	"envelog/internal/settings"
	"envelog/internal/tail"
	"envelog/internal/usage"
	"envelog/internal/worker"
	"envelog/record"
	"envelog/transport"
)

const tailHelp = `
It prints the last lines of the log files, those of all channels together in the order of time, or
those of the channels that are named. With --follow it goes on with what is written, across new days,
new channels and files that were moved away, until it is stopped:

    envelog tail --follow
    envelog tail app security --level=warning -n 100
    envelog tail --grep='order (4711|4712)' --follow

With --stream it prints the messages that still wait in Redis instead, as lines, and touches nothing;
with --follow those that arrive, whoever reads them:

    envelog tail --stream --follow

What a terminal might obey is escaped, also in a pipe; --raw prints the bytes as they are. Files that
are compressed are not read.`

func tailCommand() command {
	lines := valued("lines", "50", "Lines to print at most before those that are followed")
	lines.Letter = "n"
	return command{
		name:      "tail",
		usage:     "Show the last lines of all channels together, and follow them",
		arguments: "[<channel>...]",
		help:      tailHelp,
		options: slices.Concat(
			ownOptions(
				lines,
				option("follow", "F", "Go on with lines as they are written"),
				valued("level", "", "Least severe level: debug, info, notice, warning, error, critical, alert or emergency"),
				valued("grep", "", "Print only lines that this regular expression matches (RE2)"),
				option("stream", "", "Print messages that wait in Redis, in the place of the files"),
				valued("transport", "", "Transport of --stream [default: the only one]"),
				rawOption(),
			),
			config.LogDirSetting(), config.DSNSetting(), config.ClassSetting(), config.SerializerSetting(), config.LineSettings(), config.LimitSettings(),
		),
		run: showTail,
	}
}

// tailEvery is the pause between two looks for new lines.
const tailEvery = 250 * time.Millisecond

func showTail(ctx context.Context, in *input) error {
	filter, filterErr := in.tailFilter()
	n, err := settings.PositiveInteger("lines", in.own.String("lines"))
	if err := errors.Join(filterErr, err); err != nil {
		return err
	}
	ctx, stop := in.stopOnSignals(ctx, nil)
	defer stop()
	if in.own.Bool("stream") {
		if err := in.tailStream(ctx, filter, n); ctx.Err() == nil {
			return err
		}
		return nil // somebody quit
	}
	return in.tailFiles(ctx, filter, n)
}

func (in *input) tailFilter() (f tail.Filter, err error) {
	f.Channels = in.args
	if name := in.own.String("level"); name != "" {
		level, ok := record.LevelFromName([]byte(name))
		if !ok {
			err = usage.Errorf(`Option "level" must be debug, info, notice, warning, error, critical, alert or emergency, "%s" passed.`, name)
		}
		f.Least = level
	}
	if text := in.own.String("grep"); text != "" {
		expression, compileErr := regexp.Compile(text)
		if compileErr != nil {
			return f, errors.Join(err, usage.Errorf(`Option "grep" must be a regular expression, "%s" passed: %v.`, text, compileErr))
		}
		f.Match = expression.MatchString
	}
	return f, err
}

func (in *input) tailFiles(ctx context.Context, f tail.Filter, n int) error {
	reader := tail.New(in.settings.Text("log-dir"), f)
	lines, err := reader.Last(n)
	if err != nil && len(lines) == 0 {
		return err
	}
	in.printTail(lines)
	said := ""
	if err != nil {
		said = err.Error()
		in.Err.Line("%s", console.Printable(said))
	}
	if len(lines) == 0 {
		in.tellChannels(f)
	}
	if !in.own.Bool("follow") {
		return nil
	}
	tick := time.NewTicker(tailEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		lines, err := reader.Next()
		in.printTail(lines)
		if err == nil {
			said = ""
		} else if err.Error() != said {
			said = err.Error()
			in.Err.Line("%s", console.Printable(said))
		}
	}
}

// tellChannels says why there may be no lines: a channel that is asked for has no file.
func (in *input) tellChannels(f tail.Filter) {
	files, err := tail.List(in.settings.Text("log-dir"))
	if err != nil {
		return // Last has told
	}
	var known []string
	for _, file := range files {
		if !slices.Contains(known, file.Channel) {
			known = append(known, file.Channel)
		}
	}
	for _, channel := range f.Channels {
		if !slices.Contains(known, channel) {
			in.Err.Line("%s", console.Printable(fmt.Sprintf("No file of the channel %q is in %s.%s", channel, in.settings.Text("log-dir"), listed(known))))
		}
	}
	if len(known) == 0 {
		in.Err.Line("%s", console.Printable("No log file is in "+in.settings.Text("log-dir")+"."))
	}
}

// listed is the end of a sentence that names what there is.
func listed(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return " There are: " + strings.Join(names, ", ") + "."
}

func (in *input) printTail(lines []tail.Line) {
	for _, l := range lines {
		in.Out.Line("%s", in.Out.Paint(levelColour(l.Level), in.ofRecord(l.Text)))
	}
}

// levelColour returns the colour of a level's lines.
func levelColour(l record.Level) string {
	switch {
	case l >= record.Critical:
		return "37;41"
	case l >= record.Error:
		return "31"
	case l >= record.Warning:
		return "33"
	case l >= record.Notice:
		return "36"
	case l == record.Debug:
		return "90"
	}
	return ""
}

// follower is a transport whose messages can be seen as they arrive.
type follower interface {
	LastID(ctx context.Context) (string, error)
	Follow(ctx context.Context, after string) iter.Seq2[transport.Stored, error]
}

// tailStream prints messages that wait, and those that arrive.
func (in *input) tailStream(ctx context.Context, f tail.Filter, n int) (err error) {
	var asked []string
	if name := in.own.String("transport"); name != "" {
		asked = []string{name}
	}
	if names := in.settings.Consumable(); len(asked) == 0 && len(names) > 1 {
		return usage.Errorf("Name one of the transports by --transport: %s.", strings.Join(names, ", "))
	}
	name, storage, viewer, err := in.openLookedAt(asked, nil)
	if err != nil {
		return err
	}
	defer closeAfter(storage, &err)
	if !in.own.Bool("follow") {
		return in.printMessages(storage.All(ctx, n), viewer, f)
	}
	stream, ok := storage.(follower)
	if !ok {
		return fmt.Errorf("transport %q cannot be followed: it is not a stream of Redis", name)
	}
	after, err := stream.LastID(ctx) // first, so that nothing is missed between the two
	if err != nil {
		return err
	}
	shown := map[string]bool{}
	if err := in.printMessages(remembered(storage.All(ctx, n), shown), viewer, f); err != nil {
		return err
	}
	return in.printMessages(except(stream.Follow(ctx, after), shown), viewer, f)
}

// remembered remembers the ids of messages.
func remembered(messages iter.Seq2[transport.Stored, error], ids map[string]bool) iter.Seq2[transport.Stored, error] {
	return func(yield func(transport.Stored, error) bool) {
		for m, err := range messages {
			if ids[m.ID] = true; !yield(m, err) {
				return
			}
		}
	}
}

// except leaves out messages with these ids.
func except(messages iter.Seq2[transport.Stored, error], ids map[string]bool) iter.Seq2[transport.Stored, error] {
	return func(yield func(transport.Stored, error) bool) {
		for m, err := range messages {
			if (err != nil || !ids[m.ID]) && !yield(m, err) {
				return
			}
		}
	}
}

// printMessages prints those messages that become lines which are wanted.
func (in *input) printMessages(messages iter.Seq2[transport.Stored, error], viewer worker.Viewer, f tail.Filter) error {
	for m, err := range messages {
		if err != nil {
			return err
		}
		text, r, err := viewer.Append(nil, m)
		if err != nil {
			in.Err.Line("%s: %s", console.Printable(m.ID), console.Printable(err.Error()))
			continue
		}
		l := tail.Line{Time: r.Time, Channel: string(r.Channel), Level: r.Level, Text: strings.TrimSuffix(string(text), "\n")}
		if f.Wants(&l) {
			in.printTail([]tail.Line{l})
		}
	}
	return nil
}
