package footprint

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestTheEnvironmentHasTheLastWord(t *testing.T) {
	for _, tc := range []struct {
		name        string
		environment map[string]string
		more        int // goroutines that may run at a time
		percent     int
	}{
		{"says nothing", nil, blocked, garbage},
		{"of processors", map[string]string{"GOMAXPROCS": "1"}, 0, garbage},
		{"of garbage", map[string]string{"GOGC": "100"}, blocked, 100},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before := runtime.GOMAXPROCS(0)
			defer runtime.GOMAXPROCS(before)
			defer debug.SetGCPercent(debug.SetGCPercent(100))
			Settle(func(name string) string { return tc.environment[name] })
			if more := runtime.GOMAXPROCS(0) - before; more != tc.more {
				t.Errorf("%d more than %d goroutines may run", more, before)
			}
			if percent := debug.SetGCPercent(100); percent != tc.percent {
				t.Errorf("garbage is collected at %d percent", percent)
			}
		})
	}
}
