package consumer

import "sync/atomic"

// Stats counts what a [Consumer] has done since it was made. When Run has returned,
// Received = Handled + Rejected + Repeated + Left.
type Stats struct {
	Received uint64 // entries that receivers handed out
	Handled  uint64 // entries whose line was written, and that were acknowledged
	Rejected uint64 // entries that could not be decoded, were kept in Rejects, and acknowledged
	Repeated uint64 // entries whose line had been written when they were handed out before; they were acknowledged
	Left     uint64 // entries that stay pending
	Failed   uint64 // entries that could not be decoded, whether kept or left
	Batches  uint64 // batches with at least one entry
	Bytes    uint64 // bytes of the lines of Handled
}

// counters are Stats that can be read while they grow.
type counters struct {
	received, handled, rejected, repeated, left, failed, batches, bytes atomic.Uint64
}

func (c *counters) snapshot() Stats {
	return Stats{
		Received: c.received.Load(),
		Handled:  c.handled.Load(),
		Rejected: c.rejected.Load(),
		Repeated: c.repeated.Load(),
		Left:     c.left.Load(),
		Failed:   c.failed.Load(),
		Batches:  c.batches.Load(),
		Bytes:    c.bytes.Load(),
	}
}
