package simulation

import (
	"os"
	"runtime/debug"
	"testing"
)

func TestMain(m *testing.M) {
	debug.SetGCPercent(400) // runs are short, and make much garbage
	os.Exit(m.Run())
}
