package consumer

import (
	"fmt"
	"slices"
	"time"
)

// keepalive tells the receivers at every tick which entries are still in flight: being handled, waiting for a sink that
// fails, or read ahead and waiting for their turn.
func (r *run) keepalive() {
	ticks := time.NewTicker(r.Keepalive)
	defer ticks.Stop()
	for {
		select {
		case <-ticks.C:
		case <-r.work.Done():
			return
		}
		for _, f := range r.fetchers {
			r.keepAlive(f)
		}
	}
}

func (r *run) keepAlive(f *fetcher) {
	ids := f.heldIDs()
	if len(ids) == 0 {
		return
	}
	r.Log.Debug("Sending keepalive request.", "transport", f.Name, "entries", len(ids))
	if err := f.Receiver.(Keepaliver).Keepalive(r.work, ids); err != nil && r.work.Err() == nil && !f.waits() {
		r.Log.Warn(fmt.Sprintf("Keepalive request failed: %v", err), "transport", f.Name)
	}
}

// heldIDs returns copies of the ids of all entries that are not released.
func (f *fetcher) heldIDs() (ids [][]byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, batch := range f.held {
		for i := range batch.Entries {
			ids = append(ids, slices.Clone(batch.Entries[i].ID))
		}
	}
	return ids
}
