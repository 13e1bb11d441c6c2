package simfs

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
)

// losePages decides what of a file survives a power cut: every page, and sometimes every sector, that is not on disk is
// kept or lost on its own, and the size is one that the file had since its last sync.
func (m *Machine) losePages(n *inode, r *rand.Rand) {
	size := n.size
	if len(n.sizes) > 0 {
		size = append(n.sizes, int64(len(n.data)))[r.IntN(len(n.sizes)+1)]
		if r.IntN(2) == 0 {
			size = int64(len(n.data)) // the most likely one when writes went on for long
		}
	}
	after := make([]byte, size)
	copy(after, n.disk)
	for i, state := range n.pages {
		if state != clean {
			m.losePage(n, int64(i), after, r)
		}
		if state == lost {
			m.tellLost(n, int64(i), after)
		}
	}
	n.data, n.disk, n.size, n.sizes, n.errors = after, slices.Clone(after), size, n.sizes[:0], 0
	n.pages = make([]pageState, pagesOf(size))
	n.lock, n.writer, n.opens, n.writers = nil, nil, 0, 0
}

// losePage copies to after what is kept of a page.
func (m *Machine) losePage(n *inode, i int64, after []byte, r *rand.Rand) {
	from := i * pageSize
	how := r.IntN(3)
	if how == 1 && !n.tears {
		how = 0
	}
	kept := 0
	for at := from; at < min(from+pageSize, int64(len(n.data)), int64(len(after))); at += sectorSize {
		if keep := how == 0 || how == 1 && r.IntN(2) == 0; keep {
			kept += copy(after[at:], n.data[at:min(at+sectorSize, int64(len(n.data)))])
		}
	}
	m.tell("the machine", fmt.Sprintf("  keeps %d bytes of page %d of inode %d", kept, i, n.ino))
}

// loseNames decides what of the changes of a directory survives. Those of one name, and of names that a rename connects,
// survive in their order.
func (m *Machine) loseNames(n *inode, r *rand.Rand) {
	if len(n.changes) > 0 {
		journaled := r.IntN(2) == 0 // all changes in their order, as most file systems do it
		keep := r.IntN(len(n.changes) + 1)
		upTo := make(map[string]int) // of the changes of a group of names, how many are kept
		for i, c := range n.changes {
			if !journaled {
				keep = i + r.IntN(2)
				for _, name := range []string{c.from, c.to} {
					if limit, ok := upTo[name]; ok && name != "" {
						keep = min(keep, limit)
					}
				}
			}
			if i < keep {
				c.apply(n.onDisk)
				continue
			}
			m.tell("the machine", "  forgets "+c.String())
			upTo[c.from], upTo[c.to] = i, i
		}
		n.changes = n.changes[:0]
	}
	n.names = maps.Clone(n.onDisk)
}

// Writeback writes something that is not on disk yet, as the kernel does whenever it likes: a page of a
// file, or the first changes of a directory.
func (m *Machine) Writeback(r *rand.Rand) {
	n := m.inodes[r.IntN(len(m.inodes))]
	if n.mode.IsDir() {
		if k := r.IntN(len(n.changes) + 1); k > 0 {
			for _, c := range n.changes[:k] {
				c.apply(n.onDisk)
			}
			n.changes = slices.Delete(n.changes, 0, k)
			m.tell("the kernel", fmt.Sprintf("writes %d changes of directory %d to disk", k, n.ino))
		}
		return
	}
	if len(n.pages) == 0 {
		return
	}
	if i := r.IntN(len(n.pages)); n.pages[i] == dirty {
		n.writePage(int64(i))
		m.tell("the kernel", fmt.Sprintf("writes page %d of inode %d to disk", i, n.ino))
	}
}

// Evict drops the pages of a file from memory whose sync has failed, and that the kernel takes for clean: they are read
// from disk again.
func (m *Machine) Evict(r *rand.Rand) {
	n := m.inodes[r.IntN(len(m.inodes))]
	for i, state := range n.pages {
		if state != lost {
			continue
		}
		from, to := int64(i)*pageSize, min(int64(i+1)*pageSize, int64(len(n.data)))
		onDisk := slices.Clone(n.disk[:min(to, int64(len(n.disk)))])
		onDisk = append(onDisk, make([]byte, to-int64(len(onDisk)))...)
		m.tellLost(n, int64(i), onDisk)
		copy(n.data[from:to], onDisk[from:])
		n.pages[i] = clean
		m.tell("the kernel", fmt.Sprintf("drops page %d of inode %d, whose sync had failed", i, n.ino))
	}
}

// tellLost tells that a page is about to become what it is in another content of the file.
func (m *Machine) tellLost(n *inode, i int64, after []byte) {
	from := i * pageSize
	if to := min(from+pageSize, int64(len(n.data)), int64(len(after))); m.Changed != nil && from < to {
		m.Changed(Change{Ino: n.ino, Off: from, Old: n.data[from:to], New: after[from:to]})
	}
}

// ReadFile returns what processes see of a file; nil when there isn't one. It is no step.
func (m *Machine) ReadFile(path string) []byte {
	found, err := tree{m: m, at: m.root}.there(path)
	if err != nil {
		return nil
	}
	return found.node.data
}

// Ino returns the number of a file or directory; 0 when there isn't one. It is no step.
func (m *Machine) Ino(path string) uint64 {
	found, err := tree{m: m, at: m.root}.there(path)
	if err != nil {
		return 0
	}
	return found.node.ino
}

// Names returns the names in a directory, sorted. It is no step.
func (m *Machine) Names(path string) []string {
	found, err := tree{m: m, at: m.root}.there(path)
	if err != nil {
		return nil
	}
	return sortedNames(found.node.names)
}
