package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"

	"envelog/internal/disk"
)

// Visitor looks at the journals of a log directory for who is about to remove a log file: as long as the fate of lines in
// it is not known, they could not be told from such that were never written. It has no journal of its own, and is for one
// goroutine at a time.
//
//	Enter   lock the gate: no record is written meanwhile
//	Needs   for a file; what dead processes left in it is settled on the way
//	Leave   unlock the gate
//	Sync    force to disk what the answers rely on
//
// Who locks the log file before Leave can rely on the answer until the file is removed: a record that is written later
// is of a process that waits for that lock, and then finds the file gone.
type Visitor struct {
	j     *Journal // without own
	open  map[*view]*unsettled
	ready bool
}

// unsettled is what a journal has of blocks whose fate is not known, but for the last record, which is looked at anew.
type unsettled struct {
	upTo    uint64   // the sequence of the last record that was looked at
	records []extent // with a block that is stuck
}

// Visit returns a Visitor for the log directory dir. It opens nothing. New files have mode, a new directory dirMode.
func Visit(dir string, mode, dirMode fs.FileMode, log *slog.Logger) *Visitor {
	options := Options{Dir: dir, Mode: mode, DirMode: dirMode, Durable: true, Logger: log}
	return &Visitor{j: &Journal{options: options, dir: filepath.Join(dir, Dir), boot: disk.BootID()}}
}

// Enter locks the gate, until [Visitor.Leave], and reads what is new in the journals.
func (v *Visitor) Enter() error {
	if err := v.enter(); err != nil {
		return fmt.Errorf("look at journals: %w", err)
	}
	return nil
}

func (v *Visitor) enter() error {
	for range 2 {
		if err := v.begin(); err != nil {
			return err
		}
		if err := v.j.gate.lock(); err != nil {
			return err
		}
		if v.j.gate.isCurrent() {
			return v.update()
		}
		v.Close()
	}
	return errors.New("journals are removed again and again")
}

// update reads what is new in the journals.
func (v *Visitor) update() error {
	err := v.j.list()
	for _, view := range v.j.views {
		err = errors.Join(err, view.catchUp())
	}
	if err != nil {
		v.Leave()
	}
	return err
}

// begin opens the gate, unless it is open.
func (v *Visitor) begin() (err error) {
	if v.ready {
		return nil
	}
	if err = makeDir(v.j.dir, v.j.options.DirMode); err != nil {
		return err
	}
	if v.j.gate, err = openGate(v.j.dir, v.j.options.Mode); err != nil {
		return err
	}
	v.ready, v.open = true, make(map[*view]*unsettled)
	return nil
}

// Leave ends what Enter began.
func (v *Visitor) Leave() { v.j.Leave() }

// Needs tells, between Enter and Leave, whether a journal needs the file that info is about. The file must not be locked:
// what a dead process left in it is put in order first.
func (v *Visitor) Needs(info fs.FileInfo) (bool, error) {
	maps.DeleteFunc(v.open, func(known *view, _ *unsettled) bool { return !slices.Contains(v.j.views, known) })
	for _, view := range v.j.views {
		if v.open[view] == nil {
			v.open[view] = new(unsettled)
		}
		needs, err := v.viewNeeds(view, v.open[view], info)
		if needs || err != nil {
			return needs, err
		}
	}
	return false, nil
}

func (v *Visitor) viewNeeds(view *view, u *unsettled, info fs.FileInfo) (bool, error) {
	if err := u.catchUp(view); err != nil {
		return false, err
	}
	for _, e := range append(slices.Clip(u.records), view.last) {
		r, err := view.record(e.pos, e.seq)
		if err != nil {
			return false, err
		}
		if r != nil && r.needs(info, view.settled(r.seq)) && !v.j.resolveOther(view, e) {
			return true, nil
		}
	}
	return false, nil
}

// catchUp looks for stuck blocks in the records that are new, but for the last one, and forgets those that are stuck no
// more.
func (u *unsettled) catchUp(v *view) (err error) {
	candidates := u.records
	for _, k := range v.known {
		for _, e := range slices.Concat(k.run, k.strays) {
			if e.seq > u.upTo && e.seq < v.last.seq {
				candidates = append(candidates, e)
			}
		}
	}
	u.records = slices.DeleteFunc(candidates, func(e extent) bool {
		r, failure := v.record(e.pos, e.seq)
		err = errors.Join(err, failure)
		return r == nil || !r.isStuck()
	})
	if v.last.seq > 0 && err == nil {
		u.upTo = v.last.seq - 1
	}
	return err
}

func (r *record) isStuck() bool {
	return slices.ContainsFunc(r.entries(), func(e blockEntry) bool {
		s, ok := parseSlot(r.raw[e.slot:])
		return ok && s.state == stuck
	})
}

// needs tells whether a block of the record may lie in the file, and its fate is not known. That of a block whose slot
// cannot be read may lie anywhere.
func (r *record) needs(info fs.FileInfo, settled bool) bool {
	return slices.ContainsFunc(r.entries(), func(e blockEntry) bool {
		s, ok := parseSlot(r.raw[e.slot:])
		open := !settled && s.state != ended || s.state == stuck
		return !ok && !settled || ok && open && sameFile(info, s.place)
	})
}

// Sync forces all journals to disk: a power cut must not take what says that lines are in a file that is gone by then.
func (v *Visitor) Sync() error {
	for _, view := range v.j.views {
		if err := disk.Datasync(view.f); err != nil {
			return fmt.Errorf("sync journal %q: %w", view.name, err)
		}
	}
	return nil
}

// Close closes all journals. The Visitor can be used again.
func (v *Visitor) Close() {
	if v.ready {
		v.j.closeFiles()
		v.ready = false
	}
}
