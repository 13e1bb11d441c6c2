package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"envelog/decoder"
	"envelog/decoder/messenger"
	"envelog/internal/transport"
)

// globalFailureTransport is what --transport says when nobody says anything (AbstractFailedMessagesCommand).
const globalFailureTransport = "choose"

// failedFlags are those that the commands messenger:failed:* share; before them come their own.
func failedFlags(own ...urfave.Flag) []urfave.Flag {
	own = append(own, valued(commandFlags, "transport", "", globalFailureTransport, "Use a specific failure transport"))
	return append(own, dsnFlag(), failureTransportFlag(), serializerFlag(), zoneFlag())
}

// failureTransportFlag names the global failure transport.
func failureTransportFlag() urfave.Flag {
	return valued(transportFlags, "failure-transport", "", "", "Transport to which messages go that fail for good, one that --dsn or the application defines [default: what the application configures; without one they are kept in <log-dir>/.rejected]")
}

// failureTransport is the transport that a command messenger:failed:* is about.
type failureTransport struct {
	name string
	transport.Storage
	limits    decoder.Limits
	catalogue *catalogue
}

// openFailureTransport opens the transport of --transport. The caller closes it.
func (s *session) openFailureTransport(r *flagReader) (*failureTransport, error) {
	c, err := r.catalogueFor(s, nil)
	if err != nil {
		return nil, err
	}
	name, err := s.chooseFailureTransport(r, c)
	if err != nil {
		return nil, err
	}
	storage, err := s.storage(c, name)
	if err != nil {
		return nil, err
	}
	return &failureTransport{name: name, Storage: storage, limits: r.limits(), catalogue: c}, nil
}

// chooseFailureTransport returns the name that --transport, --failure-transport or the application says.
func (s *session) chooseFailureTransport(r *flagReader, c *catalogue) (string, error) {
	global, available, err := r.failureTransports(c)
	if err != nil {
		return "", err
	}
	asked := r.String("transport")
	if asked == globalFailureTransport {
		s.tellFailureTransports(global, available)
		asked = global
	} else if asked == "" && len(available) > 0 {
		return s.choose("Select failed transport:", available, available[0])
	}
	list := strings.Join(available, `", "`)
	if len(available) == 0 {
		list = strings.Join(c.all(), `", "`)
	}
	switch {
	case asked == "":
		return "", complain(`No default failure transport is defined. Available transports are: "%s". Name one with --failure-transport.`, list)
	case !slices.Contains(available, asked) && (len(available) > 0 || !slices.Contains(c.all(), asked)):
		return "", complain(`The "%s" failure transport was not found. Available transports are: "%s".`, asked, list)
	}
	return asked, nil
}

// tellFailureTransports is AbstractFailedMessagesCommand::printWarningAvailableFailureTransports.
func (s *session) tellFailureTransports(global string, available []string) {
	if len(available) < 2 || global == "" {
		return
	}
	s.stderr.line("> Loading messages from the global failure transport %s.", printable(global))
	s.stderr.line("> To use a different failure transport, pass --transport=.")
	s.stderr.line("> Available failure transports are: %s\n\n", printable(strings.Join(available, ", ")))
}

// failureTransports returns the global failure transport, "" for none, and all that messages may go to. Where flags
// alone configure transports and none is said to be one, the list is empty, and any of them may be meant.
func (r *flagReader) failureTransports(c *catalogue) (global string, available []string, err error) {
	global = r.String("failure-transport")
	if global == "" && c.application != nil {
		if global, _, err = c.application.FailureTransport(); err != nil {
			return "", nil, err
		}
	}
	if global != "" {
		available = append(available, global)
	}
	for _, name := range c.names {
		t, err := c.settings(name)
		if err == nil && t.failureTransport != "" && !slices.Contains(available, t.failureTransport) {
			available = append(available, t.failureTransport)
		}
	}
	return global, available, nil
}

// tellPending is AbstractFailedMessagesCommand::printPendingMessagesMessage. What another process has in hand is not
// listed, and is said.
func (s *session) tellPending(ctx context.Context, f *failureTransport) error {
	n, err := f.Count(ctx)
	if err != nil {
		return fmt.Errorf("transport %q: %w", f.name, err)
	}
	if n.Waiting == 1 {
		s.stdout.line("There is %s message pending in the failure transport.", s.stdout.paint("32", "1"))
	} else {
		s.stdout.line("There are %s messages pending in the failure transport.", s.stdout.paint("32", fmt.Sprint(n.Waiting)))
	}
	if n.Pending > 0 {
		s.stderr.comment(fmt.Sprintf("%d more are in the hands of a worker, and not listed until it gives them back.", n.Pending))
	}
	return nil
}

