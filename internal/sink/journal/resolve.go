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
	j.blocked, j.unknown = nil, nil
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
		if err := v.reloadIfChanged(); err != nil { // what the kernel has dropped was never appended
			return err
		}
		if err := v.refresh(); err != nil { // its last words, said before it died
			return err
		}
		doubt = v.doubt
	}
	err := j.resolve(v, doubt)
	j.complain(v, err)
	if v == j.own && err != nil {
		return j.inheritDoubt()
	}
	return nil
}

// inheritDoubt writes down of the blocks that the predecessor left, and that could not be resolved, that they are not
// decided: the mark will not say so any more.
func (j *Journal) inheritDoubt() error {
	var decisions []decision
	for _, p := range j.own.doubt {
		if p.seq > j.taken {
			break
		}
		r, err := j.own.record(p.recordRef)
		if err != nil {
			return err
		}
		if r == nil {
			continue
		}
		blocks, _ := r.blocks()
		for i := range blocks {
			if d, changed := j.own.asDoubt(p.seq, i, &blocks[i]); changed && !j.own.isCommitted(p.seq, i) {
				decisions = append(decisions, d)
			}
		}
	}
	if len(decisions) == 0 {
		return nil
	}
	return j.append(j.writer.decide(j.head(), decisions))
}

// asDoubt returns what is known of an undecided block without the mark.
func (v *view) asDoubt(seq uint64, index int, b *block) (d decision, changed bool) {
	d = decision{target: target{seq, index}, state: doubtful}
	s := v.said[seq][index]
	switch {
	case s != nil && s.state == placed:
		d.state, d.extents = open, s.extents
	case s != nil && s.state != 0:
		return d, false
	case b.laid || seq <= v.mark.appended:
		d.state, d.extents = open, []Extent{{Off: v.placeOf(seq, index, b).place.Off, Lines: b.count}}
	}
	return d, true
}

// blockUnfinished keeps everybody from the files of records whose living process holds no directory lock any more, and
// has not said what became of its appends, since it cannot write its journal; and of those that it could not resolve itself yet, of a
// process that had the journal before it.
func (j *Journal) blockUnfinished(v *view, doubt []prepared) error {
	for _, p := range doubt {
		r, err := v.record(p.recordRef)
		if err != nil {
			return err
		}
		if r == nil {
			continue
		}
		blocks, _ := r.blocks()
		for i := range blocks {
			if err := j.unfinished(v, r, i); err != nil {
				j.block(v.placeOf(p.seq, i, &blocks[i]).place, err)
			}
		}
	}
	return nil
}

