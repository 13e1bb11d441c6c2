package proctest

import (
	"math/rand/v2"
	"testing"
)

// Port reserves a port of 127.0.0.1 until the test ends: no other caller is given it, in whatever process, also while the server
// that it is for is down between two runs. It is below those that the kernel gives to outgoing connections, so that no client has
// it either (TCP connects to itself when both ports are the same). The server must ask for SO_REUSEADDR, as all usual ones do.
func Port(t testing.TB) int {
	t.Helper()
	var err error
	for range 100 {
		port := 10000 + rand.IntN(20000)
		var release func()
		if release, err = hold(port); err == nil {
			t.Cleanup(release)
			return port
		}
	}
	t.Fatalf("find a free port: none of 100 is free: %v", err)
	return 0
}
