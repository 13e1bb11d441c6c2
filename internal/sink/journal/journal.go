package journal

import (
	"cmp"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"syscall"

	"envelog/internal/logdir"
	"envelog/internal/quantity"
	"envelog/internal/statedir"
	"envelog/internal/vfs"
)

// DefaultBytes is the size of a journal.
const DefaultBytes = 16 << 20

const (
	suffix     = ".journal"
	tempSuffix = ".new"
)

// Options configures a [Journal].
type Options struct {
	FS      vfs.FS      // nil means vfs.OS
	Dir     string      // the log directory, which exists
	Name    string      // what the journal's file is called, without its suffix: a valid file name
	Sources []string    // what the entries come from, such as stream and group; ids are unique within each
	Durable bool        // a record is forced to disk before its lines are appended
	Mode    fs.FileMode // of new files
	DirMode fs.FileMode // of a new directory
	Bytes   int64       // size of a new journal; 0 means DefaultBytes
	Logger  *slog.Logger
}

// Journal is the journal of this process, and what it knows of the others in the directory. It is for one goroutine at
// a time.
type Journal struct {
	options Options
	fs      vfs.FS
	keys    []uint64 // of the sources
	boot    uint64   // 0: unknown
	isOwner bool     // it has a journal of its own, or is to have one; a Visitor has none

	dir   *directory // nil: it is not open
	own   *view
	views []*view // own, when there is one, then the others
	high  []ID    // the largest id of each source that any journal has
	taken uint64  // the number of the last record that was there when this process took the journal

	writer   writer
	last     prepared // the record that was prepared last
	stale    []Ref    // blocks that the next record supersedes: aborted ones of lines that had been in their files before, and what had no room
	adopted  int      // how many journals this process has had
	unpaid   []put    // writes that failed, to be repeated before any other
	unsynced []put    // writes since the last sync

	blocked map[fileID]error  // files with something in doubt, and why nobody may append to them
	unknown error             // why nobody may append to any file; nil: that is not so
	doubts  map[string]string // by journal, what was said last about what cannot be resolved
}

// fileID is which file it is (stat(2)).
type fileID struct{ dev, ino uint64 }

// Open opens the journal of that name, or creates it. When a living process has it, a number is added to the name. While
// another process holds the directory lock for long, since it is stopped or its disk is stuck, that is left to the first
// Lock that succeeds. The error is [vfs.ErrNoLocks] where processes cannot be told apart.
func Open(options Options) (*Journal, error) {
	j := newJournal(options)
	j.isOwner = true
	switch err := j.Lock(); {
	case errors.Is(err, errBusy):
		options.Logger.Warn("Another process holds the lock of the log directory; waiting for it before anything is written.", "error", err)
	case err != nil:
		return nil, fmt.Errorf("open journal: %w", err)
	default:
		j.Unlock()
	}
	return j, nil
}

func newJournal(options Options) *Journal {
	options.Bytes = cmp.Or(options.Bytes, DefaultBytes)
	j := &Journal{options: options, fs: options.FS, doubts: make(map[string]string)}
	if j.fs == nil {
		j.fs = vfs.OS
	}
	if id := j.fs.BootID(); id != "" {
		j.boot = keyOf(id)
	}
	for _, source := range options.Sources {
		j.keys = append(j.keys, keyOf(source))
	}
	return j
}

// keyOf returns the number that stands for a text in journals.
func keyOf(text string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text))
	return h.Sum64()
}

// Lock takes the directory lock, until [Journal.Unlock], reads what is new in all journals, and resolves what dead
// processes left in doubt. An error means that nothing can be told now, and the lock is not held. When someone has removed
// the journals, they are begun again.
func (j *Journal) Lock() error {
	for range 2 {
		if err := j.acquire(); err != nil {
			return err
		}
		current, err := j.isCurrent()
		if err == nil && current {
			err = j.refresh()
		}
		if err != nil {
			j.Unlock()
		}
		if err != nil || current {
			return err
		}
		j.options.Logger.Warn("Journals were removed, beginning again: entries that come again are not recognized.", "path", j.dir.Path())
		j.closeFiles() // releases the lock
	}
	return errRemoved
}

// Unlock releases the directory lock.
func (j *Journal) Unlock() { j.dir.release() }

