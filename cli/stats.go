package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"envelog/internal/transport"
)

const statsHelp = `
The messenger:stats command counts the messages for all the transports:

    envelog messenger:stats

Or specific transports only:

    envelog messenger:stats <transportNames>

The --format option specifies the format of the command output:

    envelog messenger:stats --format=json

Count is what PHP counts: the messages that wait for a worker. Pending are those that a worker has
in hand, Delayed those that are not due yet, and Failed, for a transport that has a failure
transport, those that failed on it and are kept there. Oldest is the age of the oldest of all.`

func (s *session) statsCommand() *urfave.Command {
	return &urfave.Command{
		Name:        "messenger:stats",
		Usage:       "Show the message count for one or more transports",
		ArgsUsage:   "[<transport_names>...]",
		Description: statsHelp,
		Flags: append([]urfave.Flag{
			valued(commandFlags, "format", "", "txt", `The output format ("txt", "json")`),
			dsnFlag(), failureTransportFlag(), serializerFlag(), zoneFlag(),
		}, boundFlags()...),
		Action: s.stats,
	}
}

// transportStats is one row. What could not be counted has an error.
type transportStats struct {
	name string
	transport.Counts
	failed *int // nil for a transport without a failure transport
	err    error
}

func (s *session) stats(c *urfave.Context) error {
	r := s.reader(c)
	form, err := oneOf("txt", "json", "text")("format", c.String("format"))
	if err != nil {
		return complain("Invalid output format.")
	}
	all, err := r.catalogue(s)
	if err != nil {
		return err
	}
	names := all.all()
	if c.NArg() > 0 {
		names = c.Args().Slice()
	}
	var rows []transportStats
	for _, name := range names {
		if !slices.Contains(all.all(), name) {
			err = errTold
			s.stderr.warning(fmt.Sprintf(`The "%s" transport does not exist.`, name))
			continue
		}
		rows = append(rows, s.countTransport(c.Context, r, all, name))
	}
	if form == "json" {
		return errors.Join(s.printStatsJSON(rows), err)
	}
	s.printStats(rows)
	for _, row := range rows {
		if row.err != nil {
			err = errTold
			s.stderr.problem(fmt.Sprintf(`Unable to get message count for the transport "%s": %v`, row.name, row.err))
		}
	}
	return err
}

func (s *session) countTransport(ctx context.Context, r *flagReader, all *catalogue, name string) transportStats {
	row := transportStats{name: name}
	storage, err := s.storage(all, name)
	if err != nil {
		row.err = err
		return row
	}
	defer func() { _ = storage.Close() }()
	if row.Counts, row.err = storage.Count(ctx); row.err != nil {
		return row
	}
	failure := s.failureTransportOf(r, all, name)
	if failure == "" || failure == name {
		return row
	}
	n, err := s.countFailedOn(ctx, all, failure, name, r)
	row.failed, row.err = &n, err
	return row
}

// failureTransportOf returns where the messages of a transport go that fail for good, "" for nowhere.
func (s *session) failureTransportOf(r *flagReader, all *catalogue, name string) string {
	if flag := r.String("failure-transport"); flag != "" {
		return flag
	}
	t, _ := all.settings(name) // it was opened before
	return t.failureTransport
}

// countFailedOn counts the messages of a failure transport that failed on the transport of that name.
func (s *session) countFailedOn(ctx context.Context, all *catalogue, failure, name string, r *flagReader) (n int, err error) {
	storage, err := s.storage(all, failure)
	if err != nil {
		return 0, err
	}
	defer func() { _ = storage.Close() }()
	f := &failureTransport{name: failure, Storage: storage, limits: r.limits()}
	for m, err := range storage.All(ctx, 0) {
		if err != nil {
			return n, err
		}
		if opened := f.open(m).opened; opened != nil && opened.Receiver() == name {
			n++
		}
	}
	return n, nil
}

func (s *session) printStats(rows []transportStats) {
	var cells [][]string
	for _, row := range rows {
		if row.err != nil {
			cells = append(cells, []string{row.name, "?", "?", "?", "?", "?"})
			continue
		}
		failed := "n/a"
		if row.failed != nil {
			failed = fmt.Sprint(*row.failed)
		}
		cells = append(cells, []string{row.name, fmt.Sprint(row.Waiting), fmt.Sprint(row.Pending), fmt.Sprint(row.Delayed), failed, age(row.Oldest)})
	}
	s.stdout.table([]string{"Transport", "Count", "Pending", "Delayed", "Failed", "Oldest"}, cells)
}

// age is how long ago something was, in its two largest units; a dash for never.
func age(at time.Time) string {
	if at.IsZero() {
		return "-"
	}
	left := max(time.Since(at), 0)
	for _, unit := range []struct {
		name string
		long time.Duration
		next string
		less time.Duration
	}{{"d", 24 * time.Hour, "h", time.Hour}, {"h", time.Hour, "m", time.Minute}, {"m", time.Minute, "s", time.Second}} {
		if left >= unit.long {
			return fmt.Sprintf("%d%s %d%s", left/unit.long, unit.name, left%unit.long/unit.less, unit.next)
		}
	}
	return fmt.Sprintf("%ds", left/time.Second)
}

// statsJSON has PHP's key first.
type statsJSON struct {
	Count   int      `json:"count"`
	Pending int      `json:"pending"`
	Delayed int      `json:"delayed"`
	Failed  *int     `json:"failed"`
	Oldest  *float64 `json:"oldest_age_seconds"`
}

func (s *session) printStatsJSON(rows []transportStats) (err error) {
	var out struct {
		Transports  json.RawMessage   `json:"transports"`
		Uncountable []string          `json:"uncountable_transports,omitempty"`
		Errors      map[string]string `json:"errors,omitempty"`
	}
	var fields []string
	for _, row := range rows {
		if row.err != nil {
			if out.Errors == nil {
				out.Errors = map[string]string{}
			}
			out.Uncountable, out.Errors[row.name], err = append(out.Uncountable, row.name), row.err.Error(), errTold
			continue
		}
		text, marshalErr := json.Marshal(row.json())
		err = errors.Join(err, marshalErr)
		fields = append(fields, string(jsonText(row.name))+":"+string(text))
	}
	out.Transports = json.RawMessage("{" + strings.Join(fields, ",") + "}")
	text, marshalErr := json.MarshalIndent(out, "", "    ")
	s.stdout.line("%s", text)
	return errors.Join(err, marshalErr)
}

func (t transportStats) json() statsJSON {
	j := statsJSON{Count: t.Waiting, Pending: t.Pending, Delayed: t.Delayed, Failed: t.failed}
	if !t.Oldest.IsZero() {
		seconds := max(time.Since(t.Oldest), 0).Round(time.Millisecond).Seconds()
		j.Oldest = &seconds
	}
	return j
}
