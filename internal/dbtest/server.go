//go:build unix

package dbtest

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"envelog/internal/proctest"
)

// User and Password are those of every database that NewDatabase makes. The password has what a URL must escape.
const (
	User     = "app"
	Password = "pa:ss@w/rd?#'%"
)

// startTimeout bounds how long a server may take until it answers, and until it ends.
const startTimeout = 3 * time.Minute

// kind is what differs from product to product.
type kind struct {
	name    string // "PostgreSQL"
	scheme  string // of its URLs
	account string // user of the package
	need    string // Debian package
	install func(s *Server) error
	command func(s *Server) *exec.Cmd
	admin   func(s *Server, database string) (*sql.DB, error)
	create  []string // statements that make a database %[1]s, after the user was made
	prepare []string // statements that make the user, once
	stop    syscall.Signal
	crash   syscall.Signal
}

// Server is one running database server. Its methods fail the test on any error.
type Server struct {
	Port int
	Dir  string // where its data, socket and certificates are

	t         testing.TB
	kind      kind
	args      []string
	cmd       *exec.Cmd // nil while the server is down
	done      chan struct{}
	databases atomic.Int32
}

func start(t testing.TB, k kind, args []string) *Server {
	t.Helper()
	// Not t.TempDir: its path holds the test's name, and a unix socket's path may have 107 bytes only.
	dir, err := os.MkdirTemp("", "dbtest")
	if err != nil {
		t.Fatalf("create server directory: %v", err)
	}
	s := &Server{Dir: dir, Port: proctest.Port(t), t: t, kind: k, args: args}
	t.Cleanup(func() {
		s.Kill()
		os.RemoveAll(dir)
	})
	if err := s.own(dir); err != nil {
		t.Fatalf("start %s: %v", k.name, err)
	}
	if err := k.install(s); err != nil {
		t.Fatalf("install %s (on Debian: apt-get install %s): %v", k.name, k.need, err)
	}
	s.Restart()
	s.Exec("", k.prepare...)
	return s
}

// credential is the account of the package when root runs the test, nil otherwise.
func (s *Server) credential() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup(s.kind.account)
	if err != nil {
		return nil, fmt.Errorf("%w (on Debian: apt-get install %s)", err, s.kind.need)
	}
	uid, _ := strconv.ParseUint(u.Uid, 10, 32)
	gid, _ := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// own gives a file or directory to the server's account.
func (s *Server) own(path string) error {
	c, err := s.credential()
	if err != nil || c == nil {
		return err
	}
	return os.Chown(path, int(c.Uid), int(c.Gid))
}

// run runs a tool of the product to its end, as the server's account.
func (s *Server) run(name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir = s.Dir
	if err := s.as(cmd); err != nil {
		return err
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(name), err, out)
	}
	return nil
}

func (s *Server) as(cmd *exec.Cmd) error {
	c, err := s.credential()
	cmd.SysProcAttr = proctest.DieWithTest(syscall.SIGQUIT)
	cmd.SysProcAttr.Credential = c
	return err
}

// WriteFile puts a file that the server alone may read into Dir, such as a certificate's key, and returns its path.
func (s *Server) WriteFile(name string, content []byte) string {
	s.t.Helper()
	path := filepath.Join(s.Dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		s.t.Fatal(err)
	}
	if err := s.own(path); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// Restart stops the server when it runs, starts it again on the same port and data, and waits until it answers.
// Arguments come after the earlier ones, and stay.
func (s *Server) Restart(args ...string) {
	s.t.Helper()
	s.Stop()
	s.args = append(s.args, args...)
	cmd := s.kind.command(s)
	log := &proctest.Output{}
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.Dir, log, log
	cmd.WaitDelay = time.Second // a child that outlives a crash keeps the pipe open
	err := s.as(cmd)
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		s.t.Fatalf("start %s (on Debian: apt-get install %s): %v", s.kind.name, s.kind.need, err)
	}
	done := make(chan struct{})
	s.cmd, s.done = cmd, done
	go func() {
		defer close(done)
		_ = cmd.Wait()
	}()
	if err := s.await(); err != nil {
		s.t.Fatalf("start %s: %v\n%s", s.kind.name, err, log)
	}
}

