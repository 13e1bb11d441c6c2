// Package doctor finds out what is wrong with a worker's surroundings, and what to do about it: configuration, Redis,
// stream and group, failure transports, log directory.
//
// Model: [Examine] looks at everything that messenger:consume needs, one check after the other, and returns [Findings].
// It changes nothing, but for a file that it writes into the log directory and removes.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"envelog/internal/config"
	"envelog/internal/phpdate"
	"envelog/internal/transport"
	"envelog/internal/transport/redis"
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

func (f *Findings) problem(check, text, cure string) {
	*f = append(*f, Finding{check, Problem, text, cure})
}

// Healthy tells whether all is well.
func (f Findings) Healthy() bool {
	return !slices.ContainsFunc(f, func(x Finding) bool { return x.Status != OK })
}

// Examine looks at the transports that are named, or all, at where their messages go that fail, and at the log directory.
func Examine(ctx context.Context, r *config.Reader, asked []string, dir string) (found Findings) {
	examineTransports(ctx, r, asked, &found)
	examineDirectory(&found, dir)
	examineZones(&found, phpdate.EmbeddedVersion(), phpdate.HostVersion())
	return found
}

// examineTransports looks at the transports that are named, or all, and at where their messages go that fail.
func examineTransports(ctx context.Context, r *config.Reader, asked []string, found *Findings) {
	const check = "configuration"
	all, err := r.Catalogue(asked)
	if err != nil {
		found.problem(check, err.Error(), "envelog config shows what is configured, and where")
		return
	}
	failing, _, err := r.FailureTransports(all)
	if err != nil {
		found.problem(check, err.Error(), "")
	}
	names := all.Names()
	if len(asked) > 0 {
		names = asked
	}
	var failures []string
	if failing != "" {
		failures = append(failures, failing)
	}
	readers := readerCount{}
	for _, name := range names {
		if !slices.Contains(all.Names(), name) {
			found.problem(check, config.NoSuchReceiver(name, all.Names()).Error(), "")
			continue
		}
		t, err := all.Transport(name)
		if err != nil {
			found.problem("transport "+name, err.Error(), "")
			continue
		}
		if to := r.FailureTransportOf(t); to != "" && !slices.Contains(failures, to) {
			failures = append(failures, to)
		}
		if redis.SupportsDSN(t.DSN) && name != failing {
			examineRedis(ctx, t, readers, found)
		}
	}
	readers.report(found)
	for _, name := range failures {
		examineFailureTransport(ctx, all, name, found)
	}
}

// examineFailureTransport counts what is on a failure transport, which shows that it can be reached.
func examineFailureTransport(ctx context.Context, all *config.Catalogue, name string, found *Findings) {
	check := "failure transport " + name
	storage, err := all.Open(name)
	var n transport.Counts
	if err == nil {
		defer func() { _ = storage.Close() }()
		n, err = storage.Count(ctx)
	}
	if err != nil {
		found.problem(check, err.Error(), "until it can be reached, messages that fail stay pending, and nothing is lost")
		return
	}
	found.ok(check, "reachable, with %d messages", n.Waiting+n.Pending)
}

// patience is how long one check may take.
const patience = 10 * time.Second

// examineRedis looks at the server of a transport, its stream and its group.
func examineRedis(ctx context.Context, t config.Transport, readers readerCount, found *Findings) {
	check := "Redis of " + t.Name
	settings, err := t.Redis()
	if err != nil {
		found.problem(check, err.Error(), "")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	storage := redis.NewStorage(settings)
	defer func() { _ = storage.Close() }()
	i, err := storage.Inspect(ctx)
	if err != nil {
		cure := ""
		if connect := (*redis.ConnectError)(nil); !errors.As(err, &connect) {
			cure = "see the server's log"
		}
		found.problem(check, err.Error(), cure)
		return
	}
	found.ok(check, "reachable, version %s", i.Version)
	examineServer(check, i, found)
	examineGroup("stream "+settings.Stream, settings, i, found)
	readers.add(settings, i)
	n, err := storage.Count(ctx)
	if err != nil {
		found.problem("stream "+settings.Stream, err.Error(), "")
		return
	}
	examineCounts("stream "+settings.Stream, settings, i, n, found)
}
