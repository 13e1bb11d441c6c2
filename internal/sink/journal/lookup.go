package journal

// Verdict says what the journals know of an entry.
type Verdict int

// The verdicts.
const (
	Unknown Verdict = iota // its line is in no file: write it
	Written                // its line is in a file, and as safe as its writer was told to make it
	Held                   // a process has it in flight, or what became of it cannot be found out now: leave it pending
)

// MayKnow reports whether an entry can be in a journal at all. It costs one comparison, and says no for all that was added
// to the source after everything else that was journaled.
func (j *Journal) MayKnow(source uint32, id ID) bool {
	return len(j.high) > 0 && !j.high[source].less(id)
}

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

// Recall reports whether the line of an entry is in a file, as far as that was known at the last Lock. It needs no lock. No
// is not the last word; yes is.
func (j *Journal) Recall(l *Line) bool {
	if !j.MayKnow(l.Source, l.ID) {
		return false
	}
	for _, v := range j.views {
		if verdict, err := j.lookup(v, l); err == nil && verdict == Written {
			return true
		}
	}
	return false
}

// Lookup tells what to do with an entry, while the directory lock is held.
func (j *Journal) Lookup(l *Line) (Verdict, error) {
	if !j.MayKnow(l.Source, l.ID) {
		return Unknown, nil
	}
	for _, v := range j.views {
		verdict, err := j.lookup(v, l)
		if verdict != Unknown || err != nil {
			return verdict, err
		}
	}
	return Unknown, nil
}

// lookup tells what one journal says. Of an entry that is in several records the newest one counts: it was written when
// the older ones were known.
func (j *Journal) lookup(v *view, l *Line) (Verdict, error) {
	r, line, err := v.find(j.keys[l.Source], l)
	if err != nil || r == nil {
		return Unknown, err
	}
	blocks, _ := r.blocks()
	for i := range blocks {
		b := &blocks[i]
		if line >= b.first+b.count {
			continue
		}
		return j.verdict(v, r.seq, v.fateOf(r.seq, i, line-b.first)), nil
	}
	return Unknown, nil
}

// verdict is what a process does about an entry whose line has that fate in a record. One of an attempt of its own that
// failed is its own to write.
func (j *Journal) verdict(v *view, seq uint64, f fate) Verdict {
	switch {
	case f == written:
		return Written
	case f == undecided && (v != j.own || seq <= j.taken):
		return Held
	}
	return Unknown
}
