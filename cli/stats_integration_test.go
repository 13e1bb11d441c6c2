//go:build integration

package cli_test

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"envelog/internal/redistest"
)

// counted are the numbers of one transport in the JSON of messenger:stats.
type counted struct {
	Count, Pending, Delayed int
	Failed                  *int
	Oldest                  float64 `json:"oldest_age_seconds"`
}

func (c counted) String() string {
	failed := "n/a"
	if c.Failed != nil {
		failed = fmt.Sprint(*c.Failed)
	}
	return fmt.Sprintf("%d waiting, %d pending, %d delayed, %s failed", c.Count, c.Pending, c.Delayed, failed)
}

// stats asks for the numbers of both transports.
func stats(t *testing.T, binary string, args ...string) (async, failed counted) {
	t.Helper()
	out, err := exec.Command(binary, append([]string{"messenger:stats", "--format=json"}, args...)...).Output()
	var answer struct{ Transports map[string]counted }
	if err == nil {
		err = json.Unmarshal(out, &answer)
	}
	if err != nil {
		t.Fatalf("messenger:stats: %v\n%s", err, out)
	}
	return answer.Transports["async"], answer.Transports["failed"]
}

// TestStatsCountsApart has a message in each of the states that there are, and two in flight.
func TestStatsCountsApart(t *testing.T) {
	t.Parallel()
	binary, server := buildBinary(t), redistest.Start(t)
	begun := time.Now()
	server.Do("XGROUP", "CREATE", "messages", "symfony", "0", "MKSTREAM")
	args := []string{"--dsn=async=" + dsnOf(server), "--dsn=failed=redis://" + server.Addr + "/failed", "--failure-transport=failed"}
	server.Do("XADD", "messages", "*", "message", "not a message")
	consume := append([]string{"messenger:consume", "async", "--limit=1", "--log-dir=" + t.TempDir()}, args...)
	if out, err := exec.Command(binary, consume...).CombinedOutput(); err != nil {
		t.Fatalf("envelog: %v\n%s", err, out)
	}
	message := numbered(t)
	for n := range 5 {
		server.Do("XADD", "messages", "*", "message", message(n))
	}
	server.Do("XREADGROUP", "GROUP", "symfony", "web-7", "COUNT", 2, "STREAMS", "messages", ">")
	server.Do("ZADD", "messages__queue", time.Now().Add(time.Hour).UnixMilli(), `{"body":"later","headers":[],"uniqid":"a"}`)

	async, failed := stats(t, binary, args...)
	if got, want := async.String()+"; "+failed.String(), "3 waiting, 2 pending, 1 delayed, 1 failed; 1 waiting, 0 pending, 0 delayed, n/a failed"; got != want {
		t.Errorf("counts are %q, want %q", got, want)
	}
	if most := time.Since(begun).Seconds() + 1; async.Oldest < 0 || async.Oldest > most {
		t.Errorf("the oldest is %v s old, at most %v", async.Oldest, most)
	}
	out, err := exec.Command(binary, append([]string{"messenger:stats", "async"}, args...)...).Output()
	if err != nil {
		t.Fatalf("messenger:stats: %v\n%s", err, out)
	}
	wantRow(t, string(out), "async 3 2 1 1 ")
}

// wantRow looks for a row of a table, whatever the widths of its columns.
func wantRow(t *testing.T, table, start string) {
	t.Helper()
	for line := range strings.Lines(table) {
		if strings.HasPrefix(strings.Join(strings.Fields(line), " "), start) {
			return
		}
	}
	t.Errorf("no row begins with %q:\n%s", start, table)
}
