package cli_test

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/gomodule/redigo/redis"
	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"envelog/cli"
	"envelog/fixtures"
	"envelog/internal/demo"
)

// The scripts below testdata/script run envelog and its demo in their own processes. Beside testscript's commands they have:
//
//	redis                        starts a server; $REDIS is its address
//	publish stream count         puts so many recorded messages on a stream, one kind after the other
//	payload name file            writes the field of a recorded message to a file
//	fail stream count            puts messages on a stream that failed in PHP; $FAILED1 is the id of the first
//	poison stream text [count]   puts an entry, or so many, on a stream that nobody can decode; $LAST is the last id
//	settled stream [left]        soon nothing is pending, and so many entries are left on the stream, or none
//	hold stream consumer count   puts recorded messages on a stream and has a consumer read them
//	consumers stream name...     the group of the stream has these consumers; $HOST is the name of this host
//	rmdir path                   removes an empty directory
//	await pattern count          waits until the files that match have so many lines
//	await-text file text         waits until the file has the text
//	signal name                  sends SIGname to the program in the background
//	lines pattern count          the files that match have so many lines
func TestMain(m *testing.M) {
	process := func() cli.Process {
		return cli.Process{
			Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
			Getenv: os.Getenv, Environ: os.Environ, Notify: signal.Notify,
		}
	}
	testscript.Main(leakCheck{m}, map[string]func(){
		"envelog":      func() { os.Exit(cli.Run(context.Background(), process())) },
		"envelog-demo": func() { os.Exit(cli.RunProgram(context.Background(), process(), demo.Program())) },
	})
}

// removeAtEnd are directories that several tests share, and which go when all are over.
var (
	removeAtEnd  []string
	removeAtEnds sync.Mutex
)

func removeLater(dir string) {
	removeAtEnds.Lock()
	defer removeAtEnds.Unlock()
	removeAtEnd = append(removeAtEnd, dir)
}

// leakCheck fails when tests leave goroutines behind.
type leakCheck struct{ *testing.M }

