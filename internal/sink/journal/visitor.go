package journal

import (
	"fmt"
	"io/fs"
	"log/slog"

	"envelog/internal/vfs"
)

// Visitor looks at the journals of a log directory before a log file is removed: as long as lines in it are not committed,
// they could not be told from lines that were never written. It has no journal of its own, and is for one goroutine at a
// time.
//
//	Lock    take the directory lock: nobody appends meanwhile; what dead processes left is resolved
//	Needs   for each file
//	Renew   write over itself what the answers rely on
//	Unlock  release the directory lock
//	Sync    force to disk what the answers rely on
//
// Who locks the log file before Unlock can rely on the answer until the file is removed: whoever appends later waits for
// that lock, and then finds the file gone.
type Visitor struct{ j *Journal }

// Visit returns a Visitor for the log directory dir. It opens nothing. New files have mode, a new directory dirMode.
func Visit(fsys vfs.FS, dir string, mode, dirMode fs.FileMode, log *slog.Logger) *Visitor {
	return &Visitor{newJournal(Options{FS: fsys, Dir: dir, Mode: mode, DirMode: dirMode, Durable: true, Logger: log})}
}

// Lock takes the directory lock, until [Visitor.Unlock].
func (v *Visitor) Lock() error {
	if err := v.j.Lock(); err != nil {
		return fmt.Errorf("look at journals: %w", err)
	}
	return nil
}

// Unlock releases the directory lock.
func (v *Visitor) Unlock() { v.j.Unlock() }

// Needs tells, while the directory lock is held, whether a line in the file that info describes is not committed.
func (v *Visitor) Needs(info vfs.Info) (bool, error) {
	if v.j.Blocked(info) != nil {
		return true, nil //nolint:nilerr // that a line is in doubt is the answer
	}
	for _, view := range v.j.views {
		for _, p := range view.doubt {
			needs, err := view.needs(p, info)
			if needs || err != nil {
				return needs, err
			}
		}
	}
	return false, nil
}

// needs reports whether an undecided block of a record may be in the file.
func (v *view) needs(p prepared, info vfs.Info) (bool, error) {
	r, err := v.record(p.recordRef)
	if err != nil || r == nil {
		return false, err
	}
	blocks, _ := r.blocks()
	for i := range blocks {
		s := v.said[p.seq][i]
		if (s == nil || s.state != final) && v.placeOf(p.seq, i, &blocks[i]).place.isIn(info) {
			return true, nil
		}
	}
	return false, nil
}

// Renew has the next Sync write what the answers rely on, while the directory lock is held. A sync of a journal may have failed, its
// process' own or a Visitor's: then the kernel takes its pages for clean, and may drop them after a sync that has succeeded. On a
// full disk it may do nothing: a log file is removed to make room.
func (v *Visitor) Renew() error {
	for _, view := range v.j.views {
		if err := view.renewMark(); err != nil && !isFull(err) {
			return fmt.Errorf("write journal %q: %w", view.name, err)
		}
	}
	return nil
}

// Sync forces all journals to disk: a power cut must not take what says that lines are in a file that is gone by then.
func (v *Visitor) Sync() error {
	for _, view := range v.j.views {
		if err := view.f.Datasync(); err != nil {
			return fmt.Errorf("sync journal %q: %w", view.name, err)
		}
	}
	return nil
}

// Close closes all journals. The Visitor can be used again.
func (v *Visitor) Close() { v.j.closeFiles() }
