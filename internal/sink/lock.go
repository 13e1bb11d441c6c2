package sink

import (
	"errors"
	"os"
	"time"

	"envelog/internal/disk"
)

// lockPatience is how long another process may hold a file's lock. A batch takes well below a millisecond.
const lockPatience = 2 * time.Second

// lock takes the exclusive lock of f. Where the file system has no locks, O_APPEND has to do.
func lock(f *os.File) error {
	if err := disk.Lock(f, lockPatience); !errors.Is(err, disk.ErrNoLocks) {
		return err
	}
	return nil
}
