package consumer

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var errFull = errors.New("no space left on device")

func TestStopWhileIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := build(t, nil, newReceiver(t), newReceiver(t))
		g.start()
		time.Sleep(time.Minute)
		begun := time.Now()
		if err := g.stop(); err != nil {
			t.Fatal(err)
		}
		g.settled()
		if took := time.Since(begun); took > 0 {
			t.Errorf("stopping took %v", took)
		}
		if got := g.log.text(); got != "INFO Stopping worker." {
			t.Errorf("log: %s", got)
		}
	})
}

func TestStopBeforeTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := build(t, nil, newReceiver(t, "app:1"))
		g.start()
		if err := g.stop(); err != nil {
			t.Fatal(err)
		}
		g.settled()
	})
}

func TestStopWhileAnAcknowledgementHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t, messages("app", 3)...)
		r.hangAck = true
		g := build(t, nil, r)
		g.start()
		synctest.Wait()
		begun := time.Now()
		err := g.stop()
		if err == nil || !strings.Contains(err.Error(), "give up 8s after the stop") {
			t.Errorf("Run returned %v", err)
		}
		if took := time.Since(begun); took != DefaultStopTimeout {
			t.Errorf("stopping took %v", took)
		}
		g.settled()
		g.wantStats(Stats{Received: 3, Left: 3, Batches: 1})
	})
}

func TestSinkFailsAndRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t, messages("app", 20)...)
		g := build(t, nil, r)
		g.sink.set("*", errFull)
		g.start()
		time.Sleep(time.Hour)
		synctest.Wait()
		if len(r.pending) != 3*MaxBatches || len(r.acked) != 0 {
			t.Errorf("while the sink fails, %d entries are delivered and %d acknowledged", len(r.pending), len(r.acked))
		}
		if g.sink.commits > 3600/5+10 {
			t.Errorf("%d commits in an hour", g.sink.commits)
		}
		g.sink.set("*", nil)
		time.Sleep(lastPause)
		synctest.Wait()
		if err := g.stop(); err != nil {
			t.Fatal(err)
		}
		g.settled()
		g.wantStats(Stats{Received: 20, Handled: 20, Batches: 7, Bytes: 51})
		want := "WARN Writing failed; reading pauses until it works, and nothing is lost.\nWARN Writing still fails after 3 min."
		said := withoutMessages(g.log.text())
		for _, want := range []string{want, "WARN Writing works again after 60 min, 12 messages waited."} {
			if strings.Count(said, want) != 1 {
				t.Errorf("log lacks %q:\n%s", want, said)
			}
		}
	})
}

func TestOneFileFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t, "app:1", "audit:2", "app:3")
		g := build(t, nil, r)
		g.sink.set("audit", errFull)
		g.start()
		time.Sleep(time.Minute)
		if got := strings.Join(r.ackedMessages(), " "); got != "app:1 app:3" {
			t.Errorf("acknowledged %s", got)
		}
		g.sink.set("audit", nil)
		time.Sleep(time.Minute)
		if err := g.stop(); err != nil {
			t.Fatal(err)
		}
		g.settled()
		if got := g.sink.file("app") + g.sink.file("audit"); got != "1\n3\n2\n" {
			t.Errorf("files have %q", got)
		}
	})
}

func TestStopWhileTheSinkFailsLeavesEntriesPending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t, "app:1", "audit:2", "poison")
		g := build(t, nil, r)
		g.sink.set("audit", errFull)
		g.start()
		time.Sleep(time.Minute)
		r.add("app:4", "app:5")
		time.Sleep(time.Minute)
		begun := time.Now()
		err := g.stop()
		if !errors.Is(err, errFull) || !strings.Contains(err.Error(), "leave 1 entry pending") {
			t.Errorf("Run returned %v", err)
		}
		if took := time.Since(begun); took > time.Second {
			t.Errorf("stopping took %v", took)
		}
		g.settled()
		g.wantStats(Stats{Received: 5, Handled: 1, Rejected: 1, Left: 3, Failed: 1, Batches: 2, Bytes: 2})
		if got := g.sink.file("app"); got != "1\n" {
			t.Errorf("file has %q: lines of pending entries were written", got)
		}
	})
}

func TestTheLastTryAtAStopCanWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := build(t, nil, newReceiver(t, messages("app", 5)...))
		g.sink.set("*", errFull)
		g.start()
		time.Sleep(time.Minute)
		g.sink.set("*", nil)
		if err := g.stop(); err != nil {
			t.Fatal(err)
		}
		g.settled()
		g.wantStats(Stats{Received: 5, Handled: 5, Batches: 2, Bytes: 10})
	})
}

func TestSinkFailsInTheMiddleOfABatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := build(t, func(c *Config) { c.FetchSize, c.CommitBytes = 10, 4 }, newReceiver(t, messages("app", 9)...))
		g.sink.set("*", errFull)
		g.start()
		time.Sleep(time.Minute)
		if err := g.stop(); !errors.Is(err, errFull) {
			t.Errorf("Run returned %v", err)
		}
		g.settled()
		g.wantStats(Stats{Received: 9, Left: 9, Batches: 1})
	})
}

// withoutMessages drops the lines about single messages.
func withoutMessages(log string) string {
	var rest []string
	for line := range strings.Lines(log) {
		if !strings.Contains(line, `App\LogMessage`) {
			rest = append(rest, line)
		}
	}
	return strings.Join(rest, "")
}
