package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"envelog/decoder"
	"envelog/decoder/phpredis"
	"envelog/internal/config"
	"envelog/internal/console"
	"envelog/internal/rejected"
	"envelog/internal/settings"
	"envelog/internal/usage"
	"envelog/transport"
)

const rejectedListHelp = `
The rejected:list command lists the messages that are kept below <log-dir>/.rejected/: they could not be
written, and there was no failure transport, or it could not hold them.

    envelog rejected:list

By the transport that they came from, or by a part of the reason:

    envelog rejected:list --transport=async_logging
    envelog rejected:list --reason='corrupt data'`

const rejectedShowHelp = `
The rejected:show command shows what is known of a message that is kept below <log-dir>/.rejected/, and
what is in it, as far as it can be read. The name, or the message's id, comes from rejected:list.

    envelog rejected:show async_logging-1795423651867-0`

// rejectedOptions are those that the commands rejected:* share; before them come their own.
func rejectedOptions(own ...settings.Setting) []settings.Setting {
	own = append(own,
		valued("transport", "", "Only messages that came from this transport"),
		valued("reason", "", "Only messages whose reason has this text in it"),
	)
	return ownOptions(own...)
}

func rejectedListCommand() command {
	return command{
		name:    "rejected:list",
		usage:   "List the messages that are kept below <log-dir>/.rejected",
		help:    rejectedListHelp,
		options: slices.Concat(rejectedOptions(valued("max", "50", "Maximum number of messages to list")), config.LogDirSetting()),
		run:     rejectedList,
	}
}

func rejectedShowCommand() command {
	return command{
		name:      "rejected:show",
		usage:     "Show a message that is kept below <log-dir>/.rejected",
		arguments: "<name>",
		help:      rejectedShowHelp,
		options:   slices.Concat(config.LogDirSetting(), config.LimitSettings()),
		run:       rejectedShow,
	}
}

// rejectedSelection says which rejected messages are meant.
type rejectedSelection struct {
	names             []string // names or ids; nothing for all
	transport, reason string
}

func (in *input) rejectedSelection() rejectedSelection {
	return rejectedSelection{in.args, in.own.String("transport"), in.own.String("reason")}
}

// isAll reports whether nothing is said of which are meant.
func (s rejectedSelection) isAll() bool {
	return len(s.names) == 0 && s.transport == "" && s.reason == ""
}

func (s rejectedSelection) has(r rejected.Message) bool {
	return (len(s.names) == 0 || slices.Contains(s.names, r.Name) || slices.Contains(s.names, r.ID)) &&
		(s.transport == "" || s.transport == r.Transport) &&
		strings.Contains(strings.ToLower(r.Reason), strings.ToLower(s.reason))
}

// missing returns the names that no entry has.
func (s rejectedSelection) missing(all []rejected.Message) (missing []string) {
	for _, name := range s.names {
		if !slices.ContainsFunc(all, func(r rejected.Message) bool { return r.Name == name || r.ID == name }) {
			missing = append(missing, name)
		}
	}
	return missing
}

// rejected returns the entries that are meant, the oldest first. What cannot be read, and names that are not there, are
// said, and make errTold.
func (in *input) rejected(s rejectedSelection) (chosen []rejected.Message, err error) {
	dir := in.settings.Files().Dir
	if err := in.settings.Err(); err != nil {
		return nil, err
	}
	all, listErr := rejected.List(dir)
	if listErr != nil && !errors.Is(listErr, rejected.ErrIncomplete) {
		return nil, listErr
	}
	if listErr != nil {
		err = errTold
		in.Err.Problem(listErr.Error())
	}
	for _, name := range s.missing(all) {
		err = errTold
		in.Err.Problem(fmt.Sprintf(`The message "%s" was not found.`, name))
	}
	for _, r := range all {
		if s.has(r) {
			chosen = append(chosen, r)
		}
	}
	return chosen, err
}

