package sink

import (
	"bufio"
	"bytes"
	"envelog/internal/filetest"
	"envelog/internal/proctest"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestProcessesShareAFile has several processes append to one file at the same time. Each line must come out whole, and
// once.
func TestProcessesShareAFile(t *testing.T) {
	const processes, batches, batch = 4, 40, 100
	dir := t.TempDir()
	var running []*exec.Cmd
	for p := range processes {
		child := childAppender(dir, p, batches, batch)
		child.Stderr = os.Stderr
		filetest.Must(t, child.Start())
		running = append(running, child)
	}
	for _, child := range running {
		filetest.Must(t, child.Wait())
	}
	seen := checkLines(t, filepath.Join(dir, "app-2026-11-23.log"), 0)
	if len(seen) != processes*batches*batch {
		t.Errorf("%d different lines, want %d", len(seen), processes*batches*batch)
	}
}

// TestKilledWritersTearNobodyElsesLines kills processes in the middle of their writes, over and over, while another one
// goes on: all its lines must be whole. A writer that is killed may leave one line torn, its last.
func TestKilledWritersTearNobodyElsesLines(t *testing.T) {
	const kills, batches, batch = 12, 100, 1000
	dir := t.TempDir()
	survivor := childAppender(dir, 0, batches, batch)
	survivor.Stderr = os.Stderr
	filetest.Must(t, survivor.Start())
	for p := range kills {
		victim := childAppender(dir, p+1, 1<<20, 20_000)
		victim.Stderr = os.Stderr
		out, err := victim.StdoutPipe()
		filetest.Must(t, err, victim.Start())
		_, err = bufio.NewReader(out).ReadString('\n') // a large write begins
		filetest.Must(t, err, victim.Process.Kill())
		_ = victim.Wait()
	}
	filetest.Must(t, survivor.Wait())
	seen := checkLines(t, filepath.Join(dir, "app-2026-11-23.log"), kills)
	for n := range batches * batch {
		if !seen[fmt.Sprintf("0 %d", n)] {
			t.Fatalf("line %d of the survivor is missing or torn", n)
		}
	}
}

func childAppender(dir string, process, batches, batch int) *exec.Cmd {
	return proctest.Command("append", dir, strconv.Itoa(process), strconv.Itoa(batches), strconv.Itoa(batch))
}

// childRotate is the environment variable with the RotateSize of what childAppend writes.
const childRotate = "ENVELOG_SINK_ROTATE"

// childAppend appends numbered lines of different lengths, and says so before each batch.
func childAppend() int {
	var numbers [3]int
	for i := range numbers {
		numbers[i], _ = strconv.Atoi(os.Args[i+2])
	}
	process, batches, batch := numbers[0], numbers[1], numbers[2]
	rotate, _ := strconv.ParseInt(os.Getenv(childRotate), 10, 64)
	s, err := Open(Options{Dir: os.Args[1], Sync: SyncNever, RotateSize: rotate})
	if err != nil {
		return complain(err)
	}
	for n := range batches * batch {
		stage(s, "1-0", "app", numberedLine(process, n))
		if (n+1)%batch > 0 {
			continue
		}
		fmt.Println(n)
		if err := s.Commit(); err != nil {
			return complain(err)
		}
	}
	return 0
}

// numberedLine returns a line that tells when it is not whole.
func numberedLine(process, n int) string {
	padding := strings.Repeat("x", n*7919%700)
	return fmt.Sprintf("%d %d %d %s.\n", process, n, len(padding), padding)
}

// checkLines returns the lines that are whole, by process and number, and complains about more torn ones than may be,
// and about lines that are there twice.
func checkLines(t *testing.T, path string, mayBeTorn int) map[string]bool {
	t.Helper()
	seen := make(map[string]bool)
	for key, n := range countLines(t, path, mayBeTorn) {
		if seen[key] = true; n > 1 {
			t.Errorf("%s: line %q is there %d times", path, key, n)
		}
	}
	return seen
}

// countLines returns how often each whole line is there, by process and number, and complains about more torn ones than
// may be.
func countLines(t *testing.T, path string, mayBeTorn int) map[string]int {
	t.Helper()
	content, err := os.ReadFile(path)
	filetest.Must(t, err)
	count, torn, at := make(map[string]int), 0, 0
	for line := range bytes.Lines(content) {
		var process, n, length int
		fields, _ := fmt.Sscanf(string(line), "%d %d %d", &process, &n, &length)
		switch {
		case fields == 3 && string(line) == numberedLine(process, n):
			count[fmt.Sprintf("%d %d", process, n)]++
		case len(bytes.TrimSpace(line)) == 0: // what was left of a line that was taken back with others behind it
		default:
			if torn++; torn > mayBeTorn && torn < mayBeTorn+10 {
				t.Errorf("%s: torn line at byte %d: %.200q", path, at, line)
			}
		}
		at += len(line)
	}
	if torn > mayBeTorn {
		t.Errorf("%s: %d torn lines, may be %d", path, torn, mayBeTorn)
	}
	return count
}

// childCommit commits one line to the directory that it is given, as whatever user it runs as.
func childCommit() int {
	s, err := Open(Options{Dir: os.Args[1]})
	if err != nil {
		return complain(err)
	}
	s.Stage(0, entry("1-0", ""), []byte("app"), time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), []byte("x\n"))
	if err := s.Commit(); err != nil {
		return complain(err)
	}
	return 0
}

// childGroupCommit is the role of a process that commits one line, with a journal, for a group.
const childGroupCommit = "group"

func groupCommit() int {
	s, err := Open(Options{Dir: os.Args[1], Journal: "web", Sources: []string{"stream"}, FileMode: 0o660, DirMode: 0o770})
	if err != nil {
		return complain(err)
	}
	s.Stage(0, entry(os.Args[2], ""), []byte("app"), time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), []byte("x\n"))
	if err := s.Commit(); err != nil {
		return complain(err)
	}
	return 0
}
