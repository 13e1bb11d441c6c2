package worker

import (
	"context"
	"time"

	"envelog/consumer"
	"envelog/internal/health"
	"envelog/internal/metrics"
	"envelog/transport"
)

// watchedReceiver tells a monitor what a receiver does.
type watchedReceiver struct {
	receiver
	monitor *health.Monitor
}

// Receive implements [consumer.Receiver].
func (r watchedReceiver) Receive(ctx context.Context, limit int, wait time.Duration) (transport.Batch, error) {
	end := r.monitor.BeginRead()
	batch, err := r.receiver.Receive(ctx, limit, wait)
	end(err == nil && !r.Waiting())
	return batch, err
}

// Prefetch implements [consumer.Prefetcher].
func (r watchedReceiver) Prefetch(limit int) {
	if p, ok := r.receiver.(consumer.Prefetcher); ok {
		p.Prefetch(limit)
	}
}

// watchedSink tells a monitor, and the metrics when there are any, what a sink does.
type watchedSink struct {
	lineSink
	monitor *health.Monitor
	metrics *metrics.Worker
}

// Commit implements [consumer.Sink].
func (w watchedSink) Commit() error {
	end, began, lines := w.monitor.BeginCommit(), time.Now(), w.Staged() > 0
	err := w.lineSink.Commit()
	end(err)
	if w.metrics != nil {
		w.metrics.Committed(time.Since(began), lines && err == nil)
	}
	return err
}
