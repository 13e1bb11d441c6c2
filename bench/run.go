package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"envelog/decoder"
	"envelog/fixtures"
	"envelog/format"
	"envelog/record"
	"envelog/transport"
)

type config struct {
	envelog     string
	suite       string
	rounds      int
	messages    int
	phpMessages int
	only        string
	lines       bool
	more        bool   // latency, record sizes, processors, streams and start as well
	records     int    // of latency
	image       string // of the server; the redis-server of this machine if it is empty
}

// sizes are the recorded log messages of speed's three sizes.
var sizes = [...]string{"small", "medium", "large"}

func run(c config) error {
	if c.rounds < 1 {
		return fmt.Errorf("-rounds=%d: at least one is needed", c.rounds)
	}
	if _, err := os.Stat(c.envelog); err != nil {
		return fmt.Errorf("no binary to measure: %w (make build)", err)
	}
	fields, err := recorded(c.suite)
	if err != nil {
		return err
	}
	s, err := startServer(c.image)
	if err != nil {
		return err
	}
	defer s.stop()
	fmt.Printf("%s, %s/%s, %d CPUs, %s; %s; the server's congestion control is %s.\n",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), load(), versions(c.image), s.useCongestionControl())
	cache, err := os.MkdirTemp("", "envelog-bench-cache-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(cache)
	if err := warm(cache); err != nil {
		return err
	}
	if err := wholeWay(c, s, cache, fields["medium"]); err != nil {
		return err
	}
	if c.more {
		for _, measure := range []func() error{
			func() error { return latency(c, s, cache, fields["medium"]) },
			func() error { return variants(c, s, fields) },
			func() error { return startUp(c, s, fields["medium"]) },
		} {
			if err := measure(); err != nil {
				return err
			}
		}
	}
	if c.lines {
		return fieldToLine(c, fields)
	}
	return nil
}

// recorded returns the stored fields of a suite by their size.
func recorded(suite string) (map[string][]byte, error) {
	cases, err := fixtures.Typical(suite)
	if err != nil {
		return nil, err
	}
	found := map[string][]byte{}
	for _, k := range cases {
		if size, ok := strings.CutPrefix(k.Name, "typical-"); ok {
			found[size] = k.Field
		}
	}
	for _, size := range sizes {
		if found[size] == nil {
			return nil, fmt.Errorf("fixtures of %s have no case typical-%s", suite, size)
		}
	}
	return found, nil
}

// versions says what is measured with: the image of the server, or the redis-server of this machine, and PHP.
func versions(image string) string {
	parts := []string{image}
	if image == "" {
		parts[0] = firstLine("redis-server", "--version")
	}
	return strings.Join(append(parts, firstLine("php", "-r", "echo 'PHP ', PHP_VERSION, ', phpredis ', phpversion('redis');")), "; ")
}

// load says how busy the machine was before.
func load() string {
	average, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "load unknown"
	}
	minute, _, _ := strings.Cut(string(average), " ")
	return "load " + minute
}

func firstLine(name string, args ...string) string {
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		return name + ": " + err.Error()
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(out)), " sha=")
	return line
}

// wholeWay runs every contender once a round and prints the table.
func wholeWay(c config, s *server, cache string, field []byte) error {
	all, err := chosen(contenders(c, cache), c.only)
	if err != nil {
		return err
	}
	results := make([][]result, len(all))
	fmt.Printf("\n### Throughput\n\nFrom the stream to files: %d rounds in turn, a field of %d bytes, %d messages a round (PHP %d).\n", c.rounds, len(field), c.messages, c.phpMessages)
	for round := range c.rounds {
		for place := range all {
			i := (round + place) % len(all) // who comes first changes: a machine that has just rested is faster
			k := all[i]
			r, err := k.round(s, [][]byte{field})
			if err != nil {
				return err
			}
			results[i] = append(results[i], r)
			fmt.Fprintf(os.Stderr, "round %d of %d: %-18s %8.0f msgs/s\n", round+1, c.rounds, k.name, r.rate)
		}
	}
	printContenders(all, results)
	printRatios(all, results)
	return nil
}

// chosen returns those of all that only names; envelog, which the others are compared with, is always among them.
func chosen(all []contender, only string) ([]contender, error) {
	if only == "" {
		return all, nil
	}
	var some []contender
	names := strings.Split(only, ",")
	for _, name := range names {
		if !slices.ContainsFunc(all, func(k contender) bool { return k.name == name }) {
			return nil, fmt.Errorf("-only=%s: there is no contender %q", only, name)
		}
	}
	for _, k := range all {
		if k.name == "envelog" || slices.Contains(names, k.name) {
			some = append(some, k)
		}
	}
	return some, nil
}

