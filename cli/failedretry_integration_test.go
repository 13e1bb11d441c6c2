//go:build integration

package cli_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"envelog/fixtures"
	"envelog/internal/proctest"
	"envelog/internal/redistest"
	"envelog/internal/transport/doctrine"
	"envelog/internal/transport/redis"
	"envelog/transport"
)

// failedMessage returns a message as PHP put it on a failure transport.
func failedMessage(t *testing.T) []byte {
	t.Helper()
	cases, err := fixtures.Load("forky")
	if err != nil {
		t.Fatal(err)
	}
	return cases[slices.IndexFunc(cases, func(c fixtures.Case) bool { return c.Name == "worker-failed" })].Field
}

// park puts a message on a failure transport, and returns its id there.
func park(t *testing.T, server *redistest.Server, dsn string) string {
	t.Helper()
	return parkMessage(t, server, dsn, failedMessage(t))
}

// parkMessage puts what a stream's entry would hold on a failure transport.
func parkMessage(t *testing.T, server *redistest.Server, dsn string, field []byte) string {
	t.Helper()
	server.Do("DEL", "failed")
	server.Do("XADD", "failed", "*", "message", field)
	config, err := redis.ParseDSN("redis://"+server.Addr+"/failed", nil)
	if err != nil {
		t.Fatal(err)
	}
	from := redis.NewStorage(config)
	defer from.Close()
	for m, err := range from.All(t.Context(), 1) {
		if err != nil {
			t.Fatal(err)
		}
		if redis.SupportsDSN(dsn) {
			return m.ID
		}
		return send(t, dsn, m.Message)
	}
	t.Fatal("no message was parked")
	return ""
}

// send sends a message to a database.
func send(t *testing.T, dsn string, m transport.Message) string {
	t.Helper()
	config, err := doctrine.ParseDSN(dsn, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	to, err := doctrine.Open(config)
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	id, err := to.Send(t.Context(), m, 0)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestRetryThatIsKilledWritesOnce kills messenger:failed:retry between the line and the removal of its message, at each
// point of it. The next one removes the message, and the line stands once.
func TestRetryThatIsKilledWritesOnce(t *testing.T) {
	t.Parallel()
	faults, binary, server := buildFaults(t), buildBinary(t), redistest.Start(t)
	for _, point := range []string{"after-journal", "after-append", "after-sync"} {
		for _, name := range []string{"redis", "doctrine"} {
			t.Run(name+" "+point, func(t *testing.T) {
				server.Do("FLUSHALL")
				dir, dsn := t.TempDir(), "redis://"+server.Addr+"/failed"
				if name == "doctrine" {
					dsn = "sqlite:///" + filepath.Join(t.TempDir(), "data.db") + "?queue_name=failed"
				}
				options := []string{"--failure-transport=failed", "--dsn=failed=" + dsn}
				retry := append([]string{"messenger:failed:retry", park(t, server, dsn), "--force", "--log-dir=" + dir}, options...)
				killAt(t, point, faults, retry)
				if out, err := exec.Command(binary, retry...).CombinedOutput(); err != nil {
					t.Fatalf("the next one: %v\n%s", err, out)
				}
				if n := linesIn(t, dir); n != 1 {
					t.Errorf("%d lines", n)
				}
				out, err := exec.Command(binary, append([]string{"messenger:failed:show"}, options...)...).CombinedOutput()
				if err != nil || !bytes.Contains(out, []byte("No failed messages were found.")) {
					t.Errorf("it is still there: %v\n%s", err, out)
				}
			})
		}
	}
}

// TestRetryAfterAKilledConsumeWritesOnce kills messenger:consume of a failure transport between the line and the removal of its
// message, at each point. messenger:failed:retry then removes the message, and the line stands once.
func TestRetryAfterAKilledConsumeWritesOnce(t *testing.T) {
	t.Parallel()
	faults, binary, server := buildFaults(t), buildBinary(t), redistest.Start(t)
	for _, point := range []string{"after-journal", "after-append", "after-sync", "before-ack", "after-ack"} {
		t.Run(point, func(t *testing.T) {
			server.Do("FLUSHALL")
			dir, dsn := t.TempDir(), "redis://"+server.Addr+"/failed"
			options := []string{"--failure-transport=failed", "--dsn=failed=" + dsn}
			id := park(t, server, dsn)
			killAt(t, point, faults, append([]string{"messenger:consume", "failed", "--limit=1", "--log-dir=" + dir}, options...))
			retry := append([]string{"messenger:failed:retry", id, "--force", "--log-dir=" + dir}, options...)
			out, err := exec.Command(binary, retry...).CombinedOutput()
			if gone := point == "after-ack"; (err != nil) != gone {
				t.Fatalf("failed:retry: %v\n%s", err, out)
			}
			if n, left := linesIn(t, dir), server.Do("XLEN", "failed"); n != 1 || left != int64(0) {
				t.Errorf("%d lines, %v messages are left\n%s", n, left, out)
			}
		})
	}
}

// killAt kills a command at a point of package faultpoint, or at a later pass of it ("before-ack:3").
func killAt(t *testing.T, point, binary string, args []string) {
	t.Helper()
	var said proctest.Output
	c := exec.Command(binary, args...)
	c.Env, c.Stderr = append(c.Environ(), "ENVELOG_CRASH_POINT="+point), &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	name, _, _ := strings.Cut(point, ":")
	eventually(t, "the command to stop", func() bool { return strings.Contains(said.String(), "faultpoint: "+name) })
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait() // killed
}

// linesIn counts the lines of all log files in dir.
func linesIn(t *testing.T, dir string) (n int) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.log"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		n += bytes.Count(content, []byte("\n"))
	}
	return n
}
