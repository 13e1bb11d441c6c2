package console

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"envelog/internal/loglevel"
	"envelog/internal/secret"
)

// Verbosity is Symfony's level of output (OutputInterface::VERBOSITY_*).
type Verbosity int

// The levels.
const (
	Silent      Verbosity = iota - 2 // --silent
	Quiet                            // -q
	Normal                           //
	Verbose                          // -v
	VeryVerbose                      // -vv
	Debug                            // -vvv
)

// level returns the least severe level that is logged (Monolog bridge, ConsoleHandler).
func (v Verbosity) level() slog.Level {
	switch {
	case v <= Silent:
		return slog.Level(1 << 10)
	case v == Quiet:
		return slog.LevelError
	case v == Normal:
		return slog.LevelWarn
	case v == Verbose:
		return loglevel.Notice
	case v == VeryVerbose:
		return slog.LevelInfo
	}
	return slog.LevelDebug
}

// logHandler prints records as Symfony's console prints those of Monolog (monolog-bridge ConsoleFormatter):
//
//	10:08:30 WARNING   [messenger] message ["key" => "value", "number" => 1]
type logHandler struct {
	console *Console
	least   slog.Leveler
	attrs   []slog.Attr
	mu      *sync.Mutex
}

func newLogger(c *Console, least slog.Leveler) *slog.Logger {
	return slog.New(&logHandler{console: c, least: least, mu: &sync.Mutex{}})
}

// newJSONLogger prints each record as an object on a line of its own.
func newJSONLogger(c *Console, least slog.Leveler) *slog.Logger {
	name := func(_ []string, a slog.Attr) slog.Attr {
		if level, ok := a.Value.Any().(slog.Level); ok && a.Key == slog.LevelKey {
			text, _ := levelName(level)
			a.Value = slog.StringValue(text)
			return a
		}
		switch v := a.Value.Resolve(); v.Kind() {
		case slog.KindString, slog.KindAny:
			if _, isList := v.Any().([]string); !isList {
				a.Value = slog.StringValue(secret.InText(v.String()))
			}
		}
		return a
	}
	return slog.New(slog.NewJSONHandler(c.out, &slog.HandlerOptions{Level: least, ReplaceAttr: name}))
}

// levelOf returns the level of that name.
func levelOf(name string) slog.Level {
	return map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "notice": loglevel.Notice,
		"warning": slog.LevelWarn, "error": slog.LevelError, "critical": loglevel.Critical,
	}[name]
}

// Enabled implements [slog.Handler].
func (h *logHandler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= h.least.Level()
}

// WithAttrs implements [slog.Handler].
func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	more := *h
	more.attrs = slices.Concat(h.attrs, attrs)
	return &more
}

// WithGroup implements [slog.Handler]. A context has no groups: keys stay as they are.
func (h *logHandler) WithGroup(string) slog.Handler { return h }

// Handle implements [slog.Handler].
func (h *logHandler) Handle(_ context.Context, r slog.Record) error {
	name, colour := levelName(r.Level)
	var line strings.Builder
	line.WriteString(r.Time.Format("15:04:05") + " ")
	line.WriteString(h.console.Paint(colour, fmt.Sprintf("%-9s", name)))
	line.WriteString(" " + h.console.Paint("33", "[messenger]") + " " + told(r.Message))
	attrs := slices.Clip(h.attrs)
	r.Attrs(func(a slog.Attr) bool { attrs = append(attrs, a); return true })
	if len(attrs) > 0 {
		line.WriteString(" [" + dump(attrs) + "]")
	}
	line.WriteByte('\n')
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := h.console.out.Write([]byte(line.String()))
	return err
}

func levelName(l slog.Level) (name, colour string) {
	switch {
	case l < slog.LevelInfo:
		return "DEBUG", "37"
	case l < loglevel.Notice:
		return "INFO", "32"
	case l < slog.LevelWarn:
		return "NOTICE", "34"
	case l < slog.LevelError:
		return "WARNING", "36"
	case l < loglevel.Critical:
		return "ERROR", "33"
	}
	return "CRITICAL", "31"
}

// dump writes attributes as the elements of a PHP array.
func dump(attrs []slog.Attr) string {
	elements := make([]string, len(attrs))
	for i, a := range attrs {
		elements[i] = fmt.Sprintf(`"%s" => %s`, Printable(a.Key), dumpValue(a.Value.Resolve()))
	}
	return strings.Join(elements, ", ")
}

func dumpValue(v slog.Value) string {
	switch v.Kind() {
	case slog.KindBool, slog.KindInt64, slog.KindUint64, slog.KindFloat64:
		return v.String()
	case slog.KindAny:
		if list, ok := v.Any().([]string); ok {
			return dumpList(list)
		}
	}
	return `"` + told(v.String()) + `"`
}

// told is a text of an error, or of the log, as it may be printed: a library may have put a DSN into it.
func told(text string) string { return Printable(secret.InText(text)) }

func dumpList(list []string) string {
	elements := make([]string, len(list))
	for i, s := range list {
		elements[i] = `"` + told(s) + `"`
	}
	return "[" + strings.Join(elements, ", ") + "]"
}
