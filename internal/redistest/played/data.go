package played

import (
	"errors"
	"maps"
	"slices"
	"time"

	"envelog/transport/streamid"
)

// data is all keys.
type data struct {
	streams map[string]*stream
	hashes  map[string]map[string]string
	sets    map[string]map[string]float64
	strings map[string]string
	expires map[string]time.Time
}

func newData() *data {
	return &data{
		streams: map[string]*stream{}, hashes: map[string]map[string]string{}, sets: map[string]map[string]float64{},
		strings: map[string]string{}, expires: map[string]time.Time{},
	}
}

// stream is one stream with its groups.
type stream struct {
	entries []entry // by their ids
	last    streamid.ID
	groups  map[string]*group
}

type entry struct {
	id     streamid.ID
	fields []string
}

// group is one consumer group.
type group struct {
	last      streamid.ID // delivered
	pending   map[streamid.ID]pending
	consumers map[string]time.Time // when each was last seen
}

type pending struct {
	consumer  string
	delivered time.Time
	count     int
}

// clone copies everything.
func (d *data) clone() *data {
	c := newData()
	for key, s := range d.streams {
		copied := &stream{entries: slices.Clone(s.entries), last: s.last, groups: map[string]*group{}}
		for name, g := range s.groups {
			copied.groups[name] = &group{last: g.last, pending: maps.Clone(g.pending), consumers: maps.Clone(g.consumers)}
		}
		c.streams[key] = copied
	}
	for key, h := range d.hashes {
		c.hashes[key] = maps.Clone(h)
	}
	for key, z := range d.sets {
		c.sets[key] = maps.Clone(z)
	}
	c.strings, c.expires = maps.Clone(d.strings), maps.Clone(d.expires)
	return c
}

func (d *data) remove(key string) bool {
	there := d.kind(key) != ""
	delete(d.streams, key)
	delete(d.hashes, key)
	delete(d.sets, key)
	delete(d.strings, key)
	delete(d.expires, key)
	return there
}

func (d *data) kind(key string) string {
	switch {
	case d.streams[key] != nil:
		return "stream"
	case d.hashes[key] != nil:
		return "hash"
	case d.sets[key] != nil:
		return "zset"
	}
	if _, ok := d.strings[key]; ok {
		return "string"
	}
	return ""
}

var errWrongType = errors.New("WRONGTYPE Operation against a key holding the wrong kind of value")

// typed returns an error when the key holds something else.
func (d *data) typed(key, kind string, now time.Time) error {
	if at, ok := d.expires[key]; ok && !now.Before(at) {
		d.remove(key)
	}
	if is := d.kind(key); is != "" && is != kind {
		return errWrongType
	}
	return nil
}

// find returns where the entry with an id is, or would be.
func (s *stream) find(id streamid.ID) (int, bool) {
	return slices.BinarySearchFunc(s.entries, id, func(e entry, id streamid.ID) int { return compare(e.id, id) })
}

func compare(a, b streamid.ID) int {
	switch {
	case a.After(b):
		return 1
	case b.After(a):
		return -1
	}
	return 0
}

// ids returns the pending ids in their order, those of one consumer when that is not "".
func (g *group) ids(consumer string) (ids []streamid.ID) {
	for id, p := range g.pending {
		if consumer == "" || p.consumer == consumer {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, compare)
	return ids
}

// members returns those of a sorted set with scores from min to max, in its order.
func members(set map[string]float64, inRange func(score float64) bool) (names []string) {
	for name, score := range set {
		if inRange(score) {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		switch {
		case set[a] < set[b]:
			return -1
		case set[a] > set[b]:
			return 1
		case a < b:
			return -1
		}
		return 1
	})
	return names
}
