// Package doctor checks the environment of a worker, and says what to do about each problem: configuration, Redis, stream
// and group, failure transports, log directory.
//
// Model: [Examine] looks at everything that messenger:consume needs, one check after the other, and returns [Findings].
// The only thing that it writes is a file in the log directory, which it removes.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"envelog/internal/age"
	"envelog/internal/config"
	"envelog/internal/phpdate"
	"envelog/internal/quantity"
	"envelog/internal/transport/doctrine"
	"envelog/internal/transport/redis"
	"envelog/transport"
)

// How a [Finding] is meant.
const (
	OK      = "ok"
	Warning = "warning" // it works, and will not when something happens
	Problem = "problem" // it does not work
)

// Finding is the outcome of one check.
type Finding struct {
	Check  string `json:"check"` // "Redis of async", "log directory"
	Status string `json:"status"`
	Text   string `json:"message"`
	Cure   string `json:"advice,omitempty"`
}

// Findings are those of one run.
type Findings []Finding

func (f *Findings) ok(check, format string, args ...any) {
	*f = append(*f, Finding{check, OK, fmt.Sprintf(format, args...), ""})
}

func (f *Findings) warn(check, text, cure string) {
	*f = append(*f, Finding{check, Warning, text, cure})
}

// problem adds a problem. One that is there already, as messenger:consume says it, is told once, by the check that knows
// more of it.
func (f *Findings) problem(check, text, cure string) {
	known := slices.IndexFunc(*f, func(x Finding) bool { return x.Status == Problem && strings.HasSuffix(text, x.Text) })
	if known >= 0 {
		(*f)[known] = Finding{check, Problem, text, cure}
		return
	}
	*f = append(*f, Finding{check, Problem, text, cure})
}

// Has reports whether a finding has this status.
func (f Findings) Has(status string) bool {
	return slices.ContainsFunc(f, func(x Finding) bool { return x.Status == status })
}

// Healthy reports whether all is well.
func (f Findings) Healthy() bool { return !f.Has(Warning) && !f.Has(Problem) }

// Map returns the findings with all their texts changed.
func (f Findings) Map(change func(text string) string) Findings {
	changed := slices.Clone(f)
	for i, x := range f {
		changed[i] = Finding{change(x.Check), x.Status, change(x.Text), change(x.Cure)}
	}
	return changed
}

// Without returns the findings except for those of checks that nobody wants to hear of.
func (f Findings) Without(checks []string) Findings {
	return slices.DeleteFunc(f, func(x Finding) bool { return slices.Contains(checks, x.Check) })
}

// Question is what [Examine] is asked.
type Question struct {
	Settings *config.Reader
	Asked    []string // names of transports; none: all
	// LineFormat is the setting format of the worker; the command that asks may have an option of that name.
	LineFormat string
	// Refused returns why messenger:consume would not start with these settings and transports, as far as that can be
	// known without opening anything.
	Refused func(config.Worker) error
}

// Examine looks at the settings, at the transports that are named, or all, at where their messages go that fail, and at
// the log directory.
func Examine(ctx context.Context, q Question) (found Findings) {
	w := examineSettings(q, &found)
	examineTransports(ctx, q.Settings, q.Asked, &found)
	if q.Settings.Check("log-dir") == nil {
		examineDirectory(&found, w.Files, w.Said)
	}
	examineZones(&found, phpdate.EmbeddedVersion(), phpdate.HostVersion())
	return found
}

// examineSettings resolves the settings with the code with which messenger:consume does. What it would refuse is a problem.
func examineSettings(q Question, found *Findings) (w config.Worker) {
	const check = "configuration"
	w = q.Settings.WithoutTransports()
	errs, names := each(q.Settings.Wrong), q.Asked
	for _, s := range config.ConsumeSettings() { // also those that are read for a transport, and format
		errs = append(errs, each(q.Settings.Check(s.Name))...)
	}
	errs = append(errs, each(q.Settings.Err())...)
	if len(errs) == 0 {
		if len(names) == 0 {
			names = q.Settings.Consumable()
		}
		if len(names) > 0 {
			w = q.Settings.Worker(names)
			w.Lines.Format = q.LineFormat
			if errs = each(q.Settings.Err()); len(errs) == 0 {
				errs = each(q.Refused(w))
			}
		}
	}
	for _, err := range errs {
		found.problem(check, err.Error(), "messenger:consume does not start like this: correct the value, or the file, at that place; "+w.Said.Command("config")+" shows where each setting comes from")
	}
	if len(errs) == 0 && len(names) > 0 {
		found.ok(check, "messenger:consume accepts the settings")
		if len(q.Asked) > 0 {
			for _, sentence := range w.Catalogue.Misspelt(w.Transports) {
				found.warn(check, sentence, "correct the name in --dsn, or remove it")
			}
		}
		examineLines(&w.Lines, found)
	}
	return w
}

