//go:build integration

package cli_test

import (
	"errors"
	"os/exec"
	"testing"

	"envelog/internal/redistest"
	"envelog/internal/rejected"
	"envelog/transport"
)

// keepRejected keeps a message as a worker does that could not write it.
func keepRejected(t *testing.T, dir, id string, field []byte) {
	t.Helper()
	rejects, err := rejected.Open(dir, rejected.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rejects.Of("async", "messages").Keep(&transport.Entry{ID: []byte(id), Message: field}, errors.New("permission denied")); err != nil {
		t.Fatal(err)
	}
}

// TestRejectedRetryThatIsKilledWritesOnce kills rejected:retry between the lines and the removal of the messages, at each
// point of it. The next one removes the message, and each line stands once.
func TestRejectedRetryThatIsKilledWritesOnce(t *testing.T) {
	t.Parallel()
	faults, binary := buildFaults(t), buildBinary(t)
	for _, point := range []string{"after-journal", "after-append", "after-sync"} {
		t.Run(point, func(t *testing.T) {
			dir := t.TempDir()
			keepRejected(t, dir, "1795423651867-0", failedMessage(t))
			keepRejected(t, dir, "1795423651867-1", failedMessage(t))
			retry := []string{"rejected:retry", "--all", "--log-dir=" + dir}
			killAt(t, point, faults, retry)
			if out, err := exec.Command(binary, retry...).CombinedOutput(); err != nil {
				t.Fatalf("the next one: %v\n%s", err, out)
			}
			if n := linesIn(t, dir); n != 2 {
				t.Errorf("%d lines, want 2", n)
			}
			if left, err := rejected.List(dir); err != nil || len(left) != 0 {
				t.Errorf("left: %v, %v", left, err)
			}
		})
	}
}

// TestRetryAllOfAFailureTransport consumes what is on a failure transport of Redis until nothing is left.
func TestRetryAllOfAFailureTransport(t *testing.T) {
	t.Parallel()
	binary, server := buildBinary(t), redistest.Start(t)
	dir, m := t.TempDir(), failedMessage(t)
	for range 30 {
		server.Do("XADD", "failed", "*", "message", m)
	}
	server.Do("XADD", "failed", "*", "message", "not a message")
	consume := []string{"messenger:consume", "failed", "--stop-when-empty", "--failure-transport=failed", "--dsn=failed=redis://" + server.Addr + "/failed", "--log-dir=" + dir}
	for range 2 { // the second time before the cause is mended
		if out, err := exec.Command(binary, consume...).CombinedOutput(); err != nil || linesIn(t, dir) != 30 {
			t.Fatalf("%v, %d lines, want 30\n%s", err, linesIn(t, dir), out)
		}
		if n := server.Do("XLEN", "failed"); n != int64(1) {
			t.Errorf("%v messages are left, want the one that cannot be decoded", n)
		}
	}
}
