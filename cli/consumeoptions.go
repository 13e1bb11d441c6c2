package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"envelog/internal/settings"
)

// The defaults of flags that envelog has beside Symfony's.
const (
	defaultFetchSize = "1000"
	defaultKeepalive = "5" // seconds, ConsumeMessagesCommand::DEFAULT_KEEPALIVE_INTERVAL
	defaultLogDir    = "var/log"
)

func consumeFlags() []urfave.Flag {
	return slices.Concat(workerFlags(), sourceFlags(), recordFlags(), targetFlags(), retentionFlags(), failureFlags(), boundFlags())
}

// workerFlags are those of Symfony's messenger:consume, in its order.
func workerFlags() []urfave.Flag {
	return []urfave.Flag{
		valued(symfonyFlags, "limit", "l", "", "Stop after this many received messages, failed ones included"),
		valued(symfonyFlags, "failure-limit", "f", "", "Stop after this many failed messages"),
		valued(symfonyFlags, "memory-limit", "m", "", "Stop when Go's runtime holds more than this many bytes (K, M, G or T for larger units)"),
		valued(symfonyFlags, "time-limit", "t", "", "Stop after this many seconds"),
		valued(symfonyFlags, "sleep", "", "1", "Seconds that one read waits for messages at most; a message that arrives ends it at once"),
		valued(symfonyFlags, "bus", "b", "", "Accepted and without effect"),
		repeated(symfonyFlags, "queues", "Refused, as Redis transports have no queues"),
		optionalValue{&urfave.StringFlag{Category: symfonyFlags, Name: "no-reset", Usage: "Accepted and without effect"}, "0"},
		option(symfonyFlags, "all", "", "Consume messages from all transports"),
		repeated(symfonyFlags, "exclude-receivers", "Exclude a transport from --all"),
		keepaliveFlag(),
		valued(symfonyFlags, "fetch-size", "", defaultFetchSize, "Messages to fetch at once at most"),
	}
}

func keepaliveFlag() urfave.Flag {
	const usage = "Seconds between notices to Redis that messages in hand are still being handled; 5 without a value [default: a third of redeliver_timeout, from 1 to 60]"
	return optionalValue{
		StringFlag: &urfave.StringFlag{Category: symfonyFlags, Name: "keepalive", Usage: usage},
		without:    defaultKeepalive,
	}
}

// dsnFlag is that of every command that has to do with transports.
func dsnFlag() urfave.Flag {
	return pairs(transportFlags, "dsn", "A transport, as name=redis://host:6379/stream/group?options; without it those of the application, else the only one of MESSENGER_TRANSPORT_DSN")
}

// classFlag is that of the commands that make lines of messages.
func classFlag() urfave.Flag {
	return repeated(transportFlags, "class", "Class of the messages that are log records, as App\\Message\\LogMessage or App\\Message\\*; others are not written [default: what the application routes to the transport]")
}

// serializerFlag belongs to dsnFlag.
func serializerFlag() urfave.Flag {
	return option(transportFlags, "ignore-serializer", "", "Read messages as Symfony's two serializers write them, although the application names a service of its own")
}

// doctrineZone is the setting of zoneFlag.
const doctrineZone = "doctrine-timezone"

// zoneFlag is that of the commands that work on Doctrine transports.
func zoneFlag() urfave.Flag {
	return valued(transportFlags, doctrineZone, "", "", "Time zone of the times in the tables of Doctrine transports, which Symfony before 6.3 writes in PHP's date.timezone, as Europe/Berlin [default: UTC]")
}

func sourceFlags() []urfave.Flag {
	return []urfave.Flag{
		dsnFlag(),
		classFlag(),
		serializerFlag(),
		zoneFlag(),
		consumerFlag(),
		directory(transportFlags, "restart-signal-file", "", "File in which PHP's messenger:stop-workers leaves its signal [default: those of the application's cache pool]"),
	}
}

// consumerFlag names the worker.
func consumerFlag() urfave.Flag {
	return valued(transportFlags, "consumer", "", "", "Name of this consumer in the group [default: the DSN's, else the host's name, numbered when several processes share a log directory]")
}

// logDirFlag is that of every command that has to do with files.
func logDirFlag() urfave.Flag {
	return directory(fileFlags, "log-dir", defaultLogDir, "Directory of the files <channel>-<date>.log; created when missing")
}

func recordFlags() []urfave.Flag {
	return []urfave.Flag{
		valued(lineFlags, "format", "", "keyvalue", "keyvalue, line (Monolog's LineFormatter), json (Monolog's JsonFormatter) or logfmt"),
		valued(lineFlags, "line-format", "", "", "Format of --format=line, with Monolog's placeholders [default: Monolog's]"),
		valued(lineFlags, "date-format", "", "", "Format of dates, in PHP's letters [default: Y-m-d\\TH:i:s.uP]"),
		pairs(lineFlags, "map", "Take a field of the record from another property of the message, as level=severity"),
	}
}