func rejectedList(_ context.Context, in *input) error {
	max, err := settings.PositiveInteger("max", in.own.String("max"))
	if err != nil {
		return err
	}
	chosen, err := in.rejected(in.rejectedSelection())
	if err != nil && !errors.Is(err, errTold) {
		return err
	}
	if len(chosen) == 0 {
		in.Out.Success("No rejected messages were found." + in.rejectedElsewhere())
		return err
	}
	var rows [][]string
	for _, r := range chosen[:min(max, len(chosen))] {
		rows = append(rows, []string{r.Name, r.Transport, r.Time.Local().Format(time.DateTime), fmt.Sprint(r.Bytes), r.Reason})
	}
	in.Out.Table([]string{"Name", "Transport", "Rejected at", "Bytes", "Reason"}, rows)
	if len(chosen) > max {
		in.Err.Comment(fmt.Sprintf("Showing first %d of %d messages.", max, len(chosen)))
	}
	said := in.settings.Invocation()
	in.Err.Line(" Run %s to see what is in a message.", console.Printable(said.Command("rejected:show", "{name}"))) // a block would break the command
	in.Err.Line(" Run %s to retry it, when the cause is mended.", console.Printable(said.Command("rejected:retry", "{name}")))
	return err
}

// rejectedElsewhere says of which transports there are some, when that is what was asked for.
func (in *input) rejectedElsewhere() string {
	all, err := rejected.List(in.settings.Files().Dir)
	if err != nil || len(all) == 0 {
		return ""
	}
	var names []string
	for _, r := range all {
		if !slices.Contains(names, r.Transport) {
			names = append(names, r.Transport)
		}
	}
	return fmt.Sprintf(" %s of other transports or reasons, of: %s.", messages(len(all)), strings.Join(names, ", "))
}

func rejectedShow(_ context.Context, in *input) error {
	if len(in.args) != 1 {
		return usage.Errorf(`Exactly one name is expected: %s tells them.`, in.settings.Invocation().Command("rejected:list"))
	}
	chosen, err := in.rejected(rejectedSelection{names: in.args})
	if err != nil && !errors.Is(err, errTold) {
		return err
	}
	for _, r := range chosen {
		err = errors.Join(err, in.printRejected(r))
	}
	if err != nil {
		return errTold
	}
	return nil
}

// printRejected prints what is known of an entry, and what is in it.
func (in *input) printRejected(r rejected.Message) error {
	in.Out.Title("Rejected Message Details")
	rows := [][]string{
		{"Name", r.Name}, {"Message Id", r.ID}, {"Transport", r.Transport}, {"Stream", r.Stream},
		{"Rejected at", r.Time.Local().Format(time.DateTime)}, {"Reason", r.Reason}, {"Bytes", fmt.Sprint(r.Bytes)},
	}
	in.Out.Table(nil, rows)
	if r.Cut {
		in.Err.Warning("Only the beginning of the message was kept: it was larger than --max-message-bytes.")
	}
	e, err := r.Entry()
	if err != nil {
		in.Err.Problem(err.Error())
		return err
	}
	in.Out.Title("Message:")
	in.describeRejected(r, e)
	said := in.settings.Invocation()
	in.Out.Line(" Run %s to retry this message, when the cause is mended.", console.Printable(said.Command("rejected:retry", r.Name)))
	in.Out.Line(" Run %s to delete it.", console.Printable(said.Command("rejected:remove", r.Name)))
	return nil
}

// describeRejected prints what is in an entry. It is read as what it looks like, a worker reads it as what the transport says:
// the one may fail for another reason than the other, or not at all.
func (in *input) describeRejected(r rejected.Message, e *transport.Entry) {
	payload := e.Message
	if payload == nil {
		payload = transport.Message{Body: e.Body}.Frame()
	}
	if len(e.Message)+len(e.Body) == 0 {
		in.Out.Line("Nothing: the entry had no field message or body, or an empty one.")
		return
	}
	err := decoder.Describe(in.Out, payload, decoder.Options{Serializer: phpredis.PHP, Limits: in.settings.Limits()})
	if err != nil && err.Error() != r.Reason {
		in.Out.Line("Read as what it looks like, it fails for another reason: %s", console.Printable(err.Error()))
	}
}
