package sink

import (
	"errors"
	"slices"
	"syscall"
)

// failedFile is a file whose lines a Commit did not save, and why.
type failedFile struct {
	*file
	err error
}

// report makes the error of a Commit.
func (s *Sink) report(failed []failedFile, saved bool) *CommitError {
	e := &CommitError{HeldIDs: s.held}
	others := saved || s.othersWork(failed)
	for _, f := range failed {
		alone := others && f.failsAlone()
		if alone {
			s.alone = append(s.alone, f.file)
		}
		e.Failed = append(e.Failed, FileError{Path: f.path, Err: f.err, IDs: f.lines.copyIDs(), Alone: alone})
	}
	return e
}

// Drop forgets the lines of the files that the last Commit said fail alone: what becomes of their entries is the caller's
// to decide.
func (s *Sink) Drop() {
	for _, f := range s.alone {
		s.settle(f)
	}
	s.alone = s.alone[:0]
	s.forgetSettled()
}

// othersWork tells whether a file can be written that is none of those that failed: one that was written to today, or,
// when one file is all there is, a new one.
func (s *Sink) othersWork(failed []failedFile) bool {
	if len(failed) == 0 || !slices.ContainsFunc(failed, failedFile.failsAlone) {
		return false
	}
	for _, f := range s.files {
		if !slices.ContainsFunc(failed, func(broken failedFile) bool { return broken.file == f }) && s.ensureOpen(f) == nil {
			return true
		}
	}
	return len(s.files) == 1 && probe(s.fs, s.options.Dir) == nil
}

// failsAlone tells whether the reason lies in the file itself, and nothing of the lines lies in it. What is wrong with the
// disk, the directory or the process is no reason of one file.
func (f failedFile) failsAlone() bool {
	if len(f.laid)+len(f.torn) > 0 {
		return false
	}
	for _, reason := range []error{
		errSymlink, errNotRegular, errMoving,
		syscall.EACCES, syscall.EPERM, syscall.EISDIR, syscall.ELOOP, syscall.ENAMETOOLONG, syscall.ETXTBSY, syscall.EDQUOT,
	} {
		if errors.Is(f.err, reason) {
			return true
		}
	}
	return false
}
