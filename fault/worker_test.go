//go:build fault

package fault

import (
	"os/exec"
	"syscall"
	"time"

	"envelog/internal/proctest"
)

// worker is one consumer under a supervisor: one process after the other, under one name.
type worker struct {
	*chain
	name   string
	env    []string // of the next process
	cmd    *exec.Cmd
	ended  chan error // of cmd
	stderr proctest.Output
	before int // how much the processes before cmd have written
}

func (w *worker) start() {
	w.t.Helper()
	args := append([]string{"messenger:consume", "async", "--dsn=async=" + w.dsn, "--log-dir=" + w.dir,
		"--consumer=" + w.name, "--no-ansi"}, w.flags...)
	w.cmd = exec.Command(binary, args...)
	w.cmd.Env = append(w.cmd.Environ(), w.env...)
	if w.syncs > 0 {
		w.cmd.Env = append(w.cmd.Env, "ENVELOG_SYNC_DELAY="+w.syncs.String())
	}
	w.cmd.Stderr, w.before = &w.stderr, len(w.stderr.String())
	w.cmd.SysProcAttr = proctest.DieWithTest(syscall.SIGKILL)
	if err := w.cmd.Start(); err != nil {
		w.t.Fatalf("start envelog: %v", err)
	}
	w.ended = make(chan error, 1)
	go func(cmd *exec.Cmd, ended chan<- error) { ended <- cmd.Wait() }(w.cmd, w.ended)
}

// supervise starts the process again when it has ended by itself, as one does that cannot reach Redis when it starts.
func (w *worker) supervise() {
	w.t.Helper()
	if w.cmd == nil {
		return
	}
	select {
	case <-w.ended:
		w.start()
	default:
	}
}

// kill ends the process as the kernel does when memory is short, if there is one.
func (w *worker) kill() {
	if w.cmd == nil {
		return
	}
	_ = w.cmd.Process.Kill()
	<-w.ended
	w.cmd = nil
}

// end asks the process to stop, and expects it to exit with code 0. It asks once the process has said something: in its
// first milliseconds, before main, a process can catch no signal and is ended by it.
func (w *worker) end() {
	w.t.Helper()
	eventually(w.t, w.name+"'s first word", settleTimeout, func() bool {
		w.supervise()
		return len(w.stderr.String()) > w.before
	})
	w.signal(syscall.SIGTERM)
	select {
	case err := <-w.ended:
		if err != nil {
			w.t.Errorf("%s: %v\n%s", w.name, err, w.stderr.String())
		}
		w.cmd = nil
	case <-time.After(settleTimeout):
		w.t.Errorf("%s does not stop:\n%s", w.name, w.stderr.String())
		w.kill()
	}
}

func (w *worker) signal(sig syscall.Signal) {
	w.t.Helper()
	if err := w.cmd.Process.Signal(sig); err != nil {
		w.t.Fatalf("signal %s: %v\n%s", w.name, err, w.stderr.String())
	}
}
