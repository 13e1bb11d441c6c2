// Package systemd tells the service manager how a worker is (sd_notify(3), Type=notify): READY when it reads, STATUS in
// words, and WATCHDOG as long as its loop turns. Without a service manager it does nothing.
package systemd

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"envelog/internal/health"
)

const (
	tellEvery = time.Second      // pause between two looks at the worker
	patience  = 30 * time.Second // by which a start may take longer, as long as the worker says so
)

// Supervisor tells the service manager how the worker is.
type Supervisor struct {
	Report func() health.Report
	Log    *slog.Logger
}

// Run tells it until ctx ends.
func (s Supervisor) Run(ctx context.Context) error {
	if os.Getenv("NOTIFY_SOCKET") == "" {
		return nil
	}
	t := teller{log: s.Log}
	every := tellEvery
	if limit, err := daemon.SdWatchdogEnabled(false); err == nil && limit > 0 {
		t.watched, every = true, min(every, limit/3)
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		t.tell(s.Report())
		select {
		case <-ctx.Done():
			t.send(daemon.SdNotifyStopping + "\nSTATUS=stopping")
			return nil
		case <-tick.C:
		}
	}
}

// teller remembers what it has said.
type teller struct {
	log     *slog.Logger
	watched bool
	ready   bool
	status  string
	mute    bool // it has been logged that nobody listens
}

// tell says what is new, and that the worker is alive.
func (t *teller) tell(r health.Report) {
	message := ""
	if status := describe(r); status != t.status {
		t.status = status
		message += "STATUS=" + status + "\n"
	}
	switch {
	case t.ready:
	case r.Ready:
		t.ready = true
		message += daemon.SdNotifyReady + "\n"
	case r.Live:
		message += fmt.Sprintf("EXTEND_TIMEOUT_USEC=%d\n", patience.Microseconds())
	}
	if t.watched && r.Live {
		message += daemon.SdNotifyWatchdog + "\n"
	}
	if message != "" {
		t.send(message)
	}
}

// describe is one line.
func describe(r health.Report) string {
	line := []rune(r.Describe())
	for i, c := range line {
		if c < ' ' {
			line[i] = ' '
		}
	}
	return string(line)
}

func (t *teller) send(message string) {
	if _, err := daemon.SdNotify(false, message); err != nil && !t.mute {
		t.mute = true
		t.log.Warn(fmt.Sprintf("systemd cannot be told how this worker is, and may restart it: %v", err))
	}
}
