//go:build integration

package cli_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"

	"envelog/fixtures"
	"envelog/internal/proctest"
	"envelog/internal/redistest"
)

func TestScriptsOnARealServer(t *testing.T) {
	t.Parallel()
	runScripts(t, func(t testing.TB) string { return redistest.Start(t).Addr })
}

// buildBinary returns the path of the program as it is shipped, which is built for the first test that asks.
func buildBinary(t *testing.T) string { return builtBy(t, built) }

// buildFaults returns that of the program with the points at which it can be stopped.
func buildFaults(t *testing.T) string { return builtBy(t, builtWithFaults) }

func builtBy(t *testing.T, build func() (string, error)) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var built, builtWithFaults = sync.OnceValues(builder()), sync.OnceValues(builder("-tags=faults"))

// builder builds the program into a directory that is removed when all tests are over.
func builder(flags ...string) func() (string, error) {
	return func() (string, error) {
		dir, err := os.MkdirTemp("", "envelog-test-")
		if err != nil {
			return "", err
		}
		removeLater(dir)
		path := filepath.Join(dir, "envelog")
		if out, err := exec.Command("go", slices.Concat([]string{"build"}, flags, []string{"-o", path, "envelog/cmd/envelog"})...).CombinedOutput(); err != nil {
			return "", fmt.Errorf("build envelog: %w\n%s", err, out)
		}
		return path, nil
	}
}

// worker is a running messenger:consume.
type worker struct {
	*exec.Cmd
	t      *testing.T
	stderr proctest.Output
}

func startWorker(t *testing.T, binary, dsn, dir string, args ...string) *worker {
	t.Helper()
	args = append([]string{"messenger:consume", "async", "--dsn=async=" + dsn, "--log-dir=" + dir}, args...)
	w := &worker{Cmd: exec.Command(binary, args...), t: t}
	w.Stderr = &w.stderr
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if w.ProcessState == nil { // the test has failed, and others need the processor
			_, _ = w.Process.Kill(), w.Wait()
		}
	})
	return w
}

// end sends a signal and returns how long the worker took to exit with code 0, on a machine that has time. A process that has hardly
// been started cannot catch a signal, so that its first word is waited for.
func (w *worker) end(sig os.Signal) time.Duration {
	w.t.Helper()
	eventually(w.t, "the worker's first word", func() bool { return w.stderr.String() != "" })
	watch := proctest.StartStopwatch(w.t)
	if err := w.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		w.t.Fatal(err)
	}
	if err := w.Wait(); err != nil {
		w.t.Fatalf("worker: %v\n%s", err, &w.stderr)
	}
	return watch.Elapsed()
}

// numbered returns a recorded message with a number instead of its request id.
func numbered(t *testing.T) func(n int) []byte { return numberedBy(t, "forky") }

// numberedBy does it with a message that was recorded on that suite.
func numberedBy(t *testing.T, suite string) func(n int) []byte {
	t.Helper()
	field, err := numberable[suite]()
	if err != nil {
		t.Fatal(err)
	}
	return func(n int) []byte { return bytes.ReplaceAll(field, []byte(requestID), fmt.Appendf(nil, "%026d", n)) }
}

const requestID = "01JD3W8QZJ8K2M5N7P9R1T3V5X"

// numberable are messages with the request id, by the suites on which they were recorded. Each suite is read once: a test asks
// for every message that it sends.
var numberable = map[string]func() ([]byte, error){"bookworm": findNumberable("bookworm"), "forky": findNumberable("forky")}

func findNumberable(suite string) func() ([]byte, error) {
	return sync.OnceValues(func() ([]byte, error) {
		cases, err := fixtures.Typical(suite)
		if err != nil {
			return nil, err
		}
		for _, c := range cases {
			if c.Name == "typical-medium" && bytes.Contains(c.Field, []byte(requestID)) {
				return c.Field, nil
			}
		}
		return nil, errors.New("no recorded message has the request id")
	})
}

// publishNumbered puts messages with the numbers below n on the stream.
func publishNumbered(t *testing.T, server *redistest.Server, n int) {
	t.Helper()
	publishEach(t, server, n, numbered(t))
}

