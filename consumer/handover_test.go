package consumer

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// While a disk is slow, a commit takes all that came since the last one, and no more batches are in memory than otherwise, which
// the receiver holds its user to.
func TestASlowDiskIsAskedSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const batches = 200
		r := newReceiver(t, messages("app", 3*batches)...)
		g := build(t, func(c *Config) { c.Limit = 3 * batches }, r)
		g.sink.takes = 20 * time.Millisecond
		if err := g.consumer.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.settled()
		if diff := cmp.Diff(messages("app", 3*batches), r.ackedMessages()); diff != "" {
			t.Errorf("acknowledged (-want +got):\n%s", diff)
		}
		if n := len(g.sink.sizes); n > 12 {
			t.Errorf("%d commits of %d lines", n, g.sink.sizes)
		}
	})
}

func TestABusyMachineIsNoSlowDisk(t *testing.T) {
	var p pace
	for _, d := range []time.Duration{time.Second, 20 * time.Millisecond, time.Millisecond, time.Second, 20 * time.Millisecond} {
		if p.took(d); p.allowance() != 0 {
			t.Errorf("after %v so much may wait: %d", d, p.allowance())
		}
	}
	p.took(time.Second)
	if p.took(time.Second); p.allowance() == 0 {
		t.Error("nothing may wait when the shortest of four commits takes 20 ms")
	}
	for range p.last {
		p.took(time.Hour)
	}
	if p.allowance() != mostBytes {
		t.Errorf("so much may wait: %d", p.allowance())
	}
}

// The message of an entry whose batch was released early is not in memory any more when its file turns out to fail alone.
func TestWhatFailsAloneOnASlowDiskIsHandedOutAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t, messages("app", 300)...)
		for i := 200; i < 300; i += 3 {
			r.waiting[i] = strings.Replace(r.waiting[i], "app", "audit", 1)
		}
		r.again = true
		all := slices.Clone(r.waiting)
		g := build(t, nil, r)
		g.sink.takes = 20 * time.Millisecond
		g.sink.apart["audit"] = errors.New("permission denied")
		g.start()
		time.Sleep(time.Minute)
		if err := g.stop(); err != nil {
			t.Fatal(err)
		}
		if len(r.left) == 0 {
			t.Error("no entry was handed out again")
		}
		var want []string
		for _, m := range all {
			if strings.HasPrefix(m, "audit") {
				want = append(want, m+": permission denied (passing)")
			}
		}
		slices.Sort(want)
		if diff := cmp.Diff(want, slices.Sorted(slices.Values(g.failures.kept))); diff != "" {
			t.Errorf("kept (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(slices.Sorted(slices.Values(all)), slices.Sorted(slices.Values(r.ackedMessages()))); diff != "" {
			t.Errorf("acknowledged (-want +got):\n%s", diff)
		}
	})
}

func TestWhatWaitsForASlowDiskIsKeptAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const batches = 40
		r := newReceiver(t, messages("app", 3*batches)...)
		g := build(t, func(c *Config) { c.Limit, c.Keepalive, c.StopTimeout = 3*batches, 3*time.Second, time.Hour }, r)
		g.sink.takes = 10 * time.Second
		if err := g.consumer.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.settled()
		touched := slices.Compact(slices.Sorted(slices.Values(r.touched)))
		if len(touched) != 3*batches || strings.Contains(strings.Join(touched, " "), "#") {
			t.Errorf("kept alive: %q", touched)
		}
	})
}

// Two streams may have the same ids.
func TestEntriesOfOneIDAreToldApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := newReceiver(t, "first:0"), newReceiver(t)
		b.next = 1
		g := build(t, nil, a, b)
		g.sink.entered, g.sink.proceed = make(chan struct{}), make(chan struct{})
		g.start()
		<-g.sink.entered
		g.sink.set("a", errors.New("no space left on device"))
		a.add("a:1")
		b.add("b:1")
		synctest.Wait()
		go g.sink.hurry()
		g.sink.proceed <- struct{}{}
		time.Sleep(time.Minute)
		if diff := cmp.Diff([][]string{{"first:0"}, {"b:1"}}, [][]string{a.ackedMessages(), b.ackedMessages()}); diff != "" {
			t.Errorf("acknowledged while the files of a cannot be written (-want +got):\n%s", diff)
		}
		g.sink.set("a", nil)
		time.Sleep(time.Minute)
		if err := g.stop(); err != nil {
			t.Fatal(err)
		}
		close(g.sink.entered)
		g.settled()
		if diff := cmp.Diff([]string{"first:0", "a:1"}, a.ackedMessages()); diff != "" {
			t.Errorf("acknowledged in the end (-want +got):\n%s", diff)
		}
	})
}

// Entries whose line was written before, or that are ignored, are acknowledged without asking anything of the disk.
func TestACommitOfNothingDoesNotMakeTheDiskQuick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := build(t, func(c *Config) { c.FetchSize = 1 }, newReceiver(t))
		g.sink.takes = 20 * time.Millisecond
		r := begin(t.Context(), g.consumer)
		w := r.newWriter()
		for range w.commits.last {
			w.staged = append(w.staged[:0], staged{})
			if err := w.commitLines(); err != nil {
				t.Error(err)
			}
		}
		w.staged, g.sink.takes = w.staged[:0], 0
		if err := w.commitLines(); err != nil {
			t.Error(err)
		}
		if !r.commits.isSlow() {
			t.Error("the disk counts as quick after a commit that wrote nothing")
		}
		r.stop(nil)
		r.drain()
		if err := r.end(); err != nil {
			t.Error(err)
		}
	})
}

// A worker that ends when its transport is empty does not wait for what is handed out again.
func TestWhatFailsAloneIsNotLeftBehindWhenEmpty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver(t, append(messages("app", 299), "audit:299")...)
		g := build(t, func(c *Config) { c.StopWhenEmpty = true }, r)
		g.sink.takes = 20 * time.Millisecond
		g.sink.apart["audit"] = errors.New("permission denied")
		if err := g.consumer.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.settled()
		if len(r.pending) > 0 || len(g.failures.kept) != 1 {
			t.Errorf("pending %q, and kept %q", r.pending, g.failures.kept)
		}
	})
}
