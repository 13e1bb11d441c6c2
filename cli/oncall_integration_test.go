//go:build integration && linux

package cli_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"envelog/internal/proctest"
	"envelog/internal/redistest"
)

// The files oncall_*_test.go are what somebody on call lives through, one each: something breaks, envelog says so within
// seconds, and what it says is to be done, done word for word, ends it.

// prompt is how long after an incident, or after its end, the worker says so at most, on a machine that has time.
const prompt = 10 * time.Second

// incident is a worker with what it needs, all of which can break. Its settings are in the environment, as in a container:
// each command has them.
type incident struct {
	t      *testing.T
	server *redistest.Server
	bin    string // directory of envelog
	dir    string // of the log files
	env    []string
	user   *syscall.SysProcAttr // who runs the worker; nil: who runs the test
	w      *worker
	began  *proctest.Stopwatch // since what is to be said happened
}

// newIncident has a server that works, and no worker yet.
func newIncident(t *testing.T, server *redistest.Server) *incident {
	t.Helper()
	i := &incident{t: t, server: server, bin: filepath.Dir(buildBinary(t)), dir: filepath.Join(t.TempDir(), "log")}
	i.set("PATH", i.bin+":"+os.Getenv("PATH"))
	i.set("ENVELOG_DSN", "async="+dsnOf(server))
	i.set("ENVELOG_LOG_DIR", i.dir)
	return i
}

// set changes the environment of what is started from now on.
func (i *incident) set(name, value string) {
	i.env = append(slices.DeleteFunc(i.env, func(v string) bool { return strings.HasPrefix(v, name+"=") }), name+"="+value)
}

// start starts the worker, which ends with the test if not before.
func (i *incident) start(args ...string) {
	i.t.Helper()
	w := &worker{Cmd: exec.Command(filepath.Join(i.bin, "envelog"), append([]string{"messenger:consume", "async"}, args...)...), t: i.t}
	w.Stderr, w.Env, w.SysProcAttr = &w.stderr, i.env, i.user
	i.happens()
	if err := w.Start(); err != nil {
		i.t.Fatal(err)
	}
	i.w = w
	i.t.Cleanup(func() {
		if w.ProcessState == nil {
			_, _ = w.Process.Kill(), w.Wait()
		}
		if i.t.Failed() {
			i.t.Logf("the worker said:\n%s", &w.stderr)
		}
	})
}

// happens notes the moment of an incident, or of its end, just before it.
func (i *incident) happens() { i.began = proctest.StartStopwatch(i.t) }

// publish puts a message with that number on the stream.
func (i *incident) publish(n int) {
	i.t.Helper()
	i.server.Do("XADD", "messages", "*", "message", numbered(i.t)(n))
}

// written waits until so many messages are in the files, each once.
func (i *incident) written(n int) {
	i.t.Helper()
	eventually(i.t, fmt.Sprintf("%d lines", n), func() bool { return len(numbers(i.t, i.dir)) == n })
	wantOnceEach(i.t, n, numbers(i.t, i.dir))
}

// says waits until the worker has said that, promptly after what happened, and returns the text and its submatches.
func (i *incident) says(pattern string) []string {
	i.t.Helper()
	expression := regexp.MustCompile(pattern)
	var found []string
	eventually(i.t, "that the worker says "+pattern, func() bool {
		found = expression.FindStringSubmatch(i.w.stderr.String())
		return found != nil
	})
	after := i.began.Elapsed().Round(time.Millisecond)
	i.t.Logf("said after %v: %.120s", after, found[0])
	if after > prompt {
		i.t.Errorf("said after %v, and not within %v", after, prompt)
	}
	return found
}

// ends waits until the worker ends by itself with that exit code.
func (i *incident) ends(code int) {
	i.t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); _ = i.w.Wait() }()
	select {
	case <-done:
	case <-time.After(patience):
		i.t.Fatal("the worker does not end")
	}
	if got := i.w.ProcessState.ExitCode(); got != code {
		i.t.Errorf("exit code %d, want %d", got, code)
	}
}

// run runs a command line as a shell does, with that exit code, and returns what is printed.
func (i *incident) run(code int, line string) string {
	i.t.Helper()
	cmd := exec.Command("sh", "-c", line)
	var out proctest.Output
	cmd.Env, cmd.Stdout, cmd.Stderr = i.env, &out, &out
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		i.t.Fatal(exit, err)
	}
	if got := cmd.ProcessState.ExitCode(); got != code {
		i.t.Fatalf("%s: exit code %d, want %d:\n%s", line, got, code, out.String())
	}
	return out.String()
}

// reports waits until a command prints that, whatever its exit code, and returns it with its submatches.
func (i *incident) reports(line, pattern string) []string {
	i.t.Helper()
	expression := regexp.MustCompile(pattern)
	var found []string
	var said string
	deadline := time.Now().Add(patience)
	for found == nil && time.Now().Before(deadline) {
		cmd := exec.Command("sh", "-c", line)
		cmd.Env = i.env
		out, _ := cmd.CombinedOutput() // the exit code is another question
		said = string(out)
		found = expression.FindStringSubmatch(said)
	}
	if found == nil {
		i.t.Fatalf("%s does not print %s:\n%s", line, pattern, said)
	}
	return found
}

// stop ends the worker in good order.
func (i *incident) stop() {
	i.t.Helper()
	i.w.end(syscall.SIGTERM)
}
