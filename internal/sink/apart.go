package sink

import (
	"envelog/internal/logdir"
	"errors"
	"syscall"
)

// failedFile is a file whose lines a Commit did not save, and why.
type failedFile struct {
	*file
	err error
}

// report makes the error of a Commit.
func (s *Sink) report(failed []failedFile) *CommitError {
	e := &CommitError{HeldIDs: s.held}
	works := s.directoryWorks(failed)
	for _, f := range failed {
		alone := works && f.mayFailAlone()
		if alone {
			s.alone = append(s.alone, f.file)
		}
		e.Failed = append(e.Failed, FileError{Path: f.path, Err: f.err, IDs: f.lines.entries(), Alone: alone})
	}
	return e
}

// Drop forgets the lines of the files that the last Commit said fail alone: what becomes of their entries is the caller's
// to decide.
func (s *Sink) Drop() {
	for _, f := range s.alone {
		s.dropped = append(s.dropped, f.former...)
		s.settle(f)
	}
	s.alone = s.alone[:0]
	s.forgetSettled()
}

// directoryWorks reports whether files of the directory can be created, written and synced now: then what failed is a matter
// of the files that failed, however many these are. It is looked at, not guessed from the number of an error.
func (s *Sink) directoryWorks(failed []failedFile) bool {
	for _, f := range failed {
		if f.mayFailAlone() {
			return logdir.Probe(s.fs, s.options.Dir) == nil
		}
	}
	return false
}

// journalError is one of the journal, which all files share.
type journalError struct{ error }

// Unwrap returns the cause.
func (e journalError) Unwrap() error { return e.error }

// ofDisk are the errors that are never those of one file: the disk, its quota, the kernel or this process has them.
var ofDisk = []error{
	syscall.ENOSPC, syscall.EDQUOT, syscall.EIO, syscall.EROFS, syscall.ENODEV, syscall.ENXIO, syscall.ESTALE, syscall.ENOTCONN,
	syscall.ENOMEM, syscall.ENOLCK, syscall.EMFILE, syscall.ENFILE, syscall.ETIMEDOUT,
}

// mayFailAlone reports whether the reason may be in the file itself, and nothing of the lines is in it.
func (f failedFile) mayFailAlone() bool {
	if f.hasLeft() {
		return false
	}
	if isShared(f.err) || errors.Is(f.err, errInterleaved) { // the next Commit does better
		return false
	}
	for _, reason := range ofDisk {
		if errors.Is(f.err, reason) {
			return false
		}
	}
	return true
}
