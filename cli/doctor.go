package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	urfave "github.com/urfave/cli/v2"

	"envelog/internal/transport"
	"envelog/internal/transport/redis"
)

const doctorHelp = `
It looks at everything that messenger:consume needs, and says in words what is wrong, and what to do
about it. It changes nothing, but for a file that it writes into the log directory and removes.

Exit code 0 says that all is well, 1 that something is not. --format=json is for machines.

Transports may be named; without any, all are looked at.`

func (s *session) doctorCommand() *urfave.Command {
	return &urfave.Command{
		Name:        "doctor",
		Usage:       "Say what is wrong, and what to do about it",
		ArgsUsage:   "[<transports>...]",
		Description: doctorHelp,
		Flags: []urfave.Flag{
			valued(commandFlags, "format", "", "txt", "txt or json"),
			dsnFlag(), failureTransportFlag(), serializerFlag(), logDirFlag(),
		},
		Action: s.doctor,
	}
}

// How a finding is meant.
const (
	findingOK      = "ok"
	findingWarning = "warning" // it works, and will not when something happens
	findingProblem = "problem" // it does not work
)

// finding is the outcome of one check.
type finding struct {
	Check  string `json:"check"` // "Redis of async", "log directory"
	Status string `json:"status"`
	Text   string `json:"message"`
	Cure   string `json:"advice,omitempty"`
}

// findings are those of one run.
type findings []finding

func (f *findings) ok(check, format string, args ...any) {
	*f = append(*f, finding{check, findingOK, fmt.Sprintf(format, args...), ""})
}

func (f *findings) warn(check, text, cure string) {
	*f = append(*f, finding{check, findingWarning, text, cure})
}

func (f *findings) problem(check, text, cure string) {
	*f = append(*f, finding{check, findingProblem, text, cure})
}

func (f findings) healthy() bool {
	return !slices.ContainsFunc(f, func(x finding) bool { return x.Status != findingOK })
}

func (s *session) doctor(c *urfave.Context) error {
	form, err := oneOf("txt", "json")("format", c.String("format"))
	if err != nil {
		return err
	}
	var found findings
	s.examineTransports(c.Context, s.reader(c), &found)
	examineDirectory(&found, c.String("log-dir"))
	if form == "json" {
		err = s.printFindingsJSON(found)
	} else {
		s.printFindings(found)
	}
	if err == nil && !found.healthy() {
		return errTold
	}
	return err
}

// examineTransports looks at the transports that are named, or all, and at where their messages go that fail.
func (s *session) examineTransports(ctx context.Context, r *flagReader, found *findings) {
	const check = "configuration"
	all, err := r.catalogue(s)
	if err != nil {
		found.problem(check, err.Error(), "envelog config shows what is configured, and where")
		return
	}
	failing, _, err := r.failureTransports(all)
	if err != nil {
		found.problem(check, err.Error(), "")
	}
	names := all.all()
	if r.NArg() > 0 {
		names = r.Args().Slice()
	}
	var failures []string
	if failing != "" {
		failures = append(failures, failing)
	}
	readers := readerCount{}
	for _, name := range names {
		if !slices.Contains(all.all(), name) {
			found.problem(check, noSuchReceiver(name, all.all()).Error(), "")
			continue
		}
		t, err := all.settings(name)
		if err != nil {
			found.problem("transport "+name, err.Error(), "")
			continue
		}
		if to := r.failureTransportFor(t); to != "" && !slices.Contains(failures, to) {
			failures = append(failures, to)
		}
		if redis.SupportsDSN(t.dsn) && name != failing {
			s.examineRedis(ctx, t, readers, found)
		}
	}
	readers.report(found)
	for _, name := range failures {
		s.examineFailureTransport(ctx, all, name, found)
	}
}

// failureTransportFor returns where the messages of a transport go that fail for good, "" for nowhere.
func (r *flagReader) failureTransportFor(t transportSettings) string {
	if flag := r.String("failure-transport"); flag != "" {
		return flag
	}
	return t.failureTransport
}

// examineFailureTransport counts what is on a failure transport, which shows that it can be reached.
func (s *session) examineFailureTransport(ctx context.Context, all *catalogue, name string, found *findings) {
	check := "failure transport " + name
	storage, err := s.storage(all, name)
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

func (s *session) printFindings(found findings) {
	colours := map[string]string{findingOK: "32", findingWarning: "33", findingProblem: "31"}
	for _, f := range found {
		s.stdout.line("  %s  %s: %s", s.stdout.paint(colours[f.Status], pad(f.Status, 7)), printable(f.Check), printable(f.Text))
		if f.Cure != "" {
			s.stdout.line("           -> %s", printable(f.Cure))
		}
	}
	if found.healthy() {
		s.stdout.success("All is well.")
		return
	}
	s.stdout.warning("Not all is well: see the lines with an arrow.")
}

func (s *session) printFindingsJSON(found findings) error {
	text, err := json.MarshalIndent(struct {
		OK     bool     `json:"ok"`
		Checks findings `json:"checks"`
	}{found.healthy(), found}, "", "    ")
	s.stdout.line("%s", text)
	return err
}

// patience is how long one check may take.
const patience = 10 * time.Second

// examineRedis looks at the server of a transport, its stream and its group.
func (s *session) examineRedis(ctx context.Context, t transportSettings, readers readerCount, found *findings) {
	check := "Redis of " + t.name
	config, err := t.config()
	if err != nil {
		found.problem(check, err.Error(), "")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	storage := redis.NewStorage(config)
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
	examineGroup("stream "+config.Stream, config, i, found)
	readers.add(config, i)
	n, err := storage.Count(ctx)
	if err != nil {
		found.problem("stream "+config.Stream, err.Error(), "")
		return
	}
	examineCounts("stream "+config.Stream, config, i, n, found)
}
