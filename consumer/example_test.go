package consumer_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"envelog/consumer"
	"envelog/decoder"
	"envelog/fixtures"
	"envelog/format"
	"envelog/transport"
)

// recordings is a transport of its own: it hands out messages that real PHP stored.
type recordings struct {
	cases []fixtures.Case
	acked int
}

func (r *recordings) Receive(_ context.Context, limit int, _ time.Duration) (transport.Batch, error) {
	var batch transport.Batch
	for i, c := range r.cases[:min(limit, len(r.cases))] {
		batch.Entries = append(batch.Entries, transport.Entry{ID: fmt.Appendf(nil, "%d-0", i+1), Message: c.Field})
	}
	r.cases = r.cases[len(batch.Entries):]
	return batch, nil
}

func (r *recordings) Ack(_ context.Context, ids [][]byte) error {
	r.acked += len(ids)
	return nil
}

func (r *recordings) Flush(context.Context) error { return nil }

// terminal is a sink without files: its lines are as safe as standard output is.
type terminal struct{ staged []byte }

func (s *terminal) Written(int, *transport.Entry) bool { return false }

func (s *terminal) Stage(_ int, _ *transport.Entry, _ []byte, _ time.Time, line []byte) {
	s.staged = append(s.staged, line...)
}

func (s *terminal) Commit() error {
	n, err := os.Stdout.Write(s.staged)
	s.staged = s.staged[n:]
	return err
}

func (s *terminal) Drop() {}

// leave leaves what cannot become a line on the transport, for whoever can read it.
type leave struct{}

func (leave) Handle(context.Context, *transport.Entry, consumer.Failure) (consumer.Outcome, error) {
	return consumer.Left, nil
}

// A program that has its own transport, or its own place for lines, implements Receiver or Sink, and leaves the loop to a
// Consumer: order, batches, limits, acknowledgements and the stop.
func Example() {
	cases, err := fixtures.Load("trixie")
	if err != nil {
		panic(err)
	}
	source := new(recordings)
	for _, c := range cases {
		if c.Name == "typical-small" {
			source.cases = append(source.cases, c)
		}
	}
	d, err := decoder.New(decoder.Options{Serializer: decoder.PHP})
	if err != nil {
		panic(err)
	}
	f, err := format.New("logfmt", format.Options{})
	if err != nil {
		panic(err)
	}
	c, err := consumer.New(consumer.Config{
		Sources: []consumer.Source{{
			Name: "async_logging", Receiver: source, Failures: leave{}, Pipeline: &consumer.Pipeline{Decoder: d, Formatter: f},
		}},
		Sink: new(terminal), FetchSize: 100, StopWhenEmpty: true,
	})
	if err != nil {
		panic(err)
	}
	if err := c.Run(context.Background()); err != nil {
		panic(err)
	}
	fmt.Println("acknowledged:", source.acked)
	// Output:
	// ts=2026-11-23T08:49:34.841400+00:00 level=info channel=security msg="User logged in" user=ada@example.org ip=192.0.2.17 remember_me=true firewall=main session=f3a9c1 locale=fr_FR method=password attempts=1
	// acknowledged: 1
}
