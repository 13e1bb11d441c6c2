package consumer

import (
	"runtime"
	"testing"
	"time"

	"envelog/record"
	"envelog/transport"
)

// lookingDecoder notes how many calls of Receive had begun when it decoded its first entry.
type lookingDecoder struct {
	fakeDecoder
	receiver *fakeReceiver
	calls    int
}

func (d *lookingDecoder) Decode(e *transport.Entry, r *record.Record) error {
	d.receiver.mu.Lock()
	defer d.receiver.mu.Unlock()
	if d.calls == 0 {
		d.calls = len(d.receiver.asked)
	}
	return d.fakeDecoder.Decode(e, r)
}

// A system call and the reply of a server take longer than decoding does. Where goroutines share one CPU their order is seen; it may be
// another one now and then, when the runtime has interrupted the loop.
func TestALoneEntryIsDecodedBeforeTheNextReadBegins(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const runs = 40
	before := 0
	for range runs {
		r := newReceiver(t, "app:1")
		d := &lookingDecoder{receiver: r}
		g := build(t, func(c *Config) {
			c.Sources[0].Pipeline.Decoder, c.StopWhenEmpty, c.Sleep = d, true, time.Millisecond
		}, r)
		if err := g.consumer.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.settled()
		if d.calls == 1 {
			before++
		}
	}
	if before < runs/2 {
		t.Errorf("of %d entries %d were decoded before the next read", runs, before)
	}
}
