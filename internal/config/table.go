package config

import (
	"fmt"
	"slices"

	"envelog/decoder/messenger"
	"envelog/internal/failure"
	"envelog/internal/retry"
	"envelog/internal/settings"
	"envelog/internal/usage"
)

// The groups in which help shows settings and options.
const (
	GroupSources    = "Where settings come from"
	GroupSymfony    = "Options of Symfony's messenger:consume"
	GroupTransports = "Where messages come from"
	GroupLines      = "What the lines look like"
	GroupFiles      = "Where the lines go"
	GroupFailures   = "What becomes of messages that fail"
	GroupLimits     = "What a message may be at most"
	GroupLogging    = "envelog's own log"
	GroupObserving  = "Who may see how it is"
	GroupCommand    = "Options" // of one command; they have no environment variable
	GroupConsole    = "Options of the console"
)

// row is one row of the table.
type row = settings.Setting

// IsSetting reports whether s may be configured elsewhere than on the command line.
func IsSetting(s settings.Setting) bool { return s.Group != GroupCommand && s.Group != GroupConsole }

// In puts settings into a group.
func In(group string, all ...settings.Setting) []settings.Setting {
	for i := range all {
		all[i].Group = group
	}
	return all
}

// The defaults that are named elsewhere, too.
const (
	defaultKeepalive = "5" // seconds, ConsumeMessagesCommand::DEFAULT_KEEPALIVE_INTERVAL
	defaultLogDir    = "var/log"
)

// DefaultFormat is that of lines.
const DefaultFormat = "keyvalue"

// ConsumeSettings are those of messenger:consume, without those that another command gives another meaning.
func ConsumeSettings(without ...string) []settings.Setting {
	all := consumeSettings()
	return slices.DeleteFunc(all, func(s settings.Setting) bool { return slices.Contains(without, s.Name) })
}

func consumeSettings() []settings.Setting {
	return slices.Concat(workerSettings(), sourceSettings(), LineSettings(), FileSettings(), retentionSettings(), failureSettings(), rejectedSettings(), LimitSettings(), LogSettings(), observingSettings())
}

// workerSettings are the options of Symfony's messenger:consume, in its order.
func workerSettings() []settings.Setting {
	return In(GroupSymfony,
		row{Name: "limit", Unit: "messages", Parse: settings.As(settings.PositiveInteger), Letter: "l", Usage: "Stop after this many received messages, failed ones included"},
		row{Name: "failure-limit", Unit: "messages", Parse: settings.As(settings.UnlessZero(settings.PositiveInteger)), Letter: "f", Usage: "Stop after this many failed messages"},
		row{Name: "memory-limit", Unit: "bytes", Parse: settings.As(settings.UnlessZero(settings.Bytes)), Letter: "m", Usage: "Stop when Go's runtime holds more than this many bytes (K, M, G or T for larger units)"},
		row{Name: "time-limit", Unit: "s", Parse: settings.As(settings.PositiveSeconds), Letter: "t", Usage: "Stop after this many seconds"},
		row{Name: "sleep", Unit: "s", Parse: settings.As(settings.Seconds), Default: "1", Usage: "Seconds that one read waits for messages at most; a message that arrives ends it at once"},
		row{Name: "bus", Letter: "b", Usage: "Accepted and without effect"},
		row{Name: "queues", Kind: settings.List, Usage: "Refused, as Redis transports have no queues"},
		row{Name: "no-reset", Without: "0", Usage: "Accepted and without effect"},
		row{Name: "all", Kind: settings.Switch, Usage: "Consume messages from all transports"},
		row{Name: "exclude-receivers", Kind: settings.List, Usage: "Exclude a transport from --all"},
		row{Name: "keepalive", Unit: "s", Parse: settings.As(settings.PositiveSeconds), Without: defaultKeepalive, Usage: "Seconds between notices to Redis that messages in flight are still being handled; 5 without a value [default: a third of redeliver_timeout, from 1 to 60]"},
		row{Name: "fetch-size", Unit: "messages", Parse: settings.As(parseFetchSize), Default: "1000", Usage: "Messages to fetch at once at most"},
	)
}