// await connects until the server answers.
func (s *Server) await() error {
	db, err := s.kind.admin(s, "")
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := db.PingContext(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-s.done:
			return fmt.Errorf("it ended at once")
		case <-ctx.Done():
			return err
		case <-tick.C:
		}
	}
}

// Stop ends the server as an operator does, its connections included, and waits until it is gone.
func (s *Server) Stop() { s.end(s.kind.stop) }

// Kill ends the server without a chance to clean up, and waits until it is gone.
func (s *Server) Kill() { s.end(s.kind.crash) }

// Pause stops the server's processes where they are, as a machine that hangs: what is sent to it is taken and never
// answered. Resume lets them go on.
func (s *Server) Pause() {
	s.t.Helper()
	if !proctest.AwaitStop(s.signalAll(syscall.SIGSTOP)...) {
		s.Resume()
		s.t.Fatalf("pause %s: it still runs", s.kind.name)
	}
}

// Resume ends a Pause.
func (s *Server) Resume() { s.signalAll(syscall.SIGCONT) }

// signalAll sends a signal to the server and to the processes that it has for its connections, and returns all of them.
func (s *Server) signalAll(signal syscall.Signal) (pids []int) {
	s.t.Helper()
	pid := s.cmd.Process.Pid
	pids = append(pids, pid)
	if err := s.cmd.Process.Signal(signal); err != nil {
		s.t.Fatalf("%v %s: %v", signal, s.kind.name, err)
	}
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		s.t.Fatalf("%v the children of %s: %v", signal, s.kind.name, err)
	}
	for _, child := range strings.Fields(string(children)) {
		if n, err := strconv.Atoi(child); err == nil {
			pids = append(pids, n)
			_ = syscall.Kill(n, signal) // it may have ended meanwhile
		}
	}
	return pids
}

func (s *Server) end(signal syscall.Signal) {
	s.t.Helper()
	if s.cmd == nil {
		return
	}
	process, done := s.cmd.Process, s.done
	s.cmd = nil
	_ = process.Signal(signal)
	timeout := time.NewTimer(startTimeout)
	defer timeout.Stop()
	select {
	case <-done:
	case <-timeout.C:
		_ = process.Kill()
		<-done
		s.t.Errorf("end %s: still there after %v", s.kind.name, startTimeout)
	}
}

// NewDatabase makes an empty database and returns its name.
func (s *Server) NewDatabase() string {
	s.t.Helper()
	return s.NewDatabaseAs(s.kind.create[0])
}

// NewDatabaseAs is NewDatabase with a statement of its own for a database %s, such as one of another character set.
func (s *Server) NewDatabaseAs(create string) string {
	s.t.Helper()
	name := fmt.Sprintf("db%d", s.databases.Add(1))
	s.Exec("", fmt.Sprintf(create, name))
	for _, statement := range s.kind.create[1:] {
		s.Exec("", fmt.Sprintf(statement, name))
	}
	return name
}

// URL is the URL of a database, of DATABASE_URL's form, for the user app.
func (s *Server) URL(database string) string {
	u := url.URL{Scheme: s.kind.scheme, User: url.UserPassword(User, Password), Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port)), Path: "/" + database}
	return u.String()
}

// Admin connects to a database, "" for the server's own, as the one who may do everything. The test closes it.
func (s *Server) Admin(database string) *sql.DB {
	s.t.Helper()
	db, err := s.kind.admin(s, database)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { db.Close() })
	return db
}

// Exec runs statements as Admin does.
func (s *Server) Exec(database string, statements ...string) {
	s.t.Helper()
	db, err := s.kind.admin(s, database)
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range statements {
		if _, err := db.Exec(statement); err != nil {
			s.t.Fatalf("%s: %v", statement, err)
		}
	}
}
