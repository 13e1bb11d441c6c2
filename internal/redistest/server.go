//go:build unix

package redistest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"envelog/internal/proctest"

	"github.com/gomodule/redigo/redis"
)

// startTimeout bounds how long a server may take until it accepts commands.
const startTimeout = 2 * time.Minute

// AOF returns the arguments that make a server keep every acknowledged write through Kill and Restart.
func AOF() []string {
	return []string{"--appendonly", "yes", "--appendfsync", "always"}
}

// Server is one redis-server process. Its methods fail the test on any error.
type Server struct {
	Addr   string // "127.0.0.1:port", the same through all restarts
	Socket string // path of the unix socket
	Dir    string // working directory: dump, append-only files

	t      testing.TB
	config string // configuration file of a sentinel; "" for none
	args   []string
	proc   *process // nil while the server is down
}

// process is one run of the binary.
type process struct {
	cmd   *exec.Cmd
	ready chan struct{} // closed when the server said that it accepts connections
	done  chan struct{} // closed when the process has ended and its output is read
	log   proctest.Output
}

// Start starts redis-server with the arguments given, as on its command line ("--requirepass", "x"), without any
// configuration file and without persistence unless they ask for it (see AOF), and waits until it serves.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	s := newServer(t)
	s.args = args
	s.Restart()
	return s
}

func newServer(t testing.TB) *Server {
	t.Helper()
	// Not t.TempDir: its path holds the test's name, and a unix socket's path may have 107 bytes only.
	dir, err := os.MkdirTemp("", "redistest")
	if err != nil {
		t.Fatalf("create server directory: %v", err)
	}
	s := &Server{Socket: filepath.Join(dir, "redis.sock"), Dir: dir, t: t, Addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(proctest.Port(t)))}
	t.Cleanup(func() {
		s.Kill()
		os.RemoveAll(dir)
	})
	return s
}

// Port returns the port of Addr.
func (s *Server) Port() string {
	_, port, _ := net.SplitHostPort(s.Addr)
	return port
}

// Restart stops the server when it runs, and starts it again on the same port and data. Arguments come after those of
// Start and stay for later restarts.
func (s *Server) Restart(args ...string) {
	s.t.Helper()
	s.Launch(args...)
	p := s.proc
	timeout := time.NewTimer(startTimeout)
	defer timeout.Stop()
	select {
	case <-p.ready:
	case <-p.done:
		s.t.Fatalf("start redis-server on %s: it ended at once:\n%s", s.Addr, p.log.String())
	case <-timeout.C:
		s.t.Fatalf("start redis-server on %s: not ready after %v:\n%s", s.Addr, startTimeout, p.log.String())
	}
}

// Launch is Restart without the wait: the server may not listen yet, or still load its data.
func (s *Server) Launch(args ...string) {
	s.t.Helper()
	s.Stop()
	s.args = append(s.args, args...)
	base := []string{"--port", s.Port(), "--bind", "127.0.0.1", "--unixsocket", s.Socket,
		"--dir", s.Dir, "--save", "", "--daemonize", "no"}
	if s.config != "" {
		base = []string{s.config, "--port", s.Port(), "--bind", "127.0.0.1", "--unixsocket", s.Socket,
			"--dir", s.Dir, "--daemonize", "no", "--sentinel"}
	}
	p, err := startProcess(append(base, s.args...))
	if err != nil {
		s.t.Fatalf("start redis-server (on Debian: apt-get install redis-server): %v", err)
	}
	s.proc = p
}

func startProcess(args []string) (*process, error) {
	p := &process{cmd: exec.Command("redis-server", args...), ready: make(chan struct{}), done: make(chan struct{})}
	p.cmd.SysProcAttr = proctest.DieWithTest(syscall.SIGKILL)
	p.cmd.Stderr = &p.log
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go p.watch(out)
	return p, nil
}

// watch reads the server's output to its end, so that the server never blocks on it.
func (p *process) watch(out io.Reader) {
	defer close(p.done)
	ready := p.ready
	for lines := bufio.NewScanner(out); lines.Scan(); {
		fmt.Fprintln(&p.log, lines.Text())
		// Redis 6 to 8 and Valkey; with TLS alone the words that follow differ.
		if ready != nil && (strings.Contains(lines.Text(), "Ready to accept connections") || strings.Contains(lines.Text(), "Sentinel ID is")) {
			close(ready)
			ready = nil
		}
	}
	_ = p.cmd.Wait()
}

// Stop ends the server as an operator does (SIGTERM) and waits until it is gone.
func (s *Server) Stop() { s.end(syscall.SIGTERM) }

// Kill ends the server with SIGKILL and waits until it is gone.
func (s *Server) Kill() { s.end(syscall.SIGKILL) }

func (s *Server) end(sig syscall.Signal) {
	s.t.Helper()
	p := s.proc
	if p == nil {
		return
	}
	s.proc = nil
	s.signal(p, sig)
	s.signal(p, syscall.SIGCONT) // a paused server ends only when it goes on
	timeout := time.NewTimer(startTimeout)
	defer timeout.Stop()
	select {
	case <-p.done:
	case <-timeout.C:
		_ = p.cmd.Process.Kill()
		<-p.done
		s.t.Errorf("end redis-server on %s: still there after %v:\n%s", s.Addr, startTimeout, p.log.String())
	}
}

// Pause freezes the server (SIGSTOP): its connections stay open, and nothing answers.
func (s *Server) Pause() {
	s.t.Helper()
	s.signal(s.proc, syscall.SIGSTOP)
	if !proctest.AwaitStop(s.proc.cmd.Process.Pid) {
		s.t.Fatalf("pause redis-server on %s: it still runs", s.Addr)
	}
}

// Resume ends Pause.
func (s *Server) Resume() { s.t.Helper(); s.signal(s.proc, syscall.SIGCONT) }

// signal ignores a process that has ended by itself: its tests see that in other ways.
func (s *Server) signal(p *process, sig syscall.Signal) {
	s.t.Helper()
	if p == nil {
		s.t.Fatalf("send %v to redis-server on %s: it is not running", sig, s.Addr)
	}
	_ = p.cmd.Process.Signal(sig)
}

// Do sends one command on a connection of its own and returns the reply as redigo gives it: int64, string (also for
// bulk strings), []any, or nil. An error reply fails the test.
func (s *Server) Do(command string, args ...any) any {
	s.t.Helper()
	reply, err := s.try(command, args...)
	if err != nil {
		s.t.Fatalf("send %s to redis-server on %s: %v", command, s.Addr, err)
	}
	return reply
}

func (s *Server) try(command string, args ...any) (any, error) {
	c, err := redis.Dial("unix", s.Socket)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	reply, err := c.Do(command, args...)
	if err != nil {
		return nil, err
	}
	return text(reply), nil
}

// text turns the byte slices of a reply into strings, so that tests compare with ==.
func text(reply any) any {
	switch v := reply.(type) {
	case []byte:
		return string(v)
	case []any:
		for i := range v {
			v[i] = text(v[i])
		}
	}
	return reply
}
