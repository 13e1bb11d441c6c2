package overview

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"envelog/internal/transport/redis"
	"envelog/transport"
)

// queue is a transport whose answers the test decides.
type queue struct {
	counts    transport.Counts
	consumers []redis.Consumer
	activity  redis.Activity
	err       error
	asked     int
}

func (q *queue) Count(context.Context) (transport.Counts, error) { q.asked++; return q.counts, q.err }

func (q *queue) Consumers(context.Context) ([]redis.Consumer, error) { return q.consumers, q.err }

func (q *queue) Activity(context.Context) (redis.Activity, error) { return q.activity, q.err }

func TestRatesAndHeartbeatsAreDifferences(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{
			counts:    transport.Counts{Waiting: 7, Oldest: time.Now().Add(-time.Minute)},
			consumers: []redis.Consumer{{Name: "b"}, {Name: "a", Pending: 3}, {Name: "gone"}, {Name: "php", Idle: time.Second}},
			activity:  redis.Activity{Added: 100, Read: 50, Heartbeats: map[string]string{"a": "x/1", "b": "y/1", "gone": "gone"}},
		}
		o := New([]Source{{Name: "async", Queue: q, Failed: &queue{counts: transport.Counts{Waiting: 2, Delayed: 1}}}}, t.TempDir())
		got := o.Look(t.Context()).Transports[0]
		if got.Waiting != 7 || got.Oldest != 60 || got.Failed != 3 || got.Arriving != 0 || got.Reading != 0 {
			t.Errorf("first look: %+v", got)
		}
		if o.Look(t.Context()); q.asked != 1 {
			t.Errorf("asked %d times at once", q.asked)
		}
		time.Sleep(10 * time.Second)
		q.activity = redis.Activity{Added: 200, Read: 250, Heartbeats: map[string]string{"a": "x/2", "b": "y/1", "gone": "gone"}}
		got = o.Look(t.Context()).Transports[0]
		if got.Arriving != 10 || got.Reading != 20 {
			t.Errorf("%v arrive and %v are read a second, want 10 and 20", got.Arriving, got.Reading)
		}
		states := map[string]string{}
		for _, c := range got.Consumers {
			states[c.Name] = c.State
		}
		for name, want := range map[string]string{"a": Alive, "b": Silent, "gone": Gone, "php": PHP} {
			if states[name] != want {
				t.Errorf("%s is %s, want %s", name, states[name], want)
			}
		}
		// A stream that was made again counts from 0, and a server that is away is said.
		time.Sleep(10 * time.Second)
		q.activity = redis.Activity{Added: 3, Read: -1}
		if got = o.Look(t.Context()).Transports[0]; got.Arriving != 0 || got.Reading != 0 {
			t.Errorf("after the stream was made again: %+v", got)
		}
		time.Sleep(10 * time.Second)
		q.err = errors.New("connection refused")
		if got = o.Look(t.Context()).Transports[0]; got.Problem != "connection refused" || got.Name != "async" {
			t.Errorf("without Redis: %+v", got)
		}
	})
}

func TestFilesGrow(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteString(text); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now()
	o := New(nil, dir)
	o.now = func() time.Time { return now }
	const bad = "[2026-11-30T10:00:00+00:00] app.ERROR: bad\n"
	write("app-2026-11-30.log", bad)
	first := o.Look(t.Context())
	if len(first.Files) != 1 || first.Files[0].Growth != 0 || first.Files[0].Bytes != int64(len(bad)) || len(first.Errors) != 1 {
		t.Errorf("first look: %+v", first)
	}
	now = now.Add(10 * time.Second)
	write("app-2026-11-30.log", strings.Repeat("x\n", 100))
	write("db-2026-11-30.log", strings.ReplaceAll(bad, "bad", "worse"))
	second := o.Look(t.Context())
	if f := second.Files[0]; f.Channel != "app" || f.Growth != 20 || f.Lines != 10 {
		t.Errorf("the busiest file is %+v", f)
	}
	if f := second.Files[1]; f.Channel != "db" || f.Lines != .1 {
		t.Errorf("the new file is %+v", f)
	}
	if len(second.Errors) != 2 || !strings.HasSuffix(second.Errors[0].Text, "worse") {
		t.Errorf("the last errors are %+v", second.Errors)
	}
	if s := New(nil, filepath.Join(dir, "none")).Look(t.Context()); s.Problem == "" {
		t.Error("a directory that is not there is not said")
	}
}
