//go:build fault

package fault

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"envelog/internal/redistest"
)

// settleTimeout is how long the chain may take, when nothing is broken any more, until there are more lines, or fewer messages.
const settleTimeout = 3 * time.Minute

// chain is everything between the application and the files.
type chain struct {
	t       *testing.T
	server  *redistest.Server
	dsn     string // by which workers reach the server
	dir     string // the log directory
	flags   []string
	syncs   time.Duration // how much longer a sync of a worker takes
	workers []*worker

	producer *producer
	watcher  *watcher
	row      row
}

// newChain starts a server, with what it needs to keep what it acknowledged, and as many workers. Nothing is produced yet.
func newChain(t *testing.T, dir string, workers int, flags ...string) *chain {
	t.Helper()
	c := &chain{t: t, server: redistest.Start(t, redistest.AOF()...), dir: dir, flags: flags, row: row{name: t.Name()}}
	c.dsn = dsn(c.server.Addr)
	c.watcher = watch(t, dir)
	c.begin(workers)
	return c
}

func (c *chain) begin(workers int) {
	c.t.Helper()
	for i := range workers {
		w := &worker{chain: c, name: fmt.Sprintf("worker%d", i+1)}
		c.workers = append(c.workers, w)
		c.t.Cleanup(w.kill)
		w.start()
	}
}

func dsn(addr string) string { return "redis://" + addr + "/messages" }

// produce adds messages at full speed, but no more than there may be waiting, until stopProducing.
func (c *chain) produce() {
	c.t.Helper()
	c.produceTo(func() string { return c.server.Addr }, 0)
}

// produceTo is produce with a server that is asked for whenever there is no connection, and with replicas that have to
// confirm a message, too.
func (c *chain) produceTo(addr func() string, replicas int) {
	c.t.Helper()
	c.producer = newProducer(c.t, addr)
	c.producer.replicas.Store(int64(replicas))
	c.producer.start()
}

// progress waits until more lines came.
func (c *chain) progress() {
	c.t.Helper()
	c.progressFrom(size(c.dir))
}

// progressFrom waits until there are more lines than those of so many bytes.
func (c *chain) progressFrom(before int64) {
	c.t.Helper()
	eventually(c.t, "lines", settleTimeout, func() bool {
		c.supervise()
		return size(c.dir) > before
	})
}

// settle stops the producer, waits until the stream is empty and nothing is pending, ends the workers in order, and
// checks that every number stands in the files once.
func (c *chain) settle() {
	c.t.Helper()
	c.settleIn()
}

// settleIn is settle, with files in further directories than the log directory, too. What stands in two of them does not
// stand there twice: these are removed by the operator, and what was not acknowledged by then comes again.
func (c *chain) settleIn(dirs ...string) {
	c.t.Helper()
	c.end(dirs...)
	report(c.row)
}

// end is settleIn without a report.
func (c *chain) end(dirs ...string) {
	c.t.Helper()
	if c.producer != nil {
		c.producer.stop()
	}
	c.drain()
	c.row.stall = c.watcher.stop()
	for _, w := range c.workers {
		w.end()
	}
	if pending := c.server.Do("XPENDING", "messages", "symfony").([]any)[0]; pending != int64(0) {
		c.t.Errorf("%d entries are pending", pending)
	}
	c.count(append(dirs, c.dir))
	c.row.said = c.said()
}

// drain waits until the stream is empty, or tells who has what is left once that has not become less for a while: how long all of it
// takes is a matter of the machine.
func (c *chain) drain() {
	c.t.Helper()
	left := c.server.Do("XLEN", "messages").(int64)
	for deadline := time.Now().Add(settleTimeout); left != 0; {
		if pause(5 * time.Millisecond); time.Now().Before(deadline) {
			c.supervise()
			if now := c.server.Do("XLEN", "messages").(int64); now < left {
				left, deadline = now, time.Now().Add(settleTimeout)
			}
			continue
		}
		c.t.Errorf("%v entries are left, and not fewer since %v: %v, the first %v", left, settleTimeout,
			c.server.Do("XPENDING", "messages", "symfony"), c.server.Do("XPENDING", "messages", "symfony", "-", "+", 3))
		for _, w := range c.workers {
			c.t.Errorf("%s said:\n%s", w.name, w.stderr.String())
		}
		c.t.FailNow()
	}
}

