package worker

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"envelog/consumer"
	"envelog/internal/age"
	"envelog/internal/loglevel"
	"envelog/internal/outage"
	"envelog/transport"
)

// The pauses of what is said of a worker's progress.
const (
	progressEvery = time.Minute
	countWithin   = 2 * time.Second // that counting a queue may take
)

// progress says once a minute, and at the end, what the worker has done: more than warnings, less than two lines for each
// message.
type progress struct {
	stats  func() consumer.Stats
	queues []transport.Storage // on connections of their own
	log    *slog.Logger
}

func (w *Worker) newProgress() (*progress, error) {
	p := &progress{stats: w.consumer.Stats, log: w.Log}
	for _, place := range w.places {
		storage, err := place.storage()
		if err != nil {
			return nil, err
		}
		w.closers = append(w.closers, storage.Close)
		p.queues = append(p.queues, storage)
	}
	return p, nil
}

// Run implements task.
func (p *progress) Run(ctx context.Context) error {
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	began, before := time.Now(), p.stats()
	for {
		select {
		case <-tick.C:
			now := p.stats()
			p.say(ctx, "In the last minute", difference(now, before))
			before = now
		case <-ctx.Done():
			p.say(context.WithoutCancel(ctx), "In "+outage.Lasted(time.Since(began))+", from start to stop", p.stats())
			return nil
		}
	}
}

func difference(now, before consumer.Stats) consumer.Stats {
	return consumer.Stats{
		Received: now.Received - before.Received,
		Handled:  now.Handled - before.Handled,
		Failed:   now.Failed - before.Failed,
		Retried:  now.Retried - before.Retried,
		Parked:   now.Parked - before.Parked,
		Rejected: now.Rejected - before.Rejected,
	}
}

func (p *progress) say(ctx context.Context, when string, s consumer.Stats) {
	if !p.log.Enabled(ctx, loglevel.Notice) {
		return
	}
	waiting, text := p.waiting(ctx)
	p.log.Log(ctx, loglevel.Notice,
		fmt.Sprintf("%s: %d received, %d written, %d failed, %d retried, %d sent to the failure transport, %d rejected; %s.",
			when, s.Received, s.Handled, s.Failed, s.Retried, s.Parked, s.Rejected, text),
		append([]any{"received", s.Received, "written", s.Handled, "failed", s.Failed, "retried", s.Retried, "parked", s.Parked, "rejected", s.Rejected},
			waiting...)...)
}

// waiting says how many messages are on the transports, and how old the oldest is.
func (p *progress) waiting(ctx context.Context) (attrs []any, text string) {
	ctx, cancel := context.WithTimeout(ctx, countWithin)
	defer cancel()
	messages, oldest := 0, time.Time{}
	for _, queue := range p.queues {
		n, err := queue.Count(ctx)
		if err != nil {
			return nil, "how many wait is not known"
		}
		messages += n.Waiting + n.Pending + n.Delayed
		if !n.Oldest.IsZero() && (oldest.IsZero() || n.Oldest.Before(oldest)) {
			oldest = n.Oldest
		}
	}
	attrs = []any{"waiting", messages}
	switch {
	case messages == 0:
		return attrs, "nothing waits"
	case oldest.IsZero():
		return attrs, fmt.Sprintf("%d on the transports", messages)
	}
	attrs = append(attrs, "oldest_age", max(time.Since(oldest), 0).Truncate(time.Second).Seconds())
	return attrs, fmt.Sprintf("%d on the transports, the oldest %s old", messages, age.Of(oldest))
}
