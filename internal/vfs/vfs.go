package vfs

import (
	"io"
	"io/fs"
	"time"
)

// FS is a file system as one process sees it. Errors of its methods wrap an errno (in *fs.PathError, or
// *os.LinkError for two paths), so that errors.Is finds fs.ErrNotExist as well as syscall.ENOSPC.
type FS interface {
	// OpenFile opens a file as open(2) does, with the flags of package os. It never follows a link in the last element
	// of path, never blocks on a FIFO, and gives a new file the mode less the umask.
	OpenFile(path string, flag int, mode fs.FileMode) (File, error)
	// Lstat describes what path names, which may be a link; Stat follows links.
	Lstat(path string) (Info, error)
	Stat(path string) (Info, error)
	// ReadDir returns the names in a directory, sorted.
	ReadDir(path string) ([]string, error)
	Mkdir(path string, mode fs.FileMode) error
	// Chmod sets the mode of a directory.
	Chmod(path string, mode fs.FileMode) error
	Remove(path string) error
	Rename(from, to string) error
	// Link gives a file a second name; it is an error when that is taken.
	Link(from, to string) error
	// SyncDir forces the names of a directory to disk.
	SyncDir(path string) error
	// Space returns the bytes that the file system of path has, and those that a process which is not root may still use.
	Space(path string) (total, free uint64, err error)
	// Sub returns the directory path as a file system whose paths are the names in it. It is reached through its
	// descriptor: what becomes of its name later does not matter. A link in the last element of path is an error.
	Sub(path string) (Dir, error)
	// BootID returns a mark that changes when the machine starts again; empty when there isn't one.
	BootID() string
}

// Dir is a directory that is open. The paths of its methods are names without a slash; "." is the directory itself.
type Dir interface {
	FS
	io.Closer
}

// File is an open file, for one goroutine at a time.
type File interface {
	io.Reader
	io.ReaderAt
	io.WriterAt // not for a file that is open for appending
	io.Closer
	// Name returns the path under which the file was opened.
	Name() string
	Stat() (Info, error)
	// Append is one write(2) to a file that is open for appending. It may write less than all of b without an error.
	Append(b []byte) (n int, err error)
	// Offset returns where the last Append ended.
	Offset() int64
	Truncate(size int64) error
	// CutIfAlone cuts off what follows size when the file ends at end and nobody else has it open, which is true until
	// it is cut; ok reports whether it did.
	CutIfAlone(size, end int64) (ok bool, err error)
	Chmod(mode fs.FileMode) error
	Chown(uid, gid int) error
	SetModTime(t time.Time) error
	// Sync forces content and metadata to disk, Datasync the content and what of the metadata is needed to read it.
	Sync() error
	Datasync() error
	// Reserve makes the file at least size bytes long and takes the room for them from the disk, so that writing within
	// them does not run out of it. Where the file system cannot reserve, the file is merely made longer.
	Reserve(size int64) error
	// TryLock takes the exclusive flock(2) of the file. The errors are [ErrLocked], [ErrNoLocks], or an errno.
	TryLock() error
	// Unlock cannot fail on a lock that is held, and closing the file unlocks too.
	Unlock()
	// AwaitWriter returns when an Append of anyone that is under way is complete.
	AwaitWriter(off int64)
	// Writers reports whether anyone has the file open for writing.
	Writers() Writers
}

// Writers is what [File.Writers] knows.
type Writers int

// What is known of writers.
const (
	WritersUnknown Writers = iota // it cannot be told
	NoWriters
	SomeWriters
)

// Info describes a file.
type Info struct {
	Dev, Ino uint64 // which file it is (stat(2))
	Links    uint64 // names that the file has
	Size     int64  // bytes
	Disk     int64  // bytes that it has on the disk: fewer than Size where it has holes, or is compressed
	Mode     fs.FileMode
	UID, GID uint32
	ModTime  time.Time
}

// SameFile reports whether a and b describe the same file.
func SameFile(a, b Info) bool { return a.Ino == b.Ino && a.Dev == b.Dev && a != Info{} }