// publishEach puts the messages 0 to n-1 on the stream.
func publishEach(t *testing.T, server *redistest.Server, n int, message func(n int) []byte) {
	t.Helper()
	c, err := redis.Dial("tcp", server.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for i := range n {
		if err := c.Send("XADD", "messages", "*", "message", message(i)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Do("PING"); err != nil {
		t.Fatal(err)
	}
}

var numberInLine = regexp.MustCompile(`\b0\d{25}\b`)

// numbers returns how often each number stands in the files. One that is compressed meanwhile has none.
func numbers(t *testing.T, dir string) map[string]int {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.log"))
	if err != nil {
		t.Fatal(err)
	}
	count := make(map[string]int)
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		for _, n := range numberInLine.FindAll(content, -1) {
			count[string(n)]++
		}
	}
	return count
}

// eventually polls until done: soon at first, then more rarely, since whoever is waited for needs the processor that looking takes.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline := time.After(patience)
	for pause := time.Millisecond; !done(); pause = min(pause*3/2, 50*time.Millisecond) {
		select {
		case <-time.After(pause):
		case <-deadline:
			t.Fatalf("%s did not happen within %v", what, patience)
		}
	}
}

func pending(s *redistest.Server) any { return s.Do("XPENDING", "messages", "symfony").([]any)[0] }

func dsnOf(s *redistest.Server) string { return "redis://" + s.Addr + "/messages" }

func TestTermWhileIdle(t *testing.T) {
	t.Parallel()
	binary, server := buildBinary(t), redistest.Start(t)
	for _, sig := range []os.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT} {
		t.Run(sig.String(), func(t *testing.T) {
			dir := t.TempDir()
			w := startWorker(t, binary, dsnOf(server), dir, "--sleep=3600")
			server.Do("XADD", "messages", "*", "message", numbered(t)(1))
			eventually(t, "a line", func() bool { return len(numbers(t, dir)) == 1 })
			if took := w.end(sig); took > time.Second {
				t.Errorf("took %v", took)
			}
			if n := pending(server); n != int64(0) {
				t.Errorf("%d entries are pending", n)
			}
		})
	}
}

func TestTermWhileTheServerIsNotReady(t *testing.T) {
	t.Parallel()
	binary, server := buildBinary(t), redistest.Start(t)
	server.Do("REPLICAOF", "127.0.0.1", "1") // read-only, so that the group cannot be created
	w := startWorker(t, binary, dsnOf(server), t.TempDir())
	eventually(t, "waiting", func() bool { return strings.Contains(w.stderr.String(), "WARNING") })
	if took := w.end(syscall.SIGTERM); took > time.Second {
		t.Errorf("took %v", took)
	}
}

// TestTermUnderLoad restarts a worker again and again while it works at full speed: every message stands in the files
// exactly once. There are more messages, and each time twice as many, until the worker was stopped three times with some left.
func TestTermUnderLoad(t *testing.T) {
	t.Parallel()
	binary, server, dir := buildBinary(t), redistest.Start(t), t.TempDir()
	message, messages, more, underLoad := numbered(t), 0, 20_000, 0
	for restarts := 1; underLoad < 3 || server.Do("XLEN", "messages") != int64(0); restarts++ {
		if server.Do("XLEN", "messages") == int64(0) {
			publishEach(t, server, more, func(n int) []byte { return message(messages + n) })
			messages, more = messages+more, 2*more
		}
		before := server.Do("XLEN", "messages").(int64)
		w := startWorker(t, binary, dsnOf(server), dir, "--fetch-size=100")
		eventually(t, "progress", func() bool { return server.Do("XLEN", "messages").(int64) < before })
		w.end(syscall.SIGTERM)
		if n := pending(server); n != int64(0) {
			t.Fatalf("after %d restarts, %d entries are pending", restarts, n)
		}
		if server.Do("XLEN", "messages") != int64(0) {
			underLoad++
		}
	}
	wantOnceEach(t, messages, numbers(t, dir))
}

func TestLimitLeavesNothingPending(t *testing.T) {
	t.Parallel()
	binary, server, dir := buildBinary(t), redistest.Start(t), t.TempDir()
	publishNumbered(t, server, 3000)
	w := startWorker(t, binary, dsnOf(server), dir, "--limit=1234", "--fetch-size=500")
	if err := w.Wait(); err != nil {
		t.Fatalf("worker: %v\n%s", err, &w.stderr)
	}
	if n := len(numbers(t, dir)); n != 1234 {
		t.Errorf("%d messages are in the files", n)
	}
	if p, left := pending(server), server.Do("XLEN", "messages"); p != int64(0) || left != int64(3000-1234) {
		t.Errorf("%d entries are pending, %d are left", p, left)
	}
}
