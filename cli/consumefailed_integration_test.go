//go:build integration

package cli_test

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"envelog/internal/dbtest"
	"envelog/internal/redistest"
)

// databaseDSNs returns a queue in a database of each kind.
func databaseDSNs(t *testing.T) map[string]string {
	t.Helper()
	postgres, maria := dbtest.StartPostgreSQL(t), dbtest.StartMariaDB(t)
	return map[string]string{
		"PostgreSQL": postgres.URL(postgres.NewDatabase()) + "?queue_name=failed",
		"MariaDB":    maria.URL(maria.NewDatabase()) + "?queue_name=failed",
		"SQLite":     "sqlite:///" + filepath.Join(t.TempDir(), "data.db") + "?queue_name=failed",
	}
}

// TestConsumeFailedFromADatabase writes what PHP parked in a table, all of it and no more, and leaves what fails again.
func TestConsumeFailedFromADatabase(t *testing.T) {
	t.Parallel()
	binary, server := buildBinary(t), redistest.Start(t)
	for name, dsn := range databaseDSNs(t) {
		t.Run(name, func(t *testing.T) {
			server.Do("FLUSHALL")
			const messages = 120
			m := failedMessage(t)
			for range messages {
				parkMessage(t, server, dsn, m)
			}
			parkMessage(t, server, dsn, []byte("not a message"))
			dir := t.TempDir()
			options := []string{"--dsn=failed=" + dsn, "--dsn=async=redis://" + server.Addr + "/messages", "--failure-transport=failed", "--log-dir=" + dir}
			out, err := exec.Command(binary, append([]string{"messenger:consume", "failed", "--limit=100"}, options...)...).CombinedOutput()
			if err != nil || linesIn(t, dir) != 100 {
				t.Fatalf("--limit=100: %v, %d lines\n%s", err, linesIn(t, dir), out)
			}
			out, err = exec.Command(binary, append([]string{"messenger:consume", "--all", "--stop-when-empty", "-vv"}, options...)...).CombinedOutput()
			if err != nil || linesIn(t, dir) != messages {
				t.Fatalf("--stop-when-empty: %v, %d lines\n%s", err, linesIn(t, dir), out)
			}
			for _, want := range []string{"It stays on the failure transport failed", "Worker stopped due to all transports being empty"} {
				if !bytes.Contains(out, []byte(want)) {
					t.Errorf("lacks %q:\n%s", want, out)
				}
			}
			out, err = exec.Command(binary, append([]string{"messenger:stats", "failed"}, options[:3]...)...).CombinedOutput()
			if row := "failed      1       0         0 "; err != nil || !strings.Contains(string(out), row) {
				t.Errorf("stats: %v, want %q in\n%s", err, row, out)
			}
			if kept, _ := filepath.Glob(filepath.Join(dir, ".rejected", "*")); len(kept) != 0 {
				t.Errorf("kept %v", kept)
			}
		})
	}
}

// TestConsumeFromADatabaseThatIsKilled kills the worker between the lines and the acknowledgement, at each point. The next
// one writes what is missing, and no line twice.
func TestConsumeFromADatabaseThatIsKilled(t *testing.T) {
	t.Parallel()
	faults, binary, server := buildFaults(t), buildBinary(t), redistest.Start(t)
	for _, point := range []string{"after-journal", "after-append", "after-sync", "before-ack", "after-ack"} {
		t.Run(point, func(t *testing.T) {
			// Rows of a killed worker are handed out again when the redeliver timeout has passed: at once, here.
			dsn := "sqlite:///" + filepath.Join(t.TempDir(), "data.db") + "?queue_name=failed&redeliver_timeout=0"
			dir := t.TempDir()
			for range 5 {
				parkMessage(t, server, dsn, failedMessage(t))
			}
			consume := []string{"messenger:consume", "failed", "--limit=5", "--dsn=failed=" + dsn, "--log-dir=" + dir}
			const whole = "--time-limit=300"
			killAt(t, point, faults, append(consume, whole))
			next := whole
			if point == "after-ack" {
				next = "--time-limit=3" // nothing is left; rows of the killed worker would be handed out again after a second
			}
			if out, err := exec.Command(binary, append(consume, next)...).CombinedOutput(); err != nil {
				t.Fatalf("the next one: %v\n%s", err, out)
			}
			if n := linesIn(t, dir); n != 5 {
				t.Errorf("%d lines, want 5", n)
			}
			out, err := exec.Command(binary, "messenger:stats", "--dsn=failed="+dsn).CombinedOutput()
			if err != nil || !strings.Contains(string(out), fmt.Sprintf("failed      %d ", 0)) {
				t.Errorf("stats: %v\n%s", err, out)
			}
		})
	}
}
