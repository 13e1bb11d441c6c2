package worker

import (
	"cmp"
	"context"

	"envelog/internal/health"
	"envelog/internal/logdir"
	"envelog/internal/statedir"
	"envelog/internal/vfs"
)

// noting writes the worker's health file, with a descriptor of the directory of its own.
type noting struct {
	health.Note
	open func() (*statedir.Dir, error)
	dir  *statedir.Dir // nil: not open
}

func (w *Worker) newNote() *noting {
	n := &noting{open: func() (*statedir.Dir, error) {
		return statedir.Open(vfs.OS, w.Files.Dir, cmp.Or(w.Files.DirMode, logdir.DefaultMode))
	}}
	n.Note = health.Note{Monitor: w.monitor, Name: statedir.HealthFile(w.names[0].Name), Dir: n.current}
	return n
}

// Run writes the file until ctx ends.
func (n *noting) Run(ctx context.Context) error {
	err := n.Note.Run(ctx)
	if n.dir != nil {
		_ = n.dir.Close() // nothing was written to the directory itself
	}
	return err
}

// current returns the directory, and opens it again after somebody has removed or replaced it.
func (n *noting) current() (vfs.Dir, error) {
	if n.dir != nil {
		if is, err := n.dir.IsCurrent(); is || err != nil {
			return n.dir, err
		}
		_ = n.dir.Close()
		n.dir = nil
	}
	dir, err := n.open()
	if err != nil {
		return nil, err
	}
	n.dir = dir
	return dir, nil
}
