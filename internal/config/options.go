package config

import (
	"cmp"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"envelog/decoder"
	"envelog/decoder/messenger"
	"envelog/format"
	"envelog/internal/failure"
	"envelog/internal/settings"
	"envelog/internal/usage"
)

// Worker is what messenger:consume is told.
type Worker struct {
	Catalogue  *Catalogue
	Transports []Transport // in order of priority
	Consumer   string      // "" for that of the DSN, or the host's name
	SignalFile string      // of PHP's messenger:stop-workers; "" for the application's

	Limit, FailureLimit int           // 0: none
	FetchSize           int           // messages
	MemoryLimit         uint64        // bytes; 0: none
	TimeLimit           time.Duration // 0: none
	Sleep               time.Duration // that one read waits at most
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
}

// Retention says what becomes of files that are no longer written to.
type Retention struct {
	MinFree       uint64 // bytes of the disk; 0: none
	Days, Files   int    // 0: all
	Bytes         uint64 // 0: all
	Compress      string // none, gzip, zstd; "" is none
	CompressAfter time.Duration
}

// Failures says what becomes of messages that cannot be handled, but for what differs among transports.
type Failures struct {
	Unknown failure.Unknown
	Version messenger.Version
}

// Worker reads the settings of messenger:consume. The arguments are the receivers.
func (r *Reader) Worker(arguments []string) (w Worker) {
	w.Catalogue, w.Transports = r.Transports(arguments)
	w.Limit = read(r, "limit", settings.PositiveInteger)
	w.FailureLimit = read(r, "failure-limit", settings.UnlessZero(settings.PositiveInteger))
	w.MemoryLimit = read(r, "memory-limit", settings.UnlessZero(settings.Bytes))
	w.TimeLimit = read(r, "time-limit", settings.PositiveSeconds)
	w.Sleep = read(r, "sleep", settings.Seconds)
	w.Keepalive = read(r, "keepalive", settings.PositiveSeconds)
	w.FetchSize = read(r, "fetch-size", parseFetchSize)
	w.Consumer, w.SignalFile = r.Text("consumer"), r.Text("restart-signal-file")
	w.Lines, w.Files, w.Failures = r.Lines(), r.Files(), r.failures()
	w.Logging = Logging{
		Format: read(r, "log-format", settings.OneOf("console", "json")),
		Level:  read(r, "log-level", settings.OneOf("debug", "info", "notice", "warning", "error", "critical")),
	}
	w.Listen = Listen{r.Text("listen"), r.Text("listen-token-file"), r.isOn("listen-metrics-only")}
	if len(r.values("queues")) > 0 && len(w.Transports) > 0 {
		r.Note(usage.Errorf(`Receiver for "%s" does not implement "Symfony\Component\Messenger\Transport\Receiver\QueueReceiverInterface".`, w.Transports[0].Name))
	}
	return w
}

// parseFetchSize has Symfony 8.1's words.
func parseFetchSize(option, text string) (int, error) {
	n, err := settings.PositiveInteger(option, text)
	if err != nil {
		return 0, usage.Errorf(`The "--%s" option must be a positive integer, "%s" given.`, option, text)
	}
	return n, nil
}

// Lines reads how a message becomes a line.
func (r *Reader) Lines() Lines {
	return Lines{
		Format:     read(r, "format", settings.OneOf("keyvalue", "line", "json", "logfmt")),
		LineFormat: r.Text("line-format"),
		DateFormat: r.Text("date-format"),
		Options: format.LineOptions{
			InlineLineBreaks: r.isOn("allow-inline-line-breaks"),
			IgnoreEmpty:      r.isOn("ignore-empty-context-and-extra"),
			Stacktraces:      r.isOn("include-stacktraces"),
			Indent:           r.Text("indent-stacktraces"),
			MaxLevelName:     read(r, "max-level-name-length", settings.PositiveInteger),
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
		MaxBytes:    int(read(r, "max-message-bytes", settings.Bytes)),
		MaxDepth:    read(r, "max-depth", settings.PositiveInteger),
		MaxElements: read(r, "max-elements", settings.PositiveInteger),
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
		Signer: l.Signer, RequireSignature: l.RequireSignature}
	if len(l.Classes) == 0 {
		options.Classes, options.Belongs = m.Classes, m.Belongs
	}
	return options
}

// Files reads where lines go.
func (r *Reader) Files() Files {
	return Files{
		Stdout:       read(r, "output", settings.OneOf("files", "stdout")) == "stdout",
		Dir:          cmp.Or(r.Text("log-dir"), defaultLogDir),
		Zone:         read(r, "timezone", settings.Zone),
		Sync:         read(r, "sync", settings.OneOf("batch", "interval", "never")),
		SyncInterval: read(r, "sync-interval", settings.PositiveSeconds),
		RotateSize:   read(r, "rotate-size", settings.UnlessZero(settings.Bytes)),
		MaxFiles:     read(r, "max-files", settings.PositiveInteger),
		MaxOpenFiles: read(r, "max-open-files", settings.PositiveInteger),
		FileMode:     read(r, "file-mode", settings.FileMode),
		DirMode:      read(r, "dir-mode", settings.FileMode),
		Retention: Retention{
			MinFree:       read(r, "min-free", settings.UnlessZero(settings.Bytes)),
			Days:          read(r, "keep-days", settings.UnlessZero(settings.PositiveInteger)),
			Files:         read(r, "keep-files", settings.UnlessZero(settings.PositiveInteger)),
			Bytes:         read(r, "keep-bytes", settings.UnlessZero(settings.Bytes)),
			Compress:      read(r, "compress", settings.OneOf("none", "gzip", "zstd")),
			CompressAfter: read(r, "compress-after", settings.Age),
		},
	}
}

func (r *Reader) failures() Failures {
	return Failures{
		Unknown: failure.Unknown(read(r, "unknown", settings.OneOf(string(failure.Fail), string(failure.Leave), string(failure.Ignore)))),
		Version: read(r, "symfony", func(_, text string) (messenger.Version, error) { return messenger.ParseVersion(text) }),
	}
}

// addFailures puts what settings say of failures in the place of what the application says.
func (r *Reader) addFailures(t *Transport) {
	if v := r.Values.Of("failure-transport"); v.IsSet() {
		t.FailureTransport, t.Origins["failure_transport"] = v.Text(), v.Origin
	}
	override(r, "max-retries", &t.Retry.MaxRetries, settings.WholeNumber)
	override(r, "retry-delay", &t.Retry.Delay, settings.Milliseconds)
	override(r, "retry-multiplier", &t.Retry.Multiplier, settings.Number)
	override(r, "retry-max-delay", &t.Retry.MaxDelay, settings.Milliseconds)
	override(r, "retry-jitter", &t.Retry.Jitter, settings.Number)
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
	last := "received a stop signal via the messenger:stop-workers command"
	if len(reasons) > 0 {
		last = strings.Join(reasons, ", ") + " or " + last
	}
	return "The worker will automatically exit once it has " + last + "."
}