func targetFlags() []urfave.Flag {
	return []urfave.Flag{
		logDirFlag(),
		valued(fileFlags, "timezone", "", "", "Time zone of the dates in file names, as Europe/Berlin [default: that of each record]"),
		valued(fileFlags, "sync", "", "batch", "When lines are forced to disk: batch (before messages are acknowledged), interval or never"),
		valued(fileFlags, "sync-interval", "", "1", "Seconds between syncs of --sync=interval"),
		valued(fileFlags, "rotate-size", "", "", "Bytes of a file (K, M, G or T for larger units), after which lines go to <channel>-<date>.1.log, then .2; 0 for any size [default: any]"),
		valued(fileFlags, "max-files", "", "1000", "Files a day at most; what would need more goes to one overflow file"),
		valued(fileFlags, "max-open-files", "", "256", "Files open at once at most"),
		valued(fileFlags, "file-mode", "", "0640", "Permissions of new files, octal"),
		valued(fileFlags, "dir-mode", "", "0750", "Permissions of new directories, octal"),
	}
}

func retentionFlags() []urfave.Flag {
	return []urfave.Flag{
		valued(fileFlags, "min-free", "", "", "Bytes of the disk (K, M, G or T for larger units) that stay free; reading pauses while fewer are; 0 to fill it [default: 0]"),
		valued(fileFlags, "keep-days", "", "", "Days whose files are kept, today included; 0 for all [default: all]"),
		valued(fileFlags, "keep-files", "", "", "Files of each channel that are kept, as Monolog's maxFiles; 0 for all [default: all]"),
		valued(fileFlags, "keep-bytes", "", "", "Bytes of all log files together (K, M, G or T for larger units), above which the oldest are removed; 0 for any number [default: any]"),
		valued(fileFlags, "compress", "", "none", "Compress files that are no longer written to: none, gzip or zstd"),
		valued(fileFlags, "compress-after", "", "1d", "Time without a write before a file is compressed, in seconds, or with m, h or d for larger units"),
	}
}

func boundFlags() []urfave.Flag {
	return []urfave.Flag{
		valued(limitFlags, "max-message-bytes", "", "16M", "Bytes of a message (K, M, G or T for larger units); a larger one is rejected"),
		valued(limitFlags, "max-depth", "", "4096", "Levels of nested values; a deeper message is rejected"),
		valued(limitFlags, "max-elements", "", "262144", "Values in one message; one with more is rejected"),
	}
}

// consumeOptions are the flags of messenger:consume, read and checked.
type consumeOptions struct {
	catalogue  *catalogue
	transports []transportSettings // in order of priority
	consumer   string
	signalFile string // of PHP's messenger:stop-workers; "" for the application's

	limit, failureLimit, fetchSize int
	memoryLimit                    uint64
	timeLimit, sleep, keepalive    time.Duration

	record   recordOptions
	files    fileOptions
	failures failureOptions
}

// recordOptions say how a message becomes a line.
type recordOptions struct {
	format, lineFormat, dateFormat string
	classes                        []string          // of --class; nothing for those of the transport
	mapping                        map[string]string // record field -> property
	maxBytes                       uint64
	maxDepth, maxElements          int
}

// fileOptions say where lines go.
type fileOptions struct {
	dir                    string
	zone                   *time.Location
	sync                   string
	syncInterval           time.Duration
	rotateSize, minFree    uint64
	maxFiles, maxOpenFiles int
	fileMode, dirMode      fs.FileMode
	keep                   keepOptions
}

// keepOptions say what becomes of files that are no longer written to.
type keepOptions struct {
	days, files   int
	bytes         uint64
	compress      string
	compressAfter time.Duration
}

// readConsumeOptions reads all flags; its error tells everything that is wrong with them.
func (s *session) readConsumeOptions(c *urfave.Context) (o consumeOptions, err error) {
	r := s.reader(c)
	o.catalogue, o.transports = r.transports(s)
	o.limit = read(r, "limit", positiveInteger)
	o.failureLimit = read(r, "failure-limit", unlessZero(positiveInteger))
	o.memoryLimit = read(r, "memory-limit", unlessZero(parseBytes))
	o.timeLimit = read(r, "time-limit", positiveSeconds)
	o.sleep = read(r, "sleep", parseSeconds)
	o.keepalive = read(r, "keepalive", positiveSeconds)
	o.fetchSize = read(r, "fetch-size", parseFetchSize)
	o.consumer, o.signalFile = c.String("consumer"), c.String("restart-signal-file")
	o.record, o.files, o.failures = r.recordOptions(), r.fileOptions(), r.failureOptions()
	if queues := c.StringSlice("queues"); len(queues) > 0 && len(o.transports) > 0 {
		r.note(complain(`Receiver for "%s" does not implement "Symfony\Component\Messenger\Transport\Receiver\QueueReceiverInterface".`, o.transports[0].name))
	}
	return o, errors.Join(r.errs...)
}

// flagReader reads flags, and remembers what is wrong with them.
type flagReader struct {
	*urfave.Context
	settings settings.Values
	errs     []error
}