// unfinished returns why nobody may append to the file of a block of a living process' journal; nil: it may be done.
func (j *Journal) unfinished(v *view, r *record, index int) error {
	if r.seq > v.mark.appended {
		return fmt.Errorf("a process cannot write its journal %q, and what it has appended here is unknown", v.name)
	}
	s := v.said[r.seq][index]
	decided, doubted := s != nil && s.state == final, s != nil && s.state == doubtful
	if !decided && (doubted || r.boot != j.boot) {
		return fmt.Errorf("the process of journal %q could not find out yet what the one before it has appended here", v.name)
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
// killed in the middle of that leaves it for the next: which lines are there is written down before the rests of others
// are removed, by which it was found out.
func (j *Journal) resolve(v *view, doubt []prepared) error {
	found, unsynced, failed := j.examineAll(v, doubt)
	if len(unsynced) > 0 { // when the file is taken away before the next look, its lines are not to be taken for safe
		failed = errors.Join(failed, j.conclude(v, unsynced))
	}
	err := j.syncNames(found)
	if err == nil && slices.ContainsFunc(found, (*examination).hasNews) {
		err = j.conclude(v, found)
	}
	if err != nil {
		return errors.Join(failed, j.allInDoubt(found, err))
	}
	removed := found[:0]
	for _, x := range found {
		if len(x.rests) == 0 {
			removed = append(removed, x)
			continue
		}
		if err := x.removeRests(); err != nil {
			failed = errors.Join(failed, j.inDoubt(x.block, err))
			continue
		}
		x.rests = nil
		removed = append(removed, x)
	}
	if len(removed) == 0 {
		return failed
	}
	return errors.Join(failed, j.allInDoubt(removed, j.conclude(v, removed)))
}

// allInDoubt keeps everybody from the files of blocks of which it could not be written down how far they got: an equal line
// of another entry at their place would be taken for theirs later.
func (j *Journal) allInDoubt(found []*examination, err error) error {
	if err != nil {
		for _, x := range found {
			j.block(x.block.place, err)
		}
	}
	return err
}

// syncNames makes the names of log files safe, once, in which lines were found: whoever created them may not have done so.
func (j *Journal) syncNames(found []*examination) error {
	if !j.options.Durable || !slices.ContainsFunc(found, func(x *examination) bool { return len(x.extents) > 0 }) {
		return nil
	}
	return j.fs.SyncDir(j.options.Dir)
}

// hasNews reports whether rests are to be removed, and the journal does not say yet what remains.
func (x *examination) hasNews() bool {
	return len(x.rests) > 0 && !(x.isOpen() && slices.Equal(x.said.extents, x.extents))
}

// isOpen reports whether the journal says that the lines are not known to be safe.
func (x *examination) isOpen() bool { return x.said != nil && x.said.state == open }

// examineAll looks at all blocks of which the last word has not been spoken. One that cannot be looked at stays in doubt, and so does
// one whose lines were found and could not be synced; unsynced are those of which the journal does not say so yet.
func (j *Journal) examineAll(v *view, doubt []prepared) (found, unsynced []*examination, failed error) {
	for _, p := range doubt {
		r, err := v.record(p.recordRef)
		if err == nil && r == nil {
			err = fmt.Errorf("journal %q: %w", v.name, errChanged)
		}
		if err != nil {
			j.unknown = err // which files it is about
			return found, unsynced, errors.Join(failed, err)
		}
		for _, x := range j.examinations(v, r) {
			if err := x.run(); err != nil {
				failed = errors.Join(failed, j.inDoubt(x.block, err))
				if x.unsynced && !x.isOpen() {
					unsynced = append(unsynced, x)
				}
				continue
			}
			found = append(found, x)
		}
	}
	return found, unsynced, failed
}

// inDoubt keeps everybody from the file of a block.
func (j *Journal) inDoubt(b *block, err error) error {
	err = fmt.Errorf("look at what was appended to %q: %w", b.name, err)
	j.block(b.place, err)
	return err
}

// examinations returns what there is to find out of a record.
func (j *Journal) examinations(v *view, r *record) (all []*examination) {
	blocks, _ := r.blocks()
	for i := range blocks {
		s := v.said[r.seq][i]
		if s != nil && s.state == final || v.isCommitted(r.seq, i) {
			continue
		}
		b := v.placeOf(r.seq, i, &blocks[i])
		moved := *b
		moved.pieces = slices.Clone(b.pieces)
		all = append(all, &examination{
			target: target{r.seq, i}, journal: j, block: &moved, lines: r.linesOf(&blocks[i]), said: s,
			appended: b.laid || r.seq <= v.mark.appended,
			crashed:  j.boot == 0 || r.boot != j.boot,
		})
	}
	return all
}

// conclude writes what was found to the journal of a dead process: the last word, unless rests are to be removed or lines are not safe.
func (j *Journal) conclude(v *view, found []*examination) error {
	if v.denied != nil {
		return v.denied
	}
	decisions := make([]decision, len(found))
	for i, x := range found {
		decisions[i] = decision{target: x.target, state: final, extents: x.extents}
		if len(x.rests) > 0 || x.unsynced {
			decisions[i].state = open
		}
	}
	record := j.writer.decide(head{seq: v.next, prev: v.prev, committed: v.mark.committed, boot: j.boot}, decisions)
	if v.at+int64(len(record)) > v.end(v.start(v.second)) {
		v.turn()
	}
	if v == j.own {
		return j.concludeOwn(record)
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
	return j.keep(v)
}

// concludeOwn writes what was found of the predecessor's records. Like all that this process writes to its journal, it is written again
// when it could not be, or could not be synced.
func (j *Journal) concludeOwn(record []byte) error {
	err := j.append(record)
	if err == nil {
		err = j.sync()
	}
	j.own.raise(mark{})
	if err != nil {
		return fmt.Errorf("write journal %q: %w", j.own.name, err)
	}
	return nil
}

// keepDecisions forces to disk what others have decided: who did so may have been killed before he could. A power cut must
// not take the word that lines were not written when equal ones of other entries stand in their place.
func (j *Journal) keepDecisions() error {
	for _, v := range j.views {
		if v == j.own || !v.fresh { // the own ones are on disk before the next append: its record is in the same file
			continue
		}
		err := v.reloadIfChanged() // a sync may have failed
		if err == nil {
			err = j.keep(v)
		}
		if err != nil {
			return v.failed(err)
		}
	}
	return nil
}

// keep forces the decisions in a journal to disk, also when a sync of them has failed before, whoever made it.
func (j *Journal) keep(v *view) (err error) {
	if j.options.Durable {
		err = v.rewriteTail()
	}
	if err == nil {
		err = j.syncIfDurable(v.f)
	}
	v.fresh = err != nil
	return err
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
	var failed error // a file that cannot be looked at may be the one
	for _, name := range names {
		info, err := j.fs.Lstat(j.logPath(name))
		if err == nil && b.place.isIn(info) {
			return j.openPlace(name, b.place)
		}
		failed = errors.Join(failed, unlessAbsent(err))
	}
	return nil, failed
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
