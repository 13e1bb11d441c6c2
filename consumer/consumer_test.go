package consumer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"envelog/internal/loglevel"
	"envelog/transport"

	"github.com/google/go-cmp/cmp"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a Consumer among fakes.
type rig struct {
	t         *testing.T
	receivers []*fakeReceiver
	sink      *fakeSink
	failures  *fakeFailures
	log       *logBook
	consumer  *Consumer
	cancel    context.CancelFunc
	done      chan error
}

// build makes a rig of receivers called a, b, c ...; change may be nil.
func build(t *testing.T, change func(*Config), receivers ...*fakeReceiver) *rig {
	t.Helper()
	g := &rig{t: t, receivers: receivers, sink: newSink(), failures: &fakeFailures{}, log: &logBook{}}
	config := Config{
		Sink: g.sink, Log: slog.New(g.log),
		FetchSize: 3, Sleep: time.Hour,
	}
	for i, r := range receivers {
		name := string(rune('a' + i))
		config.Sources = append(config.Sources, Source{Name: name, Receiver: r, Pipeline: fakePipeline(), Failures: g.failures})
	}
	if change != nil {
		change(&config)
	}
	c, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	g.consumer = c
	return g
}

func (g *rig) start() {
	ctx, cancel := context.WithCancel(g.t.Context())
	g.cancel, g.done = cancel, make(chan error, 1)
	go func() { g.done <- g.consumer.Run(ctx) }()
}

// stop cancels the run and returns what it returned.
func (g *rig) stop() error {
	g.cancel()
	return <-g.done
}

// settled checks what holds whenever Run has returned.
func (g *rig) settled() {
	g.t.Helper()
	s := g.consumer.Stats()
	if s.Received != s.Handled+s.Retried+s.Parked+s.Rejected+s.Ignored+s.Repeated+s.Left {
		g.t.Errorf("an entry has no end: %+v", s)
	}
	pending := 0
	for _, r := range g.receivers {
		pending += len(r.pending)
		if r.alive != 0 {
			g.t.Errorf("%d batches were not released", r.alive)
		}
		if r.flushed != len(r.acked) && r.failAck == nil {
			g.t.Errorf("%d of %d acknowledgements confirmed", r.flushed, len(r.acked))
		}
	}
	if pending != int(s.Left) {
		g.t.Errorf("%d entries are pending, counted are %d", pending, s.Left)
	}
}

func (g *rig) wantStats(want Stats) {
	g.t.Helper()
	if diff := cmp.Diff(want, g.consumer.Stats()); diff != "" {
		g.t.Errorf("stats (-want +got):\n%s", diff)
	}
}

// messages returns channel:1, channel:2, ... channel:n.
func messages(channel string, n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("%s:%d", channel, i+1))
	}
	return all
}

func TestEntriesBecomeLinesAndAreAcknowledged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := build(t, nil, newReceiver(t, messages("app", 7)...))
		g.start()
		synctest.Wait()
		if err := g.stop(); err != nil {
			t.Fatal(err)
		}
		g.settled()
		g.wantStats(Stats{Received: 7, Handled: 7, Batches: 3, Bytes: 14})
		if got := g.sink.file("app"); got != "1\n2\n3\n4\n5\n6\n7\n" {
			t.Errorf("file has %q", got)
		}
		if diff := cmp.Diff(messages("app", 7), g.receivers[0].acked); diff != "" {
			t.Errorf("acknowledged (-want +got):\n%s", diff)
		}
	})
}

func TestAnEntryIsHandledWhenItArrivesHoweverLongTheSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := build(t, nil, newReceiver(t))
		g.start()
		time.Sleep(90 * time.Minute) // in the middle of the second read
		g.receivers[0].add("app:late")
		synctest.Wait()
		if got := g.sink.file("app"); got != "late\n" {
			t.Errorf("file has %q", got)
		}
		if err := g.stop(); err != nil {
			t.Error(err)
		}
		g.settled()
	})
}

func TestPoisonIsKeptAndItsNeighboursAreDelivered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := build(t, func(c *Config) { c.FetchSize = 10; c.Limit = 4 },
			newReceiver(t, "app:1", "poison", "app:2", "poison too"))
		if err := g.consumer.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.settled()
		g.wantStats(Stats{Received: 4, Handled: 2, Rejected: 2, Failed: 2, Batches: 1, Bytes: 4})
		if diff := cmp.Diff([]string{"poison: not an envelope", "poison too: not an envelope"}, g.failures.kept); diff != "" {
			t.Errorf("kept (-want +got):\n%s", diff)
		}
	})
}

