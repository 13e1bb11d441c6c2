package config

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"envelog/decoder"
	"envelog/decoder/messenger"
	"envelog/format"
	"envelog/internal/failure"
	"envelog/internal/transport/redis"
	"envelog/internal/usage"
)

// Worker is what messenger:consume is told.
type Worker struct {
	Said       Invocation // for the commands that a worker suggests
	Catalogue  *Catalogue
	Transports []Transport // in order of priority
	Consumer   string      // "" for that of the DSN, or the host's name
	SignalFile string      // of PHP's messenger:stop-workers; "" for the application's

	Limit, FailureLimit int           // 0: none
	FetchSize           int           // messages
	MemoryLimit         uint64        // bytes; 0: none
	TimeLimit           time.Duration // 0: none
	StopWhenEmpty       bool
	Sleep               time.Duration // that one read waits at most
	WaitForServer       time.Duration // that the start waits for a server at most; 0: it does not
	Keepalive           time.Duration // 0: by the redeliver timeouts

	Lines    Lines
	Files    Files
	Failures Failures
	Listen   Listen
	Logging  Logging
}

// Logging says what envelog's own log looks like.
type Logging struct {
	Format string // console or json
	Level  string // debug, info, notice, warning, error or critical; "" for that of the verbosity
}

// Listen says who may see how a worker is.
type Listen struct {
	Address     string // host:port; "" for nobody
	TokenFile   string // "" for no token
	MetricsOnly bool
	Write       bool // the page may retry and remove failed messages
}

// Lines says how a message becomes a line.
type Lines struct {
	Format, LineFormat, DateFormat string
	Options                        format.LineOptions // of --format=line
	ShowSerialized                 bool
	Classes                        []string          // of --class; nothing for those of the transport
	Mapping                        map[string]string // record field -> property
	Limits                         decoder.Limits
	Signer                         *messenger.Signer // verifies and signs messages; nil: the secret is not known
	RequireSignature               bool
}

// Files says where lines go.
type Files struct {
	Stdout                 bool // lines go to standard output, and only the rest to Dir
	Dir                    string
	Zone                   *time.Location // nil: that of each record
	Sync                   string         // batch, interval, never; "" is batch
	SyncInterval           time.Duration
	RotateSize             uint64 // bytes; 0: any
	MaxFiles, MaxOpenFiles int
	FileMode, DirMode      fs.FileMode
	Retention              Retention
	Rejected               Rejected
}

// Rejected bounds what is kept of messages that can go nowhere else. What does not fit stays pending.
type Rejected struct {
	Bytes    uint64 // 0: 1 GiB
	Messages int    // 0: 10,000
}

// StrayDir says that Dir is relative to the root of the file system, where nobody wants it: a unit without a working
// directory starts there. It is "" otherwise.
func (f *Files) StrayDir() string {
	if at, err := os.Getwd(); err != nil || at != "/" || filepath.IsAbs(f.Dir) {
		return ""
	}
	return fmt.Sprintf("the log directory %q is relative, and this process runs in /, so that it is %q", f.Dir, filepath.Join("/", f.Dir))
}

// Retention says what becomes of files that are no longer written to.
type Retention struct {
	MinFree       uint64 // bytes of the disk; 0: none
	Days, Files   int    // 0: all
	Bytes         uint64 // 0: all
	Compress      string // none, gzip, zstd; "" means none
	CompressAfter time.Duration
}

// Failures says what becomes of messages that cannot be handled, except for what differs among transports.
type Failures struct {
	Unknown failure.Unknown
	Version messenger.Version
}

// Worker reads the settings of messenger:consume. The arguments are the receivers.
func (r *Reader) Worker(arguments []string) (w Worker) {
	catalogue, transports := r.Transports(arguments)
	w = r.WithoutTransports()
	if len(arguments) > 0 {
		w.Said = w.Said.calling(arguments[0])
	}
	w.Catalogue, w.Transports = catalogue, transports
	if len(r.values("queues")) > 0 && len(w.Transports) > 0 {
		r.Note(usage.Errorf(`Receiver for "%s" does not implement "Symfony\Component\Messenger\Transport\Receiver\QueueReceiverInterface".`, w.Transports[0].Name))
	}
	return w
}

