package systemd

import (
	"context"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"envelog/internal/health"
)

// manager is a service manager that keeps what it is told.
func manager(t *testing.T) <-chan string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("NOTIFY_SOCKET", path)
	told := make(chan string, 100)
	go func() {
		defer close(told)
		for buffer := make([]byte, 4096); ; {
			n, err := socket.Read(buffer)
			if err != nil {
				return
			}
			told <- string(buffer[:n])
		}
	}()
	t.Cleanup(func() { socket.Close() })
	return told
}

// next returns the next message that has the text, and all that came before.
func next(t *testing.T, told <-chan string, text string) (before string) {
	t.Helper()
	patience := time.After(3 * time.Minute)
	for {
		select {
		case message := <-told:
			if strings.Contains(message, text) {
				return before
			}
			before += message
		case <-patience:
			t.Fatalf("nobody said %q; what was said:\n%s", text, before)
		}
	}
}

// worker is how a worker is, as long as the test says so.
type worker struct {
	mu sync.Mutex
	r  health.Report
}

func (w *worker) is(r health.Report) { w.mu.Lock(); w.r = r; w.mu.Unlock() }

func (w *worker) report() health.Report { w.mu.Lock(); defer w.mu.Unlock(); return w.r }

func TestTheServiceManagerIsToldHowTheWorkerIs(t *testing.T) {
	told := manager(t)
	t.Setenv("WATCHDOG_USEC", "30000") // 30 ms
	w := &worker{}
	w.is(health.Report{Live: true, State: health.Redis, Reason: "dial tcp:\nrefused"})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- Supervisor{w.report, slog.New(slog.DiscardHandler)}.Run(ctx) }()

	next(t, told, "STATUS=waiting for Redis: dial tcp: refused\n")
	next(t, told, "EXTEND_TIMEOUT_USEC=")
	next(t, told, "WATCHDOG=1")
	w.is(health.Report{Live: true, Ready: true, State: health.Idle})
	if before := next(t, told, "READY=1"); strings.Contains(before, "STATUS=idle") {
		t.Error("it was idle before it was ready")
	}
	next(t, told, "WATCHDOG=1")
	w.is(health.Report{State: health.Working, Reason: "the loop has not turned for 40s"})
	next(t, told, "STATUS=working: the loop has not turned for 40s")
	w.is(health.Report{Live: true, Ready: true, State: health.Working})
	if before := next(t, told, "STATUS=working\n"); strings.Contains(before, "WATCHDOG=1") {
		t.Errorf("the watchdog was fed while the loop stood:\n%s", before)
	}
	cancel()
	next(t, told, "STOPPING=1")
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestWithoutAServiceManagerNothingHappens(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	report := func() health.Report { t.Error("it was asked"); return health.Report{} }
	if err := (Supervisor{report, slog.New(slog.DiscardHandler)}).Run(t.Context()); err != nil {
		t.Error(err)
	}
}
