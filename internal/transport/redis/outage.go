package redis

import (
	"context"
	"log/slog"
	"time"

	"envelog/internal/outage"
)

const (
	firstPause = 50 * time.Millisecond
	mostPause  = 5 * time.Second
)

// newOutage says when Redis begins to fail and when it has recovered, once for both connections of a receiver.
func newOutage(log *slog.Logger, addr string) *outage.Watch {
	return outage.New(log, slog.LevelWarn, outage.Words{
		Begins: "Redis fails; trying again until it recovers.",
		Lasts:  "Redis still fails",
		Over:   "Redis has recovered",
	}, "redis", addr)
}

// What does not work while all else does.
var (
	registryWords = outage.Words{
		Begins: "Cannot write this consumer's heartbeat; entries of consumers that died are claimed only after redeliver_timeout.",
		Lasts:  "This consumer's heartbeat still cannot be written",
		Over:   "This consumer's heartbeat is written again",
	}
	delayedWords = outage.Words{
		Begins: "Delayed messages are not moved to the stream.",
		Lasts:  "Delayed messages are still not moved to the stream",
		Over:   "Delayed messages are moved to the stream again",
	}
	claimWords = outage.Words{
		Begins: "Entries of consumers that died are not claimed.",
		Lasts:  "Entries of consumers that died are still not claimed",
		Over:   "Entries of consumers that died are claimed again",
	}
)

// watchPart is about one of them, of a stream.
func watchPart(cfg Config, log *slog.Logger, words outage.Words) *outage.Part {
	return outage.New(log, slog.LevelWarn, words, "redis", cfg.Addr, "stream", cfg.Stream).Part()
}

// pause is how long to wait before the next try, at most. It is multiplied with a random number (full jitter), so that
// many consumers do not come back at once.
func pause(tries int) time.Duration {
	return min(mostPause, firstPause<<min(tries, 10))
}

// sleep waits, or returns the error of a context that ends before.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
