package vfs

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"envelog/internal/faultpoint"
)

// OS is the file system of this machine.
var OS FS = osFS{}

// openFlags are added to all flags: no link is followed, and nothing blocks.
const openFlags = unix.O_NOFOLLOW | unix.O_NONBLOCK | unix.O_CLOEXEC

// osFS reaches paths as package os does.
type osFS struct{}

func (osFS) OpenFile(path string, flag int, mode fs.FileMode) (File, error) {
	f, err := os.OpenFile(path, flag|openFlags, mode)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

func (osFS) Lstat(path string) (Info, error) {
	var st unix.Stat_t
	err := retry(func() error { return unix.Lstat(path, &st) })
	return info(&st), pathError("lstat", path, err)
}

func (osFS) Stat(path string) (Info, error) {
	var st unix.Stat_t
	err := retry(func() error { return unix.Stat(path, &st) })
	return info(&st), pathError("stat", path, err)
}

func (osFS) ReadDir(path string) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return readNames(f)
}

func (osFS) Mkdir(path string, mode fs.FileMode) error { return os.Mkdir(path, mode) }
func (osFS) Chmod(path string, mode fs.FileMode) error { return os.Chmod(path, mode) }
func (osFS) Remove(path string) error                  { return os.Remove(path) }
func (osFS) Rename(from, to string) error              { return os.Rename(from, to) }
func (osFS) Link(from, to string) error                { return os.Link(from, to) }
func (osFS) BootID() string                            { return bootID() }

func (osFS) SyncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return syncDir(d)
}

func (osFS) Space(path string) (total, free uint64, err error) { return space(path) }

func (osFS) Sub(path string) (Dir, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_DIRECTORY|openFlags, 0)
	if err != nil {
		return nil, err
	}
	return osDir{f}, nil
}

// osDir reaches names from the descriptor of their directory (openat(2) and its kin).
type osDir struct{ *os.File }

func (d osDir) OpenFile(name string, flag int, mode fs.FileMode) (File, error) {
	fd, err := d.openat(name, flag, mode)
	if err != nil {
		return nil, err
	}
	return osFile{os.NewFile(uintptr(fd), d.path(name))}, nil
}

func (d osDir) openat(name string, flag int, mode fs.FileMode) (fd int, err error) {
	err = retry(func() error {
		fd, err = unix.Openat(d.fd(), name, flag|openFlags, uint32(mode.Perm()))
		return err
	})
	return fd, pathError("open", d.path(name), err)
}

func (d osDir) fd() int                 { return int(d.Fd()) }
func (d osDir) path(name string) string { return filepath.Join(d.Name(), name) }

func (d osDir) Lstat(name string) (Info, error) { return d.stat(name, unix.AT_SYMLINK_NOFOLLOW) }
func (d osDir) Stat(name string) (Info, error)  { return d.stat(name, 0) }

func (d osDir) stat(name string, flags int) (Info, error) {
	var st unix.Stat_t
	err := retry(func() error { return unix.Fstatat(d.fd(), name, &st, flags) })
	return info(&st), pathError("stat", d.path(name), err)
}

