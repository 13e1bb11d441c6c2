package simfs

import (
	"io/fs"
	"maps"
	"slices"
	"time"

	"envelog/internal/vfs"
)

const (
	pageSize   = 4096
	sectorSize = 512
)

// inode is a file or a directory: as processes see it, and as it is on disk.
type inode struct {
	ino      uint64
	mode     fs.FileMode
	uid, gid uint32
	modTime  time.Time
	links    int

	// Of a directory.
	names, onDisk map[string]*inode
	changes       []change // of names since the last sync
	gone          bool     // removed

	// Of a file.
	data   []byte      // in the page cache
	disk   []byte      // on disk; shorter than data where nothing was ever written
	pages  []pageState // of data
	sizes  []int64     // that the file had since its size was last forced to disk, the oldest first
	size   int64       // on disk
	lock   *file       // that holds the flock
	writer *Call       // that holds the write lock
	errors int         // failed syncs
	tears  bool        // a power cut loses sectors instead of pages

	opens, writers int // open descriptions, and those that can write
}

type pageState uint8

const (
	clean pageState = iota
	dirty
	lost // clean to the kernel, but not on disk: its sync has failed
)

func (n *inode) info() vfs.Info {
	links := n.links
	if n.mode.IsDir() {
		links = 2
	}
	return vfs.Info{
		Dev: 1, Ino: n.ino, Links: uint64(links), Size: int64(len(n.data)), Disk: int64(len(n.data)), Mode: n.mode, UID: n.uid, GID: n.gid, ModTime: n.modTime,
	}
}

func (n *inode) setMode(mode fs.FileMode) { n.mode = n.mode.Type() | mode&(fs.ModePerm|fs.ModeSetgid) }

// setOwner leaves what is -1 unchanged, as chown(2) does.
func (n *inode) setOwner(uid, gid int) {
	if uid >= 0 {
		n.uid = uint32(uid)
	}
	if gid >= 0 {
		n.gid = uint32(gid)
	}
}

func (n *inode) read(b []byte, off int64) int {
	if off >= int64(len(n.data)) {
		return 0
	}
	return copy(b, n.data[off:])
}

// put writes b, which does not cross the end of a page.
func (n *inode) put(m *Machine, p *Process, name string, b []byte, off int64) {
	if len(b) == 0 {
		return
	}
	end := off + int64(len(b))
	if m.Changed != nil {
		old := n.data[min(off, int64(len(n.data))):min(end, int64(len(n.data)))]
		m.Changed(Change{Process: p, Ino: n.ino, Name: name, Off: off, Old: old, New: b})
	}
	if end > int64(len(n.data)) {
		n.grow(end)
	}
	copy(n.data[off:], b)
	n.pages[off/pageSize] = dirty
	n.modTime = m.now()
}

// grow makes the file longer, by zeros.
func (n *inode) grow(size int64) {
	n.noteSize()
	if zeros := size - int64(len(n.data)); size <= int64(cap(n.data)) {
		n.data = n.data[:size]
		clear(n.data[size-zeros:])
	} else {
		n.data = append(n.data, make([]byte, zeros)...)
	}
	for i := int64(len(n.pages)); i < pagesOf(size); i++ {
		state := clean // a hole
		if i*pageSize < int64(len(n.disk)) {
			state = dirty // the disk has what was there before a truncation
		}
		n.pages = append(n.pages, state)
	}
}

func (n *inode) noteSize() { n.sizes = append(n.sizes, int64(len(n.data))) }

func pagesOf(size int64) int64 { return (size + pageSize - 1) / pageSize }

// resize truncates or extends.
func (n *inode) resize(m *Machine, p *Process, name string, size int64) {
	old := int64(len(n.data))
	n.modTime = m.now()
	if size > old {
		n.grow(size)
		return
	}
	if m.Changed != nil && size < old {
		m.Changed(Change{Process: p, Ino: n.ino, Name: name, Off: size, Old: n.data[size:]})
	}
	n.noteSize()
	n.data = n.data[:size]
	n.pages = n.pages[:pagesOf(size)]
	if size%pageSize != 0 {
		n.pages[size/pageSize] = dirty
	}
}

// sync writes what is dirty to disk. What a failed sync has left is not dirty.
func (n *inode) sync() {
	for i := range n.pages {
		if n.pages[i] == dirty {
			n.writePage(int64(i))
		}
	}
	n.syncSize()
}

// writePage writes one page to disk.
func (n *inode) writePage(i int64) {
	from, to := i*pageSize, min((i+1)*pageSize, int64(len(n.data)))
	if missing := to - int64(len(n.disk)); missing > 0 {
		n.disk = append(n.disk, make([]byte, missing)...)
	}
	copy(n.disk[from:to], n.data[from:to])
	n.pages[i] = clean
}

func (n *inode) syncSize() {
	n.size, n.sizes = int64(len(n.data)), n.sizes[:0]
	if n.size < int64(len(n.disk)) {
		n.disk = n.disk[:n.size]
	}
}

// failSync is what becomes of the pages when they cannot be written: the kernel takes them for clean.
func (n *inode) failSync() {
	n.errors++
	for i := range n.pages {
		if n.pages[i] == dirty {
			n.pages[i] = lost
		}
	}
}

// change is a change of a directory: a name is created (to), removed (from), or moved.
type change struct {
	from, to string
	node     *inode
}

func (c change) String() string {
	switch {
	case c.from == "":
		return "the name " + c.to
	case c.to == "":
		return "that " + c.from + " was removed"
	}
	return "that " + c.from + " was renamed to " + c.to
}

// change changes the names that processes see.
func (n *inode) change(m *Machine, c change) {
	n.changes = append(n.changes, c)
	n.modTime = m.now()
	if old := n.names[c.from]; c.from != "" && old != nil {
		old.links--
	}
	if old := n.names[c.to]; c.to != "" && old != nil {
		old.links--
	}
	c.apply(n.names)
	if c.to != "" {
		c.node.links++
	}
}

func (c change) apply(names map[string]*inode) {
	if c.from != "" {
		delete(names, c.from)
	}
	if c.to != "" {
		names[c.to] = c.node
	}
}

func (n *inode) syncNames() {
	n.onDisk = maps.Clone(n.names)
	n.changes = n.changes[:0]
}

func sortedNames(names map[string]*inode) []string { return slices.Sorted(maps.Keys(names)) }
