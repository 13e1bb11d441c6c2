//go:build integration

package sink

import (
	"envelog/internal/filetest"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"
)

// killer plays Redis for a few workers on one directory, and kills them.
type killer struct {
	t       *testing.T
	random  *rand.Rand
	dir     string
	mode    string
	workers []*worker
	inHand  [][]int      // of each worker; nil: it has no batch
	pending []int        // entries of workers that were killed, or that others held
	acked   map[int]bool // of all that were handed out, 1 to last
	last    int
	kills   int
	claims  int
}

// TestKilledAtRandom hands numbered entries to workers, kills one after the other at any moment, and hands what it had to
// any other: its next life, another one at once, or another one while it still works, as after a stall. Entries that were
// acknowledged come again now and then. PHP appends to one of the files meanwhile. ENVELOG_KILLS says how many kills there
// are (60). The moments are those of the scheduler, and cannot be repeated: package simulation is for that. What is wrong
// stays on the disk.
func TestKilledAtRandom(t *testing.T) {
	rows := []struct {
		workers int
		mode    string
		equal   bool
	}{{1, "batch", false}, {3, "batch", false}, {3, "batch", true}, {3, "interval", false}, {3, "never", false}, {3, "never", true}}
	for _, row := range rows {
		t.Run(fmt.Sprintf("%d workers, sync=%s, equal=%t", row.workers, row.mode, row.equal), func(t *testing.T) {
			if row.equal {
				t.Setenv(equalLines, "1")
			}
			k := &killer{
				t: t, random: rand.New(rand.NewPCG(rand.Uint64(), 0)), dir: keptIfWrong(t), mode: row.mode,
				workers: make([]*worker, row.workers), inHand: make([][]int, row.workers), acked: map[int]bool{},
			}
			php := k.startPHP()
			for i := range k.workers {
				k.start(i)
			}
			for k.kills < max(1, killsWanted(t)/len(rows)) {
				k.round()
			}
			k.finish()
			filetest.Must(t, php.Wait())
			k.check()
		})
	}
}

// keptIfWrong returns a new directory, which stays when the test fails.
func keptIfWrong(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "envelog-killed-")
	filetest.Must(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the files stay in %s", dir)
		} else {
			filetest.Must(t, os.RemoveAll(dir))
		}
	})
	return dir
}

func killsWanted(t *testing.T) int {
	t.Helper()
	text := os.Getenv("ENVELOG_KILLS")
	if text == "" {
		return 60
	}
	n, err := strconv.Atoi(text)
	filetest.Must(t, err)
	return n
}

const phpLines = 5000

// startPHP appends lines of a process of its own number to the first file.
func (k *killer) startPHP() *exec.Cmd {
	path := filepath.Join(k.dir, "app0-2026-11-23.log")
	filetest.Must(k.t, os.WriteFile(path, nil, 0o640))
	php := exec.Command("php", "-r", phpWriter, "--", path, strconv.Itoa(channels), strconv.Itoa(phpLines), "")
	php.Stderr = os.Stderr
	filetest.Must(k.t, php.Start())
	return php
}

func (k *killer) start(i int) {
	k.workers[i] = startWorker(k.t, k.dir, fmt.Sprintf("worker-%d", i), k.mode)
}

// round hands out batches, kills a worker, perhaps gives its entries to another one first, and collects the answers.
func (k *killer) round() {
	for i := range k.workers {
		k.hand(i, k.batch())
	}
	victim := k.random.IntN(len(k.workers))
	if thief := (victim + 1) % len(k.workers); thief != victim && k.random.IntN(3) == 0 {
		k.claims++
		k.collect(thief)
		k.hand(thief, slices.Clone(k.inHand[victim]))
	}
	pause(time.Duration(k.random.Int64N(int64(15 * time.Millisecond))))
	k.workers[victim].kill()
	k.collect(victim)
	k.kills++
	k.start(victim)
	for i := range k.workers {
		k.collect(i)
	}
}

// pause lets a worker get somewhere, so that it is killed at any point of its batch.
func pause(d time.Duration) { <-time.After(d) }

// batch returns what is pending, some new entries, and some that are acknowledged.
func (k *killer) batch() (numbers []int) {
	n := min(len(k.pending), k.random.IntN(1000))
	numbers, k.pending = slices.Clone(k.pending[:n]), k.pending[n:]
	for range k.random.IntN(600) {
		k.last++
		numbers = append(numbers, k.last)
	}
	for range k.random.IntN(20) {
		if again := 1 + k.random.IntN(k.last+1); k.acked[again] && !slices.Contains(numbers, again) {
			numbers = append(numbers, again)
		}
	}
	return numbers
}

// hand hands out a batch, which is not empty.
func (k *killer) hand(i int, numbers []int) {
	if len(numbers) == 0 {
		return
	}
	k.inHand[i] = numbers
	k.workers[i].give(numbers)
}

// collect waits for the answer of a worker, if it has a batch. What it did not acknowledge is pending.
func (k *killer) collect(i int) {
	if k.inHand[i] == nil {
		return
	}
	acked, _ := k.workers[i].answer()
	for _, n := range acked {
		k.acked[n] = true
	}
	for _, n := range k.inHand[i] {
		if !k.acked[n] && !slices.Contains(k.pending, n) {
			k.pending = append(k.pending, n)
		}
	}
	k.pending = slices.DeleteFunc(k.pending, func(n int) bool { return k.acked[n] })
	k.inHand[i] = nil
}

// finish hands out what is pending until nothing is.
func (k *killer) finish() {
	for deadline := time.Now().Add(3 * time.Minute); len(k.pending) > 0; {
		if time.Now().After(deadline) {
			k.t.Fatalf("%d entries stay pending", len(k.pending))
		}
		k.hand(0, k.pending)
		k.pending = nil
		k.collect(0)
	}
}

// check checks that each number stands once in the files, and each line of PHP.
func (k *killer) check() {
	k.t.Logf("%d kills, %d claims of entries in flight, %d entries", k.kills, k.claims, k.last)
	for c := range channels {
		path := filepath.Join(k.dir, fmt.Sprintf("app%d-2026-11-23.log", c))
		there, wanted := countLines(k.t, path, 0), make(map[string]int)
		for n := 1; n <= k.last; n++ {
			if n%channels == c {
				wanted[fmt.Sprintf("%d %d", c, lineOf(n))]++
			}
		}
		if c == 0 {
			for n := range phpLines {
				wanted[fmt.Sprintf("%d %d", channels, n)]++
			}
		}
		k.compare(path, there, wanted)
	}
}

// compare says which lines are wrong; of many, the first few.
func (k *killer) compare(path string, there, wanted map[string]int) {
	wrong := 0
	for _, key := range slices.Sorted(maps.Keys(wanted)) {
		if there[key] == wanted[key] {
			continue
		}
		if wrong++; wrong <= 10 {
			k.t.Errorf("%s: line %q is there %d times, want %d", path, key, there[key], wanted[key])
		}
	}
	for key := range there {
		if wanted[key] == 0 {
			k.t.Errorf("%s: nobody wrote line %q", path, key)
		}
	}
	if wrong > 0 {
		k.t.Errorf("%s: %d different lines are wrong", path, wrong)
	}
}