// find returns one message. Not to find it is an error in PHP's words.
func (f *failureTransport) find(ctx context.Context, id string) (failedMessage, error) {
	m, err := f.Find(ctx, id)
	if err != nil {
		return failedMessage{}, err
	}
	return f.open(m), nil
}

// failedMessage is a message of a failure transport.
type failedMessage struct {
	transport.Stored
	opened *messenger.Opened // nil when it cannot be decoded
	err    error             // why not
}

func (f *failureTransport) open(m transport.Stored) failedMessage {
	opened, err := messenger.OpenMessage(m.Message, f.limits)
	if err != nil {
		return failedMessage{Stored: m, err: err}
	}
	return failedMessage{Stored: m, opened: opened}
}

// class returns the class of the message, or what stands for it.
func (m failedMessage) class() string {
	if m.opened == nil {
		return "(could not be decoded)"
	}
	return m.opened.Class()
}

// failedAt is the time of the last failure as PHP prints it, or nothing.
func (m failedMessage) failedAt() string {
	if m.opened == nil {
		return ""
	}
	return dateTime(m.opened.FailedAt())
}

func dateTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateTime)
}

// failure is the text of the last error, or nothing.
func (m failedMessage) failure() string {
	if m.opened == nil {
		return m.err.Error()
	}
	f, _ := m.opened.Failure()
	return f.Message
}

// printFailed is AbstractFailedMessagesCommand::displaySingleMessage.
func (s *session) printFailed(m failedMessage) {
	s.stdout.title("Failed Message Details")
	rows := [][]string{{"Class", m.class()}, {"Message Id", m.ID}}
	if m.opened == nil || m.opened.Receiver() == "" {
		s.stderr.warning("Message does not appear to have been sent to this transport after failing")
	} else {
		failure, known := m.opened.Failure()
		code := fmt.Sprint(failure.Code)
		if !known {
			code, failure.Class = "", "(unknown)"
		}
		rows = append(rows, [][]string{
			{"Failed at", m.failedAt()},
			{"Error", failure.Message},
			{"Error Code", code},
			{"Error Class", failure.Class},
			{"Transport", m.opened.Receiver()},
		}...)
	}
	s.stdout.table(nil, rows)
	s.printHistory(m)
	if s.verbosity >= veryVerbose {
		s.printContent(m)
		return
	}
	if m.err != nil {
		s.stderr.problem("The message could not be decoded.")
	}
	s.stdout.line(" Re-run command with -vv to see more message & error details.")
}

func (s *session) printHistory(m failedMessage) {
	s.stdout.line(" Message history:")
	if m.opened != nil {
		for _, at := range m.opened.Redeliveries() {
			s.stdout.line("  * Message failed at %s and was redelivered", s.stdout.paint("32", dateTime(at)))
		}
	}
	s.stdout.line("")
	s.stdout.apart = true
}

// printContent prints the message as decode does, and the trace of its error.
func (s *session) printContent(m failedMessage) {
	s.stdout.title("Message:")
	if m.err != nil {
		s.stderr.problem("The message could not be decoded. See below what is in it as far as it goes.")
	}
	if !s.stdout.muted {
		if err := decoder.Describe(s.Stdout, frameOf(m.Message), decoder.Options{}); err != nil {
			s.stdout.line("%s", printable(err.Error()))
		}
	}
	s.stdout.apart = false
	s.stdout.title("Exception:")
	trace := ""
	if m.opened != nil {
		trace = m.opened.Trace()
	}
	if trace == "" {
		trace = "(no data)"
	}
	for line := range strings.SplitSeq(strings.TrimRight(trace, "\n"), "\n") {
		s.stdout.line("%s", printable(line))
	}
}

// limits returns what a message may cost at most.
func (r *flagReader) limits() decoder.Limits {
	return decoder.Limits{
		MaxBytes:    int(read(r, "max-message-bytes", parseBytes)),
		MaxDepth:    read(r, "max-depth", positiveInteger),
		MaxElements: read(r, "max-elements", positiveInteger),
	}
}
