package simfs

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"syscall"
	"time"

	"envelog/internal/vfs"
)

// file is an open file description.
type file struct {
	p      *Process
	n      *inode
	name   string
	flag   int
	off    int64 // of the next Read, and where the last Append ended
	errors int   // how many failed syncs of the inode it knows of
	closed bool
}

var errAppendOnly = errors.New("os: invalid use of WriteAt on file opened with O_APPEND")

func (f *file) writes() bool { return f.flag&(os.O_WRONLY|os.O_RDWR) != 0 }

// close is what the kernel does; of a lock, too.
func (f *file) close() {
	f.closed = true
	if f.n.lock == f {
		f.n.lock = nil
	}
	f.n.opens--
	if f.writes() {
		f.n.writers--
	}
	f.p.forget(f)
}

// call makes a call about the file; run does it.
func (f *file) call(c Call, op string, run func(c *Call) error) error {
	c.Path, c.about = f.name, f.n
	c.run = func(c *Call) bool {
		if f.closed {
			c.err = fs.ErrClosed
		} else {
			c.err = run(c)
		}
		return false
	}
	return pathError(op, f.name, f.p.do(c))
}

func (f *file) Name() string { return f.name }

func (f *file) Stat() (info vfs.Info, err error) {
	err = f.call(Call{Kind: Look}, "stat", func(*Call) error { info = f.n.info(); return nil })
	return info, err
}

func (f *file) Read(b []byte) (n int, err error) {
	err = f.call(Call{Kind: Read, Off: f.off, Len: int64(len(b))}, "read", func(*Call) error {
		n = f.n.read(b, f.off)
		f.off += int64(n)
		return nil
	})
	if err == nil && n == 0 && len(b) > 0 {
		err = io.EOF
	}
	return n, err
}

func (f *file) ReadAt(b []byte, off int64) (n int, err error) {
	err = f.call(Call{Kind: Read, Off: off, Len: int64(len(b))}, "read", func(*Call) error {
		n = f.n.read(b, off)
		return nil
	})
	if err == nil && n < len(b) {
		err = io.EOF
	}
	return n, err
}

func (f *file) WriteAt(b []byte, off int64) (n int, err error) {
	switch {
	case f.flag&os.O_APPEND != 0:
		return 0, errAppendOnly
	case !f.writes():
		return 0, pathError("write", f.name, syscall.EBADF)
	}
	return f.write(Call{Kind: Write, Off: off, Grows: true}, b)
}

func (f *file) Append(b []byte) (n int, err error) {
	if !f.writes() {
		return 0, pathError("write", f.name, syscall.EBADF)
	}
	n, err = f.write(Call{Kind: Append, Grows: true}, b)
	if n > 0 {
		err = nil // a write(2) that is cut short has no error
	}
	return n, err
}

// write advances page by page.
func (f *file) write(c Call, b []byte) (n int, err error) {
	b = slices.Clone(b)
	c.Path, c.Len, c.about, c.inode = f.name, int64(len(b)), f.n, f.n
	c.run = func(c *Call) bool {
		more := f.step(c, b)
		n = int(c.Done)
		return more
	}
	err = f.p.do(c)
	return n, pathError("write", f.name, err)
}

// step writes up to the end of a page, or, when the write fails, as much as its fate allows.
func (f *file) step(c *Call, b []byte) (more bool) {
	if f.closed {
		c.err = fs.ErrClosed
		return false
	}
	if c.Kind == Append {
		c.Off = int64(len(f.n.data)) - c.Done
	}
	if c.fate.Err == nil || c.fate.Short >= c.Len-c.Done && c.Len > 0 { // an error after the last byte is none
		f.piece(c, b)
		return c.Done < c.Len
	}
	b = b[:min(c.Len, c.Done+c.fate.Short)]
	for c.Done < int64(len(b)) {
		f.piece(c, b)
	}
	c.err = c.fate.Err
	return false
}

func (f *file) piece(c *Call, b []byte) {
	at := c.Off + c.Done
	k := min(int64(len(b))-c.Done, pageSize-at%pageSize)
	f.n.put(f.p.m, f.p, f.name, b[c.Done:c.Done+k], at)
	c.Done += k
	if c.Kind == Append {
		f.off = at + k
	}
}

func (f *file) Offset() int64 { return f.off }

func (f *file) Truncate(size int64) error {
	if !f.writes() {
		return pathError("truncate", f.name, syscall.EINVAL)
	}
	return f.call(Call{Kind: Truncate, Len: size, inode: f.n}, "truncate", func(*Call) error {
		f.n.resize(f.p.m, f.p, f.name, size)
		return nil
	})
}

func (f *file) CutIfAlone(size, end int64) (ok bool, err error) {
	err = f.call(Call{Kind: Truncate, Len: size, inode: f.n}, "truncate", func(*Call) error {
		if ok = f.writes() && f.n.opens == 1 && int64(len(f.n.data)) == end; ok {
			f.n.resize(f.p.m, f.p, f.name, size)
		}
		return nil
	})
	return ok && err == nil, err
}

func (f *file) Reserve(size int64) error {
	return f.call(Call{Kind: Reserve, Len: size, inode: f.n, Grows: true}, "fallocate", func(*Call) error {
		if size > int64(len(f.n.data)) {
			f.n.resize(f.p.m, f.p, f.name, size)
		}
		return nil
	})
}

func (f *file) Chmod(mode fs.FileMode) error {
	return f.call(Call{Kind: SetAttr}, "chmod", func(*Call) error { f.n.setMode(mode); return nil })
}

func (f *file) Chown(uid, gid int) error {
	return f.call(Call{Kind: SetAttr}, "chown", func(*Call) error { f.n.setOwner(uid, gid); return nil })
}

func (f *file) SetModTime(t time.Time) error {
	return f.call(Call{Kind: SetAttr}, "utimens", func(*Call) error { f.n.modTime = t; return nil })
}

func (f *file) Sync() error     { return f.sync("fsync") }
func (f *file) Datasync() error { return f.sync("fdatasync") }

// sync writes the file to disk, and tells of a failure of another's sync once.
func (f *file) sync(op string) error {
	c := Call{Kind: Sync}
	c.failed = func(error) {
		f.n.failSync()
		f.errors = f.n.errors
	}
	return f.call(c, op, func(*Call) error {
		f.n.sync()
		if f.errors == f.n.errors {
			return nil
		}
		f.errors = f.n.errors
		return syscall.EIO
	})
}

func (f *file) TryLock() error {
	err := f.call(Call{Kind: Lock}, "flock", func(*Call) error {
		if f.n.lock != nil && f.n.lock != f {
			return syscall.EWOULDBLOCK
		}
		f.n.lock = f
		return nil
	})
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return vfs.ErrLocked
	}
	return err
}

func (f *file) Unlock() {
	_ = f.call(Call{Kind: Unlock}, "flock", func(*Call) error {
		if f.n.lock == f {
			f.n.lock = nil
		}
		return nil
	})
}

func (f *file) AwaitWriter(int64) {
	_ = f.call(Call{Kind: AwaitWriter, inode: f.n}, "lseek", func(*Call) error { return nil })
}

func (f *file) Writers() (w vfs.Writers) {
	_ = f.call(Call{Kind: Look}, "fcntl", func(*Call) error {
		w = vfs.NoWriters
		if f.n.writers > 0 {
			w = vfs.SomeWriters
		}
		return nil
	})
	return w
}

func (f *file) Close() error {
	c := Call{Kind: Close, failed: func(error) { f.close() }}
	return f.call(c, "close", func(*Call) error { f.close(); return nil })
}
