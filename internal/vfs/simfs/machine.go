package simfs

import (
	"cmp"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Machine is a simulated machine. Its methods are for the one goroutine that schedules; processes call theirs.
type Machine struct {
	// Skew is what the clock of the machine is ahead of time.Now: files get their times from it.
	Skew time.Duration
	// Tears, unless nil, tells of which files a power cut loses the sectors of a page on their own; otherwise of all.
	Tears func(name string) bool
	// Free is what Space returns as free bytes.
	Free uint64
	// Tell, unless nil, is given a line for each step; Quiet leaves out those that change nothing and do not fail.
	Tell  func(who, what string)
	Quiet bool
	// Changed, unless nil, is called before the bytes of a file change.
	Changed func(Change)

	root    *inode
	lastIno uint64
	inodes  []*inode // all files and directories that may still be reached
	boot    int

	mu        sync.Mutex // of the fields below: calls come from many goroutines
	queue     []*Call
	wake      chan struct{}
	processes []*Process
	lastID    int

	ready []*Call
}

// Change is a change of the bytes of a file: from Off on, Old becomes New. A truncation has an empty New that is shorter
// than Old; what grows has an Old that is shorter than New.
type Change struct {
	Process  *Process // nil: the machine has lost a page whose sync had failed; there is no Name then
	Ino      uint64
	Name     string
	Off      int64
	Old, New []byte
}

// New returns a machine that has an empty root directory.
func New() *Machine {
	m := &Machine{Free: 1 << 40, wake: make(chan struct{}, 1), boot: 1}
	m.root = m.newInode(fs.ModeDir | 0o755)
	return m
}

func (m *Machine) newInode(mode fs.FileMode) *inode {
	m.lastIno++
	n := &inode{ino: m.lastIno, mode: mode, modTime: m.now()}
	if mode.IsDir() {
		n.names, n.onDisk = make(map[string]*inode), make(map[string]*inode)
	}
	m.inodes = append(m.inodes, n)
	return n
}

func (m *Machine) now() time.Time { return time.Now().Add(m.Skew) }

// BootID returns the mark of the present boot.
func (m *Machine) BootID() string { return fmt.Sprintf("boot-%d", m.boot) }

// Start starts a process that runs main. It ends when main returns, or when it is killed.
func (m *Machine) Start(name string, main func(*Process)) *Process {
	p := m.newProcess(name)
	go func() {
		defer p.end()
		main(p)
	}()
	return p
}

// Direct returns a process whose calls are done at once instead of waiting to be scheduled: for tests that need no
// scheduler.
func (m *Machine) Direct(name string) *Process {
	p := m.newProcess(name)
	p.direct = true
	return p
}

func (m *Machine) newProcess(name string) *Process {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lastID++
	p := &Process{Name: name, id: m.lastID}
	p.tree = tree{p: p, m: m, at: m.root, path: "/"}
	m.processes = append(m.processes, p)
	return p
}

// Alive returns the processes that have not ended, in the order in which they were started.
func (m *Machine) Alive() []*Process {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.processes = slices.DeleteFunc(m.processes, func(p *Process) bool { return p.ended })
	return m.processes
}

// Ready returns the calls that can take a step: not those of processes that are stopped, nor those that wait for the write
// lock of an inode. It is valid until the next call.
func (m *Machine) Ready() []*Call {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ready = m.ready[:0]
	for _, c := range m.queue {
		locked := c.inode != nil && c.inode.writer != nil && c.inode.writer != c
		stopped := c.Process.stopped && c.Done == 0 // a write that has begun goes on in the kernel
		if !locked && !stopped {
			m.ready = append(m.ready, c)
		}
	}
	if len(m.ready) > 1 {
		slices.SortFunc(m.ready, compareCalls)
	}
	return m.ready
}

// compareCalls makes an order that does not depend on which goroutine came first.
func compareCalls(a, b *Call) int {
	return cmp.Or(a.Process.id-b.Process.id, cmp.Compare(a.Path, b.Path), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Off, b.Off), cmp.Compare(a.Len, b.Len))
}