// WithoutTransports is Worker, except for the transports.
func (r *Reader) WithoutTransports() (w Worker) {
	w.Said = r.Invocation()
	w.Limit = read[int](r, "limit")
	w.FailureLimit = read[int](r, "failure-limit")
	w.MemoryLimit = read[uint64](r, "memory-limit")
	w.TimeLimit = read[time.Duration](r, "time-limit")
	w.StopWhenEmpty = r.isOn("stop-when-empty")
	w.Sleep = read[time.Duration](r, "sleep")
	w.WaitForServer = read[time.Duration](r, "wait-for-redis")
	w.Keepalive = read[time.Duration](r, "keepalive")
	w.FetchSize = read[int](r, "fetch-size")
	w.Consumer, w.SignalFile = r.Text("consumer"), r.Text("restart-signal-file")
	w.Lines, w.Files, w.Failures = r.Lines(), r.Files(), r.failures()
	w.Logging = r.Logging()
	w.Listen = Listen{r.Text("listen"), r.Text("listen-token-file"), r.isOn("listen-metrics-only"), r.isOn("listen-write")}
	return w
}

// Logging says what the log looks like.
func (r *Reader) Logging() Logging {
	return Logging{Format: read[string](r, "log-format"), Level: read[string](r, "log-level")}
}

// Consumable returns the names of the transports that messenger:consume could read and that are not failure transports.
func (r *Reader) Consumable() (names []string) {
	all, err := r.Catalogue(nil)
	if err != nil {
		return nil // said elsewhere
	}
	_, failing, _ := r.FailureTransports(all)
	for _, name := range all.Names() {
		if t, err := all.Transport(name); err == nil && redis.SupportsDSN(t.DSN) && !slices.Contains(failing, name) {
			names = append(names, name)
		}
	}
	return names
}

// Lines reads how a message becomes a line.
func (r *Reader) Lines() Lines {
	return Lines{
		Format:     read[string](r, "format"),
		LineFormat: r.Text("line-format"),
		DateFormat: r.Text("date-format"),
		Options: format.LineOptions{
			InlineLineBreaks: r.isOn("allow-inline-line-breaks"),
			IgnoreEmpty:      r.isOn("ignore-empty-context-and-extra"),
			Stacktraces:      r.isOn("include-stacktraces"),
			Indent:           r.Text("indent-stacktraces"),
			MaxLevelName:     read[int](r, "max-level-name-length"),
		},
		ShowSerialized: r.isOn("show-serialized"),
		Signer:         r.signer(), RequireSignature: r.isOn("require-signature"),
		Classes: r.values("class"),
		Mapping: r.mapping(),
		Limits:  r.Limits(),
	}
}

// signer returns what verifies and signs messages; nil when the secret is not known.
func (r *Reader) signer() *messenger.Signer {
	secret := r.Text("secret")
	if secret == "" {
		return nil
	}
	signer, err := messenger.NewSigner(secret)
	r.Note(err)
	return signer
}

// Formatter returns the options of a formatter.
func (l *Lines) Formatter() format.Options {
	return format.Options{LineFormat: l.LineFormat, DateFormat: l.DateFormat, Line: l.Options, ShowSerialized: l.ShowSerialized}
}

// Limits reads what a message may cost at most.
func (r *Reader) Limits() decoder.Limits {
	return decoder.Limits{
		MaxBytes:    int(read[uint64](r, "max-message-bytes")),
		MaxDepth:    read[int](r, "max-depth"),
		MaxElements: read[int](r, "max-elements"),
	}
}

func (r *Reader) mapping() map[string]string {
	mapping := make(map[string]string)
	for _, pair := range r.values("map") {
		field, property, ok := strings.Cut(pair, "=")
		if !ok || field == "" || property == "" {
			r.Note(r.blame("map", usage.Errorf(`Option "map" must be field=property, "%s" passed.`, pair)))
			continue
		}
		mapping[field] = property
	}
	return mapping
}

