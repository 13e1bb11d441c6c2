//go:build fault

package fault

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"envelog/internal/faultpoint"
)

// mostRounds is how often each point is visited at most: nothing there is left to chance but where the others are.
const mostRounds = 50

// TestCrashPoints kills workers where it matters most: at each named point of a batch (package internal/faultpoint), in
// turn, with one and with three consumers on one volume.
func TestCrashPoints(t *testing.T) {
	points := faultpoint.Batch()
	for _, workers := range []int{1, 3} {
		t.Run(fmt.Sprintf("%d consumers", workers), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(*seed, uint64(workers)))
			c := newChain(t, t.TempDir(), workers)
			rounds := min(max(1, *kills/20), mostRounds)
			c.row.name = fmt.Sprintf("2.%d", workers)
			c.row.broken = fmt.Sprintf("kill -9 at each of %d points of a batch, %d times each, %d consumer(s)", len(points), rounds, workers)
			c.produce()
			for range rounds {
				for _, point := range points {
					c.workers[random.IntN(workers)].crashAt(point, 1+random.IntN(5))
				}
			}
			c.settle()
		})
	}
}

// crashAt kills the worker when it passes the point for the n-th time.
func (w *worker) crashAt(point string, n int) {
	w.t.Helper()
	w.kill()
	w.env = []string{fmt.Sprintf("ENVELOG_CRASH_POINT=%s:%d", point, n)}
	before := len(w.stderr.String())
	w.start()
	eventually(w.t, point, settleTimeout, func() bool {
		return strings.Contains(w.stderr.String()[before:], "faultpoint: "+point)
	})
	w.kill()
	w.env = nil
	w.start()
}
