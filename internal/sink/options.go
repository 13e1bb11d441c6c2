package sink

import (
	"cmp"
	"errors"
	"io/fs"
	"log/slog"
	"strings"
	"syscall"
	"time"

	"envelog/internal/invalid"
	"envelog/internal/logdir"
	"envelog/internal/vfs"
)

// SyncMode says when lines are forced to disk; see the package's documentation for what survives what.
type SyncMode int

// The modes, the zero value being the safe one.
const (
	SyncBatch    SyncMode = iota // fdatasync in each Commit, before it returns
	SyncInterval                 // fdatasync at most Options.Interval after Commit returned
	SyncNever                    // whenever the kernel likes
)

// The defaults of Options.
const (
	DefaultFileMode     fs.FileMode = 0o640
	DefaultMaxOpenFiles             = 256
	DefaultMaxFiles                 = 1000
	DefaultInterval                 = time.Second
)

// Options configures a [Sink].
type Options struct {
	// FS is the file system; nil means vfs.OS.
	FS vfs.FS
	// Dir is the log directory. It is created when missing, its parents too. It may be a symbolic link.
	Dir string
	// FileMode and DirMode are the permissions of what is created, exactly: the umask is not applied. Only permission
	// bits; 0 means 0640 and 0750. What exists keeps its mode, and a new directory the set-group-ID bit that it
	// inherits.
	FileMode, DirMode fs.FileMode
	// Timezone is the zone in which a record has its day; nil: the one of the record's own time.
	Timezone *time.Location
	// MaxOpenFiles is how many files are open at once, the least recently written one being closed for the next; 1 or
	// more, 0 means 256.
	MaxOpenFiles int
	// MaxFiles is how many files may be written to in one day, before records that would need another one go to
	// overflow-YYYY-MM-DD.log; 1 or more, 0 means 1000.
	MaxFiles int
	// RotateSize is how many bytes a file may have before lines go to the next one of the same channel and day; 0: any.
	RotateSize int64
	// MinFree is how many bytes of the file system stay free for others: while fewer are, each Commit fails; 0: none.
	MinFree int64
	// Sync says when lines are forced to disk.
	Sync SyncMode
	// Interval is the pause between syncs of SyncInterval; 0 means one second.
	Interval time.Duration
	// Journal is the name of this process' journal, such as that of its consumer; it is the same after a restart. Empty:
	// there is none, and an entry that comes again is written again.
	Journal string
	// Sources are what entries come from, by the index that Stage is given: within each, ids are unique, and all
	// processes that share Dir call it the same, such as by stream and group.
	Sources []string
	// Synced is told how long it took to force the files of a batch to disk; nil: it is not reported.
	Synced func(took time.Duration)
	// JournalBytes is the size of a new journal; 0 means journal.DefaultBytes.
	JournalBytes int64
	// Logger is told what an operator should know; nil: it is not reported.
	Logger *slog.Logger
}

// validate returns all that is wrong with the options.
func (o *Options) validate() error {
	return errors.Join(
		invalid.Unless(o.Dir != "", "Dir is empty"),
		invalid.Unless(!strings.ContainsRune(o.Dir, 0), "Dir %q contains a NUL byte", o.Dir),
		validateMode("FileMode", o.FileMode, 0o600),
		validateMode("DirMode", o.DirMode, 0o700),
		invalid.Unless(o.MaxOpenFiles >= 0, "MaxOpenFiles is %d, must not be negative", o.MaxOpenFiles),
		invalid.Unless(o.MaxFiles >= 0, "MaxFiles is %d, must not be negative", o.MaxFiles),
		invalid.Unless(o.RotateSize >= 0, "RotateSize is %d, must not be negative", o.RotateSize),
		invalid.Unless(o.MinFree >= 0, "MinFree is %d, must not be negative", o.MinFree),
		invalid.Unless(o.Sync >= SyncBatch && o.Sync <= SyncNever, "Sync is %d, must be SyncBatch, SyncInterval or SyncNever", o.Sync),
		invalid.Unless(o.Interval >= 0, "Interval is %v, must not be negative", o.Interval),
	)
}

// validateMode demands that mode has nothing but permission bits, and those that envelog itself cannot do without.
func validateMode(name string, mode, need fs.FileMode) error {
	return errors.Join(
		invalid.Unless(mode&^fs.ModePerm == 0, "%s is %#o, must not exceed 0777", name, uint32(mode)),
		invalid.Unless(mode == 0 || mode&need == need, "%s is %#o, must contain %#o", name, uint32(mode), uint32(need)),
	)
}

// spareDescriptors are left for connections, the journal, and what the runtime needs.
const spareDescriptors = 64

// fitOpenFiles keeps fewer files open when the process may not have so many descriptors (ulimit -n).
func (o *Options) fitOpenFiles() {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return
	}
	most := int(min(uint64(limit.Cur), 1<<20)) //nolint:unconvert // a signed number on FreeBSD
	if fit := max(1, most-spareDescriptors); o.MaxOpenFiles > fit {
		o.Logger.Warn("This process may open fewer files than max-open-files; keeping fewer of them open. Raise ulimit -n, or lower the setting.",
			"max_open_files", o.MaxOpenFiles, "ulimit", most, "kept_open", fit)
		o.MaxOpenFiles = fit
	}
}

// setDefaults replaces what is zero and stands for something else.
func (o *Options) setDefaults() {
	o.FileMode = cmp.Or(o.FileMode, DefaultFileMode)
	o.DirMode = cmp.Or(o.DirMode, logdir.DefaultMode)
	o.MaxOpenFiles = cmp.Or(o.MaxOpenFiles, DefaultMaxOpenFiles)
	o.MaxFiles = cmp.Or(o.MaxFiles, DefaultMaxFiles)
	o.Interval = cmp.Or(o.Interval, DefaultInterval)
	if o.Synced == nil {
		o.Synced = func(time.Duration) {}
	}
	if o.FS == nil {
		o.FS = vfs.OS
	}
	o.Logger = cmp.Or(o.Logger, slog.New(slog.DiscardHandler))
}
