package consumer

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"envelog/transport"
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

// A read that blocks may be answered late, so that the end of a limit is not to wait for those of receivers that have nothing.
func TestReceiversWithNothingHoldUpNoLimit(t *testing.T) {
	for _, has := range [][]int{{0, 50}, {50, 0}, {0, 0, 0, 50}, {50, 0, 0, 0}, {5, 0, 43, 2}, {0, 1, 0, 49}, {25, 25}} {
		for _, fetch := range []int{1, 4, 10, 1000} {
			synctest.Test(t, func(t *testing.T) {
				var receivers []*fakeReceiver
				for i, n := range has {
					receivers = append(receivers, newReceiver(t, messages(string(rune('a'+i)), n)...))
				}
				g := build(t, func(c *Config) { c.Limit, c.FetchSize = 50, fetch }, receivers...)
				begun := time.Now()
				if err := g.consumer.Run(t.Context()); err != nil {
					t.Fatal(err)
				}
				g.settled()
				if took := time.Since(begun); took > 0 {
					t.Errorf("receivers with %d of the limit's 50 entries, fetched by %d, waited %v for each other", has, fetch, took)
				}
				for i, r := range receivers {
					if len(r.acked) != has[i] {
						t.Errorf("acknowledged %d of the %d entries of receiver %d", len(r.acked), has[i], i)
					}
					if most := 50 + 5; len(r.asked) > most {
						t.Errorf("receiver %d was asked %d times for what comes in 50 batches at most", i, len(r.asked))
					}
				}
			})
		}
	}
}

// slowReceiver takes a while for each answer.
type slowReceiver struct {
	*fakeReceiver
	takes time.Duration
}

func (s slowReceiver) Receive(ctx context.Context, limit int, wait time.Duration) (transport.Batch, error) {
	time.Sleep(s.takes)
	return s.fakeReceiver.Receive(ctx, limit, wait)
}

func TestASlowReceiverWithNothingIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const takes = 50 * time.Millisecond
		slow, quick := newReceiver(t), newReceiver(t, messages("quick", 100)...)
		g := build(t, func(c *Config) {
			c.Limit, c.FetchSize = 100, 10
			c.Sources[0].Receiver = slowReceiver{slow, takes}
		}, slow, quick)
		begun := time.Now()
		if err := g.consumer.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.settled()
		if took := time.Since(begun); took > 2*takes { // its first answer, and the one that has an entry of the budget in the end
			t.Errorf("ten batches took %v", took)
		}
	})
}

func TestAReceiverThatWaitsHoldsOneEntryOfALimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, c := newReceiver(t), newReceiver(t), newReceiver(t)
		g := build(t, func(c *Config) { c.Limit, c.FetchSize = 50, 10 }, a, b, c)
		g.start()
		time.Sleep(time.Second + turnTime/2)
		b.add(messages("b", 50)...)
		synctest.Wait()
		if n := len(b.ackedMessages()); n != 48 {
			t.Errorf("%d of 50 entries were handled while others wait", n)
		}
		if err := <-g.done; err != nil {
			t.Fatal(err)
		}
		g.settled()
	})
}

func TestPriorityUnderALimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		high, low := newReceiver(t), newReceiver(t, messages("low", 100)...)
		g := build(t, func(c *Config) {
			c.Sink = &orderedSink{fakeSink: c.Sink.(*fakeSink)}
			c.Limit, c.FetchSize = 60, 3
		}, high, low)
		order := g.consumer.config.Sink.(*orderedSink)
		g.sink.takes = time.Millisecond
		g.start()
		time.Sleep(2*time.Millisecond + time.Microsecond)
		synctest.Wait()
		before := low.delivered()
		high.add(messages("high", 9)...)
		if err := <-g.done; err != nil {
			t.Fatal(err)
		}
		g.settled()
		lows, _, _ := strings.Cut(strings.Join(order.channels, " "), strings.Repeat(" high", 9))
		if got := strings.Count(lows, "low"); got > before+3*readAhead || len(high.acked) != 9 {
			t.Errorf("lines came from %s; %d entries of low priority were read before those of high priority came", order.channels, before)
		}
	})
}