// Decoder returns the options of a decoder for the messages that belong on a transport. What --class says wins.
func (l *Lines) Decoder(s decoder.Serializer, m Messages) decoder.Options {
	options := decoder.Options{Serializer: s, Classes: l.Classes, Mapping: l.Mapping, Limits: l.Limits,
		Signer: l.Signer, RequireSignature: l.RequireSignature || m.Signed, Advise: adviseMapping}
	if len(l.Classes) == 0 {
		options.Classes, options.Belongs = m.Classes, m.Belongs
	}
	return options
}

// adviseMapping says how the property of a message is told that is meant by a field.
func adviseMapping(field string) string {
	return fmt.Sprintf("name the right one with --map %s=PROPERTY", field)
}

// Files reads where lines go.
func (r *Reader) Files() Files {
	return Files{
		Stdout:       read[string](r, "output") == "stdout",
		Dir:          cmp.Or(r.Text("log-dir"), defaultLogDir),
		Zone:         read[*time.Location](r, "timezone"),
		Sync:         read[string](r, "sync"),
		SyncInterval: read[time.Duration](r, "sync-interval"),
		RotateSize:   read[uint64](r, "rotate-size"),
		MaxFiles:     read[int](r, "max-files"),
		MaxOpenFiles: read[int](r, "max-open-files"),
		FileMode:     read[fs.FileMode](r, "file-mode"),
		DirMode:      read[fs.FileMode](r, "dir-mode"),
		Retention: Retention{
			MinFree:       read[uint64](r, "min-free"),
			Days:          read[int](r, "keep-days"),
			Files:         read[int](r, "keep-files"),
			Bytes:         read[uint64](r, "keep-bytes"),
			Compress:      read[string](r, "compress"),
			CompressAfter: read[time.Duration](r, "compress-after"),
		},
		Rejected: Rejected{Bytes: read[uint64](r, "rejected-max-bytes"), Messages: read[int](r, "rejected-max-messages")},
	}
}

func (r *Reader) failures() Failures {
	return Failures{
		Unknown: read[failure.Unknown](r, "unknown"),
		Version: read[messenger.Version](r, "symfony"),
	}
}

// addFailures puts what settings say of failures instead of what the application says.
func (r *Reader) addFailures(t *Transport) {
	if v := r.Values.Of("failure-transport"); v.IsSet() {
		t.FailureTransport, t.Origins["failure_transport"] = v.Text(), v.Origin
	}
	override(r, "max-retries", &t.Retry.MaxRetries)
	override(r, "retry-delay", &t.Retry.Delay)
	override(r, "retry-multiplier", &t.Retry.Multiplier)
	override(r, "retry-max-delay", &t.Retry.MaxDelay)
	override(r, "retry-jitter", &t.Retry.Jitter)
	if err := t.Retry.Validate(); err != nil && len(r.errs) == 0 {
		r.Note(err)
	}
}

// StopReasons returns Symfony's sentence about what ends the worker, in the operator's own spelling of the limits.
func (r *Reader) StopReasons() string {
	var reasons []string
	for _, limit := range []struct{ setting, text string }{
		{"limit", "processed %s messages"},
		{"failure-limit", "reached %s failed messages"},
		{"memory-limit", "exceeded %s of memory"},
		{"time-limit", "been running for %ss"},
	} {
		if value := r.Text(limit.setting); value != "" && value != "0" {
			reasons = append(reasons, fmt.Sprintf(limit.text, value))
		}
	}
	if r.isOn("stop-when-empty") {
		reasons = append(reasons, "found no more messages")
	}
	last := "received a stop signal via the messenger:stop-workers command"
	if len(reasons) > 0 {
		last = strings.Join(reasons, ", ") + " or " + last
	}
	return "The worker will automatically exit once it has " + last + "."
}
