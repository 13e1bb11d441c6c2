//go:build fault

package fault

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"envelog/internal/redistest"
)

// TestMillion carries a million records, and looks at the memory and the descriptors of the process all along.
func TestMillion(t *testing.T) {
	const records, memoryLimit = 1_000_000, 64 << 10 // KiB
	c := &chain{t: t, server: redistest.Start(t), dir: t.TempDir(), flags: []string{"--rotate-size=64M"}}
	c.dsn, c.watcher = dsn(c.server.Addr), watch(t, c.dir)
	c.row.name, c.row.broken = "9.1", "nothing: a million records through one consumer"
	c.begin(1)
	c.produce()
	var memory, files []int
	for done := int64(0); done < records; done, _ = c.server.Do("XINFO", "STREAM", "messages").([]any)[11].(int64) {
		memory = append(memory, residentKiB(t, c.workers[0].cmd.Process.Pid))
		files = append(files, descriptors(t, c.workers[0].cmd.Process.Pid))
		pause(100 * time.Millisecond)
	}
	c.settle()
	early, late := highest(memory[:len(memory)/4]), highest(memory[len(memory)*3/4:])
	t.Logf("highest resident memory in the first quarter %d KiB, in the last %d KiB; descriptors %d, %d",
		early, late, highest(files[:len(files)/4]), highest(files[len(files)*3/4:]))
	if late > memoryLimit || late > early+early/4 {
		t.Errorf("memory is not flat: %d KiB in the first quarter, %d KiB in the last", early, late)
	}
	if highest(files) > highest(files[:len(files)/4])+4 {
		t.Errorf("descriptors grow: %v", files)
	}
}

var rss = regexp.MustCompile(`VmRSS:\s+(\d+) kB`)

func residentKiB(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(string(rss.FindSubmatch(status)[1]))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func descriptors(t *testing.T, pid int) int {
	t.Helper()
	entries, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func highest(values []int) (most int) {
	for _, v := range values {
		most = max(most, v)
	}
	return most
}
