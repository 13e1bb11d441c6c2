package sink

import (
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"envelog/internal/faultpoint"
	"envelog/internal/filename"
	"envelog/internal/logdir"
	"envelog/internal/sink/journal"
	"envelog/internal/vfs"
	"envelog/transport"
)

// Sink appends lines to the files of a log directory. All its methods but Reopen and OpenFiles are for one goroutine at a time.
type Sink struct {
	options Options
	fs      vfs.FS
	log     *slog.Logger

	// Staging.
	files    map[fileKey]*file // those written to today, at most MaxFiles; no overflow file
	last     *file             // of files, the one of the last line
	overflow *file             // of today; nil: there isn't one yet
	waiting  []*file           // those with lines, in the order in which they got them
	staged   int               // bytes of lines in waiting
	spare    spare
	name     []byte // for the encoded name of a long channel
	today    day    // on which files was begun

	reopen atomic.Bool

	// mu guards the descriptors of files, which Commit shares with the upkeep. It is a channel of one element instead of a
	// sync.Mutex because it is held over calls of the file system, and a goroutine that waits for a channel is one that
	// testing/synctest knows to be waiting.
	mu       chan struct{}
	open     openFiles
	listing  map[FileName]latest // what was in the directory; nil: not looked at in this Commit
	newNames bool                // in the directory, since it was last synced
	timer    *time.Timer         // runs the upkeep; nil: none is due
	closed   bool

	fdatasync func(*file) error // replaced by tests: real disks fail too rarely

	journal *journal.Journal // nil: there isn't one
	blocks  []journal.Block  // of its record; memory that is used again
	former  []journal.Ref    // blocks of earlier records that this one supersedes; memory that is used again
	dropped []journal.Ref    // blocks of earlier records, of files that Drop has forgotten; the next record says that their lines are safe
	held    []EntryID        // entries that other processes have in flight, since Commit began
	alone   []*file          // that the last Commit said fail alone
}

// fileKey finds a file by bytes that may live in a buffer, without allocating.
type fileKey struct {
	channel string // raw, or encoded when it is too long to be kept
	long    bool
	day     day
}

// longChannel is the length above which a channel's encoded name is kept in memory instead of the channel.
const longChannel = 255

// Open creates the log directory when it is missing, makes sure that files can be created there now, and returns a Sink
// for it. It opens no file and starts nothing. The error names every option that is wrong, or the directory and what to
// do about it.
func Open(options Options) (*Sink, error) {
	if err := options.validate(); err != nil {
		return nil, fmt.Errorf("configure sink: %w", err)
	}
	options.setDefaults()
	options.fitOpenFiles()
	if err := logdir.Make(options.FS, options.Dir, options.DirMode); err != nil {
		return nil, err
	}
	if err := logdir.Probe(options.FS, options.Dir); err != nil {
		return nil, err
	}
	s := &Sink{
		options:   options,
		fs:        options.FS,
		log:       options.Logger,
		files:     make(map[fileKey]*file),
		mu:        make(chan struct{}, 1),
		fdatasync: func(f *file) error { return f.fd.Datasync() },
	}
	s.today = s.dayOf(time.Now())
	return s, s.openJournal()
}

// Stage copies line, and a line feed when it does not end in one, to the end of what waits for the file of its channel
// and day, and remembers that it belongs to the entry e of the source with this index. Nothing is written before Commit.
// Among what is staged the ids of one source are unique.
func (s *Sink) Stage(source int, e *transport.Entry, channel []byte, at time.Time, line []byte) {
	f := s.file(channel, s.dayOf(at))
	if f.lines == nil {
		f.lines = s.spare.take()
		s.waiting = append(s.waiting, f)
	}
	n := f.lines.add(source, e.ID, line)
	s.staged += n
	if s.journal != nil {
		f.lines.note(source, e, n)
	}
}

// OpenFiles returns how many files are open. Any goroutine may call it, and it does not wait for a Commit.
func (s *Sink) OpenFiles() int { return int(s.open.count.Load()) }

// Staged returns how many bytes of lines are staged.
func (s *Sink) Staged() int { return s.staged }

func (s *Sink) dayOf(at time.Time) day {
	if s.options.Timezone != nil {
		at = at.In(s.options.Timezone)
	}
	return dayOf(at)
}

// file returns the file of a channel and day.
func (s *Sink) file(channel []byte, d day) *file {
	if f := s.last; f != nil && f.day == d && f.channel == string(channel) {
		return f
	}
	name, long := channel, false
	if len(channel) > longChannel {
		s.name = filename.Append(s.name[:0], channel, filename.Limit)
		name, long = s.name, true
	}
	f := s.files[fileKey{channel: string(name), long: long, day: d}]
	if f == nil {
		f = s.newFile(name, long, d)
	}
	if !long && f != s.overflow {
		s.last = f
	}
	return f
}

// newFile returns a file that was not written to today, or the overflow file when there are too many of them already.
func (s *Sink) newFile(name []byte, long bool, d day) *file {
	if len(s.files) >= s.options.MaxFiles {
		return s.overflowFile()
	}
	encoded := string(name)
	if !long {
		encoded = filename.Encode(name)
	}
	f := s.fileOf(encoded, d)
	f.channel = string(name)
	s.files[fileKey{channel: f.channel, long: long, day: d}] = f
	return f
}

