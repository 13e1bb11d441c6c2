//go:build !faults

package faultpoint

// At is a point at which the process may be stopped.
func At(string) {}

// SlowSync has a sync last longer.
func SlowSync() {}

// Within is a point between the pieces that Short makes of a write.
func Within(string) {}

// Short returns the piece of b that is to be written to the end of a file of this size before the point: all of b, unless the process is to
// be stopped there.
func Short(_ string, _ int64, b []byte) []byte { return b }
