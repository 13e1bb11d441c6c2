package journal

import (
	"cmp"
	"slices"
	"sort"
)

// span is where the ids of one source are in a journal: those of one record.
type span struct {
	min, max ID
	recordRef
}

// recordRef says where a record is.
type recordRef struct {
	seq uint64
	pos int64 // in the journal's file
	sum uint32
}

func (s *span) include(id ID) {
	if id == (ID{}) {
		return
	}
	if s.max == (ID{}) || id.less(s.min) {
		s.min = id
	}
	if s.max.less(id) {
		s.max = id
	}
}

// known is where the ids of one source are in one journal, by records. A consumer gets ids in their order nearly always,
// so that the spans of its records follow each other and one is found by halving; those of entries that came again are
// kept apart.
type known struct {
	run    []span // each above the one before
	strays []span // the others, in the order of their records
	high   ID     // the largest id of all that were ever added
}

func (k *known) add(s span) {
	k.high = Newer(k.high, s.max)
	if last := len(k.run) - 1; last >= 0 && !k.run[last].max.less(s.min) {
		k.strays = append(k.strays, s)
		return
	}
	k.run = append(k.run, s)
}

// forget drops the records before the one with this number.
func (k *known) forget(before uint64) {
	old := func(s span) bool { return s.seq < before }
	k.run = slices.DeleteFunc(k.run, old)
	k.strays = slices.DeleteFunc(k.strays, old)
}

// atOrAbove returns the index of the first span of the run that reaches id.
func (k *known) atOrAbove(id ID) int {
	return sort.Search(len(k.run), func(i int) bool { return !k.run[i].max.less(id) })
}

// overlaps reports whether a record may have an id from min to max.
func (k *known) overlaps(min, max ID) bool {
	if i := k.atOrAbove(min); i < len(k.run) && !max.less(k.run[i].min) {
		return true
	}
	return slices.ContainsFunc(k.strays, func(s span) bool { return !max.less(s.min) && !s.max.less(min) })
}

// holding returns the records that may have id, the newest first.
func (k *known) holding(id ID) (found []span) {
	if i := k.atOrAbove(id); i < len(k.run) && !id.less(k.run[i].min) {
		found = append(found, k.run[i])
	}
	for _, s := range k.strays {
		if !id.less(s.min) && !s.max.less(id) {
			found = append(found, s)
		}
	}
	slices.SortFunc(found, func(a, b span) int { return cmp.Compare(b.seq, a.seq) })
	return found
}

// all returns the range of all ids that are known.
func (k *known) all() (min, max ID, empty bool) {
	var all span
	for _, list := range [][]span{k.run, k.strays} {
		for _, s := range list {
			all.include(s.min)
			all.include(s.max)
		}
	}
	return all.min, all.max, all.max == ID{}
}
