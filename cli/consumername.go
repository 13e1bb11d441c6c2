package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"envelog/sink"
)

// consumerNames is how many processes of one host may share a log directory.
const consumerNames = 1000

// claimConsumerName returns a name that no other process of this host and log directory has now, and that this one, or
// the next, will have again after a restart: the host's name, and with a number behind it when that is taken. Entries
// that were in hand when a process died are then handed to the next one at once. The name is held by a lock on a file
// below dir, which the kernel lets go of when the process ends, or by closing what is returned.
func claimConsumerName(dir string, mode fs.FileMode, host string) (string, *os.File, error) {
	dir = filepath.Join(dir, ".envelog")
	if err := os.MkdirAll(dir, cmp.Or(mode, sink.DefaultDirMode)); err != nil {
		return "", nil, fmt.Errorf("claim consumer name: %w", err)
	}
	for n := range consumerNames {
		name := host
		if n > 0 {
			name = fmt.Sprintf("%s-%d", host, n+1)
		}
		lock, err := lockFile(filepath.Join(dir, "consumer-"+sink.EncodeName([]byte(name))+".lock"))
		if errors.Is(err, unix.EWOULDBLOCK) {
			continue
		}
		if err != nil {
			return "", nil, fmt.Errorf("claim consumer name: %w (or name one with --consumer)", err)
		}
		return name, lock, nil
	}
	return "", nil, fmt.Errorf("claim consumer name: all of %s to %s-%d are taken", host, host, consumerNames)
}

// lockFile opens the file, creating it, and locks it; unix.EWOULDBLOCK says that another process has the lock.
func lockFile(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return file, nil
}
