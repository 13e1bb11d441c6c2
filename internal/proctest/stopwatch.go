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

// Elapsed is the time since the start, without that in which this process was stopped, and, on Linux, without that in which any
// process waited for a processor or a disk.
func (s *Stopwatch) Elapsed() time.Duration {
	now, stopped := s.look()
	return max(now.Sub(s.began)-stopped-(pressure()-s.pressure), 0)
}

// look returns the time, and for how long this process was stopped until then.
func (s *Stopwatch) look() (now time.Time, stopped time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now = time.Now()
	if gap := now.Sub(s.ticked); gap > late {
		s.stopped += gap
	}
	s.ticked = now
	return now, s.stopped
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
