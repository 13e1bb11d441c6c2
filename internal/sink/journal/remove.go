package journal

import (
	"fmt"
	"os"
	"time"
)

// The rules by which journals of processes that are gone are removed.
const (
	// KeepCommitted is how long such a journal is kept at least since its last record, for acknowledgements that Redis
	// loses in a failover.
	KeepCommitted = time.Hour
	// KeepAny is how long it is kept at most, whatever became of its entries, such as when nobody consumes their source any
	// more.
	KeepAny = 30 * 24 * time.Hour
)

// Leftover is a journal that nobody has any more.
type Leftover struct {
	Name  string
	Spans []Span // entries that must not be pending any more before it is removed

	next    uint64
	foreign bool // it has entries of a source that this process does not consume
}

// Span is a range of entries of one source.
type Span struct {
	Source   int // index in Options.Sources
	Min, Max ID
}

// Leftovers returns the journals of dead processes that are old enough to be removed when none of their Spans is pending.
func (j *Journal) Leftovers() ([]Leftover, error) {
	if err := j.Lock(); err != nil {
		return nil, err
	}
	defer j.Unlock()
	var found []Leftover
	for _, v := range j.views {
		if v == j.own || len(v.doubt) > 0 {
			continue
		}
		age := j.ageOf(v)
		if l := j.leftover(v, age); age >= KeepCommitted && !l.foreign && isFree(v) {
			found = append(found, l)
		}
	}
	return found, nil
}

// isFree reports whether the process of a journal is dead.
func isFree(v *view) bool {
	if v.f.TryLock() != nil {
		return false
	}
	v.f.Unlock()
	return true
}

// ageOf returns how long ago the last record was written, or the mark.
func (j *Journal) ageOf(v *view) time.Duration {
	info, err := v.f.Stat()
	if err != nil {
		return 0
	}
	return time.Since(info.ModTime)
}

func (j *Journal) leftover(v *view, age time.Duration) Leftover {
	l := Leftover{Name: v.name, next: v.next}
	if age >= KeepAny {
		return l
	}
	for key, k := range v.known {
		low, high, empty := k.all()
		if source := j.sourceOf(key); !empty {
			l.Spans = append(l.Spans, Span{source, low, high})
			l.foreign = l.foreign || source < 0
		}
	}
	return l
}

// sourceOf returns the index of the source with this key, or -1.
func (j *Journal) sourceOf(key uint64) int {
	for i := range j.keys {
		if j.keys[i] == key {
			return i
		}
	}
	return -1
}

// Remove removes a journal of which nothing is pending, unless someone has taken it meanwhile.
func (j *Journal) Remove(l Leftover) error {
	if err := j.Lock(); err != nil {
		return err
	}
	defer j.Unlock()
	for _, v := range j.views {
		if v != j.own && v.name == l.Name && v.next == l.next && len(v.doubt) == 0 {
			return j.remove(v)
		}
	}
	return nil
}

func (j *Journal) remove(v *view) error {
	f, err := j.dir.OpenFile(v.name, os.O_RDWR, 0)
	if err == nil {
		defer func() { _ = f.Close() }()
		err = f.TryLock()
	}
	if err == nil {
		err = j.dir.announce()
	}
	if err == nil {
		err = j.dir.Remove(v.name)
	}
	if err != nil {
		return fmt.Errorf("remove journal %q: %w", v.name, err)
	}
	j.options.Logger.Info("Removed the journal of a consumer that is gone.", "journal", v.name)
	return j.list()
}
