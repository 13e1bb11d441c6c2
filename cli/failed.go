package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"envelog/decoder"
	"envelog/internal/config"
	"envelog/internal/console"
	"envelog/internal/failure"
	"envelog/internal/quantity"
	"envelog/internal/settings"
	"envelog/internal/usage"
	"envelog/transport"
)

// globalFailureTransport is what --transport says when nobody says anything (AbstractFailedMessagesCommand).
const globalFailureTransport = "choose"

// failedOptions are those that the commands messenger:failed:* share; before them come their own.
func failedOptions(own ...settings.Setting) []settings.Setting {
	own = append(own, valued("transport", globalFailureTransport, "Use a specific failure transport"))
	return slices.Concat(ownOptions(own...), config.DSNSetting(), config.FailureTransportSetting(), config.SerializerSetting(), config.ZoneSetting())
}

// failureTransport is the transport that a command messenger:failed:* is about.
type failureTransport struct {
	name string
	transport.Storage
	limits    decoder.Limits
	catalogue *config.Catalogue
}

// openFailureTransport opens the transport of --transport. The caller closes it.
func (in *input) openFailureTransport(ctx context.Context) (*failureTransport, error) {
	c, err := in.settings.Catalogue(nil)
	if err != nil {
		return nil, err
	}
	name, err := in.chooseFailureTransport(ctx, c)
	if err != nil {
		return nil, err
	}
	storage, err := c.Open(name)
	if err != nil {
		return nil, err
	}
	return &failureTransport{name: name, Storage: storage, limits: in.settings.Limits(), catalogue: c}, nil
}

// chooseFailureTransport returns the name that --transport, --failure-transport or the application says.
func (in *input) chooseFailureTransport(ctx context.Context, c *config.Catalogue) (string, error) {
	global, available, err := in.settings.FailureTransports(c)
	if err != nil {
		return "", err
	}
	asked := in.own.String("transport")
	if asked == globalFailureTransport {
		in.tellFailureTransports(global, available)
		asked = global
	} else if asked == "" && len(available) > 0 {
		return in.Choose(ctx, "Select failed transport:", available, available[0])
	}
	list := strings.Join(available, `", "`)
	switch {
	case asked == "" && len(available) > 0:
		return "", usage.Errorf(`No default failure transport is defined. Available transports are: "%s". Name one with --failure-transport.`, list)
	case asked == "":
		return "", usage.Errorf("No default failure transport is defined: set failure_transport in messenger.yaml, or define one, such as " +
			"--dsn failed=redis://localhost:6379/failed, and name it with --failure-transport=failed. Without one, what fails is kept in <log-dir>/.rejected, see rejected:list.")
	case len(available) == 0 && !slices.Contains(c.Names(), asked):
		return "", usage.Errorf(`The "%s" failure transport was not found: define it with --dsn %s=DSN.%s`, asked, asked, usage.DidYouMean(asked, c.Names(), ""))
	case !slices.Contains(available, asked) && (len(available) > 0 || !slices.Contains(c.Names(), asked)):
		return "", usage.Errorf(`The "%s" failure transport was not found. Available transports are: "%s".`, asked, list)
	}
	return asked, nil
}

// tellFailureTransports is AbstractFailedMessagesCommand::printWarningAvailableFailureTransports.
func (in *input) tellFailureTransports(global string, available []string) {
	if len(available) < 2 || global == "" {
		return
	}
	in.Err.Line("> Loading messages from the global failure transport %s.", console.Printable(global))
	in.Err.Line("> To use a different failure transport, pass --transport=.")
	in.Err.Line("> Available failure transports are: %s\n\n", console.Printable(strings.Join(available, ", ")))
}

// tellPending is AbstractFailedMessagesCommand::printPendingMessagesMessage. What another process has in flight is not
// listed, and is said.
func (in *input) tellPending(ctx context.Context, f *failureTransport) error {
	n, err := f.Count(ctx)
	if err != nil {
		return fmt.Errorf("transport %q: %w", f.name, err)
	}
	if n.Waiting == 1 {
		in.Out.Line("There is %s message pending in the failure transport.", in.Out.Paint("32", "1"))
	} else {
		in.Out.Line("There are %s messages pending in the failure transport.", in.Out.Paint("32", fmt.Sprint(n.Waiting)))
	}
	if n.Pending > 0 {
		in.Err.Comment(quantity.Count(n.Pending, "more is in the hands of a worker, and not listed until that gives it back.", "more are in the hands of workers, and not listed until those give them back."))
	}
	return nil
}

// find returns one message. Not to find it is an error in PHP's words.
func (f *failureTransport) find(ctx context.Context, id string) (failure.Parked, error) {
	m, err := f.Find(ctx, id)
	if err != nil {
		return failure.Parked{}, err
	}
	return f.read(m), nil
}

func (f *failureTransport) read(m transport.Stored) failure.Parked { return failure.Read(m, f.limits) }

func dateTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateTime)
}

// printFailed is AbstractFailedMessagesCommand::displaySingleMessage.
func (in *input) printFailed(m failure.Parked) {
	in.Out.Title("Failed Message Details")
	rows := [][]string{{"Class", m.Class()}, {"Message Id", m.ID}}
	if m.Opened == nil || m.Opened.Receiver() == "" {
		in.Err.Warning("Message does not appear to have been sent to this transport after failing")
	} else {
		last, known := m.Opened.Failure()
		code := fmt.Sprint(last.Code)
		if !known {
			code, last.Class = "", "(unknown)"
		}
		rows = append(rows, [][]string{
			{"Failed at", dateTime(m.FailedAt())},
			{"Error", last.Message},
			{"Error Code", code},
			{"Error Class", last.Class},
			{"Transport", m.Opened.Receiver()},
		}...)
	}
	in.Out.Table(nil, rows)
	in.printHistory(m)
	if in.Verbosity >= console.VeryVerbose {
		in.printContent(m)
		return
	}
	if m.Err != nil {
		in.Err.Problem("The message could not be decoded.")
	}
	in.Out.Line(" Re-run command with -vv to see more message & error details.")
}

func (in *input) printHistory(m failure.Parked) {
	in.Out.Line(" Message history:")
	if m.Opened != nil {
		for _, at := range m.Opened.Redeliveries() {
			in.Out.Line("  * Message failed at %s and was redelivered", in.Out.Paint("32", dateTime(at)))
		}
	}
	in.Out.Line("")
}

// printContent prints the message as decode does, and the trace of its error.
func (in *input) printContent(m failure.Parked) {
	in.Out.Title("Message:")
	if m.Err != nil {
		in.Err.Problem("The message could not be decoded. See below what is in it as far as it goes.")
	}
	if err := decoder.Describe(in.Out, m.Frame(), decoder.Options{}); err != nil {
		in.Out.Line("%s", console.Printable(err.Error()))
	}
	in.Out.Title("Exception:")
	trace := ""
	if m.Opened != nil {
		trace = m.Opened.Trace()
	}
	if trace == "" {
		trace = "(no data)"
	}
	for line := range strings.SplitSeq(strings.TrimRight(trace, "\n"), "\n") {
		in.Out.Line("%s", console.Printable(line))
	}
}

// closeAfter closes what a command had open, and adds to its error what goes wrong.
func closeAfter(c io.Closer, err *error) {
	if closeErr := c.Close(); closeErr != nil {
		*err = errors.Join(*err, closeErr)
	}
}
