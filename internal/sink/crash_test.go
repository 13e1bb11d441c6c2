//go:build integration && faults

package sink

import (
	"fmt"
	"slices"
	"syscall"
	"testing"

	"envelog/internal/faultpoint"
	"envelog/internal/filetest"
)

// holdsLock are the points at which a process holds the directory lock.
var holdsLock = map[string]bool{"after-journal": true, "mid-append": true}

// stopAt has a worker write entries 1 to 500, and stops it at the point in the batch of 501 to 1000.
func stopAt(t *testing.T, dir, mode, point string) *worker {
	t.Helper()
	turn := ":2"
	if point == "mid-append" { // is passed by each file of a batch
		turn = fmt.Sprint(":", channels+2)
	}
	w := startWorker(t, dir, "a", mode, "ENVELOG_CRASH_POINT="+point+turn)
	w.give(numbersFrom(1, 500))
	w.wantAcked(numbersFrom(1, 500))
	w.give(numbersFrom(501, 1000))
	if !w.said.await("faultpoint: " + point) {
		t.Fatalf("it ended before the point %s; it said %s", point, w.said)
	}
	filetest.Must(t, w.awaitStop())
	return w
}

// awaitStop returns when the process is stopped by a signal.
func (w *worker) awaitStop() error {
	var status syscall.WaitStatus
	_, err := syscall.Wait4(w.cmd.Process.Pid, &status, syscall.WUNTRACED, nil)
	return err
}

// TestKilledAtEachPoint kills a process at each point of a commit; it, or another, then gets its entries again, and those
// before too, as after an acknowledgement that was lost.
func TestKilledAtEachPoint(t *testing.T) {
	for _, mode := range []string{"batch", "never"} {
		for _, point := range faultpoint.Commit() {
			for _, taker := range []string{"a", "b"} {
				t.Run(mode+"/"+point+"/"+taker, func(t *testing.T) {
					dir := t.TempDir()
					stopAt(t, dir, mode, point).kill()
					w := startWorker(t, dir, taker, mode)
					for _, batch := range [][]int{numbersFrom(501, 1000), numbersFrom(1, 1100), numbersFrom(1000, 1200)} {
						w.give(batch)
						w.wantAcked(batch)
					}
					wantNumbers(t, dir, 1200)
				})
			}
		}
	}
}

// TestStoppedAtEachPoint claims the entries of a process that is stopped at each point, as one that lost its disk or its
// processor for long, which then goes on.
func TestStoppedAtEachPoint(t *testing.T) {
	claimed := numbersFrom(501, 1000)
	for _, point := range faultpoint.Commit() {
		t.Run(point, func(t *testing.T) {
			dir := t.TempDir()
			stopped, claimer := stopAt(t, dir, "batch", point), startWorker(t, dir, "b", "batch")
			claimer.give(claimed)
			if !holdsLock[point] {
				acked, _ := claimer.answer()
				slices.Sort(acked)
				if point == "before-journal" && !slices.Equal(acked, claimed) || point != "before-journal" && len(acked) > 0 {
					t.Errorf("the claimer acknowledged %d entries", len(acked))
				}
			}
			filetest.Must(t, stopped.cmd.Process.Signal(syscall.SIGCONT))
			stopped.wantAcked(claimed)
			if holdsLock[point] { // it has waited meanwhile
				_, _ = claimer.answer()
			}
			for _, batch := range [][]int{claimed, numbersFrom(1001, 1100)} {
				claimer.give(batch)
				claimer.wantAcked(batch)
			}
			wantNumbers(t, dir, 1100)
		})
	}
}

// TestKilledWhileHeld claims the entries of a process that is stopped, which is then killed.
func TestKilledWhileHeld(t *testing.T) {
	claimed := numbersFrom(501, 1000)
	for _, point := range faultpoint.Commit()[1:] {
		t.Run(point, func(t *testing.T) {
			dir := t.TempDir()
			stopped, claimer := stopAt(t, dir, "batch", point), startWorker(t, dir, "b", "batch")
			claimer.give(claimed)
			if holdsLock[point] {
				stopped.kill()
				claimer.wantAcked(claimed)
			} else {
				claimer.wantAcked(nil)
				stopped.kill()
				claimer.give(claimed)
				claimer.wantAcked(claimed)
			}
			wantNumbers(t, dir, 1000)
		})
	}
}
