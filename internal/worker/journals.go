package worker

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"envelog/consumer"
	"envelog/internal/sink"
)

// journalsEvery is the pause between two looks for journals of consumers that are gone.
const journalsEvery = time.Hour

// journalCleaning removes journals of consumers that are gone, now and every hour.
type journalCleaning struct {
	sink    *sink.Sink
	sources []consumer.Source
	log     *slog.Logger
}

// Run implements task.
func (j *journalCleaning) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := j.clean(ctx); err != nil && ctx.Err() == nil {
			j.log.Warn(fmt.Sprintf("Journals of consumers that are gone cannot be removed: %v", err))
		}
		select {
		case <-time.After(journalsEvery):
		case <-ctx.Done():
		}
	}
	return nil
}

// pender is a receiver that knows what was handed out.
type pender interface {
	Pending(ctx context.Context, min, max string) (bool, error)
}

func (j *journalCleaning) clean(ctx context.Context) error {
	return j.sink.RemoveJournals(func(source int, min, max string) (bool, error) {
		if p, ok := j.sources[source].Receiver.(pender); ok {
			return p.Pending(ctx, min, max)
		}
		return true, nil
	})
}
