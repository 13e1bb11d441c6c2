package journal

import (
	"errors"
	"slices"
)

// The tail of a journal is its records after the last committed one. Those before are on disk, when their process syncs what it
// commits. A sync of the tail may have failed: then the kernel takes its pages for clean, and may drop them at any time, so that a
// process which opens the journal later knows less of it than others have read.

var errChanged = errors.New("it has changed under its lock")

// trimTail forgets records that are committed, and those before the oldest one.
func (v *view) trimTail(oldest uint64) {
	v.tail = slices.DeleteFunc(v.tail, func(r recordRef) bool { return r.seq <= v.mark.committed || r.seq < oldest })
}

// tailRecord reads a record of the tail; nil when it is not there any more.
func (v *view) tailRecord(ref recordRef) (*record, error) {
	r, err := v.recordAt(ref.pos, ref.seq)
	if err != nil || r == nil || r.sum != ref.sum {
		return nil, err
	}
	return r, nil
}

// reloadIfChanged reads the journal again from its start when the kernel has dropped records of the tail: their process, or the next
// one of that name, writes others in their place.
func (v *view) reloadIfChanged() error {
	for _, ref := range v.tail {
		r, err := v.tailRecord(ref)
		if err != nil {
			return err
		}
		if r == nil {
			return v.load()
		}
	}
	return nil
}

// rewriteTail writes the records of the tail over themselves, so that the next sync has something to do, and its answer is worth
// something. The time of the file stays: nothing was added to it, and its removal goes by that.
func (v *view) rewriteTail() error {
	if v.denied != nil || len(v.tail) == 0 {
		return nil
	}
	info, err := v.f.Stat()
	if err != nil {
		return err
	}
	defer func() { _ = v.f.SetModTime(info.ModTime) }()
	for _, ref := range v.tail {
		r, err := v.tailRecord(ref)
		if err != nil {
			return err
		}
		if r == nil {
			return errChanged
		}
		if _, err := v.f.WriteAt(r.raw, ref.pos); err != nil {
			return err
		}
	}
	return nil
}

// renewMark has the next sync write the mark: records that are committed, and decisions, which are kept when they are read, are on disk, but
// the mark need not be, and may be dropped as the tail may. A living process writes its mark at any time; therefore it is the header
// that is written over itself, which never changes and is on the same page. A mark that is dropped already comes back with the next commit.
func (v *view) renewMark() error {
	if v.denied != nil {
		return nil
	}
	info, err := v.f.Stat()
	if err != nil {
		return err
	}
	defer func() { _ = v.f.SetModTime(info.ModTime) }()
	if _, err := v.f.WriteAt(v.encode(), 0); err != nil {
		return err
	}
	m, err := readMark(v.f)
	if err != nil || m.includes(v.mark) {
		return err
	}
	if !isFree(v) {
		return errChanged
	}
	_, err = v.f.WriteAt(v.mark.encode(), markAt)
	return err
}