// acquire opens the directory, unless it is open, and takes its lock; and the own journal.
func (j *Journal) acquire() (err error) {
	if j.dir == nil {
		if j.dir, err = openDirectory(j.fs, j.options.Dir, j.options.Mode, j.options.DirMode); err != nil {
			return err
		}
		j.high = make([]ID, len(j.keys))
	}
	if err := j.dir.acquire(); err != nil {
		return err
	}
	if j.isOwner && j.own == nil {
		if err := j.take(); err != nil {
			j.closeFiles()
			return err
		}
	}
	return nil
}

// isCurrent reports whether the names of the directory and of the own journal still stand for what is open.
func (j *Journal) isCurrent() (bool, error) {
	current, err := j.dir.isCurrent()
	if err != nil || !current || j.own == nil {
		return current, err
	}
	return j.dir.IsAt(j.own.f, j.own.name)
}

// refresh reads what is new in all journals, repeats writes that failed, and resolves what is in doubt.
func (j *Journal) refresh() error {
	if err := j.list(); err != nil {
		return err
	}
	for _, v := range j.views {
		if v != j.own {
			if err := v.refresh(); err != nil {
				return err
			}
		}
		j.raise(v)
	}
	if err := errors.Join(j.pay(), j.keepDecisions()); err != nil {
		return err
	}
	return j.resolveAll()
}

// take makes a journal that no living process has this process' own.
func (j *Journal) take() error {
	return statedir.FirstFree(func(n int) error {
		if n == 1 {
			return j.takeName(j.options.Name + suffix)
		}
		return j.takeName(fmt.Sprintf("%s~%d%s", j.options.Name, n, suffix))
	})
}

// takeName opens the journal of that name, or makes a new one.
func (j *Journal) takeName(name string) error {
	f, err := j.dir.OpenFile(name, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return j.create(name)
	}
	if err != nil {
		return err
	}
	h, is, err := j.inspect(f)
	switch {
	case err == nil && is == alien:
		err = fmt.Errorf("%q is not a journal: look who made it, and move it away", f.Name())
	case err == nil && is == unreadable:
		_ = f.Close()
		j.options.Logger.Warn("Journal is damaged, or of another version of envelog; beginning a new one: entries that come again are not recognized.", "path", f.Name())
		return j.create(name)
	case err == nil:
		return j.adopt(name, f, h)
	}
	_ = f.Close()
	return err
}

// inspect looks at a file that should be a journal, and locks it.
func (j *Journal) inspect(f vfs.File) (h header, is kind, err error) {
	if _, err = statedir.MustBeOurs(f); err == nil {
		err = f.TryLock()
	}
	if err == nil {
		h, is, err = readHeader(f)
	}
	return h, is, err
}

// adopt makes a journal that is locked the own one.
func (j *Journal) adopt(name string, f vfs.File, h header) error {
	own, err := newView(name, f, h)
	if err != nil {
		_ = f.Close()
		return err
	}
	j.views = slices.DeleteFunc(j.views, func(v *view) bool { // this process has seen it as another's
		same := v.name == name
		if same {
			v.close()
		}
		return same
	})
	j.own, j.views, j.taken = own, append([]*view{own}, j.views...), own.next-1
	j.last, j.unpaid, j.unsynced, j.stale = prepared{}, nil, nil, nil
	j.adopted++
	if _, err := f.WriteAt(own.mark.encode(), markAt); err != nil { // it may have been ahead of the records
		return fmt.Errorf("write journal %q: %w", name, err)
	}
	if len(own.tail) > 0 { // of a process that may have failed to sync it
		if err := j.keep(own); err != nil {
			return fmt.Errorf("write journal %q: %w", name, err)
		}
	}
	if err := j.dir.SyncDir("."); err != nil { // whoever gave it its name may not have come so far
		return err
	}
	return j.dir.announce()
}

