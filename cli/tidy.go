package cli

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// tidyEvery is the pause between two looks for journals of consumers that are gone.
const tidyEvery = time.Hour

// keepTidy removes journals of consumers that are gone, now and every hour, until the function is called that it returns.
func (s *session) keepTidy(ctx context.Context, h *house) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var task sync.WaitGroup
	task.Go(func() {
		for ctx.Err() == nil {
			if err := h.removeJournals(ctx); err != nil && ctx.Err() == nil {
				s.log.Warn(fmt.Sprintf("Journals of consumers that are gone cannot be removed: %v", err))
			}
			select {
			case <-time.After(tidyEvery):
			case <-ctx.Done():
			}
		}
	})
	return func() {
		cancel()
		task.Wait()
	}
}

// pender is a receiver that knows what was handed out.
type pender interface {
	Pending(ctx context.Context, min, max string) (bool, error)
}

func (h *house) removeJournals(ctx context.Context) error {
	return h.sink.RemoveJournals(func(source int, min, max string) (bool, error) {
		if p, ok := h.sources[source].Receiver.(pender); ok {
			return p.Pending(ctx, min, max)
		}
		return true, nil
	})
}