// sourceSettings say where messages come from.
func sourceSettings() []settings.Setting {
	return slices.Concat(DSNSetting(), ClassSetting(), SerializerSetting(), ZoneSetting(), ConsumerSetting(),
		In(GroupTransports,
			row{Name: "restart-signal-file", Path: true, Usage: "File in which PHP's messenger:stop-workers leaves its signal [default: those of the application's cache pool]"},
			row{Name: "wait-for-redis", Unit: "s", Parse: settings.As(settings.Seconds), Default: "60", Usage: "Seconds that the start waits for a Redis, or a database, that cannot be reached or is starting, before it ends with an error; 0 not at all. Wrong credentials are an error at once"},
			row{Name: "stop-when-empty", Kind: settings.Switch, Usage: "Stop as soon as there are no more messages, as for all that lies on a failure transport"},
		))
}

// DSNSetting is that of every command that has to do with transports.
func DSNSetting() []settings.Setting {
	return In(GroupTransports, row{
		Name: dsnName, Kind: settings.Pairs, Application: transportKey + "dsn, " + transportKey + "options",
		Usage: "A transport, as name=redis://host:6379/stream/group?options; without it those of the application, else the only one of MESSENGER_TRANSPORT_DSN. A password here stands in the machine's list of processes: dsn-file and the variable do not",
	}, row{
		Name: dsnFile, Path: true,
		Usage: "File with a transport on each line, as dsn has it, such as a mounted secret",
	})
}

// The names of the settings that define transports.
const (
	dsnName = "dsn"
	dsnFile = "dsn-file"
)

const transportKey = "framework.messenger.transports.*."

// ClassSetting is that of the commands that make lines of messages.
func ClassSetting() []settings.Setting {
	return In(GroupTransports, row{
		Name: "class", Kind: settings.List, Application: "framework.messenger.routing",
		Usage: "Class of the messages that are log records, as App\\Message\\LogMessage or App\\Message\\*; others are not written [default: what the application routes to the transport]",
	})
}

// SerializerSetting belongs to DSNSetting.
func SerializerSetting() []settings.Setting {
	return In(GroupTransports, row{Name: "ignore-serializer", Kind: settings.Switch, Usage: "Read messages as Symfony's two serializers write them, although the application names a service of its own"})
}

// doctrineZone is the name of ZoneSetting.
const doctrineZone = "doctrine-timezone"

// ZoneSetting is that of the commands that work on Doctrine transports.
func ZoneSetting() []settings.Setting {
	return In(GroupTransports, row{Name: doctrineZone, Parse: settings.As(settings.Zone), Usage: "Time zone of the times in the tables of Doctrine transports, which Symfony before 6.3 writes in PHP's date.timezone, as Europe/Berlin [default: UTC]"})
}

// ConsumerSetting names the worker.
func ConsumerSetting() []settings.Setting {
	return In(GroupTransports, row{Name: "consumer", Usage: "Name of this consumer in the group [default: the DSN's, else the host's name, numbered when several processes share a log directory]"})
}

// formatterKey is where the application says how its own log files look.
const formatterKey = "monolog.handlers.*.formatter"

