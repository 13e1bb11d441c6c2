package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// server is a redis-server of our own on a free loopback port, without persistence.
type server struct {
	cmd  *exec.Cmd
	addr string
	pid  int // on this machine, also when it runs in a container
}

// startServer starts the redis-server of this machine, or the server of an image.
func startServer(image string) (*server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := l.Addr().(*net.TCPAddr)
	l.Close()
	s := &server{addr: addr.String()}
	options := []string{"--bind", "127.0.0.1", "--port", strconv.Itoa(addr.Port), "--save", "", "--appendonly", "no"}
	name := fmt.Sprintf("envelog-bench-server-%d", addr.Port)
	if image == "" {
		s.cmd = exec.Command("redis-server", options...)
	} else {
		s.cmd = exec.Command("docker", append([]string{"run", "--rm", "--name", name, "--network", "host", "--entrypoint", serverOf(image), image}, options...)...)
	}
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start redis-server: %w", err)
	}
	s.pid = s.cmd.Process.Pid
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		conn, err := net.Dial("tcp", s.addr)
		if err == nil {
			conn.Close()
			break
		}
		if time.Now().After(deadline) {
			s.stop()
			return nil, fmt.Errorf("reach redis-server: %w", err)
		}
	}
	if image != "" {
		out, err := exec.Command("docker", "inspect", "--format", "{{.State.Pid}}", name).Output()
		if err == nil {
			s.pid, err = strconv.Atoi(string(bytes.TrimSpace(out)))
		}
		if err != nil {
			s.stop()
			return nil, fmt.Errorf("find the server of %s: %w", image, err)
		}
	}
	return s, nil
}

// serverOf returns the program of an image.
func serverOf(image string) string {
	if strings.Contains(image, "valkey") {
		return "valkey-server"
	}
	return "redis-server"
}

func (s *server) stop() {
	s.cmd.Process.Signal(syscall.SIGTERM) // which docker hands on
	s.cmd.Wait()
}

// place binds the server to one CPU, or to all.
func (s *server) place(pinned bool) error {
	var set unix.CPUSet
	for cpu := range 64 {
		if cpu == 0 || !pinned {
			set.Set(cpu)
		}
	}
	return unix.SchedSetaffinity(s.pid, &set)
}

// fill empties the server, creates the group on each stream and puts count entries on them in turn, the fields in turn.
func (s *server) fill(streams []string, fields [][]byte, count int) error {
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	w, r := bufio.NewWriterSize(conn, 1<<20), bufio.NewReader(conn)
	w.Write(command("FLUSHALL"))
	for _, stream := range streams {
		w.Write(command("XGROUP", "CREATE", stream, group, "0", "MKSTREAM"))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := replies(r, 1+len(streams)); err != nil {
		return err
	}
	var entries [][]byte
	for i := range len(fields) * len(streams) {
		entries = append(entries, command("XADD", streams[i%len(streams)], "*", "message", string(fields[i/len(streams)])))
	}
	const window = 500
	for sent := 0; sent < count; {
		n := min(window, count-sent)
		for range n {
			w.Write(entries[sent%len(entries)])
			sent++
		}
		if err := w.Flush(); err != nil {
			return err
		}
		if err := replies(r, n); err != nil {
			return err
		}
	}
	return nil
}

// left returns how many entries the stream still has.
func (s *server) left(stream string) (int, error) {
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	conn.Write(command("XLEN", stream))
	line, err := bufio.NewReader(conn).ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(string(bytes.TrimSpace(line[1:])))
}

// replies reads n replies that are one status, integer, or one bulk string each.
func replies(r *bufio.Reader, n int) error {
	for range n {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		switch line[0] {
		case '-':
			return fmt.Errorf("the server said %q", bytes.TrimSpace(line))
		case '$':
			size, _ := strconv.Atoi(string(bytes.TrimSpace(line[1:])))
			if _, err := io.CopyN(io.Discard, r, int64(size+2)); err != nil {
				return err
			}
		}
	}
	return nil
}
