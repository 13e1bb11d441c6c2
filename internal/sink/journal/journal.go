package journal

import (
	"cmp"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"envelog/internal/disk"
)

// Dir is the name of the journals' directory, within the log directory.
const Dir = ".envelog"

// DefaultBytes is the size of a journal. It remembers at least the last 240,000 lines, or the last 16,000 commits when
// these are small.
const DefaultBytes = 16 << 20

const (
	suffix   = ".journal"
	maxNames = 1000 // processes of one consumer name
)

// Options configures a [Journal].
type Options struct {
	Dir     string      // the log directory, which exists
	Name    string      // what the journal's file is called, without its suffix: a valid file name
	Sources []string    // what the entries come from, such as stream and group; ids are unique within each
	Durable bool        // a record is forced to disk before its lines are appended
	Mode    fs.FileMode // of new files
	DirMode fs.FileMode // of a new directory
	Bytes   int64       // size of a new journal; 0 stands for DefaultBytes
	Logger  *slog.Logger
}

// Journal is the journal of this process, and what it knows of the others in the directory. It is for one goroutine at
// a time.
type Journal struct {
	options Options
	dir     string
	keys    []uint64 // of the sources
	boot    string

	gate  *gate
	own   *view   // nil: someone has removed it
	views []*view // own, then the others
	high  []ID    // the largest id of each source that any journal has

	writer  writer
	blocks  []Block // of the record that was written last
	owed    []owed  // of that record
	pos     int64   // of that record
	foreign bool    // the last record of own is not settled, and of the process that had the journal before
	taken   uint64  // the sequence of the last record that was there when this process took the journal
}

// Open opens the journal of that name, or creates it. When a process that lives has it, a number is added to the name.
// The error is [disk.ErrNoLocks] where processes cannot be told apart.
func Open(options Options) (*Journal, error) {
	options.Bytes = cmp.Or(options.Bytes, DefaultBytes)
	j := &Journal{options: options, dir: filepath.Join(options.Dir, Dir), boot: disk.BootID()}
	for _, source := range options.Sources {
		j.keys = append(j.keys, keyOf(source))
	}
	if err := j.open(); err != nil {
		return nil, fmt.Errorf("open journal in %q: %w", j.dir, err)
	}
	return j, nil
}

// keyOf returns the number that stands for a source in journals.
func keyOf(source string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(source))
	return h.Sum64()
}

// open opens gate and journals. It is called again when someone has removed them.
func (j *Journal) open() error {
	if err := makeDir(j.dir, j.options.DirMode); err != nil {
		return err
	}
	gate, err := openGate(j.dir, j.options.Mode)
	if err != nil {
		return err
	}
	j.gate, j.high, j.owed = gate, make([]ID, len(j.keys)), nil
	if err = gate.lock(); err == nil {
		err = errors.Join(j.take(), j.list())
		gate.unlock()
	}
	if err != nil {
		j.closeFiles()
	}
	return err
}

// makeDir creates the directory, whatever the umask, and keeps the set-group-ID bit that it inherits.
func makeDir(path string, mode fs.FileMode) error {
	err := os.Mkdir(path, mode)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	return os.Chmod(path, mode|info.Mode()&fs.ModeSetgid)
}

// take makes a journal that no living process has this process' own.
func (j *Journal) take() error {
	for n := range maxNames {
		name := j.options.Name + suffix
		if n > 0 {
			name = fmt.Sprintf("%s~%d%s", j.options.Name, n+1, suffix)
		}
		f, err := openShared(filepath.Join(j.dir, name), j.options.Mode)
		if err != nil {
			return err
		}
		if err = disk.TryLock(f); err == nil {
			err = j.adopt(name, f)
		}
		if err == nil {
			return nil
		}
		_ = f.Close()
		if !errors.Is(err, disk.ErrLocked) {
			return err
		}
	}
	return fmt.Errorf("all names from %q to %q: %w", j.options.Name, fmt.Sprintf("%s~%d", j.options.Name, maxNames), disk.ErrLocked)
}

