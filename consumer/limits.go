package consumer

import (
	"fmt"
	"math"
	"runtime/metrics"
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

// The limits are errors, so that they can be the cause of the end of a context; their texts are those of Symfony's
// StopWorkerOn*Listener and, for the time, Worker.
type (
	messageLimit int
	failureLimit int
	memoryLimit  struct{ limit, used uint64 }
	timeLimit    time.Duration
)

func (l messageLimit) Error() string {
	return fmt.Sprintf("Worker stopped due to maximum count of %d messages processed", int(l))
}

func (l failureLimit) Error() string {
	return fmt.Sprintf("Worker stopped due to limit of %d failed message(s) is reached", int(l))
}

func (l memoryLimit) Error() string {
	return fmt.Sprintf("Worker stopped due to memory limit of %d bytes exceeded (%d bytes used)", l.limit, l.used)
}

func (l timeLimit) Error() string {
	seconds := strconv.FormatFloat(time.Duration(l).Seconds(), 'f', -1, 64)
	return "Worker stopped due to time limit of " + seconds + "s exceeded"
}

// checkLimits asks for a stop when a limit is reached. It is called after every batch and when there is none.
func (r *run) checkLimits() {
	if r.Limit > 0 && r.received.Load() >= uint64(r.Limit) {
		r.stop(messageLimit(r.Limit))
	}
	if r.FailureLimit > 0 && r.failed.Load() >= uint64(r.FailureLimit) {
		r.stop(failureLimit(r.FailureLimit))
	}
	if r.MemoryLimit == 0 {
		return
	}
	if used := r.Memory(); used > r.MemoryLimit {
		r.stop(memoryLimit{r.MemoryLimit, used})
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
