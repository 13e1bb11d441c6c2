package sink

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"envelog/internal/filetest"
	"envelog/internal/proctest"
	"envelog/transport"
)

// A worker is a process that has a journal and writes numbered entries. Its test plays Redis: it hands out entries, keeps
// those pending that are not acknowledged, and hands them out again, to anyone.
type worker struct {
	t    *testing.T
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	said *childLog
}

// childLog is what a worker writes to its standard error. It is read all the time, so that no worker waits for its reader.
type childLog struct {
	mu     sync.Mutex
	grown  *sync.Cond
	text   []byte
	closed bool
}

func readLog(r io.Reader) *childLog {
	l := new(childLog)
	l.grown = sync.NewCond(&l.mu)
	go func() {
		lines := bufio.NewReader(r)
		for {
			line, err := lines.ReadBytes('\n')
			l.mu.Lock()
			l.text, l.closed = append(l.text, line...), err != nil
			l.mu.Unlock()
			l.grown.Broadcast()
			if err != nil {
				return
			}
		}
	}()
	return l
}

// await returns whether the worker has said the line; false when it ended without it.
func (l *childLog) await(line string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for !strings.Contains(string(l.text), line+"\n") {
		if l.closed {
			return false
		}
		l.grown.Wait()
	}
	return true
}

// end waits until the worker has said its last.
func (l *childLog) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for !l.closed {
		l.grown.Wait()
	}
}

func (l *childLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.text)
}

// channels is how many files workers write to.
const channels = 3

func startWorker(t *testing.T, dir, name, mode string, environment ...string) *worker {
	t.Helper()
	w := &worker{t: t, cmd: proctest.Command("work", dir, name, mode)}
	w.cmd.Env = append(w.cmd.Env, environment...)
	// The pipes of package exec are closed by Wait, with the last answer in them.
	out, childOut, err := os.Pipe()
	filetest.Must(t, err)
	stderr, childErr, err := os.Pipe()
	filetest.Must(t, err)
	w.cmd.Stdout, w.cmd.Stderr = childOut, childErr
	w.in, err = w.cmd.StdinPipe()
	filetest.Must(t, err, w.cmd.Start(), childOut.Close(), childErr.Close())
	w.out, w.said = bufio.NewReader(out), readLog(stderr)
	t.Cleanup(func() {
		w.kill()
		w.said.end()
		filetest.Must(t, out.Close(), stderr.Close())
	})
	return w
}

// give hands out entries as one batch.
func (w *worker) give(numbers []int) { fmt.Fprintln(w.in, strings.Trim(fmt.Sprint(numbers), "[]")) }

// answer waits until the batch is handled, and returns what is acknowledged; ok is false when the worker died before.
func (w *worker) answer() (acked []int, ok bool) {
	line, err := w.out.ReadString('\n')
	if err != nil {
		return nil, false
	}
	return parseNumbers(line), true
}

// kill ends the worker as it is.
func (w *worker) kill() {
	_ = w.cmd.Process.Kill()
	_ = w.cmd.Wait()
}

func parseNumbers(line string) (numbers []int) {
	for _, field := range strings.Fields(line) {
		n, _ := strconv.Atoi(field)
		numbers = append(numbers, n)
	}
	return numbers
}

func numbersFrom(first, last int) (numbers []int) {
	for n := first; n <= last; n++ {
		numbers = append(numbers, n)
	}
	return numbers
}

// childWork is what a worker does: a batch for each line of its input, and for each a line with what it acknowledges.
func childWork() int {
	mode := map[string]SyncMode{"batch": SyncBatch, "interval": SyncInterval, "never": SyncNever}[os.Args[3]]
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	s, err := Open(Options{Dir: os.Args[1], Journal: os.Args[2], Sources: []string{"stream"}, Sync: mode, Logger: logger})
	if err != nil {
		return complain(err)
	}
	input := bufio.NewReader(os.Stdin)
	for {
		line, err := input.ReadString('\n')
		if err != nil {
			return 0
		}
		acked := work(s, parseNumbers(line))
		fmt.Println(strings.Trim(fmt.Sprint(acked), "[]"))
	}
}

// work does what the consumer does with a batch.
func work(s *Sink, numbers []int) (acked []int) {
	var staged []int
	for _, n := range numbers {
		e := numberedEntry(n)
		if s.Written(0, e) {
			acked = append(acked, n)
			continue
		}
		s.Stage(0, e, fmt.Appendf(nil, "app%d", n%channels), morning, []byte(numberedLine(n%channels, lineOf(n))))
		staged = append(staged, n)
	}
	for {
		err := s.Commit()
		var failed *CommitError
		_ = errors.As(err, &failed)
		left := staged[:0]
		for _, n := range staged {
			id := numberedEntry(n).ID
			switch {
			case failed != nil && failed.Unsaved(0, id):
				left = append(left, n)
			case failed == nil || !failed.Held(0, id):
				acked = append(acked, n)
			}
		}
		if staged = left; len(staged) == 0 {
			return acked
		}
		fmt.Fprintln(os.Stderr, err)
	}
}

// equalLines is the environment variable that has all lines of a channel be equal, as those of an application that logs
// one error in a loop.
const equalLines = "ENVELOG_SINK_EQUAL"

// lineOf returns the number in the line of an entry.
func lineOf(n int) int {
	if os.Getenv(equalLines) != "" {
		return 1
	}
	return n
}

// numberedEntry returns an entry as a busy stream has it: a few share a millisecond.
func numberedEntry(n int) *transport.Entry {
	return entry(fmt.Sprintf("%d-%d", 1795423651867+n/4, n%4), strconv.Itoa(n))
}

// wantNumbers checks that each number up to last stands once in the files, and that no line is torn.
func wantNumbers(t *testing.T, dir string, last int) {
	t.Helper()
	count := 0
	for c := range channels {
		path := filepath.Join(dir, fmt.Sprintf("app%d-2026-11-23.log", c))
		seen := checkLines(t, path, 0)
		for n := 1; n <= last; n++ {
			if n%channels == c && !seen[fmt.Sprintf("%d %d", c, n)] {
				t.Errorf("line %d is missing", n)
			}
		}
		for key := range seen {
			if strings.HasPrefix(key, fmt.Sprint(c)) {
				count++
			}
		}
	}
	if count != last {
		t.Errorf("%d lines, want %d", count, last)
	}
}

// wantAcked waits for the answer to a batch, all of which must be acknowledged.
func (w *worker) wantAcked(numbers []int) {
	w.t.Helper()
	acked, ok := w.answer()
	slices.Sort(acked)
	if !ok || !slices.Equal(acked, numbers) {
		w.t.Fatalf("acknowledged %d of %d (%v); it said %s", len(acked), len(numbers), ok, w.said)
	}
}