func (c *chain) supervise() {
	c.t.Helper()
	for _, w := range c.workers {
		w.supervise()
	}
}

// count compares what was acknowledged to the producer with what stands in the files.
func (c *chain) count(dirs []string) {
	c.t.Helper()
	found := map[string]bool{}
	for _, dir := range dirs {
		for n, times := range numbers(c.t, dir) {
			found[n] = true
			c.row.doubled += times - 1
		}
	}
	c.row.messages = len(c.producer.added)
	for _, n := range c.producer.added {
		if !found[n] {
			c.row.lost++
		}
	}
	if c.row.lost > 0 && !c.row.mayLose || c.row.doubled > 0 {
		c.t.Errorf("%d messages: %d are lost, %d are there twice", c.row.messages, c.row.lost, c.row.doubled)
	}
	if c.row.messages == 0 {
		c.t.Error("no messages were produced")
	}
}

var (
	timeAndLevel = regexp.MustCompile(`^\d\d:\d\d:\d\d (\w+) +(\[[a-z]+\] )?`)
	oddments     = regexp.MustCompile(`127\.0\.0\.1:\d+|/\S+/|\b\d{13}-\d+\b|\b[\d.]+ (?:µs|ms|s)\b|\b\d+ messages?`)
)

// said returns the different sentences that workers logged at warning and above, the first ones.
func (c *chain) said() string {
	seen := map[string]bool{}
	for _, w := range c.workers {
		for line := range strings.Lines(w.stderr.String()) {
			if strings.Contains(line, "ENVELOG_CRASH_POINT") || strings.Contains(line, "ENVELOG_SYNC_DELAY") {
				continue // is no setting, but for a build with crash points
			}
			level := timeAndLevel.FindStringSubmatch(line)
			if level == nil || !slices.Contains([]string{"WARNING", "ERROR", "CRITICAL"}, level[1]) {
				continue
			}
			text, _, _ := strings.Cut(strings.TrimSpace(line[len(level[0]):]), " [\"")
			seen[oddments.ReplaceAllString(text, "…")] = true
		}
	}
	all := slices.Sorted(maps.Keys(seen))
	if len(all) > 2 {
		all = append(all[:2], fmt.Sprintf("and %d more", len(all)-2))
	}
	return strings.Join(all, "; ")
}

// numbers returns how often each number stands in the files of a directory and below.
func numbers(t *testing.T, dir string) map[string]int {
	t.Helper()
	count := map[string]int{}
	for _, path := range logFiles(dir) {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(content)) {
			if strings.TrimSpace(line) == "" || strings.Contains(line, phpMark) { // what is left of a line that was taken back; see phpWriter
				continue
			}
			n := number.FindStringSubmatch(line)
			if n == nil || !wholeLine.MatchString(line) {
				t.Errorf("%s: a torn line: %.200q", filepath.Base(path), line)
				continue
			}
			count[n[1]]++
		}
	}
	return count
}

var wholeLine = regexp.MustCompile(`^\[2026-\d\d-\d\dT[\d:.]+\+00:00\] \w+\.INFO: .*\n$`)

// logFiles returns the log files below dir, those that were moved away included.
func logFiles(dir string) (paths []string) {
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && strings.Contains(d.Name(), ".log") {
			paths = append(paths, path)
		}
		return nil
	})
	return paths
}

// size returns how many bytes the log files have.
func size(dir string) (total int64) {
	for _, path := range logFiles(dir) {
		if info, err := os.Stat(path); err == nil {
			total += info.Size()
		}
	}
	return total
}

// eventually polls until done.
func eventually(t *testing.T, what string, timeout time.Duration, done func() bool) {
	t.Helper()
	deadline := time.After(timeout)
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	for !done() {
		select {
		case <-poll.C:
		case <-deadline:
			t.Fatalf("%s did not come within %v", what, timeout)
		}
	}
}

// pause lets the chain work for a while: the harness decides when to break something, nothing is waited for.
func pause(d time.Duration) { <-time.After(d) }

// command runs a program of the system.
func command(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}
