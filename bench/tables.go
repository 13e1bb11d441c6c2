package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// row is one line of a table of envelog.
type row struct {
	name     string
	messages int
	field    []byte
	streams  int
	command  func(s *server, dir string, messages int) *exec.Cmd

	serverOnCPU0 bool
}

// memoryGoal is what a worker is to stay below, whatever the size of records.
const memoryGoal = 40 << 20

// variants runs envelog and drain in turn on other records, processors and streams, and prints the tables.
func variants(c config, s *server, fields map[string][]byte) error {
	c.messages /= 2 // there are many rows
	enormous, err := huge(fields["large"])
	if err != nil {
		return err
	}
	sizes := []row{
		{name: "small", field: fields["small"]},
		{name: "typical", field: fields["medium"]},
		{name: "large", field: fields["large"]},
		{name: "huge", field: enormous},
	}
	for i := range sizes {
		sizes[i].name = fmt.Sprintf("%s, %d bytes", sizes[i].name, len(sizes[i].field))
		sizes[i].messages = max(200, min(c.messages, c.messages*1000/len(sizes[i].field)))
	}
	if err := table(c, s, "By record size", sizes); err != nil {
		return err
	}
	cores := []row{
		{name: "GOMAXPROCS=1", command: c.withEnv("GOMAXPROCS=1")},
		{name: "GOMAXPROCS=2", command: c.withEnv("GOMAXPROCS=2")},
		{name: "server on CPU 0, envelog on CPU 1", command: c.onCPU1(), serverOnCPU0: true},
	}
	if err := table(c, s, "By processors", fill(c, cores, fields["medium"])); err != nil {
		return err
	}
	streams := []row{{name: "1 stream", streams: 1}, {name: "4 streams, one process", streams: 4}}
	if err := table(c, s, "By streams", fill(c, streams, fields["medium"])); err != nil {
		return err
	}
	return slowSyncs(c, s, fields["medium"])
}

// slowSyncs runs envelog as on slower disks: a build with the tag faults, in which a sync lasts longer.
func slowSyncs(c config, s *server, field []byte) error {
	dir, err := os.MkdirTemp("", "envelog-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	c.envelog = filepath.Join(dir, "envelog")
	if out, err := exec.Command("go", "build", "-trimpath", "-tags", "faults", "-o", c.envelog, "./cmd/envelog").CombinedOutput(); err != nil {
		return fmt.Errorf("build envelog with the tag faults: %w\n%s", err, out)
	}
	var rows []row
	for _, more := range []string{"0s", "1ms", "5ms", "20ms"} {
		rows = append(rows, row{name: more + " more", command: c.withEnv("ENVELOG_SYNC_DELAY=" + more)})
	}
	return table(c, s, "By the time a sync takes", fill(c, rows, field))
}

// fill sets what rows have in common.
func fill(c config, rows []row, field []byte) []row {
	for i := range rows {
		rows[i].field, rows[i].messages = field, c.messages
	}
	return rows
}

// table runs each row, drain on the same records beside it, and prints them.
func table(c config, s *server, title string, rows []row) error {
	rounds := min(3, c.rounds)
	fmt.Printf("\n### %s\n\n%d rounds in turn with drain, each batch synced.\n\n", title, rounds)
	fmt.Printf("| | messages/s, median | MB/s | over drain | CPU a message | peak memory |\n|---|---|---|---|---|---|\n")
	results, drains := make([][]result, len(rows)), make([][]result, len(rows))
	for range rounds {
		for i, r := range rows {
			streams := names(max(1, r.streams))
			drain := contender{name: "drain", messages: r.messages, command: drainCommand}
			d, err := drain.round(s, [][]byte{r.field})
			if err != nil {
				return err
			}
			e, err := r.run(c, s, streams)
			if err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
			drains[i], results[i] = append(drains[i], d), append(results[i], e)
		}
	}
	for i, r := range rows {
		rate := func(r result) float64 { return r.rate }
		median := spreadOf(column(results[i], rate)).median
		cpu := spreadOf(column(results[i], func(r result) float64 { return microseconds(r.cpu) })).median
		peak := int(spreadOf(column(results[i], func(r result) float64 { return float64(r.peak) })).max)
		fmt.Printf("| %s | %.0f | %.0f | %.2f | %.1f us | %s |\n", r.name, median, median*float64(len(r.field))/1e6,
			ratios(results[i], drains[i]).median, cpu, checkedMemory(peak))
	}
	return nil
}

func (r row) run(c config, s *server, streams []string) (result, error) {
	if err := s.fill(streams, [][]byte{r.field}, r.messages); err != nil {
		return result{}, err
	}
	command := r.command
	if command == nil {
		command = c.consume()
	}
	if len(streams) > 1 {
		command = c.consumeAll(streams)
	}
	k := contender{name: r.name, messages: r.messages, command: command, writes: true, serverOnCPU0: r.serverOnCPU0}
	return k.run(s, streams)
}

func names(n int) []string {
	streams := []string{stream}
	for i := 1; i < n; i++ {
		streams = append(streams, stream+strconv.Itoa(i))
	}
	return streams
}

func checkedMemory(bytes int) string {
	text := fmt.Sprintf("%d MiB", bytes>>20)
	if bytes > memoryGoal {
		return "**" + text + ", over " + strconv.Itoa(memoryGoal>>20) + "**"
	}
	return text
}

// consumeAll returns how envelog is started to consume some streams, each a transport of its own.
func (c config) consumeAll(streams []string) func(s *server, dir string, messages int) *exec.Cmd {
	return func(s *server, dir string, messages int) *exec.Cmd {
		cmd := exec.Command(c.envelog, "messenger:consume", "-q", fmt.Sprintf("--limit=%d", messages), "--log-dir", dir)
		for i, stream := range streams {
			cmd.Args = append(cmd.Args, fmt.Sprintf("t%d", i), "--dsn", fmt.Sprintf("t%d=redis://%s/%s/%s/bench", i, s.addr, stream, group))
		}
		return cmd
	}
}

func (c config) withEnv(more string) func(s *server, dir string, messages int) *exec.Cmd {
	return func(s *server, dir string, messages int) *exec.Cmd {
		cmd := c.consume()(s, dir, messages)
		cmd.Env = append(os.Environ(), more)
		return cmd
	}
}

func (c config) onCPU1() func(s *server, dir string, messages int) *exec.Cmd {
	return func(s *server, dir string, messages int) *exec.Cmd {
		cmd := c.consume()(s, dir, messages)
		return exec.Command("taskset", append([]string{"-c", "1"}, cmd.Args...)...)
	}
}

// huge returns the recorded large field with a message of a megabyte in it.
func huge(large []byte) ([]byte, error) {
	const megabyte = 1 << 20
	quote := []byte(`\\\"`)
	before := []byte(`s:29:` + string(quote) + "Import finished with warnings")
	body := large[bytes.IndexByte(large, '{'):bytes.LastIndexByte(large, '"')]
	if !bytes.Contains(body, before) {
		return nil, fmt.Errorf("the recorded large field has another message than the benchmark knows")
	}
	message := bytes.Repeat([]byte("Import finished with warnings. "), megabyte/len("Import finished with warnings. "))
	body = bytes.Replace(body, before, fmt.Appendf(nil, "s:%d:%s%s", len(message), quote, message), 1)
	return fmt.Appendf(nil, `s:%d:"%s";`, len(body), body), nil
}
