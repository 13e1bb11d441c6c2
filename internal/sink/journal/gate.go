package journal

import (
	"encoding/binary"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"envelog/internal/disk"
)

const (
	gateName     = "gate"
	gatePatience = 2 * time.Second // a process holds the gate for microseconds
)

// gate is the lock that processes which share a log directory hold, one at a time, while they compare what they are
// about to append with all journals and write their own. Its file has one number, which counts how often a journal came
// or went.
type gate struct {
	f    *os.File
	path string
	seen uint64 // the count when the journals were listed last
}

func openGate(dir string, mode fs.FileMode) (*gate, error) {
	path := filepath.Join(dir, gateName)
	f, err := openShared(path, mode)
	if err != nil {
		return nil, err
	}
	return &gate{f: f, path: path}, nil
}

// openShared opens a file of the journals' directory, and creates it with exactly this mode.
func openShared(path string, mode fs.FileMode) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, mode)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%q is not a regular file: move it away", path)
	}
	if err == nil && info.Size() == 0 && info.Mode().Perm() != mode { // just created: undo what the umask took
		err = f.Chmod(mode)
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

func (g *gate) lock() error {
	if err := disk.Lock(g.f, gatePatience); err != nil {
		return fmt.Errorf("lock %q: %w", g.path, err)
	}
	return nil
}

func (g *gate) unlock() { disk.Unlock(g.f) }

// isCurrent tells whether the name still stands for the file whose lock is held.
func (g *gate) isCurrent() bool { return isAt(g.f, g.path) }

// isAt tells whether path is a name of the open file f.
func isAt(f *os.File, path string) bool {
	named, err := os.Lstat(path)
	if err != nil {
		return false
	}
	info, err := f.Stat()
	return err == nil && os.SameFile(named, info)
}

// changed tells whether journals have come or gone since it told so last.
func (g *gate) changed() bool {
	count := g.count()
	if count == g.seen {
		return false
	}
	g.seen = count
	return true
}

// count starts at 1, so that a gate that was just opened has changed.
func (g *gate) count() uint64 {
	var b [8]byte
	if _, err := g.f.ReadAt(b[:], 0); err != nil {
		return 1
	}
	return binary.LittleEndian.Uint64(b[:])
}

// announce tells the other processes that a journal has come or gone.
func (g *gate) announce() error {
	if _, err := g.f.WriteAt(binary.LittleEndian.AppendUint64(nil, g.count()+1), 0); err != nil {
		return fmt.Errorf("write %q: %w", g.path, err)
	}
	return nil
}

func (g *gate) close() { _ = g.f.Close() }
