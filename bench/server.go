package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// server is a redis-server of our own on a free loopback port, without persistence.
type server struct {
	cmd  *exec.Cmd
	addr string
}

func startServer() (*server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := l.Addr().(*net.TCPAddr)
	l.Close()
	s := &server{addr: addr.String()}
	s.cmd = exec.Command("redis-server", "--bind", "127.0.0.1", "--port", strconv.Itoa(addr.Port), "--save", "", "--appendonly", "no")
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start redis-server: %w", err)
	}
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		conn, err := net.Dial("tcp", s.addr)
		if err == nil {
			return s, conn.Close()
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("reach redis-server: %w", err)
		}
	}
}

func (s *server) stop() {
	s.cmd.Process.Kill()
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
	return unix.SchedSetaffinity(s.cmd.Process.Pid, &set)
}

// fill empties the server, creates the group and puts count entries on the stream, the fields in turn.
func (s *server) fill(stream, group string, fields [][]byte, count int) error {
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	w, r := bufio.NewWriterSize(conn, 1<<20), bufio.NewReader(conn)
	w.Write(command("FLUSHALL"))
	w.Write(command("XGROUP", "CREATE", stream, group, "0", "MKSTREAM"))
	if err := w.Flush(); err != nil {
		return err
	}
	if err := replies(r, 2); err != nil {
		return err
	}
	entries := make([][]byte, len(fields))
	for i, field := range fields {
		entries[i] = command("XADD", stream, "*", "message", string(field))
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
