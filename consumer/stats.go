package consumer

import "sync/atomic"

// Stats counts what a [Consumer] has done since it was made. When Run has returned,
// Received = Handled + Retried + Parked + Rejected + Ignored + Repeated + Left.
type Stats struct {
	Received uint64 // entries that receivers handed out
	Handled  uint64 // entries whose line was written, and that were acknowledged
	Retried  uint64 // entries that failed, and of which a copy was sent, to be handed out again
	Parked   uint64 // entries that failed, and of which a copy was sent to the failure transport
	Rejected uint64 // entries that failed, were kept raw, and acknowledged
	Ignored  uint64 // entries that are not for this worker, and were acknowledged
	Repeated uint64 // entries whose line had been written when they were handed out before; they were acknowledged
	Left     uint64 // entries that stay pending
	Failed   uint64 // attempts that failed, whatever became of the entry
	Batches  uint64 // batches with at least one entry
	Bytes    uint64 // bytes of the lines of Handled
}

// inFlight is how many entries were handed out and are not at any end yet.
func (c *counters) inFlight() int {
	ended := c.handled.Load() + c.retried.Load() + c.parked.Load() + c.rejected.Load() + c.ignored.Load() + c.repeated.Load() + c.left.Load()
	return int(c.received.Load() - ended) //nolint:gosec // bounded by the batches in flight
}

// counters are Stats that can be read while they grow.
type counters struct {
	received, handled, retried, parked, rejected, ignored, repeated, left, failed, batches, bytes atomic.Uint64
}

func (c *counters) snapshot() Stats {
	return Stats{
		Received: c.received.Load(),
		Handled:  c.handled.Load(),
		Retried:  c.retried.Load(),
		Parked:   c.parked.Load(),
		Rejected: c.rejected.Load(),
		Ignored:  c.ignored.Load(),
		Repeated: c.repeated.Load(),
		Left:     c.left.Load(),
		Failed:   c.failed.Load(),
		Batches:  c.batches.Load(),
		Bytes:    c.bytes.Load(),
	}
}