// LineSettings say what the lines look like.
func LineSettings() []settings.Setting {
	return append(In(GroupLines,
		row{Name: "format", Parse: settings.As(settings.OneOf("keyvalue", "line", "json", "logfmt")), Default: DefaultFormat, Usage: "keyvalue, line (Monolog's LineFormatter), json (Monolog's JsonFormatter) or logfmt"},
		row{Name: "line-format", Application: formatterKey, Usage: "Format of --format=line, with Monolog's placeholders [default: Monolog's]"},
		row{Name: "date-format", Application: formatterKey, Usage: "Format of dates, in PHP's letters [default: Y-m-d\\TH:i:s.uP]"},
		row{Name: "allow-inline-line-breaks", Application: formatterKey, Kind: settings.Switch, Usage: "Keep line breaks in the lines of --format=line, as LineFormatter's allowInlineLineBreaks"},
		row{Name: "ignore-empty-context-and-extra", Application: formatterKey, Kind: settings.Switch, Usage: "Print nothing in place of an empty context or extra, as Monolog's ignoreEmptyContextAndExtra (line and json)"},
		row{Name: "include-stacktraces", Application: formatterKey, Kind: settings.Switch, Usage: "Print the stack traces of exceptions, as Monolog's includeStacktraces (line and json); line keeps line breaks then"},
		row{Name: "indent-stacktraces", Application: formatterKey, Usage: "What stands before each line of a stack trace, as LineFormatter's indentStacktraces"},
		row{Name: "max-level-name-length", Application: formatterKey, Unit: "characters", Parse: settings.As(settings.PositiveInteger), Usage: "Cut the names of levels to this many characters, as LineFormatter's setMaxLevelNameLength"},
		row{Name: "show-serialized", Kind: settings.Switch, Usage: "Print what classes serialized themselves without a name, which may hold secrets such as the hash of a password"},
	), append(MapSetting(), SignatureSettings()...)...)
}

// MapSetting is that of the commands that decode messages.
func MapSetting() []settings.Setting {
	return In(GroupLines, row{Name: "map", Kind: settings.Pairs, Usage: "Take a field of the record from another property of the message, as level=severity"})
}

// secretName is the name of the setting for the application's secret.
const secretName = "secret"

// SignatureSettings are those of the commands that read messages which may be signed.
func SignatureSettings() []settings.Setting {
	return In(GroupTransports,
		row{Name: secretName, Secret: true, Application: "framework.secret", Usage: "The application's secret, with which signatures of messages are verified, and made for what is sent again; better in ENVELOG_SECRET than in the process list [default: APP_SECRET of the application]"},
		row{Name: "require-signature", Kind: settings.Switch, Usage: "Refuse messages without a signature, too"},
	)
}

// LogDirSetting is that of every command that has to do with files.
func LogDirSetting() []settings.Setting {
	return In(GroupFiles, row{Name: "log-dir", Default: defaultLogDir, Path: true, Application: "kernel.logs_dir", Usage: "Directory of the files <channel>-<date>.log; created when missing"})
}

// FileSettings say where the lines go.
func FileSettings() []settings.Setting {
	output := row{Name: "output", Parse: settings.As(settings.OneOf("files", "stdout")), Default: "files", Usage: "files, or stdout: each line to standard output, at least once, for containers whose output is collected; --log-dir then holds no lines"}
	return slices.Concat(In(GroupFiles, output), LogDirSetting(), In(GroupFiles,
		row{Name: "timezone", Parse: settings.As(settings.Zone), Usage: "Time zone of the dates in file names, as Europe/Berlin [default: that of each record]"},
		row{Name: "sync", Parse: settings.As(settings.OneOf("batch", "interval", "never")), Default: "batch", Usage: "When lines are forced to disk: batch (before messages are acknowledged), interval or never"},
		row{Name: "sync-interval", Unit: "s", Parse: settings.As(settings.PositiveSeconds), Default: "1", Usage: "Seconds between syncs of --sync=interval"},
		row{Name: "rotate-size", Unit: "bytes", Parse: settings.As(settings.UnlessZero(settings.Bytes)), Usage: "Bytes of a file (K, M, G or T for larger units), after which lines go to <channel>-<date>.1.log, then .2; 0 for any size [default: any]"},
		row{Name: "max-files", Unit: "files", Parse: settings.As(settings.PositiveInteger), Default: "1000", Usage: "Files a day at most; what would need more goes to one overflow file"},
		row{Name: "max-open-files", Unit: "files", Parse: settings.As(settings.PositiveInteger), Default: "256", Usage: "Files open at once at most"},
		row{Name: "file-mode", Unit: "octal", Parse: settings.As(settings.FileMode), Default: "0640", Usage: "Permissions of new files, octal"},
		row{Name: "dir-mode", Unit: "octal", Parse: settings.As(settings.FileMode), Default: "0750", Usage: "Permissions of new directories, octal; .envelog gets them too, and a mode that lets the group write lets it into .rejected"},
	))
}

