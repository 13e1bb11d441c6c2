package sink

import (
	"errors"
	"fmt"
	"io/fs"

	"envelog/internal/quantity"
)

// EntryID names an entry among all that are staged.
type EntryID struct {
	Source int // the index that Stage was given
	ID     string
}

// FileError says why the lines of one file are not safe.
type FileError struct {
	Path string    // the file
	Err  error     // what went wrong; errors.Is finds the errno, such as syscall.ENOSPC
	IDs  []EntryID // the entries whose lines stay staged
	// Alone says that other files can be written, and that nothing of the lines is in this one: [Sink.Drop] may be
	// called.
	Alone bool
}

func (e *FileError) Error() string {
	if isShared(e.Err) {
		return e.Err.Error() // nothing is wrong with the file
	}
	return fmt.Sprintf("log file %q: %v", e.Path, e.Err)
}

// isShared reports whether an error is one of the journal or of the directory, which all files share. It names its own path.
func isShared(err error) bool {
	_, ofJournal := errors.AsType[journalError](err)
	_, ofDirectory := errors.AsType[dirError](err)
	return ofJournal || ofDirectory
}

// Unwrap returns the cause.
func (e *FileError) Unwrap() error { return e.Err }

// CommitError is what Commit returns when it could not save everything. Each line that is neither among the Failed nor
// Held is safe.
type CommitError struct {
	Failed []FileError // a file each
	// HeldIDs are the entries that another living process has in flight: it got them before, and they were claimed
	// from it. Their lines are no longer staged. They stay pending, and are to be asked about again later.
	HeldIDs []EntryID

	failed map[EntryID]*FileError // made when it is first needed
	held   map[EntryID]struct{}   // the same
}

func (e *CommitError) Error() string {
	if len(e.Failed) == 0 {
		return fmt.Sprintf("commit lines: another process has %s in flight", quantity.Count(len(e.HeldIDs), "entry", "entries"))
	}
	if more := len(e.Failed) - 1; more > 0 {
		return fmt.Sprintf("commit lines: %v (and %s)", &e.Failed[0], quantity.Count(more, "more file", "more files"))
	}
	return fmt.Sprintf("commit lines: %v", &e.Failed[0])
}

// Unwrap returns the Failed, as *FileError.
func (e *CommitError) Unwrap() []error {
	errs := make([]error, len(e.Failed))
	for i := range e.Failed {
		errs[i] = &e.Failed[i]
	}
	return errs
}

// Alone returns why the line that was staged with source and id is not safe, when its file fails alone; otherwise nil. It must
// not be called by two goroutines at once.
func (e *CommitError) Alone(source int, id []byte) error {
	if f := e.why(source, id); f != nil && f.Alone {
		return f
	}
	return nil
}

// Unsaved reports whether the line that was staged with source and id is among those that stay staged. It must not be called by
// two goroutines at once.
func (e *CommitError) Unsaved(source int, id []byte) bool { return e.why(source, id) != nil }

// why returns why the line that was staged with source and id stays staged; nil: it does not.
func (e *CommitError) why(source int, id []byte) *FileError {
	if e.failed == nil {
		e.failed = make(map[EntryID]*FileError)
		for i := range e.Failed {
			for _, id := range e.Failed[i].IDs {
				e.failed[id] = &e.Failed[i]
			}
		}
	}
	return e.failed[EntryID{source, string(id)}]
}

// Held reports whether the entry with source and id is in the hands of another process. It must not be called by two
// goroutines at once.
func (e *CommitError) Held(source int, id []byte) bool {
	if e.held == nil {
		e.held = make(map[EntryID]struct{}, len(e.HeldIDs))
		for _, id := range e.HeldIDs {
			e.held[id] = struct{}{}
		}
	}
	_, held := e.held[EntryID{source, string(id)}]
	return held
}

// step names what was being done when err happened.
func step(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", name, bare(err))
}

// bare leaves out what the file system puts around a cause: the caller names the path.
func bare(err error) error {
	var pathError *fs.PathError
	if !isShared(err) && errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}
