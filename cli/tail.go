package cli

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"envelog/internal/config"
	"envelog/internal/console"
	"envelog/internal/quantity"
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

With --stream it prints the last messages that still wait in Redis instead, as lines, and touches
nothing; with --follow those that arrive, whoever reads them:

    envelog tail --stream --follow

What a terminal might obey is escaped, also in a pipe; --raw prints the bytes as they are. Files that
are compressed are not read, which is said when there are fewer lines than were asked for.`

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
	n, err := settings.UnlessZero(settings.PositiveInteger)("lines", in.own.String("lines"))
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
	if len(lines) < n {
		in.tellCompressed(reader)
	}
	if !in.own.Bool("follow") {
		return nil
	}
	tick := time.NewTicker(tailEvery)
	defer tick.Stop()
	for in.lostOutput() == nil {
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
	return nil // which is told at the end
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

// tellCompressed says why there may be fewer lines than were asked for.
func (in *input) tellCompressed(r *tail.Reader) {
	names, err := r.Compressed()
	if err != nil || len(names) == 0 {
		return
	}
	more := ""
	if n := len(names) - 1; n > 0 {
		more = " (and " + quantity.Count(n, "more file", "more files") + ")"
	}
	in.Err.Line("%s", console.Printable("Not read, as it is compressed: "+filepath.Join(in.settings.Text("log-dir"), names[0])+more+". zcat (zstdcat for .zst) prints it."))
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
	show := streamTail{in, viewer, f, n, map[string]bool{}}
	if !in.own.Bool("follow") {
		return show.waiting(ctx, storage)
	}
	stream, ok := storage.(follower)
	if !ok {
		return fmt.Errorf("transport %q cannot be followed: it is not a stream of Redis", name)
	}
	after, err := stream.LastID(ctx) // first, so that nothing is missed between the two
	if err != nil {
		return err
	}
	if err := show.waiting(ctx, storage); err != nil || in.lostOutput() != nil {
		return err // what is lost is told at the end
	}
	return show.arriving(stream.Follow(ctx, after))
}

// streamTail prints messages of a transport as lines.
type streamTail struct {
	*input
	viewer worker.Viewer
	filter tail.Filter
	most   int
	shown  map[string]bool // ids
}

// streamLine is the line of a message, or why there isn't one.
type streamLine struct {
	tail.Line
	id  string
	err error
}

// waiting prints the last wanted messages that wait; of a storage that cannot tell its newest, the first ones.
func (t *streamTail) waiting(ctx context.Context, storage transport.Storage) error {
	if s, ok := storage.(interface {
		Newest(ctx context.Context, limit int) iter.Seq2[transport.Stored, error]
	}); ok {
		lines, err := t.wanted(s.Newest(ctx, 0))
		slices.Reverse(lines)
		t.printAll(lines)
		return err
	}
	lines, err := t.wanted(storage.All(ctx, 0))
	t.printAll(lines)
	return err
}

// wanted returns the first wanted ones of messages.
func (t *streamTail) wanted(messages iter.Seq2[transport.Stored, error]) (lines []streamLine, err error) {
	for m, err := range messages {
		if err != nil || len(lines) >= t.most {
			return lines, err
		}
		if l := t.line(m); l.err != nil || t.filter.Wants(&l.Line) {
			lines = append(lines, l)
		}
	}
	return lines, nil
}

func (t *streamTail) printAll(lines []streamLine) {
	for _, l := range lines {
		t.shown[l.id] = true
		t.print(l)
	}
}

// arriving prints wanted messages as they come, except for those that were shown.
func (t *streamTail) arriving(messages iter.Seq2[transport.Stored, error]) error {
	for m, err := range messages {
		if err != nil {
			return err
		}
		if l := t.line(m); !t.shown[m.ID] && (l.err != nil || t.filter.Wants(&l.Line)) {
			t.print(l)
		}
		if t.lostOutput() != nil {
			return nil // which is told at the end
		}
	}
	return nil
}

func (t *streamTail) line(m transport.Stored) streamLine {
	text, r, err := t.viewer.Append(nil, m)
	if err != nil {
		return streamLine{id: m.ID, err: err}
	}
	return streamLine{id: m.ID, Line: tail.Line{
		Time: r.Time, Channel: string(r.Channel), Level: r.Level, Text: strings.TrimSuffix(string(text), "\n"),
	}}
}

func (t *streamTail) print(l streamLine) {
	if l.err != nil {
		t.Err.Line("%s: %s", console.Printable(l.id), console.Printable(l.err.Error()))
		return
	}
	t.printTail([]tail.Line{l.Line})
}
