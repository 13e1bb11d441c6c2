//go:build unix && !linux

package vfs

import "golang.org/x/sys/unix"

// datasync forces a file to disk. These systems have no cheaper call than fsync that could be relied on.
func datasync(fd int) error { return unix.Fsync(fd) }

func fallocate(int, int64) error { return unix.EOPNOTSUPP }

// setTimes sets both times of an open file.
func setTimes(fd int, at unix.Timespec) error {
	tv := unix.Timeval{Sec: at.Sec, Usec: int32(at.Nsec / 1000)}
	return unix.Futimes(fd, []unix.Timeval{tv, tv})
}

// isLocal has no known means here to find out.
func isLocal(int) bool { return false }

// seekHole has no known effect here that would wait for a write(2) of another process.
func seekHole(int, int64) {}

// bootID returns nothing: there is no mark here that would change when the machine starts again.
func bootID() string { return "" }

// lease has no known means here to find out whether somebody has a file open.
func lease(int) bool { return false }

func unlease(int) {}

// writersOf has no known means here to find out.
func writersOf(int) Writers { return WritersUnknown }
