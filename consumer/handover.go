package consumer

import (
	"slices"
	"time"

	"envelog/transport"
)

// How far the goroutine of Run is ahead of the writer.
const (
	// mostWhole is how many portions keep the memory of their batches: two are written, and one waits.
	mostWhole = 3
	// mostPortions is how many portions wait when a disk is slow.
	mostPortions = 64
	// slowCommit is how long a commit takes at least when the disk is slow. Fewer than three portions are prepared in this time.
	slowCommit = 3 * time.Millisecond
	// bytesPerSecond is how many bytes of lines a worker prepares at most, of usual records. While a disk is slow, as many bytes may wait
	// as come during one commit, but no more than mostBytes.
	bytesPerSecond = 160 << 20
	mostBytes      = 6 << 20
	// keepWhole is for how long batches are not released early after the file of an entry could not be written while others could.
	keepWhole = time.Minute
)

// handOver gives p to the writer. While the disk is quick, few portions are under way, and this waits for the writer. While it is
// slow, more of them wait than there may be batches, so that one commit takes all that came since the last one; the memory
// of their batches goes back before they are written.
func (r *run) handOver(p *portion) {
	if p.whole = r.takeWhole(); !p.whole && !r.detach(p) {
		r.inMemory <- struct{}{}
		p.whole = true
	}
	r.usual = min(len(p.lines)+len(p.lines)/8, maxPortion)
	r.unsettled.Add(1)
	r.unstaged.Add(int64(len(p.lines)))
	r.prepared <- p
}

func (r *run) takeWhole() bool {
	select {
	case r.inMemory <- struct{}{}:
		return true
	default:
		return false
	}
}

// detach releases the batch of p, and keeps of its entries what the sink and the acknowledgement need. It does nothing and
// returns false when the messages may be needed again, or too many lines wait already.
func (r *run) detach(p *portion) bool {
	isBatch := len(p.entries) == len(p.batch.Entries)
	if !isBatch || p.failed || r.StopWhenEmpty || r.unstaged.Load() >= r.commits.allowance() || !p.fetcher.mayDetach() {
		return false // with StopWhenEmpty, nobody would wait for what is handed out again
	}
	p.copyEntries()
	p.fetcher.detach(&p.batch, p.copies)
	p.entries = p.copies
	return true
}

// copyEntries makes copies of ids and checksums.
func (p *portion) copyEntries() {
	n := 0
	for i := range p.entries {
		n += len(p.entries[i].ID)
	}
	p.ids = slices.Grow(p.ids[:0], n) // neither moves any more
	p.sums = slices.Grow(p.sums[:0], len(p.entries))
	p.copies = p.copies[:0]
	for i := range p.entries {
		e, at := &p.entries[i], len(p.ids)
		p.ids = append(p.ids, e.ID...)
		p.sums = append(p.sums, e.Checksum())
		p.copies = append(p.copies, transport.Entry{ID: p.ids[at:len(p.ids):len(p.ids)], Number: e.Key(), Stored: &p.sums[i]})
	}
}

// mayDetach reports whether batches of f may be released before they are written: its receiver hands out again what then fails, and
// nothing has failed like that just now.
func (f *fetcher) mayDetach() bool {
	_, ok := f.Receiver.(Leaver)
	return ok && time.Now().UnixNano() >= f.wholeUntil.Load()
}

// stayWhole has batches that come from now on keep their memory for some time.
func (f *fetcher) stayWhole() { f.wholeUntil.Store(time.Now().Add(keepWhole).UnixNano()) }

// detach gives the memory of a batch back. It is held still, as copies of its entries.
func (f *fetcher) detach(batch *transport.Batch, copies []transport.Entry) {
	release := batch.Release
	f.mu.Lock()
	f.held[f.find(batch)] = transport.Batch{Entries: copies}
	f.mu.Unlock()
	*batch = transport.Batch{Entries: copies, More: batch.More}
	if release != nil {
		release()
	}
}

// release gives a batch back.
func (f *fetcher) release(batch *transport.Batch) {
	f.mu.Lock()
	at := f.find(batch)
	f.held = slices.Delete(f.held, at, at+1)
	f.mu.Unlock()
	if batch.Release != nil {
		batch.Release()
	}
}

// find returns the place of a batch in held. Few come before it.
func (f *fetcher) find(batch *transport.Batch) int {
	return slices.IndexFunc(f.held, func(b transport.Batch) bool { return &b.Entries[0] == &batch.Entries[0] })
}