// create makes a new journal, with room for all that it will hold. It gets its name when it is complete and locked.
func (j *Journal) create(name string) error {
	temp := name + tempSuffix
	if err := j.dir.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) { // of a process that was killed
		return err
	}
	mode := j.dir.ModeOf(j.options.Mode)
	f, err := j.dir.OpenFile(temp, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	h := header{segment: (j.options.Bytes - segmentsAt) / 2 / sector * sector}
	for _, step := range []func() error{
		func() error { return vfs.SetMode(f, mode) }, // whatever the umask
		func() error { return j.reserve(f, h.size()) },
		func() error { _, err := f.WriteAt(h.encode(), 0); return err },
		f.Sync,
		f.TryLock,
		j.dir.announce, // before it can be seen
		func() error { return j.dir.Rename(temp, name) },
		func() error { return j.adopt(name, f, h) },
	} {
		if err = step(); err != nil {
			_ = f.Close()
			_ = j.dir.Remove(temp)
			return fmt.Errorf("create journal %q: %w", name, err)
		}
	}
	return nil
}

// reserve has the file system keep the room of a new journal. The error says how much that is, and where.
func (j *Journal) reserve(f vfs.File, bytes int64) error {
	err := f.Reserve(bytes)
	if isFull(err) {
		return logdir.Advise(err, fmt.Sprintf("a journal takes %s: make room for it in %q, or raise the quota there", quantity.Bytes(uint64(bytes)), j.dir.Path()))
	}
	return err
}

// isFull reports whether the disk is full, or over quota.
func isFull(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }

// list opens the journals that have come and closes those that have gone.
func (j *Journal) list() error {
	count, err := j.dir.count()
	if err != nil || j.dir.listed && count == j.dir.seen {
		return err
	}
	names, err := j.dir.ReadDir(".")
	if err != nil {
		return err
	}
	if err := errors.Join(j.closeGone(), j.reloadChanged()); err != nil {
		return err
	}
	for _, name := range names {
		if strings.HasSuffix(name, suffix) && !j.knows(name) {
			if err := j.look(name); err != nil {
				return err
			}
		}
	}
	j.dir.seen, j.dir.listed = count, true
	return nil
}

// closeGone closes the journals whose names are gone, or stand for others.
func (j *Journal) closeGone() (failed error) {
	j.views = slices.DeleteFunc(j.views, func(v *view) bool {
		if v == j.own || failed != nil {
			return false
		}
		there, err := j.dir.IsAt(v.f, v.name)
		if failed = err; err != nil || there {
			return false
		}
		v.close()
		return true
	})
	return failed
}

// reloadChanged reads those journals of others again of which the kernel has dropped records. A process that opens such a journal as
// its own goes on from what it finds there, and announces that as it does a new one.
func (j *Journal) reloadChanged() error {
	for _, v := range j.views {
		if v == j.own {
			continue
		}
		if err := v.reloadIfChanged(); err != nil {
			return err
		}
	}
	return nil
}

func (j *Journal) knows(name string) bool {
	return slices.ContainsFunc(j.views, func(v *view) bool { return v.name == name })
}

// look opens another journal. What cannot be read is not a journal.
func (j *Journal) look(name string) error {
	f, err := j.dir.OpenFile(name, os.O_RDWR, 0)
	var denied error
	if errors.Is(err, fs.ErrPermission) {
		denied = err
		f, err = j.dir.OpenFile(name, os.O_RDONLY, 0)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	v, err := j.viewOf(name, f)
	if v == nil || err != nil {
		_ = f.Close()
		return err
	}
	v.denied = denied
	j.views = append(j.views, v)
	return nil
}

// viewOf reads a file; the view is nil when it is not a journal.
func (j *Journal) viewOf(name string, f vfs.File) (*view, error) {
	h, is, err := readHeader(f)
	if err != nil || is != readable {
		return nil, err
	}
	return newView(name, f, h)
}

// raise notes the largest ids of a journal.
func (j *Journal) raise(v *view) {
	for i, key := range j.keys {
		if k := v.known[key]; k != nil {
			j.high[i] = Newer(j.high[i], k.high)
		}
	}
}

// Close forces to disk what the journal says, and releases it: whoever looks at it then takes this process for dead. No later batch
// brings the word that the last one is safe to disk. Without it that one is looked for in its file after a power cut, which may be
// gone by then; so a failure loses nothing else.
func (j *Journal) Close() {
	if j.own != nil {
		_ = j.sync()
	}
	j.closeFiles()
}

func (j *Journal) closeFiles() {
	if j.dir == nil {
		return
	}
	for _, v := range j.views {
		v.close()
	}
	j.dir.close()
	j.dir, j.own, j.views = nil, nil, nil
}
