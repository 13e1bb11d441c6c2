package proctest

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// AwaitStop waits until all processes have stopped that were sent SIGSTOP, which takes its time, and reports whether they have
// within a minute. Where there is no /proc it returns at once.
func AwaitStop(pids ...int) bool {
	timeout, poll := time.After(time.Minute), time.NewTicker(time.Millisecond)
	defer poll.Stop()
	for slices.ContainsFunc(pids, runs) {
		select {
		case <-poll.C:
		case <-timeout:
			return false
		}
	}
	return true
}

// runs reports whether a process is neither stopped nor gone; /proc/<pid>/stat has its state after the name. One that has just
// ended stays a zombie while its parent is stopped.
func runs(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, state, found := strings.Cut(string(stat), ") ")
	return err == nil && found && strings.IndexAny(state, "TZX") != 0
}
