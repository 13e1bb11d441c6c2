// Package footprint fits the Go runtime and the memory of the process to a worker, which is done with its start and runs for
// hours.
package footprint

import (
	"runtime"
	"runtime/debug"
)

const (
	// garbage is how much garbage, in percent of the memory in use, is collected. A worker that has its buffers allocates
	// hardly anything, so that collecting early costs nothing.
	garbage = 25

	// blocked is how many goroutines of a worker wait for the disk or for a large write at a time. Go counts each of them as
	// running for as long as it does not look, which is after 20 microseconds to 10 milliseconds: the one that would send the
	// next command to Redis waits as long, while a CPU is idle, and looking so often costs twentieths of a CPU.
	blocked = 2
)

// Settle is called when the start is over. What the environment says by GOGC or GOMAXPROCS stays as it is.
func Settle(getenv func(string) string) {
	if getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + blocked)
	}
	if getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
	unmapProgram()
}
