package disk

import (
	"errors"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Datasync forces the content of f to disk, and of its metadata what is needed to read it, such as its size.
func Datasync(f *os.File) error {
	return Retry(func() error { return syscall.Fdatasync(int(f.Fd())) })
}

// AwaitWriter returns when a write(2) to f that is going on is complete: looking for a hole in the file takes the lock of
// the inode that a write holds (ext4_llseek, shmem_file_llseek, btrfs_file_llseek; on XFS reading takes it already).
// Where it does not, nothing but an empty line can come of it.
func AwaitWriter(f *os.File, off int64) {
	const seekHole = 4 // SEEK_HOLE, lseek(2)
	_, _ = syscall.Seek(int(f.Fd()), off, seekHole)
}

// Reserve makes f at least size bytes long, and takes the room for them from the disk, so that writing within them does
// not run out of it. Where the file system cannot reserve, f is merely made longer.
func Reserve(f *os.File, size int64) error {
	err := Retry(func() error { return syscall.Fallocate(int(f.Fd()), 0, 0, size) })
	if errors.Is(err, syscall.EOPNOTSUPP) || errors.Is(err, syscall.ENOSYS) {
		return grow(f, size)
	}
	return err
}

// BootID returns a mark that changes when the machine starts anew; empty when there is none.
func BootID() string {
	id, _ := os.ReadFile("/proc/sys/kernel/random/boot_id") // random(4)
	return strings.TrimSpace(string(id))
}

// HasWriters tells whether anyone has f open for writing, this process too. f must be open for reading alone, and belong
// to this user unless that is root. The kernel grants a read lease only when there are no writers (fcntl(2), F_SETLEASE);
// where it has no leases, the answer is no.
func HasWriters(f *os.File) bool {
	_, err := unix.FcntlInt(f.Fd(), unix.F_SETLEASE, unix.F_RDLCK)
	if err == nil {
		_, _ = unix.FcntlInt(f.Fd(), unix.F_SETLEASE, unix.F_UNLCK)
	}
	return errors.Is(err, unix.EAGAIN)
}
