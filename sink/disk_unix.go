//go:build unix && !linux

package sink

import "os"

// fdatasync forces f to disk. These systems have no cheaper call than fsync that could be relied on.
func fdatasync(f *os.File) error { return f.Sync() }

// awaitWriter has no known means here to wait for a write(2) of another process.
func awaitWriter(*os.File, int64) {}
