package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	stream = "log-messages"
	group  = "symfony"
)

// contender is one way of taking messages off the stream.
type contender struct {
	name     string
	pinned   bool // the process and the server share CPU 0
	messages int
	command  func(s *server, dir string, messages int) *exec.Cmd
	writes   bool // its lines are counted afterwards
	held     bool // it is in a container that waits for a line before it begins, see newestPHP

	serverOnCPU0 bool // the server alone is bound
}

// isEnvelog reports whether the contender is compared with the others.
func (k contender) isEnvelog() bool { return strings.HasPrefix(k.name, "envelog") }

// result is what one contender did in one round.
type result struct {
	rate   float64       // messages a second
	cpu    time.Duration // CPU time of the client a message
	server time.Duration // CPU time of the server a message
	peak   int           // highest resident memory, bytes
}

func contenders(c config, cache string) []contender {
	console := func(s *server, dir string, messages int) *exec.Cmd {
		cmd := exec.Command("php", "bench/php/console.php", "messenger:consume", "async_logging", "--sleep=1", fmt.Sprintf("--limit=%d", messages))
		cmd.Env = append(consoleEnv(cache, dir), "MESSENGER_TRANSPORT_DSN="+phpDSN(s))
		return cmd
	}
	components := func(s *server, dir string, messages int) *exec.Cmd {
		return exec.Command("php", "bench/php/worker.php", phpDSN(s), fmt.Sprint(messages), dir)
	}
	all := []contender{
		{name: "php pinned", pinned: true, messages: c.phpMessages, command: console, writes: true},
		{name: "php", messages: c.phpMessages, command: console, writes: true},
		{name: "php components", pinned: true, messages: c.phpMessages, command: components, writes: true},
	}
	if newest, ok := newestPHP(c); ok {
		all = append(all, newest)
	}
	return append(all,
		contender{name: "drain", messages: c.messages, command: drainCommand},
		contender{name: "envelog --listen", messages: c.messages, command: c.consume("--listen=127.0.0.1:0"), writes: true},
		contender{name: "envelog --sync=never", messages: c.messages, command: c.consume("--sync=never"), writes: true},
		contender{name: "envelog --sync=interval", messages: c.messages, command: c.consume("--sync=interval"), writes: true},
		contender{name: "envelog", messages: c.messages, command: c.consume(), writes: true})
}

// drainCommand runs drain in a process of its own.
func drainCommand(s *server, _ string, messages int) *exec.Cmd {
	return exec.Command(os.Args[0], "drain", s.addr, stream, group, fmt.Sprint(messages))
}

// consume returns how envelog is started, with more options than it needs.
func (c config) consume(more ...string) func(s *server, dir string, messages int) *exec.Cmd {
	return func(s *server, dir string, messages int) *exec.Cmd {
		cmd := exec.Command(c.envelog, "messenger:consume", "async_logging", fmt.Sprintf("--limit=%d", messages), "--log-dir", dir,
			"--dsn", fmt.Sprintf("async_logging=redis://%s/%s/%s/bench", s.addr, stream, group), "-q")
		cmd.Args = append(cmd.Args, more...)
		return cmd
	}
}

func phpDSN(s *server) string {
	return fmt.Sprintf("redis://%s/%s/%s/bench?delete_after_ack=true&auto_setup=false", s.addr, stream, group)
}

func consoleEnv(cache, logs string) []string {
	return append(os.Environ(), "CACHE_DIR="+cache, "LOG_DIR="+logs)
}

// warm compiles the container of the PHP application, as a deployment does.
func warm(cache string) error {
	cmd := exec.Command("php", "bench/php/console.php", "list")
	cmd.Env = consoleEnv(cache, cache)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("warm the application's cache: %w\n%s", err, out)
	}
	return nil
}

// round fills the stream, runs the contender on it and checks that it did its work.
func (k contender) round(s *server, fields [][]byte) (result, error) {
	if err := s.fill([]string{stream}, fields, k.messages); err != nil {
		return result{}, fmt.Errorf("fill the stream: %w", err)
	}
	return k.run(s, []string{stream})
}

