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

const zfsMagic = 0x2fc12fc1 // not among those of the kernel

// isLocal reports whether a file is on a file system of this machine, which needs nobody else for its locks.
func isLocal(fd int) bool {
	var s unix.Statfs_t
	if retry(func() error { return unix.Fstatfs(fd, &s) }) != nil {
		return false
	}
	switch int64(s.Type) { //nolint:unconvert // 32 bits wide on 32-bit systems
	case unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC, unix.F2FS_SUPER_MAGIC, unix.TMPFS_MAGIC, unix.OVERLAYFS_SUPER_MAGIC, zfsMagic:
		return true
	}
	return false
}

func seekHole(fd int, off int64) { _, _ = unix.Seek(fd, off, unix.SEEK_HOLE) }

func bootID() string {
	id, _ := os.ReadFile("/proc/sys/kernel/random/boot_id") // random(4)
	return strings.TrimSpace(string(id))
}

// lease takes a write lease, which the kernel grants when nobody else has the file open, and until the end of which whoever
// opens it waits (fcntl(2), F_SETLEASE). It does so for files that belong to this user, or for root. The signal that tells
// of such a wait, SIGIO, is one that the runtime of Go ignores.
func lease(fd int) bool {
	_, err := unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_WRLCK)
	return err == nil
}

func unlease(fd int) { _, _ = unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_UNLCK) }

// writersOf asks for a read lease, which the kernel grants only when there are no writers (fcntl(2), F_SETLEASE). It does
// so for files that belong to this user, or for root; where it refuses, or has no leases, nothing is known.
func writersOf(fd int) Writers {
	_, err := unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_RDLCK)
	switch {
	case err == nil:
		unlease(fd)
		return NoWriters
	case errors.Is(err, unix.EAGAIN):
		return SomeWriters
	}
	return WritersUnknown
}
