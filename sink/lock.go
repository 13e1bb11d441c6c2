package sink

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// lockPatience is how long another process may hold a file's lock. A batch takes well below a millisecond.
const lockPatience = 2 * time.Second

var errLocked = fmt.Errorf("another process has held its lock for %v", lockPatience)

// lock takes the exclusive flock of f. A call that blocks could not be left again, should the other process be stuck
// with the lock in hand; therefore this one asks again and again. Where the file system has no locks, O_APPEND has to
// do.
func lock(f *os.File) error {
	var waited time.Duration
	for pause := 100 * time.Microsecond; ; pause = min(2*pause, 10*time.Millisecond) {
		err := flock(f, syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil || hasNoLocks(err) {
			return nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return err
		}
		if waited > lockPatience {
			return errLocked
		}
		time.Sleep(pause)
		waited += pause
	}
}

func hasNoLocks(err error) bool {
	return errors.Is(err, syscall.ENOSYS) || errors.Is(err, syscall.EOPNOTSUPP) || errors.Is(err, syscall.ENOLCK)
}

// unlock cannot fail on a lock that is held, and closing f unlocks too.
func unlock(f *os.File) { _ = flock(f, syscall.LOCK_UN) }

func flock(f *os.File, how int) error {
	return retryInterrupted(func() error { return syscall.Flock(int(f.Fd()), how) })
}

// retryInterrupted calls again what a signal interrupted.
func retryInterrupted(call func() error) error {
	for {
		if err := call(); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
