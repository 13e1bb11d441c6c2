package sink

import (
	"os"
	"syscall"
)

// fdatasync forces the content of f to disk, and of its metadata what is needed to read it, such as its size.
func fdatasync(f *os.File) error {
	return retryInterrupted(func() error { return syscall.Fdatasync(int(f.Fd())) })
}

// awaitWriter returns when a write(2) to f that is going on is complete: looking for a hole in the file takes the lock of
// the inode that a write holds (ext4_llseek, shmem_file_llseek, btrfs_file_llseek; on XFS reading takes it already).
// Where it does not, nothing but an empty line can come of it.
func awaitWriter(f *os.File, off int64) {
	const seekHole = 4 // SEEK_HOLE, lseek(2)
	_, _ = syscall.Seek(int(f.Fd()), off, seekHole)
}