// run runs the contender on the streams, which are filled, and checks that it did its work.
func (k contender) run(s *server, streams []string) (result, error) {
	dir, err := os.MkdirTemp("", "envelog-bench-")
	if err != nil {
		return result{}, err
	}
	defer os.RemoveAll(dir)
	if err := s.place(k.pinned || k.serverOnCPU0); err != nil {
		return result{}, fmt.Errorf("place the server: %w", err)
	}
	cmd := k.command(s, dir, k.messages)
	if k.pinned && !k.held {
		cmd.Args = append([]string{"taskset", "-c", "0"}, cmd.Args...)
		if cmd.Path, err = exec.LookPath("taskset"); err != nil {
			return result{}, err
		}
	}
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	r, err := k.measure(s, cmd, dir)
	if err == nil {
		err = k.check(s, streams, dir)
	}
	if err != nil {
		return result{}, fmt.Errorf("%s: %w\n%s", k.name, err, said.Bytes())
	}
	return r, nil
}

// measure runs the process to its end.
func (k contender) measure(s *server, cmd *exec.Cmd, dir string) (result, error) {
	begin := func() (pid int, err error) { return cmd.Process.Pid, nil }
	if k.held {
		release, err := holdContainer(cmd, dir)
		if err != nil {
			return result{}, err
		}
		begin = release
	}
	start, before := time.Now(), cpuTime(s.pid)
	if err := cmd.Start(); err != nil {
		return result{}, err
	}
	pid, err := begin()
	if err != nil {
		return result{}, errors.Join(err, cmd.Process.Kill(), cmd.Wait())
	}
	if k.held {
		start, before = time.Now(), cpuTime(s.pid)
	}
	used := watch(pid, k.look())
	err = cmd.Wait()
	took, served := time.Since(start), cpuTime(s.pid)-before
	if err != nil {
		return result{}, err
	}
	peak, cpu := used()
	if !k.held { // what is watched lacks the last milliseconds
		cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	n := time.Duration(k.messages)
	return result{rate: float64(k.messages) / took.Seconds(), cpu: cpu / n, server: served / n, peak: peak}, nil
}

// look returns the pause between looks at the process. Go looks around every 20 us for some milliseconds after each: one look every 5 ms
// took 6% of a CPU from what is measured. In a container they alone tell the CPU time, and often enough to miss little of it.
func (k contender) look() time.Duration {
	if k.held {
		return 5 * time.Millisecond
	}
	return 50 * time.Millisecond
}

// check makes sure that the stream is empty and that each message became a line: a contender that skips work is fast.
func (k contender) check(s *server, streams []string, dir string) error {
	for _, stream := range streams {
		left, err := s.left(stream)
		if err != nil {
			return err
		}
		if left != 0 {
			return fmt.Errorf("%d entries are still on the stream", left)
		}
	}
	if !k.writes {
		return nil
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.log"))
	if err != nil {
		return err
	}
	lines := 0
	for _, file := range files {
		n, err := countLines(file)
		if err != nil {
			return err
		}
		lines += n
	}
	if lines != k.messages {
		return fmt.Errorf("%d lines for %d messages in %v", lines, k.messages, files)
	}
	return nil
}

func countLines(path string) (lines int, err error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	buf := make([]byte, 1<<18)
	for {
		n, err := file.Read(buf)
		lines += bytes.Count(buf[:n], []byte{'\n'})
		if err == io.EOF {
			return lines, nil
		}
		if err != nil {
			return 0, err
		}
	}
}

// watch reads the highest resident memory and the CPU time of a process until it is gone; the function that it returns waits
// for that and returns them. (What wait4 reports begins with the memory of the process that forked.)
func watch(pid int, every time.Duration) func() (peak int, cpu time.Duration) {
	var peak int
	var cpu time.Duration
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
			_, line, found := bytes.Cut(status, []byte("VmHWM:"))
			if err != nil || !found { // a zombie has no memory
				return
			}
			var kib int
			fmt.Sscan(string(line), &kib)
			peak, cpu = max(peak, kib<<10), max(cpu, cpuTime(pid))
			time.Sleep(every)
		}
	}()
	return func() (int, time.Duration) {
		<-done
		return peak, cpu
	}
}

// cpuTime returns how much CPU time a process has taken, to 10 ms; 0 if there is no such process.
func cpuTime(pid int) time.Duration {
	const tick = 10 * time.Millisecond // USER_HZ is 100 on every architecture that Go runs on
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	const user, system = 11, 12
	ticks := 0
	for _, field := range fields[user : system+1] {
		n, _ := strconv.Atoi(string(field))
		ticks += n
	}
	return time.Duration(ticks) * tick
}

// spread is a sample's smallest, middle and largest value.
type spread struct{ min, median, max float64 }

func spreadOf(values []float64) spread {
	v := slices.Sorted(slices.Values(values))
	return spread{v[0], v[len(v)/2], v[len(v)-1]}
}
