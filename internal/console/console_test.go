package console

import (
	"bytes"
	"errors"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"envelog/internal/loglevel"
	"envelog/internal/usage"
)

// The expected blocks are what Symfony 7.4 printed at these widths.

func plainConsole(width int) (*Console, *bytes.Buffer) {
	var out bytes.Buffer
	return &Console{out: &stream{to: &out}, width: width, wraps: true}, &out
}

func TestBlocks(t *testing.T) {
	for _, tc := range []struct {
		name  string
		width int
		print func(*Console)
		want  string
	}{
		{"success", 80, func(c *Console) { c.Success(`Consuming messages from transport "async".`) },
			"\n [OK] Consuming messages from transport \"async\".                                $\n\n"},
		{"success, wrapped", 40, func(c *Console) { c.Success(`Consuming messages from transport "async_logging".`) },
			"\n [OK] Consuming messages from transport $\n      \"async_logging\".                  $\n\n"},
		{"comment, wrapped", 40, func(c *Console) {
			c.Comment("The worker will automatically exit once it has processed 3 messages, been running for 1s or received a stop signal via the messenger:stop-workers command.")
		}, "\n // The worker will automatically exit  $\n // once it has processed 3 messages,   $\n" +
			" // been running for 1s or received a   $\n // stop signal via the                 $\n" +
			" // messenger:stop-workers command.     $\n\n"},
		{"no more than 120 columns", 200, func(c *Console) { c.Comment("Quit the worker with CONTROL-C.") },
			"\n // Quit the worker with CONTROL-C." + strings.Repeat(" ", 85) + "$\n\n"},
		{"failure", 80, func(c *Console) {
			c.failure(errors.New(`Option "limit" must be a positive integer, "0" passed.`), "usage")
		}, "\n" + strings.Repeat(" ", 58) + "$\n  Option \"limit\" must be a positive integer, \"0\" passed.  $\n" +
			strings.Repeat(" ", 58) + "$\n\nusage\n\n"},
		{"failure, wrapped", 40, func(c *Console) {
			c.failure(errors.New(`Option "limit" must be a positive integer, "abc" passed.`), "")
		}, "\n" + strings.Repeat(" ", 37) + "$\n  Option \"limit\" must be a positive  $\n  integer, \"abc\" passed.             $\n" +
			strings.Repeat(" ", 37) + "$\n\n"},
		{"failure with several lines and control characters", 80, func(c *Console) {
			c.failure(errors.New("one\ntwo \x1b[2J"), "")
		}, "\n" + strings.Repeat(" ", 15) + "$\n  one          $\n  two \\x1b[2J  $\n" + strings.Repeat(" ", 15) + "$\n\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, out := plainConsole(tc.width)
			tc.print(c)
			want := strings.ReplaceAll(tc.want, "$", "")
			if out.String() != want {
				t.Errorf("got:\n%s\nwant:\n%s", strings.ReplaceAll(out.String(), "\n", "$\n"), strings.ReplaceAll(want, "\n", "$\n"))
			}
		})
	}
}

func TestColoursAreForBlocksToo(t *testing.T) {
	c, out := plainConsole(30)
	c.colours = true
	c.Success("Done.")
	want := "\n\x1b[30;42m" + strings.Repeat(" ", 30) + "\x1b[0m\n\x1b[30;42m [OK] Done." + strings.Repeat(" ", 19) + "\x1b[0m\n"
	if !strings.HasPrefix(out.String(), want) {
		t.Errorf("got %q", out)
	}
}

func TestSilence(t *testing.T) {
	c, out := plainConsole(80)
	c.muted = true
	c.Comment("text")
	if out.Len() > 0 {
		t.Errorf("muted, printed %q", out)
	}
	if c.failure(errors.New("wrong"), ""); out.Len() == 0 {
		t.Error("muted, an error must still be printed")
	}
}

func TestFatalErrors(t *testing.T) {
	two := errors.Join(errors.New("one"), usage.Errorf("two \x1b[2J"))
	for _, tc := range []struct {
		name, args, environment string
		terminal                bool
		err                     error
		want                    string
	}{
		{"in a pipe", "", "", false, two, `^\d\d:\d\d:\d\d CRITICAL  \[messenger\] one; two \\x1b\[2J\n$`},
		{"as long as it is", "", "", false, errors.New(strings.Repeat("x", 300)), `CRITICAL  \[messenger\] x{300}\n$`},
		{"quiet", "-q", "", false, two, `CRITICAL`},
		{"silent", "--silent", "", false, two, `^$`},
		{"as an object", "consume --log-format json", "", false, two, `^\{"time":"[^"]+","level":"CRITICAL","msg":"one; two [^"]+"\}\n$`},
		{"as an object, by the environment", "", "json", false, two, `^\{"time"`},
		{"on a terminal, of a command line", "", "", true, two, `(?s)^\n *\n  one +\n  two .*\n\nsynopsis\n\n$`},
		{"on a terminal, of a server", "", "", true, errors.New("connection refused"), `(?s)^\n *\n  connection refused  \n *\n\n$`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var out bytes.Buffer
			getenv := func(name string) string { return map[string]string{"ENVELOG_LOG_FORMAT": tc.environment}[name] }
			o := Open(Streams{Err: &out}, strings.Fields(tc.args), getenv)
			o.Err.terminal = tc.terminal
			o.Failure(tc.err, "synopsis")
			if !regexp.MustCompile(tc.want).Match(out.Bytes()) {
				t.Errorf("got %q, want %s", out.String(), tc.want)
			}
		})
	}
}

