//go:build fault

package fault

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"

	"envelog/fixtures"
)

var (
	equalMessages = flag.Int("equal-messages", 10_000, "messages of each run of TestEqualLines")
	load          = flag.Int("load", 2, "endless loops that keep processors busy during TestEqualLines and TestRandomKills")
)

// TestEqualLines kills consumers, down to 10 ms after their start, while they write the same few lines over and over, as an
// application does that logs one error in a loop: no line can be told from another by its text, so that only their number
// says whether one was lost or doubled.
func TestEqualLines(t *testing.T) {
	keepBusy(t, *load)
	for _, workers := range []int{1, 3, 5} {
		for _, sync := range []string{"batch", "interval", "never"} {
			for _, fetch := range []int{1, 30, 1000} {
				name := fmt.Sprintf("%d consumer(s), --sync=%s, --fetch-size=%d", workers, sync, fetch)
				t.Run(name, func(t *testing.T) {
					killAmongEqualLines(t, name, workers, "--sync="+sync, fmt.Sprint("--fetch-size=", fetch))
				})
			}
		}
	}
}

// TestEqualLinesBesidePHP does the same while PHP appends lines of its own to the same files, with and without locks.
func TestEqualLinesBesidePHP(t *testing.T) {
	keepBusy(t, *load)
	for _, locks := range []bool{true, false} {
		name := fmt.Sprintf("three consumers, and PHP with useLocking=%v", locks)
		t.Run(name, func(t *testing.T) {
			killAmongEqualLines(t, name, 3, "--fetch-size=30")
		})
	}
}

// killAmongEqualLines kills one worker after the other until the stream is empty, and counts.
func killAmongEqualLines(t *testing.T, name string, workers int, flags ...string) {
	random := rand.New(rand.NewPCG(*seed, uint64(len(name))))
	c := newChain(t, t.TempDir(), 0, append(flags, "--format=line", "-q")...)
	c.row.name = "1.9 " + name
	fill(t, c.server.Addr, *equalMessages)
	if strings.Contains(name, "PHP") {
		php := startPHPWriter(t, c.dir, strings.HasSuffix(name, "true"))
		defer php.stop(t)
	}
	c.begin(workers)
	n := 0
	for deadline := time.Now().Add(45 * time.Second); c.server.Do("XLEN", "messages") != int64(0) && time.Now().Before(deadline); n++ {
		pause(time.Duration(10+random.IntN(80)) * time.Millisecond)
		w := c.workers[random.IntN(len(c.workers))]
		w.kill()
		w.start()
		c.supervise()
	}
	c.drain()
	for _, w := range c.workers {
		w.kill()
	}
	c.row.broken = fmt.Sprintf("equal lines, %s, %d kills", name, n)
	c.row.messages = *equalMessages
	lines := countLines(t, c.dir)
	c.row.lost, c.row.doubled = max(0, *equalMessages-lines), max(0, lines-*equalMessages)
	if lines != *equalMessages {
		t.Errorf("%d lines of %d messages after %d kills (seed %d)", lines, *equalMessages, n, *seed)
	}
	report(c.row)
}

// fill puts messages on the stream, of which three kinds are all there are.
func fill(t *testing.T, addr string, messages int) {
	t.Helper()
	cases, err := fixtures.Typical("trixie")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := redis.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for n := range messages {
		if err := conn.Send("XADD", "messages", "*", "message", cases[n%len(cases)].Field); err != nil {
			t.Fatal(err)
		}
		if n%1000 == 999 || n == messages-1 {
			if _, err := conn.Do(""); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// phpMark is in each line of PHP's, and in no other.
const phpMark = "written by PHP"

// countLines returns how many lines of envelog are in the files. Blank ones are what is left of a write that a kill cut
// short while others had the file open.
func countLines(t *testing.T, dir string) (lines int) {
	t.Helper()
	for _, path := range logFiles(dir) {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(content) {
			if len(bytes.TrimSpace(line)) > 0 && !bytes.Contains(line, []byte(phpMark)) {
				lines++
			}
		}
	}
	return lines
}

// keepBusy runs endless loops until the test ends.
func keepBusy(t *testing.T, loops int) {
	t.Helper()
	for range loops {
		loop := exec.Command("sh", "-c", "while :; do :; done")
		if err := loop.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = loop.Process.Kill(); _ = loop.Wait() })
	}
}

// phpWriter appends numbered lines to all files until it is told to stop.
type phpWriter struct {
	cmd   *exec.Cmd
	dir   string
	count string // the file in which it leaves how many lines it wrote
}

const phpWriterScript = `
[, $dir, $locks, $stop, $count] = $argv;
for ($n = 0; !file_exists($stop); ++$n) {
    foreach (glob($dir.'/*.log') as $path) {
        file_put_contents($path, sprintf("[2026-11-23T09:49:34.841400+01:00] app.INFO: %s, line %d []\n", '` + phpMark + `', $n), FILE_APPEND | ($locks ? LOCK_EX : 0));
        ++$lines;
    }
    usleep(500);
}
file_put_contents($count, (int) $lines);
`

func startPHPWriter(t *testing.T, dir string, locks bool) *phpWriter {
	t.Helper()
	w := &phpWriter{dir: dir, count: filepath.Join(t.TempDir(), "count")}
	w.cmd = exec.Command("php", "-d", "display_errors=stderr", "-r", "$lines = 0;"+phpWriterScript, "--", dir, fmt.Sprint(map[bool]int{true: 1}[locks]), w.count+".stop", w.count)
	w.cmd.Stderr = os.Stderr
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.cmd.Process.Kill() })
	return w
}

// stop ends the writer, and checks that each of its lines is whole.
func (w *phpWriter) stop(t *testing.T) {
	t.Helper()
	if err := os.WriteFile(w.count+".stop", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := w.cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(w.count)
	if err != nil {
		t.Fatal(err)
	}
	whole := 0
	for _, path := range logFiles(w.dir) {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(content) {
			if bytes.HasPrefix(line, []byte("[2026-11-23T09:49:34.841400+01:00] app.INFO: "+phpMark)) && bytes.HasSuffix(line, []byte(" []\n")) {
				whole++
			}
		}
	}
	if want := strings.TrimSpace(string(text)); fmt.Sprint(whole) != want {
		t.Errorf("%d lines of PHP are whole, it wrote %s", whole, want)
	}
}
