package vfs

import (
	"errors"
	"time"
)

var (
	// ErrLocked means that another process, or another descriptor of this one, holds the lock.
	ErrLocked = errors.New("another process holds the lock")
	// ErrNoLocks means that the file system has no locks.
	ErrNoLocks = errors.New("the file system has no locks")
)

// Lock takes the exclusive lock of f. A call that blocks could not be left again if the other process were stuck while it
// holds the lock; therefore Lock asks again and again, for as long as patience. The errors are those of [File.TryLock].
func Lock(f File, patience time.Duration) error {
	var waited time.Duration
	for pause := 50 * time.Microsecond; ; pause = min(2*pause, 10*time.Millisecond) {
		err := f.TryLock()
		if !errors.Is(err, ErrLocked) || waited >= patience {
			return err
		}
		time.Sleep(pause)
		waited += pause
	}
}
