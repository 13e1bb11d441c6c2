package simulation

import (
	"os"
	"runtime"
	"runtime/debug"
	"testing"
)

func TestMain(m *testing.M) {
	runtime.GOMAXPROCS(1)   // goroutines that are ready at the same instant run one after the other, in the same order each time
	debug.SetGCPercent(400) // runs are short, and make much garbage
	os.Exit(m.Run())
}
