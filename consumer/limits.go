package consumer

import (
	"fmt"
	"math"
	"runtime/metrics"
	"slices"
	"strconv"
	"time"
)

// unlimited is a budget that no process lives to spend.
const unlimited = math.MaxInt / 2

// budget returns how many entries may be asked for in all.
func (c *Config) budget() int {
	if c.Limit == 0 {
		return unlimited
	}
	return c.Limit
}

// limitError is a limit that was reached, in the words of Symfony's StopWorkerOn*Listener and Worker. It is an error so
// that it can be the cause of the end of a context; Run does not return it.
type limitError string

func (e limitError) Error() string { return string(e) }

func reached(format string, args ...any) error {
	return limitError("Worker stopped due to " + fmt.Sprintf(format, args...))
}

func timeLimitReached(limit time.Duration) error {
	return reached("time limit of %ss exceeded", strconv.FormatFloat(limit.Seconds(), 'f', -1, 64))
}

// checkLimits asks for a stop when a limit is reached. It is called after every batch and when there isn't one.
func (r *run) checkLimits() {
	if r.Limit > 0 && r.received.Load() >= uint64(r.Limit) {
		r.stop(reached("maximum count of %d messages processed", r.Limit))
	}
	if r.StopWhenEmpty && !slices.ContainsFunc(r.fetchers, func(f *fetcher) bool { return !f.empty }) {
		r.stop(reached("all transports being empty"))
	}
	if r.MemoryLimit == 0 {
		return
	}
	if used := r.Memory(); used > r.MemoryLimit {
		r.stop(reached("memory limit of %d bytes exceeded (%d bytes used)", r.MemoryLimit, used))
	}
}

// countFailure counts a failed attempt, and asks for a stop when there were enough of them.
func (r *run) countFailure() {
	if n := r.failed.Add(1); r.FailureLimit > 0 && n >= uint64(r.FailureLimit) {
		r.stop(reached("limit of %d failed message(s) is reached", r.FailureLimit))
	}
}

// runtimeMemory returns what the Go runtime holds of the system's memory: all that it has mapped, without what it has
// given back.
func runtimeMemory() uint64 {
	samples := []metrics.Sample{
		{Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/released:bytes"},
	}
	metrics.Read(samples)
	return samples[0].Value.Uint64() - samples[1].Value.Uint64()
}