// overflowFile returns the file for lines that would need one file too many. Its day is the one on which it is written,
// since the days of records are what there may be too many of.
func (s *Sink) overflowFile() *file {
	if s.overflow == nil {
		s.overflow = s.fileOf(filename.Reserved, s.today)
		s.log.Warn("Too many log files in one day, lines that would need another one go to the overflow file.",
			"max_files", s.options.MaxFiles, "path", s.overflow.path)
	}
	return s.overflow
}

func (s *Sink) fileOf(encoded string, d day) *file {
	f := &file{day: d, name: FileName{Channel: encoded, Day: d.String()}}
	f.setNumber(s.options.Dir, 0)
	return f
}

// Commit writes what is staged, each file at once, and makes it as safe as the SyncMode says. What it returns is nil or
// a *[CommitError]: then the lines of the files that failed stay staged, and the next Commit tries again; all other
// lines are safe, except for those that are held by another process.
//
// A line that another process has written since [Sink.Written] was asked is safe, and is not written again.
//
// It also closes and forgets what is no longer needed, and does well with nothing staged.
func (s *Sink) Commit() error {
	s.lock()
	defer s.unlock()
	if s.reopen.Swap(false) {
		s.closeAll()
	}
	s.forgetYesterday()
	s.held, s.listing, s.alone = nil, nil, s.alone[:0]
	failed := s.commitWaiting()
	s.arm()
	if len(failed) == 0 && len(s.held) == 0 {
		return nil
	}
	return s.report(failed)
}

// commitWaiting commits the files that have lines, as many at a time as may be open. It returns those that failed.
func (s *Sink) commitWaiting() (failed []failedFile) {
	for files := range slices.Chunk(s.waiting, s.filesAtATime()) {
		for i, err := range s.save(files) {
			if f := files[i]; err != nil {
				failed = append(failed, failedFile{f, err})
			} else {
				s.settle(f)
			}
		}
	}
	s.forgetSettled()
	return failed
}

// filesAtATime returns how many files are committed together: no more than may be open, and than a record of the journal has room for.
func (s *Sink) filesAtATime() int {
	if s.journal == nil {
		return s.options.MaxOpenFiles
	}
	return min(s.options.MaxOpenFiles, s.journal.MostFiles())
}

func (s *Sink) forgetSettled() {
	s.waiting = slices.DeleteFunc(s.waiting, func(f *file) bool { return f.lines == nil })
}

// save writes files, and syncs them when each batch is to be synced. The errors are theirs, one each.
func (s *Sink) save(files []*file) []error {
	errs := make([]error, len(files))
	if err := s.mustHaveRoom(); err != nil {
		for i := range errs {
			errs[i] = err
		}
		return errs
	}
	prepared := s.append(files, errs)
	faultpoint.At("after-append")
	if s.options.Sync == SyncBatch {
		s.sync(files, errs)
	}
	faultpoint.At("after-sync")
	if prepared && s.options.Sync == SyncBatch {
		s.commit(files, errs)
	}
	return errs
}

// append puts lines into their files, in one order with all processes that have a journal. It reports whether the journal
// has a record of them.
func (s *Sink) append(files []*file, errs []error) (prepared bool) {
	if s.journal != nil {
		return s.appendJournaled(files, errs)
	}
	s.writeAll(files, errs)
	return false
}

func (s *Sink) writeAll(files []*file, errs []error) {
	for i, f := range files {
		if errs[i] == nil && len(f.lines.bytes) > 0 {
			errs[i] = s.write(f)
		}
		if errs[i] != nil && f.fd != nil && len(f.torn) > 0 {
			errs[i] = s.takeBackNow(f, errs[i])
		}
	}
}

// takeBackNow removes what a failed write has left of a line, so that the files that follow have its room. What cannot be
// removed now is tried again by the next Commit.
func (s *Sink) takeBackNow(f *file, failed error) error {
	err := s.tellTorn(f, failed)
	if err == nil {
		err = s.takeBack(f)
	}
	if err != nil {
		return fmt.Errorf("%w; take back torn line: %w", failed, bare(err))
	}
	return failed
}

// settle drops the lines of f, which are safe.
func (s *Sink) settle(f *file) {
	s.staged -= len(f.lines.bytes)
	s.spare.give(f.lines)
	f.lines, f.laid, f.blanked, f.cut, f.former = nil, f.laid[:0], f.blanked[:0], false, f.former[:0]
}

func (s *Sink) lock()   { s.mu <- struct{}{} }
func (s *Sink) unlock() { <-s.mu }

// forgetYesterday closes and forgets all files when a new day has begun, so that neither their table nor the count
// against MaxFiles grows with uptime. Those that have lines stay.
func (s *Sink) forgetYesterday() {
	today := s.dayOf(time.Now())
	if today == s.today {
		return
	}
	s.today, s.last, s.overflow = today, nil, nil
	for key, f := range s.files {
		if f.lines != nil {
			continue
		}
		if delete(s.files, key); f.fd != nil {
			s.close(f)
		}
	}
}

// Reopen makes the next Commit open its files again, as after SIGHUP. Any goroutine may call it.
//
// It is hardly needed: before each write Commit looks whether the file is still the one of that name.
func (s *Sink) Reopen() { s.reopen.Store(true) }

// Close syncs what is not synced, unless the SyncMode is SyncNever, and closes all files. What is staged is dropped: its
// entries were never safe. The Sink must not be used afterwards.
func (s *Sink) Close() error {
	s.lock()
	defer s.unlock()
	s.closed = true
	if s.timer != nil {
		s.timer.Stop()
	}
	err := s.syncDirty()
	s.closeAll()
	if s.journal != nil {
		s.journal.Close()
	}
	return err
}
