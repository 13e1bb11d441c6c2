package consumer

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestLimitIsExactAndLeavesNothingPending(t *testing.T) {
	for _, tc := range []struct {
		name              string
		limit, fetch, has int
	}{
		{"one of many", 1, 1000, 50},
		{"less than a batch", 5, 10, 50},
		{"exactly one batch", 10, 10, 50},
		{"batch and a bit", 11, 10, 50},
		{"two batches", 20, 10, 50},
		{"single entries", 7, 1, 50},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newReceiver(t, messages("app", tc.has)...)
				g := build(t, func(c *Config) { c.Limit, c.FetchSize = tc.limit, tc.fetch }, r)
				if err := g.consumer.Run(t.Context()); err != nil {
					t.Fatal(err)
				}
				g.settled()
				if len(r.acked) != tc.limit || len(r.waiting) != tc.has-tc.limit {
					t.Errorf("acknowledged %d, left on the stream %d", len(r.acked), len(r.waiting))
				}
				want := fmt.Sprintf("Worker stopped due to maximum count of %d messages processed", tc.limit)
				if !strings.Contains(g.log.text(), want) {
					t.Errorf("log lacks %q:\n%s", want, g.log.text())
				}
			})
		})
	}
}

func TestLimitIsSharedByReceivers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, c := newReceiver(t, messages("a", 2)...), newReceiver(t), newReceiver(t, messages("c", 50)...)
		g := build(t, func(c *Config) { c.Limit, c.FetchSize = 10, 4 }, a, b, c)
		begun := time.Now()
		if err := g.consumer.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.settled()
		if len(a.acked) != 2 || len(c.acked) != 8 {
			t.Errorf("acknowledged %d of a and %d of c", len(a.acked), len(c.acked))
		}
		if took := time.Since(begun); took > time.Second {
			t.Errorf("receivers waited %v for each other", took)
		}
	})
}

func TestTheLastOfALimitComesFromWhoeverHasIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := newReceiver(t), newReceiver(t)
		g := build(t, func(c *Config) { c.Limit = 1 }, a, b)
		g.start()
		time.Sleep(10 * time.Minute)
		begun := time.Now()
		b.add("b:1", "b:2")
		if err := <-g.done; err != nil {
			t.Fatal(err)
		}
		g.settled()
		if took := time.Since(begun); took > 2*turnTime {
			t.Errorf("the entry waited %v", took)
		}
		if len(b.acked) != 1 || len(b.waiting) != 1 {
			t.Errorf("acknowledged %d, left on the stream %d", len(b.acked), len(b.waiting))
		}
	})
}

func TestRejectedEntriesCountForTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := build(t, func(c *Config) { c.Limit = 2 }, newReceiver(t, "poison", "app:1", "app:2"))
		if err := g.consumer.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.settled()
		g.wantStats(Stats{Received: 2, Handled: 1, Rejected: 1, Failed: 1, Batches: 1, Bytes: 2})
	})
}

func TestFailureLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t, append([]string{"app:1", "poison", "app:2", "app:3", "poison"}, messages("app", 100)...)...)
		g := build(t, func(c *Config) { c.FailureLimit = 2 }, r)
		if err := g.consumer.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.settled()
		// Two batches of three, and perhaps those that are in flight meanwhile.
		if len(r.acked) < 5 || len(r.acked) > 3*(2+MaxBatches) {
			t.Errorf("acknowledged %q", r.acked)
		}
		if want := "Worker stopped due to limit of 2 failed message(s) is reached"; !strings.Contains(g.log.text(), want) {
			t.Errorf("log lacks %q:\n%s", want, g.log.text())
		}
	})
}

func TestMemoryLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		used := uint64(100)
		r := newReceiver(t, messages("app", 4)...)
		g := build(t, func(c *Config) {
			c.MemoryLimit, c.Sleep = 120, time.Second
			c.Memory = func() uint64 { used += 10; return used }
		}, r)
		if err := g.consumer.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.settled()
		want := "Worker stopped due to memory limit of 120 bytes exceeded (130 bytes used)"
		if !strings.Contains(g.log.text(), want) {
			t.Errorf("log lacks %q:\n%s", want, g.log.text())
		}
	})
}

func TestRuntimeMemoryIsPlausible(t *testing.T) {
	if m := runtimeMemory(); m < 1<<20 || m > 1<<40 {
		t.Errorf("the runtime holds %d bytes", m)
	}
}

func TestTimeLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := build(t, func(c *Config) { c.TimeLimit = 1500 * time.Second }, newReceiver(t, "app:1"))
		begun := time.Now()
		if err := g.consumer.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.settled()
		if took := time.Since(begun); took != 1500*time.Second {
			t.Errorf("ran for %v", took)
		}
		want := "INFO Stopping worker.\nINFO Worker stopped due to time limit of 1500s exceeded"
		if !strings.HasSuffix(g.log.text(), want) {
			t.Errorf("log lacks %q:\n%s", want, g.log.text())
		}
	})
}

// waitingReceiver waits for its server for a while.
type waitingReceiver struct {
	*fakeReceiver
	until time.Time
}

func (w *waitingReceiver) Waiting() bool { return time.Now().Before(w.until) }

func TestStopWhenEmpty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := newReceiver(t, messages("a", 40)...), newReceiver(t, messages("b", 3)...)
		g := build(t, func(c *Config) { c.StopWhenEmpty, c.Sleep = true, time.Hour }, a, b)
		if err := g.consumer.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.settled()
		if len(a.acked)+len(b.acked) != 43 || len(a.waiting)+len(b.waiting) != 0 {
			t.Errorf("acknowledged %d and %d", len(a.acked), len(b.acked))
		}
		if want := "Worker stopped due to all transports being empty"; !strings.Contains(g.log.text(), want) {
			t.Errorf("log lacks %q:\n%s", want, g.log.text())
		}
	})
}

// What is not reached is not empty.
func TestStopWhenEmptyWaitsForAServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		r := newReceiver(t)
		g := build(t, func(c *Config) {
			c.StopWhenEmpty, c.Sleep = true, time.Second
			c.Sources[0].Receiver = &waitingReceiver{r, begun.Add(time.Minute)}
		}, r)
		if err := g.consumer.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.settled()
		if took := time.Since(begun); took < time.Minute || took > 2*time.Minute {
			t.Errorf("stopped after %v", took)
		}
	})
}