// TestInAPipeNothingIsCut has lines that are longer than any terminal is wide.
func TestInAPipeNothingIsCut(t *testing.T) {
	var out bytes.Buffer
	c := New(&out, func(string) string { return "" })
	long := strings.Repeat("word ", 100) + "end"
	c.Success(long)
	if want := "\n [OK] " + long + "\n\n"; out.String() != want {
		t.Errorf("got %q", out.String())
	}
	if got := c.Clip(long, 2); got != long {
		t.Errorf("got %q", got)
	}
}

func TestColumnsOfATerminal(t *testing.T) {
	c, out := plainConsole(20)
	c.terminal = true
	c.Table([]string{"a", "b"}, [][]string{{"日本", "1"}, {"e\u0301t\u00e9", "2"}, {"abcd", "3"}})
	for line := range strings.Lines(out.String()) {
		if text := strings.TrimSpace(line); text != "" && columns(line) != 12 {
			t.Errorf("%d columns: %q", columns(line), line)
		}
	}
	for _, tc := range []struct{ text, want string }{
		{"short", "short"}, {strings.Repeat("x", 30), strings.Repeat("x", 15) + "..."}, {strings.Repeat("語", 30), strings.Repeat("語", 7) + "..."},
	} {
		if got := c.Clip(tc.text, 2); got != tc.want {
			t.Errorf("%q is cut to %q, want %q", tc.text, got, tc.want)
		}
	}
	if got := Wrap("日本語日本語 one", 4); strings.Join(got, "|") != "日本|語日|本語|one" {
		t.Errorf("wrapped %q", got)
	}
}

func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"plain äöü": "plain äöü", "a\x1b[31mb": `a\x1b[31mb`, "a\rb\n": `a\rb\n`, "\xff\xfeA": `\xff\xfeA`, "a\u202eb": `a\u202eb`, "\ufffd\x1b": `�\x1b`,
	} {
		if got := Printable(text); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}

func TestLogLines(t *testing.T) {
	c, out := plainConsole(80)
	log := newLogger(c, slog.LevelDebug).With("first", 1)
	log.Info("Received message "+`App\Log`+"\x1b", "class", `App\Log`, "names", []string{"a", "b"}, "ok", true)
	want := `^\d\d:\d\d:\d\d INFO      \[messenger\] Received message App\\Log\\x1b ` +
		`\["first" => 1, "class" => "App\\Log", "names" => \["a", "b"\], "ok" => true\]` + "\n$"
	if !regexp.MustCompile(want).Match(out.Bytes()) {
		t.Errorf("got %s", out)
	}
}

func TestLevelsOfVerbosity(t *testing.T) {
	for v, want := range map[Verbosity]string{
		Silent: "", Quiet: "ERROR CRITICAL", Normal: "WARNING ERROR CRITICAL", Verbose: "NOTICE WARNING ERROR CRITICAL",
		VeryVerbose: "INFO NOTICE WARNING ERROR CRITICAL", Debug: "DEBUG INFO NOTICE WARNING ERROR CRITICAL",
	} {
		c, out := plainConsole(80)
		log := newLogger(c, v.level())
		for _, l := range []slog.Level{slog.LevelDebug, slog.LevelInfo, loglevel.Notice, slog.LevelWarn, slog.LevelError, loglevel.Critical} {
			log.Log(t.Context(), l, "")
		}
		var levels []string
		for line := range strings.Lines(out.String()) {
			levels = append(levels, strings.Fields(line)[1])
		}
		if got := strings.Join(levels, " "); got != want {
			t.Errorf("verbosity %d shows %s, want %s", v, got, want)
		}
	}
}

func TestConsoleOptions(t *testing.T) {
	for _, tc := range []struct {
		args, environment string
		want              Verbosity
	}{
		{"", "", Normal}, {"-v", "", Verbose}, {"-vv", "", VeryVerbose}, {"-vvv", "", Debug}, {"-vvvv", "", Debug},
		{"-v -v", "", VeryVerbose}, {"--verbose", "", Verbose}, {"-q", "", Quiet}, {"-nq", "", Quiet}, {"-nvv", "", VeryVerbose},
		{"--quiet -vv", "", Quiet}, {"--silent", "", Silent}, {"-- -v", "", Normal}, {"-l5v", "", Normal},
		{"", "3", Debug}, {"", "-1", Quiet}, {"-v", "3", Verbose}, {"", "x", Normal}, {"", "9", Debug},
	} {
		getenv := func(name string) string {
			if name == "SHELL_VERBOSITY" {
				return tc.environment
			}
			return ""
		}
		if got := Open(Streams{}, strings.Fields(tc.args), getenv).Verbosity; got != tc.want {
			t.Errorf("%q, SHELL_VERBOSITY=%q: %d, want %d", tc.args, tc.environment, got, tc.want)
		}
	}
}