// adopt reads the journal that f is, or begins one.
func (j *Journal) adopt(name string, f *os.File) error {
	own, ok, err := newView(name, f)
	if err != nil {
		return err
	}
	if !ok {
		if own, err = j.begin(name, f); err != nil {
			return err
		}
	}
	j.own, j.views, j.taken = own, []*view{own}, own.last.seq
	j.foreign = !own.settled(own.last.seq)
	if !j.foreign {
		return j.sign()
	}
	return nil
}

// begin makes f an empty journal, with room for all that it will hold.
func (j *Journal) begin(name string, f *os.File) (*view, error) {
	if info, err := f.Stat(); err == nil && info.Size() > 0 {
		j.options.Logger.Warn("Journal cannot be read, beginning it anew.", "path", f.Name())
	}
	h := header{half: (j.options.Bytes - halvesAt) / 2 / sector * sector, boot: j.boot}
	err := errors.Join(f.Truncate(0), disk.Reserve(f, h.size()))
	if err == nil {
		_, err = f.WriteAt(h.encode(), 0)
	}
	if err == nil {
		err = errors.Join(f.Sync(), disk.SyncDir(j.dir), j.gate.announce())
	}
	if err != nil {
		_ = os.Remove(f.Name()) // without its room it would only be in the way
		return nil, fmt.Errorf("create %q: %w", f.Name(), err)
	}
	own, ok, err := newView(name, f)
	if err == nil && !ok {
		err = fmt.Errorf("create %q: what was written is not there", f.Name())
	}
	return own, err
}

// sign notes in the header of the own journal in which life of the machine it is written.
func (j *Journal) sign() error {
	if j.own.boot == j.boot {
		return nil
	}
	h := header{half: j.own.half, boot: j.boot}
	if _, err := j.own.f.WriteAt(h.encode(), 0); err != nil {
		return err
	}
	j.own.boot = j.boot
	return j.own.f.Sync()
}

// list opens the journals that have come and closes those that have gone.
func (j *Journal) list() error {
	if !j.gate.changed() {
		return nil
	}
	entries, err := os.ReadDir(j.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if name := e.Name(); strings.HasSuffix(name, suffix) && !j.knows(name) {
			if err := j.look(name); err != nil {
				return err
			}
		}
	}
	j.views = slices.DeleteFunc(j.views, func(v *view) bool { return v != j.own && j.isGone(v) })
	for _, v := range j.views {
		j.raise(v)
	}
	return nil
}

// knows tells whether the journal of that name is known, and the name still stands for it.
func (j *Journal) knows(name string) bool {
	return slices.ContainsFunc(j.views, func(v *view) bool { return v.name == name && isAt(v.f, j.path(name)) })
}

// isGone closes a journal that was removed.
func (j *Journal) isGone(v *view) bool {
	if isAt(v.f, j.path(v.name)) {
		return false
	}
	v.close()
	return true
}

// look opens another journal. What cannot be read is none, such as one that is just being created.
func (j *Journal) look(name string) error {
	f, err := os.OpenFile(j.path(name), os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	v, ok, err := newView(name, f)
	if err != nil || !ok {
		_ = f.Close()
		return err
	}
	j.views = append(j.views, v)
	return nil
}

func (j *Journal) path(name string) string { return filepath.Join(j.dir, name) }

// raise notes the largest ids of a journal.
func (j *Journal) raise(v *view) {
	for i, key := range j.keys {
		if k := v.known[key]; k != nil {
			j.high[i] = higher(j.high[i], k.high)
		}
	}
}

func higher(a, b ID) ID {
	if a.less(b) {
		return b
	}
	return a
}

// Close lets go of the journal: whoever looks at it then takes this process for dead.
func (j *Journal) Close() {
	j.closeFiles()
}

func (j *Journal) closeFiles() {
	j.gate.close()
	for _, v := range j.views {
		v.close()
	}
	j.own, j.views = nil, nil
}
