//go:build faults

package faultpoint

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

const variable = "ENVELOG_CRASH_POINT"

// passed counts how often the chosen point was passed. Points are anywhere, so that nothing but the process can own it.
var passed atomic.Int64

// chosen returns the point of the environment, and at which pass it stops.
func chosen() (name string, turn int64) {
	name, number, _ := strings.Cut(os.Getenv(variable), ":")
	turn, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		turn = 1
	}
	return name, turn
}

// At stops the process when the point is the chosen one, and its turn has come.
func At(point string) {
	name, turn := chosen()
	if name != point || passed.Add(1) != turn {
		return
	}
	fmt.Fprintf(os.Stderr, "faultpoint: %s\n", point)
	stop()
}

// stop returns after SIGCONT. The signal goes to this very thread: one for the process could be taken by another thread,
// while this one goes on for a while.
func stop() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	_ = unix.Tgkill(unix.Getpid(), unix.Gettid(), unix.SIGSTOP)
}

const page = 4096

// Short returns the first half of b, up to where a page of f ends when b is appended, when the point is the chosen one and
// the next pass has its turn; otherwise all of b. A process that is killed within write(2) leaves whole pages behind.
func Short(point string, f *os.File, b []byte) []byte {
	name, turn := chosen()
	info, err := f.Stat()
	if name != point || err != nil || passed.Load()+1 != turn {
		return b
	}
	half := int64(len(b)/2) - (info.Size()+int64(len(b)/2))%page
	if half <= 0 {
		return b
	}
	return b[:half]
}
