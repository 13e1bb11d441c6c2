//go:build integration && linux

package cli_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"envelog/internal/filetest"
	"envelog/internal/redistest"
)

// onFullDisk runs envelog with a standard output that has no room, and returns its exit code and what it said.
func onFullDisk(t *testing.T, binary string, args ...string) (code int, said string) {
	t.Helper()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	filetest.Must(t, err)
	defer func() { _ = full.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	var stderr bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = t.TempDir(), full, &stderr
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), stderr.String()
}

// TestLostOutputIsAFailure has each command print where there is no room.
func TestLostOutputIsAFailure(t *testing.T) {
	t.Parallel()
	const lost = "write standard output: no space left on device"
	binary, server, dir := buildBinary(t), redistest.Start(t), t.TempDir()
	message := numbered(t)(1)
	server.Do("XADD", "messages", "*", "message", message)
	payload := filepath.Join(dir, "payload")
	filetest.Must(t,
		os.WriteFile(filepath.Join(dir, "app-2026-11-30.log"), []byte("[2026-11-30T10:00:00+00:00] app.INFO: first [] []\n"), 0o600),
		os.WriteFile(payload, message, 0o600))
	dsn, logs := "--dsn=async="+dsnOf(server), "--log-dir="+dir
	for name, c := range map[string]struct {
		args []string
		code int    // 0: 1
		want string // "": lost
	}{
		"overview":         {},
		"list":             {args: []string{"list"}},
		"help":             {args: []string{"help", "tail"}},
		"option help":      {args: []string{"messenger:consume", "--help"}},
		"version":          {args: []string{"version"}},
		"option version":   {args: []string{"--version"}},
		"completion":       {args: []string{"completion", "bash"}},
		"config":           {args: []string{"config", dsn, logs}},
		"config, JSON":     {args: []string{"config", "--format=json", dsn, logs}, want: "no space left on device"},
		"decode":           {args: []string{"decode", payload}, want: "no space left on device"},
		"peek":             {args: []string{"peek", dsn}},
		"tail":             {args: []string{"tail", logs}},
		"tail that lasts":  {args: []string{"tail", "--follow", logs}},
		"tail of a stream": {args: []string{"tail", "--stream", dsn}},
		"and follows it":   {args: []string{"tail", "--stream", "--follow", dsn}},
		"stats":            {args: []string{"messenger:stats", dsn}},
		"stats, JSON":      {args: []string{"messenger:stats", "--format=json", dsn}},
		"rejected":         {args: []string{"rejected:list", logs}},
		"a finding":        {args: []string{"doctor", "--dsn=async=redis://127.0.0.1:1/messages", logs}, code: 2},
	} {
		t.Run(name, func(t *testing.T) {
			code, said := onFullDisk(t, binary, c.args...)
			if code != max(c.code, 1) || strings.Count(said, cmp.Or(c.want, lost)) != 1 {
				t.Errorf("exit code %d, said:\n%s", code, said)
			}
		})
	}
	if code, said := onFullDisk(t, binary, "config", "--format=xml"); code != 1 || strings.Contains(said, "standard output") {
		t.Errorf("a command that failed before it printed: exit code %d, said:\n%s", code, said)
	}
}

// TestALostGreetingIsNoFailure has a worker start where there is no room for its first word: its lines are elsewhere.
func TestALostGreetingIsNoFailure(t *testing.T) {
	t.Parallel()
	binary, server, dir := buildBinary(t), redistest.Start(t), t.TempDir()
	server.Do("XADD", "messages", "*", "message", numbered(t)(1))
	code, said := onFullDisk(t, binary, "messenger:consume", "async", "--dsn=async="+dsnOf(server), "--log-dir="+dir, "--limit=1")
	if code != 0 || len(numbers(t, dir)) != 1 {
		t.Errorf("exit code %d, said:\n%s", code, said)
	}
}

// TestAClosedPipeIsNoFailure has the reader of a pipe go: SIGPIPE ends the command without a word, also when the parent ignored it.
func TestAClosedPipeIsNoFailure(t *testing.T) {
	t.Parallel()
	binary := buildBinary(t)
	for name, script := range map[string]string{
		"SIGPIPE":         `exec "$0" list`,
		"ignored SIGPIPE": `trap '' PIPE; exec "$0" list`,
	} {
		t.Run(name, func(t *testing.T) {
			reader, writer, err := os.Pipe()
			filetest.Must(t, err, reader.Close())
			defer func() { _ = writer.Close() }()
			var stderr bytes.Buffer
			cmd := exec.Command("sh", "-c", script, binary)
			cmd.Stdout, cmd.Stderr = writer, &stderr
			err = cmd.Run()
			if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGPIPE || stderr.Len() > 0 {
				t.Errorf("ended with %v, said %q", err, &stderr)
			}
		})
	}
}