func TestWhatWasWrittenBeforeIsAcknowledgedOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := build(t, func(c *Config) { c.FetchSize, c.Limit = 10, 4 }, newReceiver(t),
			newReceiver(t, "app:1", "app:2", "poison", "app:3"))
		g.sink.before = map[string]bool{"app:1": true, "poison": true}
		if err := g.consumer.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.settled()
		g.wantStats(Stats{Received: 4, Handled: 2, Repeated: 2, Batches: 1, Bytes: 4})
		if got := g.sink.file("app"); got != "2\n3\n" {
			t.Errorf("file has %q", got)
		}
		if diff := cmp.Diff([]int{1, 1}, g.sink.sources); diff != "" {
			t.Errorf("sources of what was staged (-want +got):\n%s", diff)
		}
	})
}

func TestWhatAnotherProcessHasInFlightStaysPending(t *testing.T) {
	for _, broken := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			g := build(t, func(c *Config) { c.FetchSize = 10 }, newReceiver(t, "app:1", "app:2", "db:3"))
			g.sink.held["app:2"] = true
			if broken {
				g.sink.set("db", errors.New("no space left on device"))
			}
			g.start()
			time.Sleep(time.Second)
			g.sink.set("db", nil)
			time.Sleep(time.Minute)
			if err := g.stop(); err != nil {
				t.Fatal(err)
			}
			g.settled()
			if diff := cmp.Diff([]string{"171-0"}, g.receivers[0].left); diff != "" {
				t.Errorf("left (-want +got):\n%s", diff)
			}
			g.wantStats(Stats{Received: 3, Handled: 2, Left: 1, Batches: 1, Bytes: 4})
			if got := g.sink.file("app"); got != "1\n" {
				t.Errorf("file has %q", got)
			}
		})
	}
}

func TestWhatCannotBeKeptStaysPendingAndIsSaidOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := build(t, func(c *Config) { c.Limit = 5 }, newReceiver(t, "poison", "app:1", "poison", "poison", "app:2"))
		g.failures.err = errors.New("bounded, and full")
		if err := g.consumer.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.settled()
		g.wantStats(Stats{Received: 5, Handled: 2, Left: 3, Failed: 3, Batches: 2, Bytes: 4})
		if n := strings.Count(g.log.text(), "ERROR Cannot retry, park or keep messages that failed; they stay pending"); n != 1 {
			t.Errorf("said %d times:\n%s", n, g.log.text())
		}
	})
}

func TestTheBatchesInFlightAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t, messages("app", 100)...)
		g := build(t, nil, r)
		g.sink.entered, g.sink.proceed = make(chan struct{}), make(chan struct{})
		g.start()
		<-g.sink.entered
		synctest.Wait()
		if len(r.pending) != 3*MaxBatches {
			t.Errorf("while a commit lasts, %d entries are delivered, want %d batches of 3", len(r.pending), MaxBatches)
		}
		g.cancel()
		go g.sink.hurry()
		g.sink.proceed <- struct{}{}
		if err := <-g.done; err != nil {
			t.Fatal(err)
		}
		close(g.sink.entered)
		g.settled()
		if s := g.consumer.Stats(); s.Handled != 3*MaxBatches || s.Left != 0 {
			t.Errorf("after the stop: %+v", s)
		}
	})
}

func TestWhatIsPreparedDuringACommitIsCommittedTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := newReceiver(t, messages("a", 3)...), newReceiver(t)
		g := build(t, nil, a, b)
		g.sink.entered, g.sink.proceed = make(chan struct{}), make(chan struct{})
		g.start()
		<-g.sink.entered
		a.add(messages("a", 3)...)
		synctest.Wait()
		b.add("b:1")
		synctest.Wait()
		go g.sink.hurry()
		g.sink.proceed <- struct{}{}
		synctest.Wait()
		if err := g.stop(); err != nil {
			t.Fatal(err)
		}
		close(g.sink.entered)
		g.settled()
		if diff := cmp.Diff([]int{3, 4}, g.sink.sizes); diff != "" {
			t.Errorf("lines per commit, of both receivers (-want +got):\n%s", diff)
		}
	})
}

func TestLargeBatchesAreCommittedEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := build(t, func(c *Config) { c.FetchSize, c.Limit, c.CommitBytes = 10, 10, 8 },
			newReceiver(t, messages("app", 10)...))
		if err := g.consumer.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.settled()
		if diff := cmp.Diff([]int{4, 4, 2}, g.sink.sizes); diff != "" {
			t.Errorf("lines per commit (-want +got):\n%s", diff)
		}
	})
}