// examineLines reports whether what comes with envelog for Loki can read the lines.
func examineLines(l *config.Lines, found *Findings) {
	if why := l.Unreadable(); why != "" {
		found.warn("line format", "Alloy and Promtail cannot read these lines for Loki with the configuration that comes with envelog: "+why,
			`leave --date-format and the options of the line out, or adapt the agent's stages; where no Loki reads the files: --skip "line format"`)
	}
}

// each returns the errors that were joined.
func each(err error) []error {
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		if err == nil {
			return nil
		}
		return []error{err}
	}
	var all []error
	for _, err := range joined.Unwrap() {
		all = append(all, each(err)...)
	}
	return all
}

// examineTransports looks at the transports that are named, or all, and at where their messages go that fail.
func examineTransports(ctx context.Context, r *config.Reader, asked []string, found *Findings) {
	const check = "configuration"
	all, err := r.Catalogue(asked)
	if err != nil {
		found.problem(check, err.Error(), r.Invocation().Command("config")+" shows what is configured, and where")
		return
	}
	if err := all.Unknown(); err != nil && len(asked) == 0 {
		found.problem(check, err.Error(), "correct the file at that place, or name the transport by --dsn name=redis://...")
	}
	failing, _, err := r.FailureTransports(all)
	if err != nil {
		found.problem(check, err.Error(), "correct the file at that place, or name the failure transport by --failure-transport")
	}
	names := all.Names()
	if len(asked) > 0 {
		names = asked
	}
	readable := len(asked) > 0 || all.Unknown() != nil // or else it is said already
	var failures []string
	if failing != "" {
		failures = append(failures, failing)
	}
	readers := readerCount{}
	for _, name := range names {
		if !slices.Contains(all.Names(), name) {
			found.problem(check, config.NoSuchReceiver(name, all.Names()).Error(), "name one of the transports that are configured, or give its DSN by --dsn "+name+"=redis://...")
			continue
		}
		t, err := all.Transport(name)
		if err != nil {
			found.problem("transport "+name, err.Error(), "correct it at that place, or give its DSN by --dsn "+name+"=redis://...")
			readable = true
			continue
		}
		if to := r.FailureTransportOf(t); to != "" && !slices.Contains(failures, to) {
			failures = append(failures, to)
		}
		readable = readable || redis.SupportsDSN(t.DSN) || doctrine.SupportsDSN(t.DSN)
		switch {
		case name == failing:
		case redis.SupportsDSN(t.DSN):
			examineRedis(ctx, t, r.Invocation(), readers, found)
		case doctrine.SupportsDSN(t.DSN) && !slices.Contains(failures, name) && (len(asked) > 0 || len(all.Names()) == 1):
			examineTable(ctx, all, name, found)
		}
	}
	if !readable {
		found.problem(check, "envelog can consume none of the transports: "+strings.Join(all.Names(), ", "), "route the log messages to a transport in Redis, or give its DSN by --dsn name=redis://host:6379/stream")
	}
	readers.report(found)
	for _, name := range failures {
		examineFailureTransport(ctx, all, name, r.Invocation(), found)
	}
}

// examineTable counts what waits in the table of a transport, which shows that its database can be reached.
func examineTable(ctx context.Context, all *config.Catalogue, name string, found *Findings) {
	check := "database of " + name
	n, err := countOn(ctx, all, name, found)
	if err != nil {
		text, cure := splitCure(err)
		found.problem(check, text, cure)
		return
	}
	found.ok(check, "reachable, %s, the oldest of all: %s", quantity.Count(n.Waiting, "message waits", "messages wait"), age.Of(n.Oldest))
}

