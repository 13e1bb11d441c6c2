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
// with a number after it when that is taken. Entries that were in flight when a process died are then handed to the next
// one at once. Where there are no locks the error is [vfs.ErrNoLocks].
func (d *Dir) ClaimConsumer(wanted string) (c *Consumer, err error) {
	err = FirstFree(func(n int) error {
		name := wanted
		if n > 1 {
			name = fmt.Sprintf("%s-%d", wanted, n)
		}
		c, err = d.claim(name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("claim consumer name %q: %w", wanted, err)
	}
	return c, nil
}

// claim locks one name.
func (d *Dir) claim(name string) (*Consumer, error) {
	lock, err := d.Lock(lockPrefix+filename.Encode([]byte(name))+lockSuffix, 0o600)
	if err != nil {
		return nil, err
	}
	token, err := tokenOf(lock)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return &Consumer{Name: name, Token: token, lock: lock}, nil
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
