package redis

import (
	"sync"
	"time"

	"envelog/transport/streamid"
)

// inflight is the ids of the entries that were handed out and whose acknowledgement Redis has not confirmed. They are on
// the consumer's pending list and must not be taken for entries that nobody has. Its order is that of handing out, which
// is that of acknowledging nearly always: adding and removing then cost a few nanoseconds.
type inflight struct {
	mu   sync.Mutex
	ids  []streamid.ID // the zero id was removed
	live int
	next int // where the next id to be removed is expected
}

func (f *inflight) add(found []found) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.compact()
	for i := range found {
		f.ids = append(f.ids, found[i].id)
	}
	f.live += len(found)
}

// compact forgets removed ids when they are most of the list.
func (f *inflight) compact() {
	if f.live > len(f.ids)/2 {
		return
	}
	kept := f.ids[:0]
	for _, id := range f.ids {
		if id != (streamid.ID{}) {
			kept = append(kept, id)
		}
	}
	f.ids, f.next = kept, 0
}

func (f *inflight) remove(ids []streamid.ID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range ids {
		f.removeOne(id)
	}
}

// lookAgain is after which time entries are handed out again that were left.
const lookAgain = 5 * time.Second

// Leave says that entries stay pending, unhandled: they are handed out again after a few seconds. It may be called at any
// time.
func (r *Receiver) Leave(ids [][]byte) {
	var left []streamid.ID
	for _, b := range ids {
		if id, err := streamid.Parse(b); err == nil { // an id that was not handed out cannot be in flight
			left = append(left, id)
		}
	}
	r.inflight.remove(left) // first: a look that begins in between would take them for entries in flight, and be the last one
	r.leftUntil.CompareAndSwap(0, time.Now().Add(lookAgain).UnixMilli())
}

func (r *Receiver) isLeftDue() bool {
	due := r.leftUntil.Load()
	return due != 0 && time.Now().UnixMilli() >= due
}

// readLeft lets the pending list be read again when it is time for what was left.
func (r *Receiver) readLeft() {
	if r.isLeftDue() {
		r.leftUntil.Store(0)
		r.own = cursor{open: true}
	}
}

func (f *inflight) removeOne(id streamid.ID) {
	n := len(f.ids)
	for i := range n {
		at := f.next + i
		if at >= n {
			at -= n
		}
		if f.ids[at] == id {
			f.ids[at] = streamid.ID{}
			f.live--
			f.next = at + 1
			return
		}
	}
}

// snapshot is the set of now, for a command that lists pending entries: it is taken before the command is sent, since an
// entry that is acknowledged meanwhile is still in the reply, and was handed out.
func (f *inflight) snapshot() map[streamid.ID]struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.live == 0 {
		return nil
	}
	set := make(map[streamid.ID]struct{}, f.live)
	for _, id := range f.ids {
		if id != (streamid.ID{}) {
			set[id] = struct{}{}
		}
	}
	return set
}