func (d osDir) ReadDir(name string) ([]string, error) {
	fd, err := d.openat(name, os.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	return readNames(os.NewFile(uintptr(fd), d.path(name)))
}

func (d osDir) Mkdir(name string, mode fs.FileMode) error {
	return pathError("mkdir", d.path(name), retry(func() error { return unix.Mkdirat(d.fd(), name, uint32(mode.Perm())) }))
}

func (d osDir) Chmod(name string, mode fs.FileMode) error {
	fd, err := d.openat(name, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	f := os.NewFile(uintptr(fd), d.path(name))
	return errors.Join(f.Chmod(mode), f.Close())
}

func (d osDir) Remove(name string) error {
	return pathError("remove", d.path(name), retry(func() error { return unix.Unlinkat(d.fd(), name, 0) }))
}

func (d osDir) Rename(from, to string) error {
	return pathError("rename", d.path(from), retry(func() error { return unix.Renameat(d.fd(), from, d.fd(), to) }))
}

func (d osDir) Link(from, to string) error {
	return pathError("link", d.path(from), retry(func() error { return unix.Linkat(d.fd(), from, d.fd(), to, 0) }))
}

func (d osDir) SyncDir(name string) error {
	fd, err := d.openat(name, os.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	return syncDir(os.NewFile(uintptr(fd), d.path(name)))
}

func (d osDir) Space(name string) (total, free uint64, err error) { return space(d.path(name)) }

func (d osDir) Sub(name string) (Dir, error) {
	fd, err := d.openat(name, os.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	return osDir{os.NewFile(uintptr(fd), d.path(name))}, nil
}

func (osDir) BootID() string { return bootID() }

// osFile is a file of this machine.
type osFile struct{ *os.File }

func (f osFile) fd() int { return int(f.Fd()) }

func (f osFile) Stat() (Info, error) {
	var st unix.Stat_t
	err := retry(func() error { return unix.Fstat(f.fd(), &st) })
	return info(&st), pathError("stat", f.Name(), err)
}

func (f osFile) Append(b []byte) (n int, err error) {
	err = retry(func() error {
		n, err = unix.Write(f.fd(), b)
		return err
	})
	return max(n, 0), pathError("write", f.Name(), err)
}

func (f osFile) Offset() int64 {
	off, _ := f.Seek(0, io.SeekCurrent) // a regular file cannot refuse that
	return off
}

func (f osFile) Truncate(size int64) error {
	return pathError("truncate", f.Name(), retry(func() error { return unix.Ftruncate(f.fd(), size) }))
}

func (f osFile) CutIfAlone(size, end int64) (ok bool, err error) {
	if !lease(f.fd()) {
		return false, nil
	}
	defer unlease(f.fd())
	if info, err := f.Stat(); err != nil || info.Size != end {
		return false, err
	}
	faultpoint.At("before-cut")
	err = f.Truncate(size)
	return err == nil, err
}

func (f osFile) SetModTime(t time.Time) error {
	return pathError("utimens", f.Name(), retry(func() error { return setTimes(f.fd(), unix.NsecToTimespec(t.UnixNano())) }))
}

func (f osFile) Datasync() error {
	faultpoint.SlowSync()
	return pathError("fdatasync", f.Name(), retry(func() error { return datasync(f.fd()) }))
}

func (f osFile) Sync() error {
	faultpoint.SlowSync()
	return pathError("fsync", f.Name(), retry(func() error { return unix.Fsync(f.fd()) }))
}

func (f osFile) Reserve(size int64) error {
	err := retry(func() error { return fallocate(f.fd(), size) })
	if !errors.Is(err, unix.EOPNOTSUPP) && !errors.Is(err, unix.ENOSYS) {
		return pathError("fallocate", f.Name(), err)
	}
	info, err := f.Stat()
	if err != nil || info.Size >= size {
		return err
	}
	return f.Truncate(size)
}

func (f osFile) TryLock() error {
	err := retry(func() error { return unix.Flock(f.fd(), unix.LOCK_EX|unix.LOCK_NB) })
	return pathError("flock", f.Name(), explainFlock(err, func() bool { return isLocal(f.fd()) }))
}

// explainFlock says what flock(2) refuses. ENOLCK is the answer of network file systems without a lock service; on a local file
// system, which has locks, there was no memory for one.
func explainFlock(err error, isLocal func() bool) error {
	switch {
	case errors.Is(err, unix.EWOULDBLOCK):
		return ErrLocked
	case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.ENOLCK) && !isLocal():
		return ErrNoLocks
	}
	return err
}

func (f osFile) Unlock() { _ = retry(func() error { return unix.Flock(f.fd(), unix.LOCK_UN) }) }

// AwaitWriter relies on looking for a hole in a file to take the lock of the inode that a write holds (ext4_llseek,
// shmem_file_llseek, btrfs_file_llseek; on XFS reading takes it already).
func (f osFile) AwaitWriter(off int64) { seekHole(f.fd(), off) }

func (f osFile) Writers() Writers { return writersOf(f.fd()) }

func readNames(f *os.File) ([]string, error) {
	entries, err := f.ReadDir(-1)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	slices.Sort(names)
	return names, nil
}

// syncDir makes the names in a directory survive a power cut. File systems that cannot do that for directories say
// EINVAL; nothing better is available there.
func syncDir(d *os.File) error {
	faultpoint.SlowSync()
	err := retry(func() error { return unix.Fsync(int(d.Fd())) })
	if errors.Is(err, unix.EINVAL) {
		err = nil
	}
	return errors.Join(pathError("fsync", d.Name(), err), d.Close())
}

// info is made of what stat(2) says.
func info(st *unix.Stat_t) Info {
	mode := fs.FileMode(st.Mode & 0o777)
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
	case unix.S_IFDIR:
		mode |= fs.ModeDir
	case unix.S_IFLNK:
		mode |= fs.ModeSymlink
	case unix.S_IFIFO:
		mode |= fs.ModeNamedPipe
	default:
		mode |= fs.ModeIrregular
	}
	if st.Mode&unix.S_ISGID != 0 {
		mode |= fs.ModeSetgid
	}
	if st.Mode&unix.S_ISVTX != 0 {
		mode |= fs.ModeSticky
	}
	return Info{
		Dev: uint64(st.Dev), Ino: st.Ino, Links: uint64(st.Nlink), //nolint:unconvert // other types on other systems
		Size: st.Size, Disk: st.Blocks * 512, Mode: mode, UID: st.Uid, GID: st.Gid, ModTime: time.Unix(st.Mtim.Unix()),
	}
}

func pathError(op, path string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: path, Err: err}
}

// retry calls again what a signal interrupted.
func retry(call func() error) error {
	for {
		if err := call(); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
