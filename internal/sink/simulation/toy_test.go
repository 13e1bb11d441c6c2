package simulation

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"envelog/internal/sink"
	"envelog/internal/vfs"
	"envelog/internal/vfs/simfs"
	"envelog/transport"
)

// toy is a sink that is wrong on purpose: the simulation must find what is wrong with it.
type toy struct {
	fsys   *simfs.Process
	files  map[string]vfs.File
	staged map[string][]byte
	fault  string
}

func openToy(fault string) opener {
	return func(p *simfs.Process, _ sink.Options) (keeper, error) {
		return &toy{fsys: p, files: make(map[string]vfs.File), staged: make(map[string][]byte), fault: fault}, nil
	}
}

func (t *toy) Written(int, *transport.Entry) bool { return false }

func (t *toy) Stage(_ int, _ *transport.Entry, channel []byte, at time.Time, line []byte) {
	name := fmt.Sprintf("%s/%s-%s.log", logDir, channel, at.Format(time.DateOnly))
	t.staged[name] = append(t.staged[name], line...)
}

func (t *toy) Commit() error {
	names := make([]string, 0, len(t.staged))
	for name := range t.staged {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if err := t.append(name, t.staged[name]); err != nil {
			return &sink.CommitError{}
		}
		delete(t.staged, name)
	}
	return nil
}

func (t *toy) append(name string, b []byte) (err error) {
	f := t.files[name]
	if f == nil {
		if f, err = t.fsys.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o640); err != nil {
			return err
		}
		t.files[name] = f
	}
	if err := vfs.Lock(f, time.Hour); err != nil {
		return err
	}
	defer f.Unlock()
	if t.fault == "looks for its lines" {
		info, _ := f.Stat()
		there := make([]byte, info.Size)
		_, _ = f.ReadAt(there, 0)
		var left []byte
		for line := range bytes.Lines(b) {
			if !bytes.Contains(there, line) {
				left = append(left, line...)
			}
		}
		b = left
	}
	if t.fault == "cuts" {
		info, _ := f.Stat()
		_ = f.Truncate(max(0, info.Size-1))
		b = append([]byte("\n"), b...)
	}
	_, err = f.Append(b)
	if err == nil && t.fault != "syncs nothing" {
		err = f.Datasync()
	}
	return err
}

func (t *toy) Drop()   {}
func (t *toy) Reopen() {}

func (t *toy) RemoveJournals(func(int, string, string) (bool, error)) error { return nil }

func (t *toy) Close() error { return nil }

// TestFaultsAreFound runs sinks that are wrong, until the simulation says of each what is wrong with it.
func TestFaultsAreFound(t *testing.T) {
	for _, c := range []struct {
		fault, kind string
		change      func(*plan)
	}{
		{"has no journal", "twice", func(p *plan) { p.length = 40 }},
		{"has no journal", "torn", func(p *plan) { p.length, p.batch, p.workers, p.texts = 6000, 8, 1, 1 }},
		{"looks for its lines", "never", func(p *plan) { p.texts = 1 }},
		{"syncs nothing", "never", func(p *plan) {
			p.mode = sink.SyncBatch
			p.events = []event{{what: powerCut, step: 20}}
		}},
		{"cuts", "changed", func(p *plan) { p.others = []other{{lines: 30, slot: firstOther}} }},
	} {
		t.Run(c.fault+": "+c.kind, func(t *testing.T) {
			for seed := range uint64(500) {
				p := newPlan(seed)
				c.change(p)
				if res := execute(t, p, openToy(c.fault), false); res.wrong != nil && res.wrong.kind == c.kind {
					_, small := shrink(t, p, openToy(c.fault), 500)
					res := execute(t, small, openToy(c.fault), true)
					if res.wrong == nil || res.wrong.kind != c.kind {
						t.Errorf("seed %d does not fail any more when it is made smaller: %v", seed, small)
					}
					t.Logf("seed %d, made smaller: %v\n%s", seed, small, res.story)
					return
				}
			}
			t.Error("not found in 500 seeds")
		})
	}
}

// TestASeedRepeatsItsRun compares the stories of a run that is repeated.
func TestASeedRepeatsItsRun(t *testing.T) {
	for seed := range uint64(30) {
		first, second := execute(t, newPlan(seed), openToy(""), true), execute(t, newPlan(seed), openToy(""), true)
		if first.story != second.story || first.steps == 0 {
			t.Errorf("seed %d runs in two ways:\n%s\n%s", seed, first.story, second.story)
		}
	}
}
