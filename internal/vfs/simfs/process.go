package simfs

import (
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"

	"envelog/internal/vfs"
)

// Process is a process of the machine: the file system as it sees it.
type Process struct {
	tree
	Name string

	id      int
	files   []*file // that are open
	dead    bool    // killed
	ended   bool    // its main function has returned, or was killed
	stopped bool
	direct  bool
}

var _ vfs.Dir = tree{}

func (p *Process) end() {
	p.m.mu.Lock()
	defer p.m.mu.Unlock()
	p.ended = true
	if p.dead {
		return
	}
	p.dead = true // the kernel closes what is open
	for len(p.files) > 0 {
		p.files[len(p.files)-1].close()
	}
}

// Dead reports whether the process has ended.
func (p *Process) Dead() bool { return p.dead }

// Stopped reports whether the process is stopped.
func (p *Process) Stopped() bool { return p.stopped }

// Do makes a step of what is not a file call, such as a request to a server: f runs when it is this process' turn.
func (p *Process) Do(what string, f func()) {
	_ = p.do(Call{Kind: Other, Path: what, run: func(*Call) bool { f(); return false }})
}

// tree is a directory as a process sees it: the root, or one that it has opened.
type tree struct {
	p    *Process
	m    *Machine
	at   *inode
	path string
}

// place is where a path leads to.
type place struct {
	dir  *inode
	name string // in dir; empty: it is the directory at itself
	node *inode // nil: there isn't one
}

func (t tree) full(name string) string {
	if path.IsAbs(name) {
		return name
	}
	return path.Join(t.path, name)
}

// find follows a path; the error is an errno.
func (t tree) find(name string) (place, error) {
	found := place{node: t.at}
	for rest := name; rest != ""; {
		var element string
		element, rest, _ = strings.Cut(rest, "/")
		if element == "" || element == "." {
			continue
		}
		switch {
		case found.node == nil:
			return place{}, syscall.ENOENT
		case !found.node.mode.IsDir():
			return place{}, syscall.ENOTDIR
		}
		found = place{dir: found.node, name: element, node: found.node.names[element]}
	}
	return found, nil
}

// there follows a path to what exists.
func (t tree) there(name string) (place, error) {
	found, err := t.find(name)
	if err == nil && found.node == nil {
		err = syscall.ENOENT
	}
	return found, err
}

// call makes a call about a path.
func (t tree) call(kind Kind, op, name string, run func() error) error {
	return t.callTo(Call{Kind: kind}, op, name, run)
}

func (t tree) callTo(c Call, op, name string, run func() error) error {
	c.Path = t.full(name)
	c.run = func(c *Call) bool { c.err = run(); return false }
	return pathError(op, c.Path, t.p.do(c))
}

func pathError(op, path string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: path, Err: err}
}

func (t tree) OpenFile(name string, flag int, mode fs.FileMode) (vfs.File, error) {
	c := Call{Kind: Open}
	if flag&os.O_CREATE != 0 {
		c = Call{Kind: Create, Grows: true}
	}
	var opened *file
	err := t.callTo(c, "open", name, func() (err error) {
		opened, err = t.open(name, flag, mode)
		return err
	})
	if err != nil {
		return nil, err
	}
	return opened, nil
}

func (t tree) open(name string, flag int, mode fs.FileMode) (*file, error) {
	found, err := t.find(name)
	if err != nil {
		return nil, err
	}
	writes := flag&(os.O_WRONLY|os.O_RDWR) != 0
	switch {
	case found.node == nil && flag&os.O_CREATE == 0:
		return nil, syscall.ENOENT
	case found.node == nil && found.dir.gone:
		return nil, syscall.ENOENT
	case found.node == nil:
		found.node = t.m.newInode(mode.Perm())
		found.dir.change(t.m, change{to: found.name, node: found.node})
	case flag&(os.O_CREATE|os.O_EXCL) == os.O_CREATE|os.O_EXCL:
		return nil, syscall.EEXIST
	case found.node.mode.IsDir() && writes:
		return nil, syscall.EISDIR
	}
	if flag&os.O_TRUNC != 0 && writes {
		found.node.resize(t.m, t.p, found.name, 0)
	}
	return t.p.opened(found.node, t.full(name), flag), nil
}

