package worker

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"envelog/consumer"
	"envelog/internal/loglevel"
	"envelog/transport"
)

// queue is a storage that can be counted.
type queue struct {
	transport.Storage
	counts transport.Counts
	err    error
}

func (q *queue) Count(context.Context) (transport.Counts, error) { return q.counts, q.err }

// progressOf lets a worker run for 90 seconds, and returns what is said.
func progressOf(t *testing.T, level slog.Level, q *queue) []string {
	t.Helper()
	var log bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		q.counts.Oldest = time.Now()
		stats := consumer.Stats{Received: 10, Handled: 8, Failed: 2, Retried: 1, Rejected: 1}
		p := &progress{
			stats: func() consumer.Stats { return stats }, queues: []transport.Storage{q},
			log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: level})),
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- p.Run(ctx) }()
		synctest.Wait()
		stats.Received, stats.Handled = 110, 108
		time.Sleep(90 * time.Second)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return strings.Split(strings.TrimSpace(log.String()), "\n")
}

func TestProgressIsSaidOnceAMinuteAndAtTheEnd(t *testing.T) {
	said := progressOf(t, loglevel.Notice, &queue{counts: transport.Counts{Waiting: 3, Pending: 2}})
	want := []string{
		`In the last minute: 100 received, 100 written, 0 failed, 0 retried, 0 sent to the failure transport, 0 rejected; 5 on the transports, the oldest 1m 0s old."`,
		`In 90 s, from start to stop: 110 received, 108 written, 2 failed, 1 retried, 0 sent to the failure transport, 1 rejected; 5 on the transports, the oldest 1m 30s old."`,
	}
	if len(said) != len(want) {
		t.Fatalf("said %q", said)
	}
	for i := range want {
		if !strings.Contains(said[i], want[i]) {
			t.Errorf("said %s\nwant %s", said[i], want[i])
		}
	}
	if !strings.Contains(said[0], "written=100") || !strings.Contains(said[0], "oldest_age=60") {
		t.Errorf("numbers are missing: %s", said[0])
	}
}

func TestProgressOfAQueueThatCannotBeCounted(t *testing.T) {
	if said := progressOf(t, loglevel.Notice, &queue{err: errors.New("refused")}); !strings.Contains(said[0], "how many wait is not known") {
		t.Errorf("said %q", said)
	}
}

func TestProgressIsNotSaidToWhoAsksForWarnings(t *testing.T) {
	if said := progressOf(t, slog.LevelWarn, &queue{}); len(said) != 1 || said[0] != "" {
		t.Errorf("said %q", said)
	}
}