// stuckReceiver waits for a server that answers nothing from its second read on.
type stuckReceiver struct {
	*fakeReceiver
	reads int
}

func (s *stuckReceiver) Receive(ctx context.Context, limit int, wait time.Duration) (transport.Batch, error) {
	if s.reads++; s.reads > 1 {
		<-ctx.Done()
		return transport.Batch{}, ctx.Err()
	}
	return s.fakeReceiver.Receive(ctx, limit, wait)
}

func TestAStuckServerHoldsUpNoOtherReceiver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		high, low := newReceiver(t), newReceiver(t, messages("low", 3)...)
		g := build(t, func(c *Config) {
			c.Limit = 100
			c.Sources[1].Receiver = &stuckReceiver{fakeReceiver: low}
		}, high, low)
		g.start()
		time.Sleep(time.Minute)
		begun := time.Now()
		high.add(messages("high", 9)...)
		for len(high.ackedMessages()) < 9 {
			time.Sleep(time.Millisecond)
		}
		if took := time.Since(begun); took > patience {
			t.Errorf("the entries waited %v", took)
		}
		if err := g.stop(); err != nil {
			t.Fatal(err)
		}
		g.settled()
	})
}

// farReceiver answers after a while, and later still when a read has blocked for nothing, as an idle Redis server does.
type farReceiver struct {
	*fakeReceiver
	random *rand.Rand
}

func (f *farReceiver) Receive(ctx context.Context, limit int, wait time.Duration) (transport.Batch, error) {
	time.Sleep(time.Duration(f.random.Int64N(int64(3 * time.Millisecond))))
	batch, err := f.fakeReceiver.Receive(ctx, limit, wait)
	if wait > 0 && len(batch.Entries) == 0 && err == nil {
		time.Sleep(time.Duration(f.random.Int64N(int64(100 * time.Millisecond))))
	}
	return batch, err
}

// Whatever comes when, a limit is exact, its last entry does not wait, and no receiver is asked again and again for nothing.
func TestLimitsOfReceiversAtRandom(t *testing.T) {
	for seed := range uint64(300) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			var receivers []*fakeReceiver
			for range 2 + random.IntN(3) {
				receivers = append(receivers, newReceiver(t))
			}
			limit := 1 + random.IntN(60)
			g := build(t, func(c *Config) {
				c.Limit, c.FetchSize = limit, []int{1, 3, 10, 100}[random.IntN(4)]
				for i := range c.Sources {
					c.Sources[i].Receiver = &farReceiver{receivers[i], rand.New(rand.NewPCG(seed, uint64(2+i)))}
				}
			}, receivers...)
			g.sink.takes = time.Duration(random.IntN(5)) * time.Millisecond
			begun := time.Now()
			g.start()
			for left := limit; left > 0; {
				n := 1 + random.IntN(left)
				receivers[random.IntN(len(receivers))].add(messages("app", n)...)
				left -= n
				time.Sleep(time.Duration(random.IntN(1+random.IntN(300))) * time.Millisecond)
			}
			last := time.Now()
			if err := <-g.done; err != nil {
				t.Fatal(err)
			}
			g.settled()
			delivered, asked := 0, 0
			for _, r := range receivers {
				delivered, asked = delivered+r.delivered(), asked+len(r.asked)
			}
			if delivered != limit {
				t.Errorf("seed %d: %d entries under a limit of %d", seed, delivered, limit)
			}
			if waited := time.Since(last); waited > time.Second {
				t.Errorf("seed %d: the last of %d entries waited %v", seed, limit, waited)
			}
			batches, turns := int(g.consumer.Stats().Batches), int(time.Since(begun)/turnTime)
			if most := len(receivers) * (2*batches + turns + 3); asked > most {
				t.Errorf("seed %d: %d reads of %d receivers for %d batches in %v", seed, asked, len(receivers), batches, time.Since(begun))
			}
		})
	}
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
