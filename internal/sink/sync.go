package sink

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

const (
	maxSyncs    = 16              // files synced at the same time
	idleAfter   = 5 * time.Minute // since the last write, after which a file is closed
	upkeepPause = time.Minute     // between two looks for idle files, unless syncs are due more often
)

// sync forces files to disk, and the directory when there are new names in it, all at the same time: a disk takes hardly
// longer for many than for one. Files with an error are left out; errs gets the new errors. Without its name no file is
// safe.
func (s *Sink) sync(files []*file, errs []error) {
	defer func(began time.Time) { s.options.Synced(time.Since(began)) }(time.Now())
	var dirErr error
	var tasks sync.WaitGroup
	if s.newNames {
		tasks.Go(func() { dirErr = step("sync directory", s.fs.SyncDir(s.options.Dir)) })
	}
	s.syncFiles(files, errs, &tasks)
	tasks.Wait()
	s.newNames = dirErr != nil
	for i, f := range files {
		f.dirty = false
		switch {
		case errs[i] == nil:
			errs[i] = dirErr
		case f.fd != nil:
			s.close(f)
		}
	}
}

// syncFiles syncs files in this goroutine and, as tasks, in others.
func (s *Sink) syncFiles(files []*file, errs []error, tasks *sync.WaitGroup) {
	var next atomic.Int64
	work := func() {
		for i := next.Add(1) - 1; i < int64(len(files)); i = next.Add(1) - 1 {
			if errs[i] == nil && files[i].fd != nil { // otherwise nothing was written to it
				errs[i] = step("sync", s.fdatasync(files[i]))
			}
		}
	}
	for range min(len(files), maxSyncs) - 1 {
		tasks.Go(work)
	}
	work()
}

// syncDirty syncs, for SyncInterval, what was written since the last time.
func (s *Sink) syncDirty() error {
	if s.options.Sync != SyncInterval {
		return nil
	}
	files := s.open.all(func(f *file) bool { return f.dirty })
	errs := make([]error, len(files))
	s.sync(files, errs)
	for i, err := range errs {
		if err != nil {
			errs[i] = &FileError{Path: files[i].path, Err: err}
		}
	}
	return errors.Join(errs...)
}

// upkeep syncs what is due and closes idle files, such as those of past days, even when no more lines come.
func (s *Sink) upkeep() {
	s.lock()
	defer s.unlock()
	s.timer = nil
	if s.closed {
		return
	}
	if err := s.syncDirty(); err != nil {
		s.log.Error("Syncing log files failed, a power cut may take lines that are acknowledged.", "error", err)
	}
	now := time.Now()
	for _, f := range s.open.all(func(f *file) bool { return now.Sub(f.used) >= idleAfter }) {
		s.close(f)
	}
	s.arm()
}

// arm makes the upkeep run later, while there are files open.
func (s *Sink) arm() {
	if s.timer != nil || s.open.len() == 0 {
		return
	}
	pause := upkeepPause
	if s.options.Sync == SyncInterval {
		pause = s.options.Interval
	}
	s.timer = time.AfterFunc(pause, s.upkeep)
}