// countOn counts the messages on a transport that keeps them for later, and warns when its password goes over a network in
// clear.
func countOn(ctx context.Context, all *config.Catalogue, name string, found *Findings) (n transport.Counts, err error) {
	storage, err := all.Open(name)
	if err != nil {
		return n, err
	}
	defer func() { _ = storage.Close() }()
	if n, err = storage.Count(ctx); err == nil {
		examineSecrecy(storage, name, found)
	}
	return n, err
}

// examineFailureTransport counts what is on a failure transport, which shows that it can be reached.
func examineFailureTransport(ctx context.Context, all *config.Catalogue, name string, said config.Invocation, found *Findings) {
	check := "failure transport " + name
	n, err := countOn(ctx, all, name, found)
	if err != nil {
		found.problem(check, err.Error(), "until it can be reached, messages that fail stay pending, and nothing is lost")
		return
	}
	examineSending(ctx, all, name, found)
	left, from := n.Waiting+n.Pending, "--transport="+name
	if left == 0 {
		found.ok(check, "reachable, with 0 messages")
		return
	}
	since := ""
	if !n.Oldest.IsZero() {
		since = ", the oldest " + age.Of(n.Oldest) + " ago"
	}
	found.warn(check, fmt.Sprintf("reachable, with %s failed%s", quantity.Count(left, "message that has", "messages that have"), since),
		fmt.Sprintf("%s tells why; when the cause is mended, this hands them in again: %s; this deletes them: %s", said.Command("messenger:failed:show", from), said.Command("messenger:failed:retry", from, "--all"), said.Command("messenger:failed:remove", from, "--all")))
}

// examineSending looks for rights without which nothing comes to a failure transport in Redis.
func examineSending(ctx context.Context, all *config.Catalogue, name string, found *Findings) {
	t, err := all.Transport(name)
	if err != nil || !redis.SupportsDSN(t.DSN) {
		return
	}
	settings, err := t.Redis()
	if err != nil {
		return // told when it was counted
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	storage := redis.NewStorage(settings)
	defer func() { _ = storage.Close() }()
	examineRights(ctx, name, storage.MissingRightsToSend, found)
}

// examineSecrecy says of a database that login and messages may be read on the way to it.
func examineSecrecy(storage transport.Storage, name string, found *Findings) {
	table, ok := storage.(*doctrine.Transport)
	if !ok || !table.Config().InClear() {
		return
	}
	cure := "sslmode=verify-full with sslrootcert, in the URL or in doctrine.yaml"
	if table.Config().Platform == doctrine.MySQL {
		cure = "ssl_ca in the URL, or PDO::MYSQL_ATTR_SSL_CA below options in doctrine.yaml"
	}
	found.warn("TLS of "+name, "nothing demands TLS of the database, which is elsewhere: its login and the messages may cross the network in clear", cure)
}

// patience is how long one check may take.
const patience = 10 * time.Second

// examineRedis looks at the server of a transport, its stream and its group.
func examineRedis(ctx context.Context, t config.Transport, said config.Invocation, readers readerCount, found *Findings) {
	check := "Redis of " + t.Name
	settings, err := t.Redis()
	if err != nil {
		found.problem(check, err.Error(), "correct the DSN or the option; docs/redis.md has those that there are")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	storage := redis.NewStorage(settings)
	defer func() { _ = storage.Close() }()
	i, err := storage.Inspect(ctx)
	examineRights(ctx, t.Name, storage.MissingRights, found)
	if err != nil {
		text, cure := splitCure(err)
		found.problem(check, text, cure)
		return
	}
	found.ok(check, "reachable, version %s", i.Version)
	examineServer(check, i, found)
	if i.Registry != nil {
		text, cure := splitCure(i.Registry)
		found.warn(check, text+": entries of consumers that died are claimed only after redeliver_timeout", cure)
	}
	examineGroup("stream "+settings.Stream, settings, i, remedies{said, t.Name}, found)
	readers.add(settings, i)
	n, err := storage.Count(ctx)
	if err != nil {
		text, cure := splitCure(err)
		found.problem("stream "+settings.Stream, text, cure)
		return
	}
	examineCounts("stream "+settings.Stream, settings, i, n, found)
}
