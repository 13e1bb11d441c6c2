//go:build fault

package fault

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var (
	kills = flag.Int("kills", 200, "how often something is killed, in all")
	seed  = flag.Uint64("seed", uint64(time.Now().UnixNano()), "of what is killed when")

	binary string // envelog, built with the crash points
)

// row is one line of the table.
type row struct {
	name                    string
	broken                  string // what was done, and how often
	messages, lost, doubled int
	stall                   time.Duration
	said                    string
	mayLose                 bool // docs/delivery.md says so
}

var table struct {
	mu   sync.Mutex
	rows []row
}

func report(r row) {
	table.mu.Lock()
	defer table.mu.Unlock()
	table.rows = append(table.rows, r)
}

func TestMain(m *testing.M) {
	flag.Parse()
	dir, err := os.MkdirTemp("", "envelog-fault-")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "envelog")
	if out, err := exec.Command("go", "build", "-tags", "faults", "-o", binary, "envelog/cmd/envelog").CombinedOutput(); err != nil {
		panic(fmt.Sprintf("build envelog: %v\n%s", err, out))
	}
	fmt.Printf("seed %d, %d kills\n", *seed, *kills)
	code := m.Run()
	printTable()
	os.RemoveAll(dir)
	os.Exit(code)
}

func printTable() {
	slices.SortStableFunc(table.rows, func(a, b row) int { return cmp.Compare(a.name, b.name) })
	fmt.Print("\n| what happens | messages | lost | doubled | longest stall | what the log says |\n|---|---|---|---|---|---|\n")
	for _, r := range table.rows {
		fmt.Printf("| %s | %d | %d | %d | %.1f s | %s |\n", cmp.Or(r.broken, r.name), r.messages, r.lost, r.doubled,
			r.stall.Seconds(), strings.ReplaceAll(cmp.Or(r.said, "–"), "|", "\\|"))
	}
	fmt.Println()
}
