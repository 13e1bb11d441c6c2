package proctest

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// Stopwatch measures how long something takes on a machine that has time for it: what is late because the machine is busy is not
// late because of what is measured.
type Stopwatch struct {
	mu       sync.Mutex
	began    time.Time
	ticked   time.Time
	stopped  time.Duration // in which this process did not run at all
	pressure time.Duration // at the beginning
}

// tick is how often a stopwatch looks whether its process runs; pauses of less than late are the scheduler's usual ones.
const (
	tick = 10 * time.Millisecond
	late = 10 * tick
)

// StartStopwatch starts one, which ends with the test.
func StartStopwatch(t testing.TB) *Stopwatch {
	now := time.Now()
	s := &Stopwatch{began: now, ticked: now, pressure: pressure()}
	ticker, done := time.NewTicker(tick), make(chan struct{})
	var task sync.WaitGroup
	task.Go(func() {
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				s.look()
			case <-done:
				return
			}
		}
	})
	t.Cleanup(func() { close(done); task.Wait() })
	return s
}

// Elapsed is the time since the start that was not Lost.
func (s *Stopwatch) Elapsed() time.Duration { return max(time.Since(s.began)-s.Lost(), 0) }

// Lost is how long this process has been stopped since the start, and, on Linux, how long any process has waited for a processor or a
// disk.
func (s *Stopwatch) Lost() time.Duration { return s.look() + pressure() - s.pressure }

// look returns for how long this process has been stopped.
func (s *Stopwatch) look() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if gap := now.Sub(s.ticked); gap > late {
		s.stopped += gap
	}
	s.ticked = now
	return s.stopped
}

// pressure is how long any process has waited for a processor or a disk since the machine started (PSI); 0 where that is not told.
func pressure() (sum time.Duration) {
	for _, of := range []string{"cpu", "io"} {
		text, err := os.ReadFile("/proc/pressure/" + of)
		if err != nil {
			continue
		}
		_, total, _ := strings.Cut(string(text), "total=") // the first line is that of some, the second of all
		var microseconds int64
		if _, err := fmt.Sscan(total, &microseconds); err == nil {
			sum += time.Duration(microseconds) * time.Microsecond
		}
	}
	return sum
}