func (t tree) Lstat(name string) (found vfs.Info, err error) {
	err = t.call(Look, "lstat", name, func() error {
		there, err := t.there(name)
		if err == nil {
			found = there.node.info()
		}
		return err
	})
	return found, err
}

func (t tree) Stat(name string) (vfs.Info, error) { return t.Lstat(name) }

func (t tree) ReadDir(name string) (names []string, err error) {
	err = t.call(List, "open", name, func() error {
		there, err := t.there(name)
		switch {
		case err != nil:
			return err
		case !there.node.mode.IsDir():
			return syscall.ENOTDIR
		}
		names = sortedNames(there.node.names)
		return nil
	})
	return names, err
}

func (t tree) Mkdir(name string, mode fs.FileMode) error {
	return t.callTo(Call{Kind: Create, Grows: true}, "mkdir", name, func() error {
		found, err := t.find(name)
		switch {
		case err != nil:
			return err
		case found.node != nil:
			return syscall.EEXIST
		case found.dir.gone:
			return syscall.ENOENT
		}
		found.dir.change(t.m, change{to: found.name, node: t.m.newInode(fs.ModeDir | mode.Perm())})
		return nil
	})
}

func (t tree) Chmod(name string, mode fs.FileMode) error {
	return t.call(SetAttr, "chmod", name, func() error {
		there, err := t.there(name)
		if err == nil {
			there.node.setMode(mode)
		}
		return err
	})
}

func (t tree) Remove(name string) error {
	return t.call(Remove, "remove", name, func() error {
		there, err := t.there(name)
		switch {
		case err != nil:
			return err
		case there.dir == nil:
			return syscall.EBUSY
		case len(there.node.names) > 0:
			return syscall.ENOTEMPTY
		}
		there.node.gone = there.node.mode.IsDir()
		there.dir.change(t.m, change{from: there.name})
		return nil
	})
}

func (t tree) Rename(from, to string) error {
	return t.callTo(Call{Kind: Rename, To: t.full(to)}, "rename", from, func() error {
		here, err := t.there(from)
		if err != nil {
			return err
		}
		there, err := t.find(to)
		switch {
		case err != nil:
			return err
		case here.dir == nil || here.dir != there.dir:
			return syscall.EXDEV
		case there.node == here.node:
			return nil
		case there.node != nil && there.node.mode.IsDir() != here.node.mode.IsDir():
			return syscall.EEXIST
		}
		here.dir.change(t.m, change{from: here.name, to: there.name, node: here.node})
		return nil
	})
}

func (t tree) Link(from, to string) error {
	return t.callTo(Call{Kind: Link, To: t.full(to), Grows: true}, "link", from, func() error {
		here, err := t.there(from)
		if err != nil {
			return err
		}
		there, err := t.find(to)
		switch {
		case err != nil:
			return err
		case there.node != nil:
			return syscall.EEXIST
		case here.node.mode.IsDir():
			return syscall.EPERM
		}
		there.dir.change(t.m, change{to: there.name, node: here.node})
		return nil
	})
}

func (t tree) SyncDir(name string) error {
	return t.call(SyncDir, "fsync", name, func() error {
		there, err := t.there(name)
		if err == nil {
			there.node.syncNames()
		}
		return err
	})
}

func (t tree) Space(name string) (total, free uint64, err error) {
	err = t.call(Look, "statfs", name, func() error {
		_, err := t.there(name)
		return err
	})
	return 1 << 40, t.m.Free, err
}

func (t tree) Sub(name string) (vfs.Dir, error) {
	sub := tree{p: t.p, m: t.m, path: t.full(name)}
	err := t.call(Open, "open", name, func() error {
		there, err := t.there(name)
		switch {
		case err != nil:
			return err
		case !there.node.mode.IsDir():
			return syscall.ENOTDIR
		}
		sub.at = there.node
		return nil
	})
	if err != nil {
		return nil, err
	}
	return sub, nil
}

// Close does nothing: descriptors of directories are not counted.
func (t tree) Close() error { return nil }

func (t tree) BootID() string { return t.m.BootID() }

func (p *Process) opened(n *inode, path string, flag int) *file {
	f := &file{p: p, n: n, name: path, flag: flag, errors: n.errors}
	n.opens++
	if f.writes() {
		n.writers++
	}
	p.files = append(p.files, f)
	return f
}

func (p *Process) forget(f *file) {
	p.files = slices.DeleteFunc(p.files, func(o *file) bool { return o == f })
}
