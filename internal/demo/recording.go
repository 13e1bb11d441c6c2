package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"envelog/consumer"
	"envelog/fixtures"
	"envelog/transport"
)

// recording is a receiver that hands out recorded messages, as a transport of Redis would.
type recording struct{ entries []transport.Entry }

func newRecording(cases []fixtures.Case) *recording {
	r := new(recording)
	for i, c := range cases {
		r.entries = append(r.entries, transport.Entry{ID: fmt.Appendf(nil, "%d-0", i+1), Message: c.Field})
	}
	return r
}

// Receive implements [consumer.Receiver].
func (r *recording) Receive(ctx context.Context, limit int, wait time.Duration) (transport.Batch, error) {
	if len(r.entries) == 0 {
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
		return transport.Batch{}, ctx.Err()
	}
	n := min(limit, len(r.entries))
	batch := transport.Batch{Entries: r.entries[:n]}
	r.entries = r.entries[n:]
	return batch, nil
}

// Ack implements [consumer.Receiver].
func (*recording) Ack(context.Context, [][]byte) error { return nil }

// Flush implements [consumer.Receiver].
func (*recording) Flush(context.Context) error { return nil }

// noFailures takes no message: each of the recorded ones becomes a line.
type noFailures struct{}

// Handle implements [consumer.Failures].
func (noFailures) Handle(_ context.Context, e *transport.Entry, f consumer.Failure) (consumer.Outcome, error) {
	return consumer.Left, errors.Join(fmt.Errorf("recorded message %s", e.ID), f.Err)
}