func (l leakCheck) Run() int {
	code := l.M.Run()
	for _, dir := range removeAtEnd {
		_ = os.RemoveAll(dir) // what is left of it costs some space
	}
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func TestScripts(t *testing.T) {
	runScripts(t, func(t testing.TB) string { return miniredis.RunT(t).Addr() })
}

// runScripts runs all scripts; serve starts a server that ends with its test, and returns the address.
func runScripts(t *testing.T, serve func(testing.TB) string) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("COLUMNS", "80")
			e.Setenv("TZ", "UTC")
			e.Setenv("GORACE", "atexit_sleep_ms=0") // the race detector would sleep a second in each process
			host, err := os.Hostname()
			e.Setenv("HOST", host)
			return err
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"redis": func(ts *testscript.TestScript, _ bool, _ []string) {
				ts.Setenv("REDIS", serve(scriptTB{TB: t, ts: ts}))
			},
			"publish":  publish,
			"hold":     hold,
			"payload":  payload,
			"fail":     fail,
			"recorded": recorded,
			"poison": func(ts *testscript.TestScript, _ bool, args []string) {
				times := 1
				if len(args) > 2 {
					times = number(ts, args[2])
				}
				for range times {
					ts.Setenv("LAST", add(ts, dial(ts), args[0], args[1]))
				}
			},
			"settled": settled,
			"signal":  sendSignal,
			"await":   await,
			"await-text": func(ts *testscript.TestScript, _ bool, args []string) {
				var content []byte
				if !polling(func() bool {
					content, _ = os.ReadFile(ts.MkAbs(args[0]))
					return strings.Contains(string(content), args[1])
				}) {
					ts.Fatalf("%s has no %q after %v:\n%s", args[0], args[1], patience, content)
				}
			},
			"rmdir":     func(ts *testscript.TestScript, _ bool, args []string) { ts.Check(os.Remove(ts.MkAbs(args[0]))) },
			"consumers": consumers,
			"lines": func(ts *testscript.TestScript, _ bool, args []string) {
				if got, want := countLines(ts, args[0]), number(ts, args[1]); got != want {
					ts.Fatalf("%s has %d lines, want %d", args[0], got, want)
				}
			},
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// scriptTB lets a server end with its script instead of with the whole test.
type scriptTB struct {
	testing.TB
	ts *testscript.TestScript
}

func (s scriptTB) Cleanup(f func())                  { s.ts.Defer(f) }
func (s scriptTB) Fatalf(format string, args ...any) { s.ts.Fatalf(format, args...) }

// do sends one command to the script's server.
func do(ts *testscript.TestScript, c redis.Conn, command string, args ...any) any {
	reply, err := c.Do(command, args...)
	ts.Check(err)
	return reply
}

func dial(ts *testscript.TestScript) redis.Conn {
	c, err := redis.Dial("tcp", ts.Getenv("REDIS"))
	ts.Check(err)
	ts.Defer(func() { _ = c.Close() })
	return c
}

func add(ts *testscript.TestScript, c redis.Conn, stream, field string) (id string) {
	id, err := redis.String(do(ts, c, "XADD", stream, "*", "message", field), nil)
	ts.Check(err)
	return id
}

func fail(ts *testscript.TestScript, _ bool, args []string) {
	field, c := recording(ts, "worker-failed"), dial(ts)
	for n := range number(ts, args[1]) {
		ts.Setenv("FAILED"+strconv.Itoa(n+1), add(ts, c, args[0], field))
	}
}

func recorded(ts *testscript.TestScript, _ bool, args []string) {
	c := dial(ts)
	for _, name := range args[1:] {
		add(ts, c, args[0], recording(ts, name))
	}
}

// recording returns the stored field of a recorded case.
func recording(ts *testscript.TestScript, name string) string {
	cases, err := fixtures.Load("forky")
	ts.Check(err)
	i := slices.IndexFunc(cases, func(c fixtures.Case) bool { return c.Name == name })
	if i < 0 {
		ts.Fatalf("no message is called %s", name)
	}
	return string(cases[i].Field)
}

func publish(ts *testscript.TestScript, _ bool, args []string) {
	cases, c := typical(ts), dial(ts)
	for i := range number(ts, args[1]) {
		add(ts, c, args[0], string(cases[i%len(cases)].Field))
	}
}

func payload(ts *testscript.TestScript, _ bool, args []string) {
	for _, c := range typical(ts) {
		if c.Name == args[0] {
			ts.Check(os.WriteFile(ts.MkAbs(args[1]), c.Field, 0o600))
			return
		}
	}
	ts.Fatalf("no message is called %s", args[0])
}

func typical(ts *testscript.TestScript) []fixtures.Case {
	cases, err := fixtures.Typical("forky")
	ts.Check(err)
	return cases
}

func settled(ts *testscript.TestScript, _ bool, args []string) {
	left := 0
	if len(args) > 1 {
		left = number(ts, args[1])
	}
	c := dial(ts)
	entries, pending := 0, 0
	done := polling(func() bool { // a program in the background acknowledges after it wrote
		entries, _ = redis.Int(do(ts, c, "XLEN", args[0]), nil)
		summary, _ := redis.Values(do(ts, c, "XPENDING", args[0], "symfony"), nil)
		pending, _ = redis.Int(summary[0], nil)
		return entries == left && pending == 0
	})
	if !done {
		ts.Fatalf("%s has %d entries, %d of them pending, want %d and none", args[0], entries, pending, left)
	}
}

// hold gives the consumer entries that nobody else can read first: they are put there and read in one step.
func hold(ts *testscript.TestScript, _ bool, args []string) {
	const script = `for i = 1, tonumber(ARGV[3]) do
	redis.call('XADD', KEYS[1], '*', 'message', ARGV[2])
	redis.call('XREADGROUP', 'GROUP', 'symfony', ARGV[1], 'STREAMS', KEYS[1], '>')
end`
	do(ts, dial(ts), "EVAL", script, 1, args[0], args[1], typical(ts)[0].Field, args[2])
}

func consumers(ts *testscript.TestScript, _ bool, want []string) {
	replies, err := redis.Values(do(ts, dial(ts), "XINFO", "CONSUMERS", want[0], "symfony"), nil)
	ts.Check(err)
	var got []string
	for _, reply := range replies {
		fields, err := redis.Values(reply, nil) // name, the name, and so on
		ts.Check(err)
		got = append(got, string(fields[1].([]byte)))
	}
	slices.Sort(got)
	if slices.Sort(want[1:]); !slices.Equal(got, want[1:]) {
		ts.Fatalf("the consumers are %q", got)
	}
}

func await(ts *testscript.TestScript, _ bool, args []string) {
	if !polling(func() bool { return countLines(ts, args[0]) >= number(ts, args[1]) }) {
		ts.Fatalf("%s has %d lines after %v, want %s", args[0], countLines(ts, args[0]), patience, args[1])
	}
}

// patience is how long tests wait for what a process does. On a machine that has time it takes a second or two: this is the bound for
// what never happens.
const patience = 3 * time.Minute

// polling reports whether it is done before patience ends.
func polling(done func() bool) bool {
	deadline, poll := time.After(patience), time.NewTicker(5*time.Millisecond)
	defer poll.Stop()
	for !done() {
		select {
		case <-poll.C:
		case <-deadline:
			return false
		}
	}
	return true
}

func sendSignal(ts *testscript.TestScript, _ bool, args []string) {
	for _, c := range ts.BackgroundCmds() {
		ts.Check(c.Process.Signal(unix.SignalNum("SIG" + args[0])))
	}
}

func countLines(ts *testscript.TestScript, pattern string) (lines int) {
	paths, err := filepath.Glob(ts.MkAbs(pattern))
	ts.Check(err)
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			continue // instead of a file
		}
		content, err := os.ReadFile(path)
		ts.Check(err)
		lines += strings.Count(string(content), "\n")
	}
	return lines
}

func number(ts *testscript.TestScript, text string) int {
	n, err := strconv.Atoi(text)
	ts.Check(err)
	return n
}