// retentionSettings say what becomes of files that are no longer written to.
func retentionSettings() []settings.Setting {
	return In(GroupFiles,
		row{Name: "min-free", Unit: "bytes", Parse: settings.As(settings.UnlessZero(settings.Bytes)), Usage: "Bytes of the disk (K, M, G or T for larger units) that stay free; reading pauses while fewer are; 0 to fill it [default: 0]"},
		row{Name: "keep-days", Unit: "days", Parse: settings.As(settings.UnlessZero(settings.PositiveInteger)), Usage: "Days whose files are kept, today included; 0 for all [default: all]"},
		row{Name: "keep-files", Unit: "files", Parse: settings.As(settings.UnlessZero(settings.PositiveInteger)), Usage: "Files of each channel that are kept, as Monolog's maxFiles; 0 for all [default: all]"},
		row{Name: "keep-bytes", Unit: "bytes", Parse: settings.As(settings.UnlessZero(settings.Bytes)), Usage: "Bytes of all log files together (K, M, G or T for larger units), above which the oldest are removed; 0 for any number [default: any]"},
		row{Name: "compress", Parse: settings.As(settings.OneOf("none", "gzip", "zstd")), Default: "none", Usage: "Compress files that are no longer written to: none, gzip or zstd"},
		row{Name: "compress-after", Unit: "s", Parse: settings.As(settings.Age), Default: "1d", Usage: "Time without a write before a file is compressed, in seconds, or with m, h or d for larger units"},
	)
}

// rejectedSettings bound what is kept raw of messages.
func rejectedSettings() []settings.Setting {
	return In(GroupFailures,
		row{Name: "rejected-max-bytes", Unit: "bytes", Parse: settings.As(settings.Bytes), Default: "1G", Usage: "Bytes of all messages in <log-dir>/.rejected (K, M, G or T for larger units), above which such messages stay pending in Redis"},
		row{Name: "rejected-max-messages", Unit: "messages", Parse: settings.As(settings.PositiveInteger), Default: "10000", Usage: "Messages in <log-dir>/.rejected, above which such messages stay pending in Redis"},
	)
}

// FailureTransportSetting names the global failure transport.
func FailureTransportSetting() []settings.Setting {
	return In(GroupTransports, row{
		Name: "failure-transport", Application: transportKey + "failure_transport, framework.messenger.failure_transport",
		Usage: "Transport to which messages go that fail for good, one that --dsn or the application defines [default: what the application configures; without one they are kept in <log-dir>/.rejected]",
	})
}

// failureSettings say what becomes of messages that cannot be handled.
func failureSettings() []settings.Setting {
	const strategy = transportKey + "retry_strategy."
	standard := retry.Default()
	otherwise := func(value any) string { return fmt.Sprintf(" [default: the application's, else %v]", value) }
	return append(FailureTransportSetting(), In(GroupFailures,
		row{Name: "max-retries", Parse: settings.As(settings.WholeNumber), Application: strategy + "max_retries", Usage: "How often a message is retried whose file cannot be written" + otherwise(standard.MaxRetries)},
		row{Name: "retry-delay", Unit: "ms", Parse: settings.As(settings.Milliseconds), Application: strategy + "delay", Usage: "Milliseconds before the first retry" + otherwise(standard.Delay.Milliseconds())},
		row{Name: "retry-multiplier", Parse: settings.As(settings.Number), Application: strategy + "multiplier", Usage: "By which each delay is longer than the one before" + otherwise(standard.Multiplier)},
		row{Name: "retry-max-delay", Unit: "ms", Parse: settings.As(settings.Milliseconds), Application: strategy + "max_delay", Usage: "Milliseconds that a delay is at most, 0 for no limit" + otherwise(standard.MaxDelay.Milliseconds())},
		row{Name: "retry-jitter", Parse: settings.As(settings.Number), Application: strategy + "jitter", Usage: "Share of a delay that is random, 0 to 1" + otherwise(standard.Jitter)},
		row{Name: "symfony", Parse: settings.As(parseVersion), Usage: "Version of the PHP workers, for the shape of stamps: 5.4, 6.4, 7.4 or 8.1 [default: as messages show, else what all of them read]"},
		row{Name: "unknown", Parse: settings.As(parseUnknown), Usage: "What becomes of messages that are no log records: fail, leave (to PHP workers of the group) or ignore (acknowledged) [default: leave where their classes are not known, else fail]"},
	)...)
}

