package dbtest

import (
	"os/exec"
	"testing"
	"time"
)

// TestAZombieDoesNotRun has a process that has ended, and whose parent has not waited for it.
func TestAZombieDoesNotRun(t *testing.T) {
	ended := exec.Command("true")
	if err := ended.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ended.Wait() }()
	timeout, poll := time.After(startTimeout), time.NewTicker(time.Millisecond)
	defer poll.Stop()
	for isRunning(ended.Process.Pid) {
		select {
		case <-poll.C:
		case <-timeout:
			t.Fatal("a process that has ended counts as one that runs")
		}
	}
}
