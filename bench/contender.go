package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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
}

// result is what one contender did in one round.
type result struct {
	rate float64       // messages a second
	cpu  time.Duration // CPU time of the client a message
	peak int           // highest resident memory, bytes
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
	drained := func(s *server, _ string, messages int) *exec.Cmd {
		return exec.Command(os.Args[0], "drain", s.addr, stream, group, fmt.Sprint(messages))
	}
	envelog := func(s *server, dir string, messages int) *exec.Cmd {
		return exec.Command(c.envelog, "messenger:consume", "async_logging", fmt.Sprintf("--limit=%d", messages), "--log-dir", dir,
			"--dsn", fmt.Sprintf("async_logging=redis://%s/%s/%s/bench", s.addr, stream, group), "-q")
	}
	listening := func(s *server, dir string, messages int) *exec.Cmd {
		cmd := envelog(s, dir, messages)
		cmd.Args = append(cmd.Args, "--listen=127.0.0.1:0")
		return cmd
	}
	return []contender{
		{"php pinned", true, c.phpMessages, console, true},
		{"php", false, c.phpMessages, console, true},
		{"php components", true, c.phpMessages, components, true},
		{"drain", false, c.messages, drained, false},
		{"listening", false, c.messages, listening, true},
		{"envelog", false, c.messages, envelog, true},
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
	dir, err := os.MkdirTemp("", "envelog-bench-")
	if err != nil {
		return result{}, err
	}
	defer os.RemoveAll(dir)
	if err := s.fill(stream, group, fields, k.messages); err != nil {
		return result{}, fmt.Errorf("fill the stream: %w", err)
	}
	if err := s.place(k.pinned); err != nil {
		return result{}, fmt.Errorf("place redis-server: %w", err)
	}
	cmd := k.command(s, dir, k.messages)
	if k.pinned {
		cmd.Args = append([]string{"taskset", "-c", "0"}, cmd.Args...)
		if cmd.Path, err = exec.LookPath("taskset"); err != nil {
			return result{}, err
		}
	}
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return result{}, err
	}
	peak := watchMemory(cmd.Process.Pid)
	err = cmd.Wait()
	took := time.Since(start)
	if err != nil {
		return result{}, fmt.Errorf("%s: %w\n%s", k.name, err, said.Bytes())
	}
	if err := k.check(s, dir); err != nil {
		return result{}, fmt.Errorf("%s: %w\n%s", k.name, err, said.Bytes())
	}
	cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return result{
		rate: float64(k.messages) / took.Seconds(),
		cpu:  cpu / time.Duration(k.messages),
		peak: peak(),
	}, nil
}

// check makes sure that the stream is empty and that each message became a line: a contender that skips work is fast.
func (k contender) check(s *server, dir string) error {
	left, err := s.left(stream)
	if err != nil {
		return err
	}
	if left != 0 {
		return fmt.Errorf("%d entries are still on the stream", left)
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

// watchMemory reads the highest resident memory of a process until it is gone; the function that it returns tells the
// bytes. (What wait4 reports begins with the memory of the process that forked.)
func watchMemory(pid int) func() int {
	var peak int
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
			peak = max(peak, kib<<10)
			time.Sleep(5 * time.Millisecond)
		}
	}()
	return func() int {
		<-done
		return peak
	}
}

// spread is a sample's smallest, middle and largest value.
type spread struct{ min, median, max float64 }

func spreadOf(values []float64) spread {
	v := slices.Sorted(slices.Values(values))
	return spread{v[0], v[len(v)/2], v[len(v)-1]}
}
