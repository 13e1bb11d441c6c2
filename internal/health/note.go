package health

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"envelog/internal/vfs"
)

const (
	noteEvery = time.Second // pause between two writes of the file
	noteBytes = 8192        // of the file, always; two texts of the longest, all of it escaped, fit
	longest   = 512         // bytes of a text in it
)

// Note is the file in which a worker writes down how it is.
type Note struct {
	Monitor *Monitor
	Name    string
	// Dir returns the directory that the file is in, open and such that nobody else could have put something into it.
	Dir func() (vfs.Dir, error)
}

// Run writes the file, now and once a second, until ctx ends; then it removes it: a worker that has ended has none.
func (n Note) Run(ctx context.Context) error {
	tick := time.NewTicker(noteEvery)
	defer tick.Stop()
	for {
		n.Write()
		select {
		case <-ctx.Done():
			if dir, err := n.Dir(); err == nil {
				_ = dir.Remove(n.Name)
			}
			return nil
		case <-tick.C:
		}
	}
}

// Write replaces the content of the file. An error leaves it as it is: who looks sees that it is old.
func (n Note) Write() {
	dir, err := n.Dir()
	if err != nil {
		return
	}
	m := n.Monitor
	r, now := m.Report(), time.Now()
	text, err := json.Marshal(note{
		PID: r.PID, Host: short(r.Host), Consumer: short(r.Consumer), Version: short(r.Version), Written: now.Unix(),
		Progress: m.progress.Load() / int64(time.Second), Stuck: !r.Live, Ready: r.Ready, State: r.State, Reason: short(r.Reason),
	})
	if err != nil || len(text) >= noteBytes {
		return
	}
	file, err := n.open(dir)
	if err != nil {
		return
	}
	defer func() { _ = file.Close() }()
	_, _ = file.WriteAt(fmt.Appendf(nil, "%-*s\n", noteBytes-1, text), 0)
}

// open opens the file, unless something else stands in its place: a FIFO, or another name of a file elsewhere.
func (n Note) open(dir vfs.Dir) (vfs.File, error) {
	const flags = os.O_WRONLY | os.O_CREATE
	file, err := dir.OpenFile(n.Name, flags, 0o640)
	if errors.Is(err, fs.ErrPermission) && dir.Remove(n.Name) == nil { // of a worker of that name that ran as another user
		file, err = dir.OpenFile(n.Name, flags, 0o640)
	}
	if err != nil {
		return nil, err
	}
	if info, err := file.Stat(); err != nil || !info.Mode.IsRegular() || info.Links > 1 {
		return nil, errors.Join(err, file.Close(), errNotOurs)
	}
	return file, nil
}

var errNotOurs = errors.New("not a regular file with one name")

func short(text string) string {
	if len(text) > longest {
		return text[:longest]
	}
	return text
}

// ErrNoWorker says that there is no note of a worker.
var ErrNoWorker = errors.New("no worker of this host runs with this log directory")

// Read returns the report of the worker that wrote last, of those whose notes have these names in a directory, and on that
// host unless it is "". One that has not been heard of for longer than most, or made no progress, is not healthy. Without any
// the error is ErrNoWorker.
func Read(dir vfs.FS, names []string, host string, most time.Duration) (Report, error) {
	var newest note
	found := false
	for _, name := range names {
		n, err := readNote(dir, name)
		if err != nil || host != "" && n.Host != host {
			continue
		}
		if !found || n.Written > newest.Written {
			newest, found = n, true
		}
	}
	if !found {
		return Report{State: NotRunning, Reason: ErrNoWorker.Error()}, ErrNoWorker
	}
	return newest.report(time.Now(), most), nil
}

func readNote(dir vfs.FS, name string) (n note, err error) {
	file, err := dir.OpenFile(name, os.O_RDONLY, 0)
	if err != nil {
		return n, err
	}
	defer func() { _ = file.Close() }()
	if info, err := file.Stat(); err != nil || !info.Mode.IsRegular() {
		return n, errors.Join(err, fmt.Errorf("read %s: it is not a regular file", name))
	}
	text, err := io.ReadAll(io.LimitReader(file, noteBytes))
	if err != nil {
		return n, err
	}
	if err := json.Unmarshal(text, &n); err != nil {
		return n, fmt.Errorf("read %s: %w", name, err)
	}
	return n, nil
}
