package simfs

import (
	"fmt"
	"runtime"
)

// Kind is what a call does.
type Kind int

// The kinds of calls.
const (
	Open   Kind = iota
	Create      // of a file or a directory
	Look        // stat, lstat, space, offset: nothing is changed
	List
	Read
	Write  // pwrite(2): within a file, or after its end
	Append // one write(2)
	Truncate
	Reserve
	SetAttr // mode, owner, times
	Sync
	SyncDir
	Lock
	Unlock
	AwaitWriter
	Close
	Remove
	Rename
	Link
	Other // not a file call: see Process.Do
)

var kindNames = [...]string{
	Open: "open", Create: "create", Look: "look at", List: "list", Read: "read", Write: "write", Append: "append",
	Truncate: "truncate", Reserve: "reserve", SetAttr: "set attributes of", Sync: "sync", SyncDir: "sync directory", Lock: "lock",
	Unlock: "unlock", AwaitWriter: "await writer", Close: "close", Remove: "remove", Rename: "rename", Link: "link", Other: "do",
}

func (k Kind) String() string { return kindNames[k] }

func (k Kind) writes() bool { return k == Write || k == Append }

// changes reports whether a call leaves something different.
func (k Kind) changes() bool {
	switch k {
	case Look, List, Read, AwaitWriter, Open:
		return false
	}
	return true
}

// Call is a call that a process makes.
type Call struct {
	Process  *Process
	Kind     Kind
	Path     string
	To       string // the second path of a rename or link
	Off, Len int64  // of what is read or written, or the new size
	Done     int64  // how many bytes of a write are done
	Grows    bool   // it needs room on the disk

	about   *inode                    // of a file that is open; nil: it is about a path
	inode   *inode                    // whose write lock it needs; nil: none
	run     func(c *Call) (more bool) // does a step
	failed  func(err error)           // is told that the call fails, instead of run; nil: nobody
	fate    Fate                      // of this step
	err     error                     // what the call returns
	granted chan bool                 // false: the process is dead
}

// Fate is what becomes of a step. The zero Fate lets it succeed.
type Fate struct {
	Err   error // what the call returns instead
	Short int64 // of a write: how many bytes are written nevertheless
}

// Ino returns the inode of the open file that the call is about, wherever that file is by now; 0 when it is about a path.
func (c *Call) Ino() uint64 {
	if c.about == nil {
		return 0
	}
	return c.about.ino
}

// Content returns the bytes of the open file that the call is about, even if the file has been removed; nil when the call is about a
// path. It takes no step. The caller must not change the bytes.
func (c *Call) Content() []byte {
	if c.about == nil {
		return nil
	}
	return c.about.data
}

// String describes the call, and its result when it has failed.
func (c *Call) String() string {
	s := c.Kind.String() + " " + c.Path
	switch c.Kind {
	case Read, Write, Append:
		s = fmt.Sprintf("%s at %d, %d bytes", s, c.Off, c.Len)
		if c.Kind.writes() && c.Done < c.Len {
			s += fmt.Sprintf(", %d of them so far", c.Done)
		}
	case Truncate, Reserve:
		s = fmt.Sprintf("%s to %d", s, c.Len)
	case Rename, Link:
		s += " to " + c.To
	}
	if c.err != nil {
		s += ": " + c.err.Error()
	}
	return s
}

// do makes a call: it waits for its turn, and returns when it is done. The goroutine of a process that is dead exits.
func (p *Process) do(c Call) error {
	m := p.m
	m.mu.Lock()
	if p.dead {
		m.mu.Unlock()
		runtime.Goexit()
	}
	if p.direct {
		defer m.mu.Unlock()
		return c.direct(p)
	}
	c.Process, c.granted = p, make(chan bool)
	q := &c // not used again: whoever has it take its steps looks at it afterwards, when this goroutine may be at its next call
	m.queue = append(m.queue, q)
	m.mu.Unlock()
	select {
	case m.wake <- struct{}{}:
	default:
	}
	if !<-q.granted {
		runtime.Goexit()
	}
	return q.err
}

// direct does the call at once.
func (c *Call) direct(p *Process) error {
	c.Process = p
	for c.run(c) {
		continue
	}
	return c.err
}
