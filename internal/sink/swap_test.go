package sink

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// TestANeighbourSwapsNames has somebody else replace log file, state directory and the files in it by links to places of
// others, again and again, while lines are written. Commits may fail meanwhile; nothing
// behind the links is touched.
func TestANeighbourSwapsNames(t *testing.T) {
	const batches, precious = 100, "of somebody else\n"
	dir, other := t.TempDir(), t.TempDir()
	victim := filepath.Join(other, "test.journal")
	if err := os.WriteFile(victim, []byte(precious), 0o600); err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(dir, "app-2026-11-23.log")
	stop, swaps := make(chan struct{}), 0
	var neighbour sync.WaitGroup
	neighbour.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			name, target := log, victim
			if n%2 == 0 {
				name, target = filepath.Join(dir, ".envelog"), other
			}
			aside := name + ".aside"
			if os.Rename(name, aside) != nil {
				continue
			}
			if os.Symlink(target, name) == nil {
				swaps++
				_ = os.Remove(name)
			}
			if os.Rename(aside, name) != nil { // the worker has made a new one meanwhile
				_ = os.RemoveAll(aside)
			}
		}
	})
	written, failed := 0, 0
	for n := range batches {
		s, err := Open(Options{Dir: dir, Logger: slog.New(slog.DiscardHandler), Journal: "test", Sources: []string{"stream"}, Sync: SyncNever})
		if err != nil {
			failed++
			continue
		}
		for line := range 3 {
			stage(s, fmt.Sprintf("%d-%d", n+1, line), "app", "line")
			if s.Commit() == nil {
				written++
			}
		}
		_ = s.Close()
	}
	close(stop)
	neighbour.Wait()
	t.Logf("%d swaps, %d lines committed, %d times not opened", swaps, written, failed)
	if swaps == 0 || written == 0 {
		t.Errorf("there were %d swaps and %d commits", swaps, written)
	}
	if text, err := os.ReadFile(victim); err != nil || string(text) != precious {
		t.Errorf("the file of somebody else has %q, %v", text, err)
	}
	if names, err := os.ReadDir(other); err != nil || len(names) != 1 {
		t.Errorf("the directory of somebody else has %v, %v", names, err)
	}
}
