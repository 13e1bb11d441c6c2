package vfs

import (
	"errors"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

func datasync(fd int) error { return unix.Fdatasync(fd) }

func fallocate(fd int, size int64) error { return unix.Fallocate(fd, 0, 0, size) }

// setTimes sets both times of an open file.
func setTimes(fd int, at unix.Timespec) error {
	return unix.UtimesNanoAt(unix.AT_FDCWD, procPath(fd), []unix.Timespec{at, at}, 0)
}

// procPath is the way to the open file itself, whatever its names are (proc(5)).
func procPath(fd int) string { return "/proc/self/fd/" + strconv.Itoa(fd) }

func seekHole(fd int, off int64) { _, _ = unix.Seek(fd, off, unix.SEEK_HOLE) }

func bootID() string {
	id, _ := os.ReadFile("/proc/sys/kernel/random/boot_id") // random(4)
	return strings.TrimSpace(string(id))
}

// writersOf asks for a read lease, which the kernel grants only when there are no writers (fcntl(2), F_SETLEASE). It does
// so for files that belong to this user, or for root; where it refuses, or has no leases, nothing is known.
func writersOf(fd int) Writers {
	_, err := unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_RDLCK)
	switch {
	case err == nil:
		_, _ = unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_UNLCK)
		return NoWriters
	case errors.Is(err, unix.EAGAIN):
		return SomeWriters
	}
	return WritersUnknown
}
