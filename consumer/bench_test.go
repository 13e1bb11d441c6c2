package consumer

import (
	"context"
	"fmt"
	"testing"
	"time"

	"envelog/transport"
)

// BenchmarkLoop measures what the loop itself costs a message: all rooms are empty.
func BenchmarkLoop(b *testing.B) {
	for _, fetch := range []int{1, 100, 1000} {
		b.Run(fmt.Sprintf("fetch=%d", fetch), func(b *testing.B) {
			c, err := New(Config{
				Sources: []Source{{Receiver: newEndless(fetch), Pipeline: fakePipeline(), Failures: &fakeFailures{}}},
				Sink:    emptySink{}, FetchSize: fetch, Sleep: time.Second, Limit: b.N,
			})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.ResetTimer()
			if err := c.Run(b.Context()); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// endless hands out the same entries again and again.
type endless struct{ entries []transport.Entry }

func newEndless(n int) *endless {
	e := &endless{}
	for i := range n {
		id := fmt.Appendf(nil, "17-%d", i)
		e.entries = append(e.entries, transport.Entry{ID: id, Message: []byte("app:message")})
	}
	return e
}

func (e *endless) Receive(_ context.Context, limit int, _ time.Duration) (transport.Batch, error) {
	return transport.Batch{Entries: e.entries[:limit]}, nil
}

func (e *endless) Ack(context.Context, [][]byte) error { return nil }
func (e *endless) Flush(context.Context) error         { return nil }

type emptySink struct{}

func (emptySink) Written(int, *transport.Entry) bool                     { return false }
func (emptySink) Stage(int, *transport.Entry, []byte, time.Time, []byte) {}
func (emptySink) Commit() error                                          { return nil }
func (emptySink) Drop()                                                  {}
