//go:build unix && !linux

package disk

import "os"

// Datasync forces f to disk. These systems have no cheaper call than fsync that could be relied on.
func Datasync(f *os.File) error { return f.Sync() }

// AwaitWriter has no known means here to wait for a write(2) of another process.
func AwaitWriter(*os.File, int64) {}

// Reserve makes f at least size bytes long. Room is not reserved here.
func Reserve(f *os.File, size int64) error { return grow(f, size) }

// BootID returns nothing: there is no mark here that would change when the machine starts anew.
func BootID() string { return "" }

// HasWriters has no known means here to find out.
func HasWriters(*os.File) bool { return false }