// Await waits until a process has a call to make, but not longer than d.
func (m *Machine) Await(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-m.wake:
	case <-timer.C:
	}
}

// Step does one step of a call. It returns false when the call, a write, needs more steps.
func (m *Machine) Step(c *Call, fate Fate) (done bool) {
	c.fate = fate
	if fate.Err != nil && !c.Kind.writes() {
		c.err = fate.Err
		if c.failed != nil {
			c.failed(fate.Err)
		}
	} else if c.run(c) {
		c.inode.writer = c
		m.tellCall(c)
		return false
	}
	m.tellCall(c)
	if c.inode != nil && c.inode.writer == c {
		c.inode.writer = nil
	}
	m.release(c, true)
	return true
}

// release takes a call out of the queue, and lets its goroutine go on, or exit.
func (m *Machine) release(c *Call, alive bool) {
	m.mu.Lock()
	m.queue = slices.DeleteFunc(m.queue, func(q *Call) bool { return q == c })
	m.mu.Unlock()
	c.granted <- alive
}

// Kill ends a process with SIGKILL: a write stops at the page that it has come to, locks are free, descriptors closed.
func (m *Machine) Kill(p *Process) {
	m.tell(p.Name, "is killed")
	m.end(p)
}

func (m *Machine) end(p *Process) {
	m.mu.Lock()
	p.dead = true
	var calls []*Call
	for _, c := range m.queue {
		if c.Process == p {
			calls = append(calls, c)
		}
	}
	m.mu.Unlock()
	for len(p.files) > 0 {
		p.files[len(p.files)-1].close()
	}
	slices.SortFunc(calls, compareCalls)
	for _, c := range calls {
		if c.inode != nil && c.inode.writer == c {
			m.tell(p.Name, fmt.Sprintf("  had written %d of %d bytes to %s", c.Done, c.Len, c.Path))
			c.inode.writer = nil
		}
		m.release(c, false)
	}
}

// Writing returns the write of a process that has begun and is not complete; nil when there isn't one.
func (m *Machine) Writing(p *Process) *Call {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.queue {
		if c.Process == p && c.Done > 0 {
			return c
		}
	}
	return nil
}

// Stop stops a process as SIGSTOP does. A process that is stopped keeps its locks.
func (m *Machine) Stop(p *Process) {
	m.tell(p.Name, "is stopped")
	p.stopped = true
}

// Continue lets a process go on as SIGCONT does.
func (m *Machine) Continue(p *Process) {
	m.tell(p.Name, "goes on")
	p.stopped = false
}

// PowerCut kills all processes but those of [Machine.Direct], loses what is not on disk, or a part of it, as r decides, and boots again.
func (m *Machine) PowerCut(r *rand.Rand) {
	m.tell("the machine", "loses power")
	for _, p := range slices.Clone(m.Alive()) {
		if !p.dead && !p.direct {
			m.end(p)
		}
	}
	for _, n := range m.inodes {
		if n.mode.IsDir() {
			m.loseNames(n, r)
		}
	}
	m.inodes = m.inodes[:0]
	m.root.links = 0
	m.collect(m.root)
	for _, n := range m.inodes {
		if n.mode.IsRegular() {
			m.losePages(n, r)
		}
	}
	m.boot++
}

// collect notes the inodes that can be reached, and counts their names.
func (m *Machine) collect(n *inode) {
	if slices.Contains(m.inodes, n) {
		n.links++
		return
	}
	m.inodes = append(m.inodes, n)
	n.links, n.gone = 1, false
	for _, name := range sortedNames(n.names) {
		m.collect(n.names[name])
		n.names[name].tears = m.Tears == nil || m.Tears(name)
	}
}

func (m *Machine) tell(who, what string) {
	if m.Tell != nil {
		m.Tell(who, what)
	}
}

func (m *Machine) tellCall(c *Call) {
	if m.Tell == nil || c.Kind == Other || m.Quiet && c.err == nil && !c.Kind.changes() { // Other tells of itself
		return
	}
	m.Tell(c.Process.Name, c.String())
}
