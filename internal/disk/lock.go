package disk

import (
	"errors"
	"os"
	"syscall"
	"time"
)

var (
	// ErrLocked means that another process, or another descriptor of this one, holds the lock.
	ErrLocked = errors.New("another process holds the lock")
	// ErrNoLocks means that the file system has no locks.
	ErrNoLocks = errors.New("the file system has no locks")
)

// Lock takes the exclusive flock(2) of f. A call that blocks could not be left again, should the other process be stuck
// with the lock in hand; therefore this one asks again and again, for as long as patience. The errors are [ErrLocked],
// [ErrNoLocks], or an errno.
func Lock(f *os.File, patience time.Duration) error {
	var waited time.Duration
	for pause := 100 * time.Microsecond; ; pause = min(2*pause, 10*time.Millisecond) {
		err := TryLock(f)
		if !errors.Is(err, ErrLocked) || waited >= patience {
			return err
		}
		time.Sleep(pause)
		waited += pause
	}
}

// TryLock is Lock without patience.
func TryLock(f *os.File) error {
	err := flock(f, syscall.LOCK_EX|syscall.LOCK_NB)
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return ErrLocked
	case errors.Is(err, syscall.ENOSYS), errors.Is(err, syscall.EOPNOTSUPP), errors.Is(err, syscall.ENOLCK):
		return ErrNoLocks
	}
	return err
}

// Unlock cannot fail on a lock that is held, and closing f unlocks too.
func Unlock(f *os.File) { _ = flock(f, syscall.LOCK_UN) }

func flock(f *os.File, how int) error {
	return Retry(func() error { return syscall.Flock(int(f.Fd()), how) })
}

// Retry calls again what a signal interrupted.
func Retry(call func() error) error {
	for {
		if err := call(); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
