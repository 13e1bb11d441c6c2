package sink

import (
	"errors"
	"time"

	"envelog/internal/vfs"
)

// lockPatience is how long another process may hold a file's lock. A batch takes well below a millisecond.
const lockPatience = 2 * time.Second

// lockFile takes the exclusive lock of f. Where the file system has no locks, O_APPEND has to do; where there is a journal,
// it has.
func (s *Sink) lockFile(f vfs.File) error {
	if err := vfs.Lock(f, lockPatience); !errors.Is(err, vfs.ErrNoLocks) || s.journal != nil {
		return err
	}
	return nil
}
