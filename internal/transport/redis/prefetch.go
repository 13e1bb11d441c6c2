package redis

import "time"

// prefetch is the read of new entries that is sent before the Receive that hands them out: the server works on its reply
// while the one before it is on its way, and neither waits for the other to wake up.
type prefetch struct {
	next  int // limit of the Receive after this one; 0: there may be none
	count int // entries that were asked for; 0: no read is under way
	full  int // replies in a row that had all that was asked for, and nothing that did not fit
}

// fullReplies is after how many full replies in a row there is taken to be a backlog.
const fullReplies = 2

// Prefetch says that after the next Receive another one will come, with this limit: entries may be read for it.
func (r *Receiver) Prefetch(limit int) { r.prefetch.next = limit }

// mayPrefetch reports whether nothing but new entries is to be read next.
func (r *Receiver) mayPrefetch() bool {
	if r.prefetch.next == 0 || r.prefetch.full < fullReplies || r.own.open || r.isLeftDue() {
		return false
	}
	now := time.Now()
	_, expired := r.heartbeat.anyExpired()
	return !expired && now.Before(r.claims.next) && now.Before(r.delayed.next)
}

// sendAhead asks for the entries of the next Receive. Those that this one asked for are max, and it may hand out the others
// too, if its own turn out to be none.
func (r *Receiver) sendAhead(max int) error {
	if !r.mayPrefetch() {
		return nil
	}
	count := r.sizes.count(min(max, r.prefetch.next))
	if err := r.writeCommand(r.readCommand(count, 0, ">")...); err != nil {
		return err
	}
	r.prefetch.count = count
	return nil
}

// skipPrefetched throws the prefetched reply away: some entries before it did not fit, and all are read in their order
// from the pending list.
func (r *Receiver) skipPrefetched() error {
	r.prefetch.count = 0
	r.conn.Expect(0)
	a, err := r.reply(0, readStreams)
	if err == nil {
		r.arenas.put(a)
	}
	return err
}
