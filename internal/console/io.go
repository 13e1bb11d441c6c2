package console

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"

	"envelog/internal/loglevel"
	"envelog/internal/usage"
)

// IO is what one invocation prints to and asks on.
type IO struct {
	Out, Err  *Console
	Log       *slog.Logger // prints to Err
	Verbosity Verbosity

	// Signals is os/signal.Notify: a question that is asked is ended by them. Nil: it is not.
	Signals func(c chan<- os.Signal, signals ...os.Signal)

	level       slog.LevelVar // of Log
	in          io.Reader
	answers     chan string // the lines of in, once something was asked
	interaction bool        // neither --no-interaction nor --quiet is given
	ended       bool        // in has no more answers
}

// Streams are those of a process.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// Open looks for the options that say how to print, whatever else is wrong with the command line (Symfony
// Application::configureIO).
func Open(streams Streams, args []string, getenv func(name string) string) *IO {
	o := &IO{
		Out: New(streams.Out, getenv), Err: New(streams.Err, getenv),
		in: streams.In, interaction: !declinesInteraction(args),
	}
	o.Verbosity = readVerbosity(args, getenv)
	for _, token := range beforeEnd(args) {
		if token == "--ansi" || token == "--no-ansi" {
			o.Out.colours, o.Err.colours = token == "--ansi", token == "--ansi"
		}
	}
	for _, c := range []*Console{o.Out, o.Err} {
		c.muted = o.Verbosity <= Quiet
	}
	o.interaction = o.interaction && o.Verbosity > Quiet // as Application::configureIO
	o.SetLog(logFormat(args, getenv), "")
	return o
}

// oneLine joins lines, those that are sentences with spaces, and others with semicolons.
func oneLine(text string) string {
	var line strings.Builder
	for part := range strings.SplitSeq(text, "\n") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		if line.Len() > 0 {
			if !strings.ContainsAny(line.String()[line.Len()-1:], ".?!:") {
				line.WriteByte(';')
			}
			line.WriteByte(' ')
		}
		line.WriteString(part)
	}
	return line.String()
}

// logFormat is the format of the log before the settings are read, which may fail.
func logFormat(args []string, getenv func(name string) string) string {
	const option = "--log-format"
	for i, token := range beforeEnd(args) {
		if format, found := strings.CutPrefix(token, option+"="); found {
			return format
		}
		if token == option && i+1 < len(args) {
			return args[i+1]
		}
	}
	return getenv("ENVELOG_LOG_FORMAT")
}

// SetLog makes the log one of that format, console or json, and level: debug, info, notice, warning, error or
// critical, or "" for that of the verbosity.
func (o *IO) SetLog(format, level string) {
	o.SetLogLevel(level)
	if format == "json" {
		o.Log = newJSONLogger(o.Err, &o.level)
		return
	}
	o.Log = newLogger(o.Err, &o.level)
}

// SetLogLevel changes the level of the log, also of one that is in use.
func (o *IO) SetLogLevel(level string) {
	if level == "" {
		o.level.Set(o.Verbosity.level())
		return
	}
	o.level.Set(levelOf(level))
}

// Failure says what ended the program. On a terminal that is Symfony's block, and below it, when the command line is what
// is wrong, how the command is used. Elsewhere it is one line of the log, with time and level: a program that is started
// again and again is readable there.
func (o *IO) Failure(err error, synopsis string) {
	if o.Verbosity <= Silent {
		return
	}
	if o.Err.terminal {
		if _, wrong := errors.AsType[usage.Error](err); !wrong {
			synopsis = ""
		}
		o.Err.failure(err, synopsis)
		return
	}
	o.Log.Log(context.Background(), loglevel.Critical, oneLine(err.Error()))
}

// beforeEnd returns the tokens in front of "--".
func beforeEnd(tokens []string) []string {
	if end := slices.Index(tokens, "--"); end >= 0 {
		return tokens[:end]
	}
	return tokens
}

func readVerbosity(args []string, getenv func(name string) string) (v Verbosity) {
	if n, err := strconv.Atoi(getenv("SHELL_VERBOSITY")); err == nil {
		v = Verbosity(min(max(n, int(Silent)), int(Debug)))
	}
	level := Normal
	for _, token := range beforeEnd(args) {
		switch {
		case token == "--silent":
			level = Silent
		case token == "--quiet" || isSwitches(token) && strings.Contains(token, "q"):
			level = min(level, Quiet)
		case token == "--verbose" && level >= Normal:
			level++
		case isSwitches(token) && level >= Normal:
			level += Verbosity(strings.Count(token, "v"))
		}
	}
	if level != Normal {
		v = min(level, Debug)
	}
	return v
}

func declinesInteraction(args []string) bool {
	return HasSwitch(args, "--no-interaction") || slices.ContainsFunc(args, func(a string) bool {
		return isSwitches(a) && strings.Contains(a, "n")
	})
}

// isSwitches reports whether token is nothing but short options without a value.
func isSwitches(token string) bool {
	return len(token) > 1 && token[0] == '-' && strings.Trim(token[1:], "hnqvV") == ""
}

// HasSwitch reports whether one of the names stands among the tokens, in front of "--".
func HasSwitch(tokens []string, names ...string) bool {
	return slices.ContainsFunc(beforeEnd(tokens), func(token string) bool { return slices.Contains(names, token) })
}
