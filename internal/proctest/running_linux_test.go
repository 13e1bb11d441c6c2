package proctest

import (
	"os/exec"
	"syscall"
	"testing"
)

// TestAZombieDoesNotRun has a process that has ended, and whose parent has not waited for it.
func TestAZombieDoesNotRun(t *testing.T) {
	ended := exec.Command("true")
	if err := ended.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ended.Wait() }()
	if !AwaitStop(ended.Process.Pid) {
		t.Fatal("a process that has ended counts as one that runs")
	}
}

// TestAStoppedProcessDoesNotRun has one that would run for long.
func TestAStoppedProcessDoesNotRun(t *testing.T) {
	sleeper := exec.Command("sleep", "3600")
	if err := sleeper.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = sleeper.Process.Kill(), sleeper.Wait() }()
	if !runs(sleeper.Process.Pid) {
		t.Error("a process that sleeps counts as stopped")
	}
	if err := sleeper.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if !AwaitStop(sleeper.Process.Pid) {
		t.Error("a process that was stopped counts as one that runs")
	}
}
