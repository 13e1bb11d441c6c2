package statedir

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"

	"envelog/internal/filename"
	"envelog/internal/vfs"
)

// A Consumer is the name of a consumer that no other living process of the log directory has, until it is closed.
type Consumer struct {
	Name string
	// Token is kept with the name: who has the name knows that nobody else who has the token is alive.
	Token string

	lock vfs.File
}

// ClaimConsumer returns a name that this process, or the next one, will have again after a restart: the wanted one, and
// with a number behind it when that is taken. Entries that were in flight when a process died are then handed to the next
// one at once. Where there are no locks the error is [ErrNoLocks].
func (d Dir) ClaimConsumer(wanted string) (*Consumer, error) {
	numbered := func(n int) string {
		if n == 1 {
			return wanted
		}
		return fmt.Sprintf("%s-%d", wanted, n)
	}
	file, n, err := d.LockFirst(func(n int) string {
		return lockPrefix + filename.Encode([]byte(numbered(n))) + lockSuffix
	}, 0o600)
	if err != nil {
		return nil, fmt.Errorf("claim consumer name %q: %w", wanted, err)
	}
	token, err := tokenOf(file)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("claim consumer name %q: %w", numbered(n), err), file.Close())
	}
	return &Consumer{Name: numbered(n), Token: token, lock: file}, nil
}

// tokenOf returns the token in a file, which is written by the first process that locks it.
func tokenOf(file vfs.File) (string, error) {
	fresh := rand.Text()
	token := make([]byte, len(fresh))
	n, err := file.ReadAt(token, 0)
	switch {
	case n == len(token):
		return string(token), nil
	case err != nil && !errors.Is(err, io.EOF):
		return "", err
	}
	_, err = file.WriteAt([]byte(fresh), 0)
	return fresh, err
}

// Close gives the name back.
func (c *Consumer) Close() error { return c.lock.Close() }
