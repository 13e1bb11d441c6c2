package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"envelog/decoder"
	"envelog/internal/age"
	"envelog/internal/config"
	"envelog/internal/failure"
	"envelog/internal/settings"
	"envelog/internal/usage"
	"envelog/transport"
)

const statsHelp = `
The messenger:stats command counts the messages for all the transports:

    envelog messenger:stats

Or specific transports only:

    envelog messenger:stats <transportNames>

The --format option specifies the format of the command output:

    envelog messenger:stats --format=json

Count is what PHP counts: the messages that wait for a worker. Pending are those that a worker has
in flight, Delayed those that are not due yet, and Failed, for a transport that has a failure
transport, those that failed on it and are kept there. Oldest is the age of the oldest of all.`

func statsCommand() command {
	return command{
		name:      "messenger:stats",
		usage:     "Show the message count for one or more transports",
		arguments: "[<transport_names>...]",
		help:      statsHelp,
		options: slices.Concat(
			ownOptions(valued("format", "txt", `The output format ("txt", "json")`)),
			config.DSNSetting(), config.FailureTransportSetting(), config.SerializerSetting(), config.ZoneSetting(), config.LimitSettings(),
		),
		run: stats,
	}
}

// transportStats is one row. What could not be counted has an error.
type transportStats struct {
	name string
	transport.Counts
	failed *int // nil for a transport without a failure transport
	err    error
}

func stats(ctx context.Context, in *input) error {
	form, err := settings.OneOf("txt", "json", "text")("format", in.own.String("format"))
	if err != nil {
		return usage.Errorf("Invalid output format.")
	}
	all, err := in.settings.Catalogue(in.args)
	if err != nil {
		return err
	}
	names := all.Names()
	if len(in.args) > 0 {
		names = in.args
	}
	var rows []transportStats
	for _, name := range names {
		if !slices.Contains(all.Names(), name) {
			if form != "json" {
				in.Err.Warning(fmt.Sprintf(`The "%s" transport does not exist.`, name))
			}
			continue
		}
		rows = append(rows, countTransport(ctx, in.settings, all, name))
	}
	if form == "json" {
		return errors.Join(in.printStatsJSON(rows), err)
	}
	in.printStats(rows)
	for _, row := range rows {
		if row.err != nil {
			err = errTold
			in.Err.Problem(fmt.Sprintf(`Unable to get message count for the transport "%s": %v`, row.name, row.err))
		}
	}
	return err
}

func countTransport(ctx context.Context, r *config.Reader, all *config.Catalogue, name string) transportStats {
	row := transportStats{name: name}
	storage, err := all.Open(name)
	if err != nil {
		row.err = err
		return row
	}
	defer func() { _ = storage.Close() }()
	if row.Counts, row.err = storage.Count(ctx); row.err != nil {
		return row
	}
	t, _ := all.Transport(name) // it was opened before
	parkedOn := r.FailureTransportOf(t)
	if parkedOn == "" || parkedOn == name {
		return row
	}
	n, err := countFailedOn(ctx, all, parkedOn, name, r.Limits())
	row.failed, row.err = &n, err
	return row
}

// countFailedOn counts the messages of a failure transport that failed on the transport of that name.
func countFailedOn(ctx context.Context, all *config.Catalogue, parkedOn, name string, limits decoder.Limits) (n int, err error) {
	storage, err := all.Open(parkedOn)
	if err != nil {
		return 0, err
	}
	defer func() { _ = storage.Close() }()
	for m, err := range storage.All(ctx, 0) {
		if err != nil {
			return n, err
		}
		if failure.Read(m, limits).FailedOn() == name {
			n++
		}
	}
	return n, nil
}

func (in *input) printStats(rows []transportStats) {
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
		cells = append(cells, []string{row.name, fmt.Sprint(row.Waiting), fmt.Sprint(row.Pending), fmt.Sprint(row.Delayed), failed, age.Of(row.Oldest)})
	}
	in.Out.Table([]string{"Transport", "Count", "Pending", "Delayed", "Failed", "Oldest"}, cells)
}

// statsJSON has PHP's key first.
type statsJSON struct {
	Count   int      `json:"count"`
	Pending int      `json:"pending"`
	Delayed int      `json:"delayed"`
	Failed  *int     `json:"failed"`
	Oldest  *float64 `json:"oldest_age_seconds"`
}

func (in *input) printStatsJSON(rows []transportStats) (err error) {
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
		name, nameErr := json.Marshal(row.name)
		text, textErr := json.Marshal(row.json())
		err = errors.Join(err, nameErr, textErr)
		fields = append(fields, string(name)+":"+string(text))
	}
	out.Transports = json.RawMessage("{" + strings.Join(fields, ",") + "}")
	text, marshalErr := json.MarshalIndent(out, "", "    ")
	in.Out.Line("%s", text)
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