func printContenders(all []contender, results [][]result) {
	fmt.Printf("\n| contender | messages/s, median (min to max) | CPU a message | of the server | peak memory |\n|---|---|---|---|---|\n")
	for i, k := range all {
		rate := spreadOf(column(results[i], func(r result) float64 { return r.rate }))
		cpu := spreadOf(column(results[i], func(r result) float64 { return microseconds(r.cpu) }))
		server := spreadOf(column(results[i], func(r result) float64 { return microseconds(r.server) }))
		peak := spreadOf(column(results[i], func(r result) float64 { return float64(r.peak) }))
		memory := fmt.Sprintf("%d MiB", int(peak.max)>>20)
		if k.isEnvelog() {
			memory = checkedMemory(int(peak.max))
		}
		fmt.Printf("| %s | %.0f (%.0f to %.0f) | %.1f us | %.1f us | %s |\n", k.name, rate.median, rate.min, rate.max, cpu.median, server.median, memory)
	}
	limit := spreadOf(column(results[len(results)-1], func(r result) float64 { return 1e6 / microseconds(r.server) }))
	fmt.Printf("| the limit, if envelog were free: the server alone, with envelog's commands | %.0f (%.0f to %.0f) | 0 | | |\n", limit.median, limit.min, limit.max)
}

func microseconds(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// printRatios divides within each round, then takes the spread of the quotients.
func printRatios(all []contender, results [][]result) {
	fmt.Printf("\n| messages/s, median (min to max) of the rounds' quotients |")
	for i, k := range all {
		if k.isEnvelog() {
			fmt.Printf(" %s |", all[i].name)
		}
	}
	fmt.Printf("\n|---|%s\n", strings.Repeat("---|", countEnvelog(all)))
	for i, k := range all {
		if k.isEnvelog() {
			continue
		}
		fmt.Printf("| over %s |", k.name)
		for j, ours := range all {
			if ours.isEnvelog() {
				q := ratios(results[j], results[i])
				fmt.Printf(" %.2f (%.2f to %.2f) |", q.median, q.min, q.max)
			}
		}
		fmt.Println()
	}
}

func countEnvelog(all []contender) int {
	n := 0
	for _, k := range all {
		if k.isEnvelog() {
			n++
		}
	}
	return n
}

// ratios divides the rates of ours by those of theirs, round by round.
func ratios(ours, theirs []result) spread {
	var quotients []float64
	for round, r := range theirs {
		quotients = append(quotients, ours[round].rate/r.rate)
	}
	return spreadOf(quotients)
}

func column(results []result, of func(result) float64) []float64 {
	values := make([]float64, len(results))
	for i, r := range results {
		values[i] = of(r)
	}
	return values
}

// fieldToLine compares stored field to finished line, in turn, in one process each.
func fieldToLine(c config, fields map[string][]byte) error {
	fmt.Printf("\n### Stored field to finished line\n\nNothing else, in the format line: %d rounds in turn.\n\n", c.rounds)
	fmt.Printf("| field | PHP ns, median | envelog ns, median | allocations | PHP over envelog min | median | max |\n|---|---|---|---|---|---|---|\n")
	for _, size := range sizes {
		var php, ours, quotients []float64
		var allocs int64
		for range c.rounds {
			p, err := phpLine(fields[size])
			if err != nil {
				return err
			}
			b, err := goLine(fields[size])
			if err != nil {
				return err
			}
			ns := float64(b.T.Nanoseconds()) / float64(b.N)
			php, ours, quotients = append(php, p), append(ours, ns), append(quotients, p/ns)
			allocs = max(allocs, b.AllocsPerOp())
		}
		q := spreadOf(quotients)
		fmt.Printf("| %s, %d bytes | %.0f | %.0f | %d | %.1f | %.1f | %.1f |\n", size, len(fields[size]),
			spreadOf(php).median, spreadOf(ours).median, allocs, q.min, q.median, q.max)
	}
	return nil
}

func phpLine(field []byte) (float64, error) {
	file, err := os.CreateTemp("", "envelog-field-")
	if err != nil {
		return 0, err
	}
	defer os.Remove(file.Name())
	if _, err := file.Write(field); err != nil {
		return 0, err
	}
	if err := file.Close(); err != nil {
		return 0, err
	}
	out, err := exec.Command("php", "bench/php/lines.php", file.Name(), "0.5").CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("php: %w\n%s", err, out)
	}
	var ns float64
	if _, err := fmt.Sscan(string(out), &ns); err != nil {
		return 0, fmt.Errorf("php: %w\n%s", err, out)
	}
	return ns, nil
}

func goLine(field []byte) (testing.BenchmarkResult, error) {
	d, err := decoder.New(decoder.Options{Serializer: decoder.PHP})
	if err != nil {
		return testing.BenchmarkResult{}, err
	}
	f, err := format.New("line", format.Options{})
	if err != nil {
		return testing.BenchmarkResult{}, err
	}
	entry := transport.Entry{ID: []byte("1-0"), Message: field}
	var r record.Record
	var line []byte
	if err := d.Decode(&entry, &r); err != nil {
		return testing.BenchmarkResult{}, err
	}
	return testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := d.Decode(&entry, &r); err != nil {
				b.Fatal(err)
			}
			line = f.Append(line[:0], &r)
		}
	}), nil
}
