package consumer

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"envelog/record"
	"envelog/transport"
	"envelog/transport/streamid"
)

// witness is an Observer that adds up what it is told, by the words of the test.
type witness struct {
	mu   sync.Mutex
	told map[string]int
}

func (w *witness) add(what string, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n > 0 {
		w.told[what] += n
	}
}

func (w *witness) Received(n int)   { w.add("received", n) }
func (w *witness) Recognized(n int) { w.add("recognized", n) }
func (w *witness) Ignored(n int)    { w.add("ignored", n) }
func (w *witness) Left(n int)       { w.add("left", n) }

func (w *witness) Failed(f Failure, o Outcome) {
	w.add(fmt.Sprintf("failed, outcome %d, passing %v", o, f.Passing), 1)
}

func (w *witness) Written(lines []Lines) {
	for _, l := range lines {
		w.add(fmt.Sprintf("written to %s", l.Channel), l.Count)
		w.add("bytes", l.Bytes)
	}
}

func TestAnObserverIsToldWhatBecomesOfEachEntry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t, "poison retried", "app:1", "poison parked", "poison kept", "poison left", "poison ignored", "db:2")
		seen := &witness{told: map[string]int{}}
		g := build(t, func(c *Config) {
			c.FetchSize, c.Limit = 10, 7
			c.Sources[0].Observer = seen
		}, r)
		g.failures.receiver = r
		g.failures.outcomes = map[string]Outcome{
			"poison retried": Retried, "poison parked": Parked, "poison left": Left, "poison ignored": Ignored, "db:2": Retried,
		}
		g.sink.apart["db"] = errors.New("permission denied")
		if err := g.consumer.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := map[string]int{
			"received":                         7,
			"written to app":                   1,
			"bytes":                            2,
			"failed, outcome 1, passing false": 1,
			"failed, outcome 1, passing true":  1,
			"failed, outcome 2, passing false": 1,
			"failed, outcome 3, passing false": 1,
			"left":                             1,
			"ignored":                          1,
		}
		if diff := cmp.Diff(want, seen.told); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
	})
}

func TestLinesThatHaveAllInCommonAreToldTogether(t *testing.T) {
	p := new(portion)
	var all []staged
	line := func(ms uint64, channel string, level record.Level) {
		p.entries = append(p.entries, transport.Entry{Number: streamid.ID{MS: ms, Seq: 1}})
		p.channels = append(p.channels, channel...)
		all = append(all, staged{p, len(p.outcomes)})
		p.outcomes = append(p.outcomes, outcome{channel: len(p.channels), line: 10 * len(all), level: level})
	}
	line(5, "app", record.Info)
	line(5, "app", record.Info)
	line(6, "app", record.Info)
	line(6, "app", record.Error)
	line(6, "db", record.Error)
	line(6, "app", record.Error)
	got := summarize(nil, all)
	want := []Lines{
		{[]byte("app"), record.Info, 5, 2, 20}, {[]byte("app"), record.Info, 6, 1, 10},
		{[]byte("app"), record.Error, 6, 1, 10}, {[]byte("db"), record.Error, 6, 1, 10}, {[]byte("app"), record.Error, 6, 1, 10},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}
