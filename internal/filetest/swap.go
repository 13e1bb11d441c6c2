package filetest

import (
	"errors"
	"io/fs"
	"os"
	"testing"
)

// Swap is somebody who puts a symbolic link in the place of Name, and takes it back. It is for one goroutine at a time.
type Swap struct {
	T           *testing.T
	Name        string // what is swapped, if it is there
	Target      string // of the link
	Aside       string // where what was there is kept meanwhile, on the same file system
	From, Until int    // the calls before which it is swapped, and swapped back

	Calls   int // so far
	swapped bool
	moved   bool // there was something of that name
}

// Call counts a call of the program under test, and swaps when it is time.
func (s *Swap) Call() {
	s.Calls++
	if s.Calls == s.From {
		err := os.Rename(s.Name, s.Aside)
		if s.moved = err == nil; err != nil && !errors.Is(err, fs.ErrNotExist) {
			s.T.Fatal(err)
		}
		Must(s.T, os.Symlink(s.Target, s.Name))
		s.swapped = true
	}
	if s.Calls == s.Until {
		s.Leave()
	}
}

// Leave swaps back, unless the program under test has made something new of that name meanwhile.
func (s *Swap) Leave() {
	if !s.swapped {
		return
	}
	s.swapped = false
	if info, err := os.Lstat(s.Name); err == nil {
		if info.Mode()&fs.ModeSymlink == 0 {
			return
		}
		Must(s.T, os.Remove(s.Name))
	}
	if s.moved {
		Must(s.T, os.Rename(s.Aside, s.Name))
	}
}
