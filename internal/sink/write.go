package sink

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"

	"envelog/internal/logdir"
	"envelog/internal/vfs"
)

// write puts the lines of f into its file, under its lock.
func (s *Sink) write(f *file) error {
	if err := s.acquire(f); err != nil {
		return err
	}
	defer f.fd.Unlock()
	f.used = time.Now()
	f.dirty = true
	return s.store(f)
}

// acquire opens f unless it is open, and locks it. Afterwards its name stands for the file that is open, and that is the
// one to write to: when it was renamed, removed or replaced, also while the lock was waited for, it is opened again; when
// it is over, the next one is opened.
func (s *Sink) acquire(f *file) error {
	for moved := 0; moved < openAttempts; {
		if err := s.ensureOpen(f); err != nil {
			return step("open", err)
		}
		if err := s.lockFile(f.fd); err != nil {
			return step("lock", err)
		}
		current, err := s.isCurrent(f)
		switch {
		case err != nil:
			f.fd.Unlock()
			return step("look at name", err)
		case !current:
			s.log.Info("Log file was moved or removed, opening it again.", "path", f.path)
			f.placed = false
			moved++
		case s.isOver(f):
			f.moveOn()
		default:
			return nil
		}
		f.fd.Unlock()
		s.close(f)
		s.listing = nil
	}
	return errMoving
}

func (s *Sink) ensureOpen(f *file) error {
	if f.fd != nil {
		s.open.touch(f)
		return nil
	}
	for s.open.len() >= s.options.MaxOpenFiles {
		s.close(s.open.oldest())
	}
	err := s.openOrCreate(f)
	for (errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)) && s.closeOne() {
		err = s.openOrCreate(f)
	}
	if err != nil {
		return err
	}
	s.open.add(f)
	return nil
}

// dirError is one of the log directory itself.
type dirError struct{ error }

// Unwrap returns the cause.
func (e dirError) Unwrap() error { return e.error }

// openOrCreate opens f, and creates it, and its directory, when they are missing. Who creates it is decided by O_EXCL:
// that one sets the mode and syncs the directory.
func (s *Sink) openOrCreate(f *file) error {
	for range openAttempts {
		exists, err := f.placed, error(nil)
		if !exists {
			exists, err = s.place(f)
		}
		if err == nil && exists {
			err = s.openThere(f)
		} else if err == nil {
			err = s.create(f)
			if errors.Is(err, fs.ErrExist) { // somebody was faster, or the directory takes no notice of case
				err = s.openThere(f)
			}
		}
		if err == nil {
			f.placed = true
			return nil
		}
		_, ofDirectory := errors.AsType[dirError](err)
		if ofDirectory || !errors.Is(err, fs.ErrExist) && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		f.placed, s.listing = false, nil
	}
	return errMoving
}

func (s *Sink) openThere(f *file) error {
	fd, info, err := openRegular(s.fs, f.path)
	if err == nil && s.leavesLines(f, info) {
		_ = fd.Close()
		err = errMoving
	}
	if err == nil {
		if !vfs.SameFile(f.info, info) {
			s.newNames = true // whoever created it may not have synced the directory
			s.warnOfLink(f, info)
			s.warnOfStranger(f, info)
		}
		f.adopt(fd, info)
	}
	return err
}

// warnOfLink says that a log file has a second name: whoever made it reads what is logged, or has it written elsewhere.
func (s *Sink) warnOfLink(f *file, info vfs.Info) {
	if info.Links > 1 {
		s.log.Warn("Log file has another name too (a hard link); lines go to both. Look who made it: find <directory> -samefile.",
			"path", f.path, "names", info.Links)
	}
}

// warnOfStranger says that a log file was made by somebody who has no business in the directory, which everybody may write to.
// It is written to all the same: PHP's processes may run as another user than this one.
func (s *Sink) warnOfStranger(f *file, info vfs.Info) {
	if info.UID == 0 || info.UID == uint32(os.Geteuid()) { //nolint:gosec // no user's number is negative
		return
	}
	dir, err := s.fs.Stat(s.options.Dir)
	if err == nil && info.IsOfStranger(dir) {
		s.log.Warn(fmt.Sprintf("Log file belongs to user %d, who can read and change what is logged, in a directory that everybody may write to. "+
			"If it is not a file of the application, remove it; and chmod o-w %q.", info.UID, s.options.Dir), "path", f.path)
	}
}

func (s *Sink) create(f *file) error {
	if err := logdir.Make(s.fs, s.options.Dir, s.options.DirMode); err != nil {
		return dirError{err}
	}
	fd, info, err := createRegular(s.fs, f.path, s.options.FileMode)
	if _, refused := errors.AsType[*vfs.ModeError](err); refused { // as it would be for each new file
		return dirError{logdir.Explain(s.options.Dir, err)}
	}
	if err == nil && s.leavesLines(f, info) {
		_ = fd.Close()
		err = errMoving
	}
	if err == nil {
		f.adopt(fd, info)
		s.newNames = true
	}
	return err
}

// close closes the descriptor of f. What SyncInterval owes is paid before, as nobody would find the file later.
func (s *Sink) close(f *file) {
	if f.dirty && s.options.Sync == SyncInterval {
		if err := s.fdatasync(f); err != nil {
			s.log.Error("Syncing a log file failed, a power cut may take lines that are acknowledged.",
				"path", f.path, "error", err)
		}
	}
	_ = f.fd.Close() // what was to be safe was synced, and the sync has told its error
	f.fd, f.dirty = nil, false
	s.open.remove(f)
}

// closeOne closes the least recently used file that can do without its descriptor: one that was written to, and is to be
// synced before its lines are safe, needs it. It reports whether there was one.
func (s *Sink) closeOne() bool {
	idle := s.open.all(func(f *file) bool { return !f.dirty || s.options.Sync != SyncBatch })
	if len(idle) == 0 {
		return false
	}
	s.close(idle[len(idle)-1])
	return true
}

func (s *Sink) closeAll() {
	for s.open.len() > 0 {
		s.close(s.open.oldest())
	}
}
