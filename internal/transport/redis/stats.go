package redis

import "sync/atomic"

// Stats counts what a receiver has done since it was made.
type Stats struct {
	Delivered  uint64 // entries handed out
	Bytes      uint64 // of the replies that carried them
	Acked      uint64 // entries that Redis confirmed as acknowledged
	Unknown    uint64 // acknowledged entries that Redis no longer had as pending
	Trimmed    uint64 // pending entries that were trimmed or deleted before they could be read
	Claimed    uint64 // of those delivered, claimed from other consumers
	Moved      uint64 // delayed messages moved to the stream
	Reconnects uint64 // connections of the reading side after the first
}

// counters is Stats while it grows.
type counters struct {
	delivered, bytes, acked, unknown, trimmed, claimed, moved, connects atomic.Uint64
}

func (c *counters) stats() Stats {
	return Stats{
		Delivered: c.delivered.Load(), Bytes: c.bytes.Load(), Acked: c.acked.Load(), Unknown: c.unknown.Load(),
		Trimmed: c.trimmed.Load(), Claimed: c.claimed.Load(), Moved: c.moved.Load(),
		Reconnects: max(c.connects.Load(), 1) - 1,
	}
}