func TestPriority(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		high, low := newReceiver(t, messages("high", 9)...), newReceiver(t, messages("low", 6)...)
		g := build(t, func(c *Config) { c.Sink = &orderedSink{fakeSink: c.Sink.(*fakeSink)} }, high, low)
		order := g.consumer.config.Sink.(*orderedSink)
		g.start()
		synctest.Wait()
		time.Sleep(time.Second)
		high.add("high:10")
		synctest.Wait()
		if err := g.stop(); err != nil {
			t.Fatal(err)
		}
		g.settled()
		want := strings.Repeat("high ", 9) + strings.Repeat("low ", 6) + "high"
		if got := strings.Join(order.channels, " "); got != want {
			t.Errorf("lines came from %s, want %s", got, want)
		}
	})
}

// orderedSink records the channels of lines in their order.
type orderedSink struct {
	*fakeSink
	channels []string
}

func (s *orderedSink) Stage(source int, e *transport.Entry, channel []byte, at time.Time, line []byte) {
	s.channels = append(s.channels, string(channel))
	s.fakeSink.Stage(source, e, channel, at, line)
}

func TestOneReceiverFailsForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wrong := errors.New("NOPERM")
		broken, sound := newReceiver(t), newReceiver(t, "app:1")
		g := build(t, nil, broken, sound)
		g.start()
		synctest.Wait()
		broken.mu.Lock()
		broken.fail = wrong
		broken.mu.Unlock()
		broken.add()
		err := <-g.done
		if !errors.Is(err, wrong) || !strings.Contains(err.Error(), `receive from transport "a"`) {
			t.Errorf("Run returned %v", err)
		}
		g.settled()
		g.wantStats(Stats{Received: 1, Handled: 1, Batches: 1, Bytes: 2})
	})
}

func TestAcknowledgingFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wrong := errors.New("NOPERM")
		r := newReceiver(t, messages("app", 100)...)
		r.failAck = wrong
		g := build(t, nil, r)
		g.start()
		if err := <-g.done; !errors.Is(err, wrong) {
			t.Errorf("Run returned %v", err)
		}
		g.settled()
		if len(g.sink.sizes) != 1 {
			t.Errorf("after a commit that could not be acknowledged there were others: %d lines", g.sink.sizes)
		}
	})
}

func TestKeepaliveTouchesWhatIsInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t, messages("app", 5)...)
		g := build(t, func(c *Config) { c.Keepalive = 5 * time.Second }, r)
		g.sink.set("*", errors.New("no space left on device"))
		g.start()
		time.Sleep(12 * time.Second) // the next try is at 16.3 s
		g.sink.set("*", nil)
		time.Sleep(time.Minute)
		if err := g.stop(); err != nil {
			t.Fatal(err)
		}
		g.settled()
		ids := []string{"170-0", "171-0", "172-0", "173-0", "174-0"}
		if diff := cmp.Diff(slices.Concat(ids, ids, ids), r.touched); diff != "" {
			t.Errorf("kept alive (-want +got):\n%s", diff)
		}
	})
}

func TestMessagesAreNarratedWhenAskedFor(t *testing.T) {
	for _, level := range []slog.Level{slog.LevelInfo, loglevel.Notice} {
		synctest.Test(t, func(t *testing.T) {
			g := build(t, func(c *Config) { c.Limit = 1 }, newReceiver(t, "app:1"))
			g.log.level = level
			if err := g.consumer.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			want := ""
			if level == slog.LevelInfo {
				want = `INFO Received message App\LogMessage
INFO App\LogMessage was handled successfully (acknowledging to transport).
INFO Stopping worker.
INFO Worker stopped due to maximum count of 1 messages processed`
			}
			if diff := cmp.Diff(want, g.log.text()); diff != "" {
				t.Errorf("log at %v (-want +got):\n%s", level, diff)
			}
		})
	}
}

func TestNewTellsAllThatIsWrong(t *testing.T) {
	_, err := New(Config{
		Sources:     []Source{{Name: "a"}, {Name: "a", Receiver: struct{ Receiver }{}, Pipeline: fakePipeline()}},
		Keepalive:   time.Second,
		Limit:       -1,
		CommitBytes: -2,
		TimeLimit:   -time.Second,
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`source "a" is there twice`, `source "a" has no Receiver`, `source "a" has no Pipeline`,
		`source "a" cannot be kept alive`, "Sink is missing", `source "a" has no Failures`,
		"FetchSize is 0", "Limit is -1", "CommitBytes is -2", "TimeLimit is -1s",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error does not say %q:\n%v", want, err)
		}
	}
}
