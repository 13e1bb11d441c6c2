package main

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// waiter is a contender that waits for one message at a time.
type waiter struct {
	name    string
	records int
	pause   func() time.Duration // between a line and the next message
	command func(s *server, dir string, messages int) *exec.Cmd
	endless bool // it has no limit, and is told to stop
}

// latency measures from XADD to the line in the file, one record at a time, and prints the table.
func latency(c config, s *server, cache string, field []byte) error {
	console := func(sleep string) func(s *server, dir string, messages int) *exec.Cmd {
		return func(s *server, dir string, messages int) *exec.Cmd {
			cmd := exec.Command("php", "bench/php/console.php", "messenger:consume", "async_logging", "--sleep="+sleep, fmt.Sprintf("--limit=%d", messages))
			cmd.Env = append(consoleEnv(cache, dir), "MESSENGER_TRANSPORT_DSN="+phpDSN(s))
			return cmd
		}
	}
	short := func() time.Duration { return 3 * time.Millisecond }
	anyTime := func() time.Duration { return rand.N(time.Second) } // a worker that sleeps is met at any moment
	fmt.Printf("\n### Latency\n\nFrom XADD to the line in the file, one record of %d bytes at a time, in milliseconds.\n\n", len(field))
	fmt.Printf("| contender | records | p50 | p90 | p99 | max |\n|---|---|---|---|---|---|\n")
	for _, w := range []waiter{
		{"envelog", c.records, short, c.consume(), true},
		{"envelog --sync=never", c.records, short, c.consume("--sync=never"), true},
		{"php --sleep=0", c.records, short, console("0"), false},
		{"php --sleep=1", 12, anyTime, console("1"), false},
	} {
		took, err := w.measure(s, field)
		if err != nil {
			return fmt.Errorf("latency of %s: %w", w.name, err)
		}
		slices.Sort(took)
		at := func(part float64) float64 {
			return float64(took[min(len(took)-1, int(part*float64(len(took))))]) / float64(time.Millisecond)
		}
		fmt.Printf("| %s | %d | %.2f | %.2f | %.2f | %.2f |\n", w.name, len(took), at(0.5), at(0.9), at(0.99), at(1))
	}
	return nil
}

// measure starts the contender on an empty stream and returns how long each line took, but for the first ones.
func (w waiter) measure(s *server, field []byte) ([]time.Duration, error) {
	const warming = 5
	dir, err := os.MkdirTemp("", "envelog-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := errors.Join(s.fill([]string{stream}, [][]byte{field}, 0), s.place(false)); err != nil {
		return nil, err
	}
	files, err := watchDirectory(dir)
	if err != nil {
		return nil, err
	}
	defer unix.Close(files.descriptor)
	limit := warming + w.records
	if w.endless {
		limit = math.MaxInt32 // one that comes near bounds how far envelog reads ahead
	}
	cmd := w.command(s, dir, limit)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	took, err := w.oneByOne(s, field, files, warming)
	if err != nil {
		cmd.Process.Kill()
		return nil, fmt.Errorf("%w\n%s", errors.Join(err, cmd.Wait()), said.Bytes())
	}
	if w.endless {
		err = cmd.Process.Signal(unix.SIGTERM)
	}
	return took[warming:], errors.Join(err, cmd.Wait())
}

func (w waiter) oneByOne(s *server, field []byte, files *watchedDirectory, warming int) ([]time.Duration, error) {
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	add := command("XADD", stream, "*", "message", string(field))
	reply := make([]byte, 256)
	var took []time.Duration
	for range warming + w.records {
		time.Sleep(w.pause())
		if err := files.forgetEvents(); err != nil {
			return nil, err
		}
		start := time.Now()
		if _, err := conn.Write(add); err != nil {
			return nil, err
		}
		grown, err := files.waitForGrowth()
		if err != nil {
			return nil, err
		}
		took = append(took, grown.Sub(start))
		if _, err := conn.Read(reply); err != nil {
			return nil, err
		}
	}
	return took, nil
}

// watchedDirectory tells when a log file in a directory has grown, without looking again and again, which would take the CPU
// from those that are measured.
type watchedDirectory struct {
	path       string
	descriptor int // of inotify
	size       int64
}

func watchDirectory(path string) (*watchedDirectory, error) {
	descriptor, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("watch %s: %w", path, err)
	}
	if _, err := unix.InotifyAddWatch(descriptor, path, unix.IN_MODIFY|unix.IN_CREATE); err != nil {
		return nil, errors.Join(fmt.Errorf("watch %s: %w", path, err), unix.Close(descriptor))
	}
	return &watchedDirectory{path: path, descriptor: descriptor}, nil
}

// forgetEvents has the next wait end with what happens from now on.
func (d *watchedDirectory) forgetEvents() error {
	_, err := unix.Read(d.descriptor, make([]byte, 4096))
	if errors.Is(err, unix.EAGAIN) {
		return nil
	}
	return err
}

// waitForGrowth waits until there is more in the log files than the last time, and returns when inotify told of it. Looking at their
// sizes takes 60 us, which belong to nobody who is measured.
func (d *watchedDirectory) waitForGrowth() (time.Time, error) {
	for {
		const patience = 20_000 // milliseconds
		ready, err := unix.Poll([]unix.PollFd{{Fd: int32(d.descriptor), Events: unix.POLLIN}}, patience)
		told := time.Now()
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || ready == 0 {
			return told, errors.Join(errors.New("no line came"), err)
		}
		if err := d.forgetEvents(); err != nil {
			return told, err
		}
		if grown, err := d.hasGrown(); err != nil || grown {
			return told, err
		}
	}
}

// hasGrown reports whether there is more in the log files than the last time.
func (d *watchedDirectory) hasGrown() (bool, error) {
	files, err := filepath.Glob(filepath.Join(d.path, "*.log"))
	if err != nil {
		return false, err
	}
	var size int64
	for _, file := range files {
		if info, err := os.Stat(file); err == nil {
			size += info.Size()
		}
	}
	grown := size > d.size
	d.size = max(size, d.size)
	return grown, nil
}