func (r *flagReader) note(err error) {
	if err != nil {
		r.errs = append(r.errs, err)
	}
}

// read returns the value of a flag, or what is zero when it has neither value nor default.
func read[T any](r *flagReader, name string, parse func(option, text string) (T, error)) (value T) {
	text := r.String(name)
	if text == "" && !r.IsSet(name) {
		return value
	}
	value, err := parse(name, text)
	r.note(r.blame(name, err))
	return value
}

// unlessZero lets nothing and 0 stand for no limit, as PHP does for some options.
func unlessZero[T any](parse func(option, text string) (T, error)) func(option, text string) (T, error) {
	return func(option, text string) (none T, err error) {
		if text == "" || text == "0" {
			return none, nil
		}
		return parse(option, text)
	}
}

// parseFetchSize has Symfony 8.1's words.
func parseFetchSize(option, text string) (int, error) {
	n, err := positiveInteger(option, text)
	if err != nil {
		return 0, complain(`The "--%s" option must be a positive integer, "%s" given.`, option, text)
	}
	return n, nil
}

// transports returns the settings of the transports to consume.
func (r *flagReader) transports(s *session) (c *catalogue, chosen []transportSettings) {
	c, err := r.catalogue(s)
	if err != nil {
		r.note(err)
		return nil, nil
	}
	names, err := c.choose(selection{r.Args().Slice(), r.Bool("all"), r.StringSlice("exclude-receivers")})
	r.note(err)
	for _, name := range names {
		t, err := c.settings(name)
		r.note(err)
		r.addFailures(&t)
		chosen = append(chosen, t)
	}
	return c, chosen
}

func (r *flagReader) recordOptions() recordOptions {
	return recordOptions{
		format:      read(r, "format", oneOf("keyvalue", "line", "json", "logfmt")),
		lineFormat:  r.String("line-format"),
		dateFormat:  r.String("date-format"),
		classes:     r.StringSlice("class"),
		mapping:     r.mapping(),
		maxBytes:    read(r, "max-message-bytes", parseBytes),
		maxDepth:    read(r, "max-depth", positiveInteger),
		maxElements: read(r, "max-elements", positiveInteger),
	}
}

func (r *flagReader) fileOptions() fileOptions {
	return fileOptions{
		dir:          cmp.Or(r.String("log-dir"), defaultLogDir),
		zone:         read(r, "timezone", parseZone),
		sync:         read(r, "sync", oneOf("batch", "interval", "never")),
		syncInterval: read(r, "sync-interval", positiveSeconds),
		rotateSize:   read(r, "rotate-size", unlessZero(parseBytes)),
		minFree:      read(r, "min-free", unlessZero(parseBytes)),
		maxFiles:     read(r, "max-files", positiveInteger),
		maxOpenFiles: read(r, "max-open-files", positiveInteger),
		fileMode:     read(r, "file-mode", parseMode),
		dirMode:      read(r, "dir-mode", parseMode),
		keep: keepOptions{
			days:          read(r, "keep-days", unlessZero(positiveInteger)),
			files:         read(r, "keep-files", unlessZero(positiveInteger)),
			bytes:         read(r, "keep-bytes", unlessZero(parseBytes)),
			compress:      read(r, "compress", oneOf("none", "gzip", "zstd")),
			compressAfter: read(r, "compress-after", parseAge),
		},
	}
}

func (r *flagReader) mapping() map[string]string {
	mapping := make(map[string]string)
	for _, pair := range r.StringSlice("map") {
		field, property, ok := strings.Cut(pair, "=")
		if !ok || field == "" || property == "" {
			r.note(r.blame("map", complain(`Option "map" must be field=property, "%s" passed.`, pair)))
			continue
		}
		mapping[field] = property
	}
	return mapping
}

// oneOf reads a value that is one of a few words.
func oneOf(words ...string) func(option, text string) (string, error) {
	return func(option, text string) (string, error) {
		if slices.Contains(words, text) {
			return text, nil
		}
		return "", complain(`Option "%s" must be one of %s, "%s" passed.%s`,
			option, strings.Join(words, ", "), text, didYouMean(text, words, ""))
	}
}

// stops returns Symfony's sentence about what ends the worker, in the operator's own spelling of the limits.
func stops(c *urfave.Context) string {
	var reasons []string
	for _, r := range []struct{ flag, text string }{
		{"limit", "processed %s messages"},
		{"failure-limit", "reached %s failed messages"},
		{"memory-limit", "exceeded %s of memory"},
		{"time-limit", "been running for %ss"},
	} {
		if value := c.String(r.flag); value != "" && value != "0" {
			reasons = append(reasons, fmt.Sprintf(r.text, value))
		}
	}
	last := "received a stop signal via the messenger:stop-workers command"
	if len(reasons) > 0 {
		last = strings.Join(reasons, ", ") + " or " + last
	}
	return "The worker will automatically exit once it has " + last + "."
}
