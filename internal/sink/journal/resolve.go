package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"envelog/internal/vfs"
)

// resolveAll resolves what dead processes left in doubt, and notes the files to which nobody may append.
func (j *Journal) resolveAll() error {
	j.blocked = nil
	for _, v := range j.views {
		doubt := v.doubt
		if v == j.own { // what the process left that had the journal before
			doubt = slices.DeleteFunc(slices.Clone(doubt), func(p prepared) bool { return p.seq > j.taken })
		}
		if len(doubt) == 0 {
			delete(j.doubts, v.name)
			continue
		}
		if err := j.resolveIfDead(v, doubt); err != nil {
			return err
		}
	}
	return nil
}

// resolveIfDead resolves records unless the process of their journal lives.
func (j *Journal) resolveIfDead(v *view, doubt []prepared) error {
	if v != j.own {
		err := v.f.TryLock()
		if errors.Is(err, vfs.ErrLocked) {
			return j.blockUnfinished(v, doubt)
		}
		if err != nil {
			return err
		}
		defer v.f.Unlock()
		if err := v.catchUp(); err != nil { // its last words, said before it died
			return err
		}
	}
	err := j.resolve(v, doubt)
	j.complain(v, err)
	return nil
}

// blockUnfinished keeps everybody from the files of records whose living process holds no directory lock any more, and
// has not said what became of its appends: it cannot write its journal.
func (j *Journal) blockUnfinished(v *view, doubt []prepared) error {
	for _, p := range doubt {
		if p.seq <= v.mark.appended {
			continue
		}
		r, err := v.record(p.recordRef)
		if err != nil {
			return err
		}
		if r == nil {
			continue
		}
		blocks, _ := r.blocks()
		for i := range blocks {
			j.block(v.placeOf(p.seq, i, &blocks[i]).place, fmt.Errorf("a process cannot write its journal %q, and what it has appended here is unknown", v.name))
		}
	}
	return nil
}

func (j *Journal) block(place Place, reason error) {
	if j.blocked == nil {
		j.blocked = make(map[fileID]error)
	}
	j.blocked[fileID{place.Dev, place.Ino}] = reason
}

// placeOf returns a block as it was moved last.
func (v *view) placeOf(seq uint64, index int, b *block) *block {
	if s := v.said[seq][index]; s != nil && s.moved != nil {
		moved := *s.moved
		moved.first, moved.count = b.first, b.count
		return &moved
	}
	return b
}

// complain tells the log what cannot be resolved, once for each reason.
func (j *Journal) complain(v *view, err error) {
	if err == nil {
		delete(j.doubts, v.name)
		return
	}
	if j.doubts[v.name] != err.Error() {
		j.doubts[v.name] = err.Error()
		j.options.Logger.Warn("A process died while it wrote, and how far it got cannot be found out now. Its entries stay pending.",
			"journal", v.name, "error", err)
	}
}

// resolve finds out how far a dead process got, puts its files in order, and writes that down in its journal. Whoever is
// killed in the middle of that leaves it for the next.
func (j *Journal) resolve(v *view, doubt []prepared) error {
	var decisions []decision
	var failed error
	for _, p := range doubt {
		more, err := j.resolveRecord(v, p)
		decisions = append(decisions, more...)
		failed = errors.Join(failed, err)
	}
	if len(decisions) == 0 {
		return failed
	}
	return errors.Join(failed, j.conclude(v, decisions))
}

// resolveRecord finds out which lines of a record are in their files. A block of which that cannot be told stays in doubt.
func (j *Journal) resolveRecord(v *view, p prepared) (decisions []decision, failed error) {
	r, err := v.record(p.recordRef)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, fmt.Errorf("journal %q has changed under its lock", v.name)
	}
	blocks, _ := r.blocks()
	for i := range blocks {
		s := v.said[p.seq][i]
		if s != nil && s.state == final {
			continue
		}
		b := v.placeOf(p.seq, i, &blocks[i])
		x := examination{
			journal: j, block: b, lines: r.linesOf(&blocks[i]), said: s,
			appended: b.laid || p.seq <= v.mark.appended,
			crashed:  j.boot == 0 || r.boot != j.boot,
		}
		extents, err := x.run()
		if err != nil {
			err = fmt.Errorf("look at what was appended to %q: %w", b.name, err)
			j.block(b.place, err)
			failed = errors.Join(failed, err)
			continue
		}
		decisions = append(decisions, decision{target: target{p.seq, i}, state: final, extents: extents})
	}
	return decisions, failed
}

// conclude adds decisions to the journal of a dead process.
func (j *Journal) conclude(v *view, decisions []decision) error {
	if v.denied != nil {
		return v.denied
	}
	record := j.writer.decide(head{seq: v.next, prev: v.prev, committed: v.mark.committed, boot: j.boot}, decisions)
	if v.at+int64(len(record)) > v.end(v.start(v.second)) {
		v.turn()
	}
	if _, err := v.f.WriteAt(record, v.at); err != nil {
		return fmt.Errorf("write journal %q: %w", v.name, err)
	}
	r, ok := parseRecord(record)
	if !ok {
		return errors.New("journal: encoded a record that cannot be read") // a defect of this package
	}
	v.add(&r)
	v.raise(mark{})
	return j.syncIfDurable(v.f)
}

func (j *Journal) syncIfDurable(f vfs.File) error {
	if !j.options.Durable {
		return nil
	}
	return f.Datasync()
}

// openLog opens the log file in which a block lies, also when it was renamed within the directory; nil when it is not
// there.
func (j *Journal) openLog(b *block) (vfs.File, error) {
	f, err := j.openPlace(b.name, b.place)
	if f != nil || err != nil {
		return f, err
	}
	names, err := j.fs.ReadDir(j.options.Dir)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		info, err := j.fs.Lstat(j.logPath(name))
		if err == nil && b.place.isIn(info) {
			return j.openPlace(name, b.place)
		}
	}
	return nil, nil
}

// openPlace opens a file of the log directory when it is the one that place is about, otherwise nothing.
func (j *Journal) openPlace(name string, place Place) (vfs.File, error) {
	info, err := j.fs.Lstat(j.logPath(name))
	if err != nil || !info.Mode.IsRegular() || !place.isIn(info) {
		return nil, unlessAbsent(err)
	}
	f, err := j.fs.OpenFile(j.logPath(name), os.O_RDWR, 0)
	if err != nil {
		return nil, unlessAbsent(err)
	}
	info, err = f.Stat()
	if err != nil || !place.isIn(info) {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

func (j *Journal) logPath(name string) string { return filepath.Join(j.options.Dir, name) }

// unlessAbsent leaves out the error of a file that is not there.
func unlessAbsent(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
