package worker

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"envelog/internal/filename"
	"envelog/internal/sink"
)

// consumerNames is how many processes of one host may share a log directory.
const consumerNames = 1000

// consumerName is the name of a consumer that no other process of this log directory has. It is held by a lock on a file
// below the directory, which the kernel lets go of when the process ends, or by Close.
type consumerName struct {
	name  string
	owner string // a word that is in the file: who has the lock knows that nobody else who has the word lives
	lock  *os.File
}

func (n consumerName) Close() error { return n.lock.Close() }

// claimConsumerName returns a name that this process, or the next one, will have again after a restart: the wanted one,
// and with a number behind it when that is taken. Entries that were in hand when a process died are then handed to the
// next one at once.
func claimConsumerName(dir string, mode fs.FileMode, wanted string) (consumerName, error) {
	dir = filepath.Join(dir, ".envelog")
	if err := os.MkdirAll(dir, cmp.Or(mode, sink.DefaultDirMode)); err != nil {
		return consumerName{}, fmt.Errorf("claim consumer name: %w", err)
	}
	for n := range consumerNames {
		name := wanted
		if n > 0 {
			name = fmt.Sprintf("%s-%d", wanted, n+1)
		}
		claimed, err := lockName(filepath.Join(dir, "consumer-"+filename.Encode([]byte(name))+".lock"))
		if errors.Is(err, unix.EWOULDBLOCK) {
			continue
		}
		if err != nil {
			return consumerName{}, fmt.Errorf("claim consumer name: %w", err)
		}
		claimed.name = name
		return claimed, nil
	}
	return consumerName{}, fmt.Errorf("claim consumer name: all of %s to %s-%d are taken", wanted, wanted, consumerNames)
}

// lockName opens the file, creating it, locks it, and reads its word; unix.EWOULDBLOCK says that another process has the
// lock.
func lockName(path string) (consumerName, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return consumerName{}, err
	}
	owner, err := lockedWord(file)
	if err != nil {
		_ = file.Close()
		return consumerName{}, fmt.Errorf("lock %s: %w", path, err)
	}
	return consumerName{owner: owner, lock: file}, nil
}

// lockedWord returns the word of a file, which is written by the first one who has the lock.
func lockedWord(file *os.File) (string, error) {
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return "", err
	}
	length := len(rand.Text())
	word, err := io.ReadAll(io.LimitReader(file, int64(length)))
	if err != nil || len(word) == length {
		return string(word), err
	}
	fresh := rand.Text()
	_, err = file.WriteAt([]byte(fresh), 0)
	return fresh, err
}
