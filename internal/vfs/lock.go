package vfs

import (
	"errors"
	"syscall"
	"time"
)

var (
	// ErrLocked means that another process, or another descriptor of this one, holds the lock.
	ErrLocked = errors.New("another process holds the lock")
	// ErrNoLocks means that the file system has no locks.
	ErrNoLocks = errors.New("the file system has no locks")
)

// A lock service that is started again says the same as a file system without locks, and so does a kernel that has no memory for a
// lock: such an answer is believed when it comes again and again.
const (
	lockAttempts = 5
	lockPause    = 200 * time.Millisecond
)

// Insist calls try, which takes locks, again when it is refused one for such a reason. What it returns in the end is so.
func Insist(try func() error) error {
	err := try()
	for n := 1; n < lockAttempts && (errors.Is(err, ErrNoLocks) || errors.Is(err, syscall.ENOLCK)); n++ {
		time.Sleep(lockPause)
		err = try()
	}
	return err
}

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
