package statedir

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"time"

	"envelog/internal/vfs"
)

const (
	tokenName     = "page.token"
	tokenLock     = "page.lock" // whoever may read the token could hold a lock of its own file, and with it each worker that starts
	tokenPatience = 5 * time.Second
	tokenAttempts = 5 // to open a file that others replace meanwhile
)

// errTokenMoves says that somebody removes the file of the token again and again.
var errTokenMoves = errors.New("is replaced again and again")

// PageToken returns the token that the pages of all workers of the log directory ask for, and the path of its file, from
// which the people who may read the log files read it. The first process that asks makes the token; the file has the
// permissions of log files to read, and never those of everybody.
func (d *Dir) PageToken(logs fs.FileMode) (token, path string, err error) {
	path, err = filepath.Abs(filepath.Join(d.path, tokenName))
	for attempt := 0; err == nil && token == "" && attempt < tokenAttempts; attempt++ {
		token, err = d.readToken(0o600 | logs&0o040)
	}
	if err == nil && token == "" {
		err = errTokenMoves
	}
	if err != nil {
		return "", "", fmt.Errorf("token of the page in %q: %w", path, err)
	}
	return token, path, nil
}

// readToken returns "" when a file that it opened is not to be used, and is gone.
func (d *Dir) readToken(mode fs.FileMode) (string, error) {
	lock, err := d.openOwn(tokenLock, d.ModeOf(0o600))
	if err != nil || lock == nil {
		return "", err
	}
	defer func() { _ = lock.Close() }()
	if err := vfs.Lock(lock, tokenPatience); err != nil && !errors.Is(err, vfs.ErrNoLocks) {
		return "", err
	}
	if current, err := d.IsAt(lock, tokenLock); err != nil || !current {
		return "", err
	}
	if d.ofGroup {
		mode |= 0o060
	}
	f, err := d.openOwn(tokenName, mode)
	if err != nil || f == nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	if info.Mode&0o007 != 0 { // it is known to everybody
		return "", d.Remove(tokenName)
	}
	return firstLine(f)
}

// openOwn opens one of the files of the token. One of a worker that ran as another user is removed, and nil.
func (d *Dir) openOwn(name string, mode fs.FileMode) (vfs.File, error) {
	f, err := d.openOurs(name, mode)
	if errors.Is(err, fs.ErrPermission) && d.Remove(name) == nil {
		return nil, nil
	}
	return f, err
}

// firstLine returns the token in a file, and writes one into a file that has none.
func firstLine(f vfs.File) (string, error) {
	fresh := rand.Text()
	there := make([]byte, len(fresh))
	n, err := f.ReadAt(there, 0)
	switch {
	case n == len(there):
		return string(there), nil
	case err != nil && !errors.Is(err, io.EOF):
		return "", err
	}
	_, err = f.WriteAt([]byte(fresh+"\n"), 0)
	return fresh, err
}