// LimitSettings say what a message may be at most.
func LimitSettings() []settings.Setting {
	return In(GroupLimits,
		row{Name: "max-message-bytes", Unit: "bytes", Parse: settings.As(settings.Bytes), Default: "16M", Usage: "Bytes of a message (K, M, G or T for larger units); a larger one is rejected"},
		row{Name: "max-depth", Unit: "levels", Parse: settings.As(settings.PositiveInteger), Default: "4096", Usage: "Levels of nested values; a deeper message is rejected"},
		row{Name: "max-elements", Unit: "values", Parse: settings.As(settings.PositiveInteger), Default: "262144", Usage: "Values in one message; one with more is rejected"},
	)
}

// ProjectSettings are those of every command that reads a Symfony application.
func ProjectSettings() []settings.Setting {
	return In(GroupSources,
		row{Name: "project-dir", Path: true, Usage: "Directory of a Symfony application, whose configuration is read [default: the current one, when it is one]"},
		row{Name: "no-project", Kind: settings.Switch, Usage: "Do not read the configuration of an application"},
	)
}

// FileSetting is that of every command that has settings: the path of envelog.yaml.
func FileSetting() []settings.Setting {
	return In(GroupSources, row{Name: "config", Path: true, Usage: "File with settings [default: envelog.yaml in the project or the current directory, when it is there]"})
}

// LogSettings are those of every command: what its own log on standard error looks like.
func LogSettings() []settings.Setting {
	return In(GroupLogging,
		row{Name: "log-format", Parse: settings.As(settings.OneOf("console", "json")), Default: "console", Usage: "What envelog's own log on standard error looks like: console (as Symfony's) or json, an object a line"},
		row{Name: "log-level", Parse: settings.As(settings.OneOf("debug", "info", "notice", "warning", "error", "critical")), Usage: "Least severe level of envelog's own log: debug, info, notice, warning, error or critical [default: warning, or as -q and -v say]"},
	)
}

// observingSettings say who may see how a worker is.
func observingSettings() []settings.Setting {
	return In(GroupObserving,
		row{Name: "listen", Usage: "Address, as 127.0.0.1:9400, that serves metrics for Prometheus on /metrics, and /livez and /readyz [default: none]"},
		row{Name: "listen-token-file", Path: true, Usage: "File with a token that everything but /livez and /readyz asks for, as a bearer token or a password; needed where others reach the address [default: on loopback, the page alone asks for that of .envelog/page.token]"},
		row{Name: "listen-metrics-only", Kind: settings.Switch, Usage: "Serve nothing that shows log records; then an address that others reach needs no token"},
		row{Name: "listen-write", Kind: settings.Switch, Usage: "Let the page retry and remove failed messages; needs --listen-token-file"},
	)
}

// parseFetchSize has Symfony 8.1's words.
func parseFetchSize(option, text string) (int, error) {
	n, err := settings.PositiveInteger(option, text)
	if err != nil {
		return 0, usage.Errorf(`The "--%s" option must be a positive integer, "%s" given.`, option, text)
	}
	return n, nil
}

func parseVersion(_, text string) (messenger.Version, error) { return messenger.ParseVersion(text) }

func parseUnknown(option, text string) (failure.Unknown, error) {
	word, err := settings.OneOf(string(failure.Fail), string(failure.Leave), string(failure.Ignore))(option, text)
	return failure.Unknown(word), err
}
