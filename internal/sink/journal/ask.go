package journal

import (
	"os"
	"syscall"

	"envelog/internal/disk"
)

// Verdict says what the journals know of an entry.
type Verdict int

// The verdicts.
const (
	Unknown Verdict = iota // its line is in no file: write it
	Written                // its line is in a file, and as safe as its writer was told to make it
	Held                   // a process that lives has it in hand: it is that one's to write
)

// MayKnow tells whether an entry can be in a journal at all. It costs one comparison, and says no for all that was added
// to the source after everything else that was journaled.
func (j *Journal) MayKnow(source uint32, id ID) bool { return !j.high[source].less(id) }

// MayKnowSome tells the same of entries from min to max, which costs a few comparisons.
func (j *Journal) MayKnowSome(source uint32, min, max ID) bool {
	if !j.MayKnow(source, min) {
		return false
	}
	key := j.keys[source]
	for _, v := range j.views {
		if k := v.known[key]; k != nil && k.overlaps(min, max) {
			return true
		}
	}
	return false
}

// Recall tells whether the line of an entry is in a file, as far as that is known since the last Enter. No is not the
// last word; yes is.
func (j *Journal) Recall(l *Line) bool {
	if j.own == nil || !j.MayKnow(l.Source, l.ID) {
		return false
	}
	for _, v := range j.views {
		r, i, err := v.find(j.keys[l.Source], l)
		if err != nil || r == nil || !v.settled(r.seq) {
			continue
		}
		if there, open := r.fate(i); there && !open {
			return true
		}
	}
	return false
}

// Ask tells what to do with an entry, between Enter and Leave. What a dead process left is settled on the way.
func (j *Journal) Ask(l *Line) (Verdict, error) {
	if !j.MayKnow(l.Source, l.ID) {
		return Unknown, nil
	}
	for _, v := range j.views {
		verdict, err := j.askView(v, l)
		if verdict != Unknown || err != nil {
			return verdict, err
		}
	}
	return Unknown, nil
}

func (j *Journal) askView(v *view, l *Line) (Verdict, error) {
	r, i, err := v.find(j.keys[l.Source], l)
	if err != nil || r == nil {
		return Unknown, err
	}
	there, open := r.fate(i)
	if !v.settled(r.seq) || open {
		if v == j.own && r.seq > j.taken { // an attempt of this process that failed
			return Unknown, nil
		}
		if !j.resolveOther(v, extent{seq: r.seq, pos: r.pos}) {
			return Held, nil
		}
		if r, err = v.record(r.pos, r.seq); err != nil || r == nil {
			return Unknown, err
		}
		there, _ = r.fate(i)
	}
	if there {
		return Written, nil
	}
	return Unknown, nil
}

// find returns the newest record that has the entry, and the index of its line; nil when there is none.
func (v *view) find(key uint64, l *Line) (*record, int, error) {
	k := v.known[key]
	if k == nil || l.ID == (ID{}) {
		return nil, 0, nil
	}
	for _, e := range k.holding(l.ID) {
		r, err := v.recall(e)
		if err != nil {
			return nil, 0, err
		}
		if r == nil {
			continue
		}
		if i := r.find(key, l.ID, l.Sum); i >= 0 {
			return r, i, nil
		}
	}
	return nil, 0, nil
}

// ResolveAll settles what processes that are dead now left of their last commits. It is called when a file is found to
// end within a line.
func (j *Journal) ResolveAll() error {
	if err := j.Enter(); err != nil {
		return err
	}
	defer j.Leave()
	for _, v := range j.views[1:] {
		if !v.settled(v.last.seq) {
			j.resolveOther(v, v.last)
		}
	}
	return nil
}

// resolveOther settles a record of a process that is dead; it returns false when that lives, or when it cannot be done
// now.
func (j *Journal) resolveOther(v *view, e extent) bool {
	if v == j.own {
		return j.tell(v, j.resolve(v, e, v.f))
	}
	f, err := os.OpenFile(j.path(v.name), os.O_RDWR|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return j.tell(v, err)
	}
	defer func() { _ = f.Close() }()
	if err := disk.TryLock(f); err != nil {
		return false
	}
	return j.tell(v, j.resolve(v, e, f))
}

// tell tells whether err is nil, and the log what it is.
func (j *Journal) tell(v *view, err error) bool {
	if err != nil {
		j.options.Logger.Warn("What a dead process left cannot be settled now.", "journal", v.name, "error", err)
	}
	return err == nil
}
