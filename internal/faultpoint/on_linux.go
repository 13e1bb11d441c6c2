//go:build faults

package faultpoint

import (
	"cmp"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

const variable = "ENVELOG_CRASH_POINT"

// passed counts how often the chosen point was passed. Points are anywhere, so that nothing but the process can own it.
var passed atomic.Int64

// syncDelay is how much longer a sync lasts. What is no duration ends the process: a test would prove nothing about a slow disk.
var syncDelay = sync.OnceValue(func() time.Duration {
	d, err := time.ParseDuration(cmp.Or(os.Getenv("ENVELOG_SYNC_DELAY"), "0s"))
	if err != nil {
		panic(fmt.Sprintf("ENVELOG_SYNC_DELAY: %v", err))
	}
	return d
})

// SlowSync lets the time go by that a sync lasts longer. A thread sleeps, as one that syncs does, and not a goroutine.
func SlowSync() {
	left := unix.NsecToTimespec(syncDelay().Nanoseconds())
	for left.Nano() > 0 && unix.Nanosleep(&left, &left) == unix.EINTR {
		continue
	}
}

// chosen returns the point of the environment, and at which pass it stops.
func chosen() (name string, turn int64) {
	name, number, _ := strings.Cut(os.Getenv(variable), ":")
	turn, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		turn = 1
	}
	return name, turn
}

// isDue counts a pass, and reports whether the point is the chosen one and its turn has come.
func isDue(point string) bool {
	name, turn := chosen()
	return name == point && passed.Add(1) == turn
}

// At stops the process when its turn has come.
func At(point string) {
	if isDue(point) {
		stop(point)
	}
}

// stop returns after SIGCONT. The signal goes to this very thread: one for the process could be taken by another thread,
// while this one goes on for a while.
func stop(point string) {
	fmt.Fprintf(os.Stderr, "faultpoint: %s\n", point)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	_ = unix.Tgkill(unix.Getpid(), unix.Gettid(), unix.SIGSTOP)
}

const page = 4096

// Within stops the process between the pieces that Short made of a write.
func Within(point string) {
	if name, _ := chosen(); name == point {
		stop(point)
	}
}

// Short returns the first half of b, up to where a page of the file ends when b is appended, when the turn of the point has come;
// otherwise all of b. A process that is killed within write(2) leaves whole pages behind.
func Short(point string, size int64, b []byte) []byte {
	half := int64(len(b)/2) - (size+int64(len(b)/2))%page
	if half <= 0 || !isDue(point) { // too short a write is no pass
		return b
	}
	return b[:half]
}
