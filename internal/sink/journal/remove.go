package journal

import (
	"fmt"
	"os"
	"syscall"
	"time"

	"envelog/internal/disk"
)

// The rules by which journals of processes that are gone are removed.
const (
	// KeepSettled is how long such a journal is kept at least since its last record, for acknowledgements that Redis
	// loses in a failover.
	KeepSettled = time.Hour
	// KeepAny is how long it is kept at most, whatever became of its entries, such as when nobody consumes their source any
	// more.
	KeepAny = 30 * 24 * time.Hour
)

// Leftover is a journal that nobody has any more.
type Leftover struct {
	Name  string
	Spans []Span // entries that must be settled before it is removed

	age     time.Duration
	last    extent
	foreign bool // it has entries of a source that this process does not consume
}

// Span is a range of entries of one source.
type Span struct {
	Source   int // index in Options.Sources
	Min, Max ID
}

// Leftovers returns the journals of dead processes that are old enough to be removed when their Spans are settled.
func (j *Journal) Leftovers() ([]Leftover, error) {
	if err := j.Enter(); err != nil {
		return nil, err
	}
	defer j.Leave()
	var found []Leftover
	for _, v := range j.views[1:] {
		l := j.leftover(v)
		if l.age >= KeepAny {
			l.Spans, l.foreign = nil, false
		}
		if l.age < KeepSettled || l.foreign || !j.isDead(v) {
			continue
		}
		found = append(found, l)
	}
	return found, nil
}

// isDead tells whether the process of a journal is dead, and what it left is settled.
func (j *Journal) isDead(v *view) bool {
	return j.resolveOther(v, v.last)
}

func (j *Journal) leftover(v *view) Leftover {
	l := Leftover{Name: v.name, last: v.last}
	if info, err := v.f.Stat(); err == nil {
		l.age = time.Since(info.ModTime()) // of its last record, or of a later mark
	}
	for key, k := range v.known {
		span, empty := k.span()
		if span.Source = j.sourceOf(key); !empty {
			l.Spans = append(l.Spans, span)
			l.foreign = l.foreign || span.Source < 0
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

// span returns the range of all ids that are known.
func (k *known) span() (s Span, empty bool) {
	var all extent
	for _, list := range [][]extent{k.run, k.strays} {
		for _, e := range list {
			all.include(e.min)
			all.include(e.max)
		}
	}
	return Span{Min: all.min, Max: all.max}, all.max == ID{}
}

// Remove removes a journal whose entries are settled, unless someone has taken it meanwhile.
func (j *Journal) Remove(l Leftover) error {
	if err := j.Enter(); err != nil {
		return err
	}
	defer j.Leave()
	for _, v := range j.views[1:] {
		if v.name == l.Name && v.last == l.last {
			return j.remove(v)
		}
	}
	return nil
}

func (j *Journal) remove(v *view) error {
	path := j.path(v.name)
	f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err == nil {
		defer func() { _ = f.Close() }()
		err = disk.TryLock(f)
	}
	if err == nil {
		err = os.Remove(path)
	}
	if err == nil {
		err = j.gate.announce()
	}
	if err != nil {
		return fmt.Errorf("remove journal %q: %w", v.name, err)
	}
	j.options.Logger.Info("Removed the journal of a consumer that is gone.", "journal", v.name)
	return j.list()
}
