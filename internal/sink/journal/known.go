package journal

import (
	"slices"
	"sort"
)

// known is where the ids of one source lie in one journal, by records. A consumer is handed ids in their order nearly
// always, so that the extents of its records follow each other and one is found by halving; those of entries that came
// again are kept aside.
type known struct {
	run    []extent // each above the one before
	strays []extent // the others, in the order of their records
	high   ID       // the largest id of all that were ever added
}

func (k *known) add(e extent) {
	k.high = higher(k.high, e.max)
	if last := len(k.run) - 1; last >= 0 && !k.run[last].max.less(e.min) {
		k.strays = append(k.strays, e)
		return
	}
	k.run = append(k.run, e)
}

// forget drops the records that lie from start to end in the journal's file.
func (k *known) forget(start, end int64) {
	within := func(e extent) bool { return start <= e.pos && e.pos < end }
	k.run = slices.DeleteFunc(k.run, within)
	k.strays = slices.DeleteFunc(k.strays, within)
}

// atOrAbove returns the index of the first extent of the run that reaches id.
func (k *known) atOrAbove(id ID) int {
	return sort.Search(len(k.run), func(i int) bool { return !k.run[i].max.less(id) })
}

// overlaps tells whether a record may have an id from min to max.
func (k *known) overlaps(min, max ID) bool {
	if i := k.atOrAbove(min); i < len(k.run) && !max.less(k.run[i].min) {
		return true
	}
	return slices.ContainsFunc(k.strays, func(e extent) bool { return !max.less(e.min) && !e.max.less(min) })
}

// holding returns the records that may have id, the newest first.
func (k *known) holding(id ID) (found []extent) {
	if i := k.atOrAbove(id); i < len(k.run) && !id.less(k.run[i].min) {
		found = append(found, k.run[i])
	}
	for _, e := range k.strays {
		if !id.less(e.min) && !e.max.less(id) {
			found = append(found, e)
		}
	}
	slices.SortFunc(found, func(a, b extent) int { return int(int64(b.seq - a.seq)) })
	return found
}
