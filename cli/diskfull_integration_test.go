//go:build integration && linux

package cli_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"envelog/internal/filetest"
	"envelog/internal/proctest"
	"envelog/internal/redistest"
)

// smallDisk returns a directory on a file system of its own, of 24 MiB: the journal takes most of it.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=24m"); err != nil {
		t.Fatalf("mount tmpfs: %v (this test needs root)", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// TestStartOnAFullDisk has no room even for the file of a worker's name: the error tells what to do.
func TestStartOnAFullDisk(t *testing.T) {
	binary, server, dir := buildBinary(t), redistest.Start(t), smallDisk(t)
	if err := os.WriteFile(filepath.Join(dir, "filler"), make([]byte, 32<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("fill the disk: %v", err)
	}
	out, err := exec.Command(binary, "messenger:consume", "async", "--dsn", dsnOf(server), "--log-dir", dir, "--limit=1").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "no space left on device: make room") {
		t.Errorf("a start on a full disk: %v\n%s", err, out)
	}
}

// TestDoctorFindsNoRoomForAJournal has less room than a new journal takes: no worker starts. One whose journal is there does.
func TestDoctorFindsNoRoomForAJournal(t *testing.T) {
	binary, server, dir := buildBinary(t), redistest.Start(t), smallDisk(t)
	filler, args := filepath.Join(dir, "filler"), []string{"--dsn=async=" + dsnOf(server), "--log-dir=" + dir}
	consume := func() (string, error) {
		out, err := exec.Command(binary, append([]string{"messenger:consume", "async", "--time-limit=1"}, args...)...).CombinedOutput()
		return string(out), err
	}
	filetest.Must(t, os.WriteFile(filler, make([]byte, 16<<20), 0o600))
	wantSaid(t, doctor(t, binary, 2, args...), "problem  log directory: 8 MiB are free in "+dir+", and the journal of a worker takes 16 MiB: none can start")
	if said, err := consume(); err == nil {
		t.Errorf("a worker starts:\n%s", said)
	}

	filetest.Must(t, os.RemoveAll(filepath.Join(dir, ".envelog")), os.Remove(filler))
	if said, err := consume(); err != nil {
		t.Fatalf("%v:\n%s", err, said)
	}
	filetest.Must(t, os.WriteFile(filler, make([]byte, 7<<20), 0o600))
	wantSaid(t, doctor(t, binary, 1, args...), "a worker that runs waits until there is some")
	if said, err := consume(); err != nil {
		t.Errorf("no worker starts: %v:\n%s", err, said)
	}
}

// TestFullDiskIsNobodysFault has a worker wait for room with its messages in flight: none is retried, parked or kept.
func TestFullDiskIsNobodysFault(t *testing.T) {
	const messages = 100
	binary, server, dir := buildBinary(t), redistest.Start(t), smallDisk(t)
	w := startWorker(t, binary, dsnOf(server), dir, "--dsn=failed=redis://"+server.Addr+"/failed", "--failure-transport=failed", "-v")
	t.Cleanup(func() { t.Logf("said:\n%s", &w.stderr) })
	message := numbered(t)
	server.Do("XADD", "messages", "*", "message", message(0))
	eventually(t, "the first line", func() bool { return len(numbers(t, dir)) == 1 })

	filler := filepath.Join(dir, "filler")
	if err := os.WriteFile(filler, make([]byte, 32<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("fill the disk: %v", err)
	}
	for i := 1; i < messages; i++ {
		server.Do("XADD", "messages", "*", "message", message(i))
	}
	eventually(t, "a pause", func() bool { return strings.Contains(w.stderr.String(), "no space left on device") })
	if n, written := server.Do("XLEN", "messages").(int64), len(numbers(t, dir)); int(n)+written < messages || pending(server) == int64(0) {
		t.Errorf("%d messages are on the stream, %d are written, %v are pending", n, written, pending(server))
	}

	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	eventually(t, "an empty stream", func() bool { return server.Do("XLEN", "messages") == int64(0) })
	w.end(syscall.SIGTERM)
	wantOnceEach(t, messages, numbers(t, dir))
	wantNoFailure(t, server, w, dir)
}

// TestStopDoesNotWaitForADeadDisk has a write to the log file last for minutes when the worker is told to stop: it ends all the
// same, says what it waited for, and its message is pending.
func TestStopDoesNotWaitForADeadDisk(t *testing.T) {
	binary, server, dir := buildBinary(t), redistest.Start(t), t.TempDir()
	w := startWorker(t, binary, dsnOf(server), dir)
	message := numbered(t)
	server.Do("XADD", "messages", "*", "message", message(0))
	eventually(t, "the first line", func() bool { return len(numbers(t, dir)) == 1 })

	files, err := filepath.Glob(filepath.Join(dir, "*.log"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files %q, %v", files, err)
	}
	var said proctest.Output
	strace := exec.Command("strace", "-f", "-p", strconv.Itoa(w.Process.Pid), "-P", files[0], "-o", os.DevNull,
		"-e", "inject=write,writev,pwrite64,fsync,fdatasync,sync_file_range:delay_enter=300s")
	strace.Stderr = &said
	if err := strace.Start(); err != nil {
		t.Fatalf("start strace: %v", err)
	}
	t.Cleanup(func() { _, _ = strace.Process.Kill(), strace.Wait() })
	eventually(t, "strace on all threads", func() bool { return strings.Contains(said.String(), "attached") })

	server.Do("XADD", "messages", "*", "message", message(1))
	eventually(t, "a message in flight", func() bool { return pending(server) == int64(1) })
	if err := w.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the end", func() bool {
		return strings.Contains(strings.Join(strings.Fields(w.stderr.String()), " "), "still waited 9s after the stop for the log directory to take the lines")
	})
	if pending(server) != int64(1) {
		t.Errorf("%v messages are pending", pending(server))
	}
	_ = strace.Process.Kill() // which would hold the process for as long as the write
	var exit *exec.ExitError
	if err := w.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("the worker ended with %v", err)
	}
}

// wantNoFailure checks that no message was retried, sent to the failure transport or kept.
func wantNoFailure(t *testing.T, server *redistest.Server, w *worker, dir string) {
	t.Helper()
	for _, key := range []string{"messages__queue", "failed"} {
		if server.Do("EXISTS", key) != int64(0) {
			t.Errorf("%s is there", key)
		}
	}
	if kept, _ := filepath.Glob(filepath.Join(dir, ".rejected", "*")); len(kept) != 0 {
		t.Errorf("kept are %q", kept)
	}
	if said := w.stderr.String(); strings.Contains(said, "retry #") || strings.Contains(said, "CRITICAL") {
		t.Errorf("said of messages:\n%s", said)
	}
}

// TestReserveOfSpace has a worker pause before the disk is full, and go on by itself.
func TestReserveOfSpace(t *testing.T) {
	binary, server, dir := buildBinary(t), redistest.Start(t), smallDisk(t)
	w := startWorker(t, binary, dsnOf(server), dir, "--min-free=2M", "-v")
	message := numbered(t)
	server.Do("XADD", "messages", "*", "message", message(0))
	eventually(t, "the first line", func() bool { return len(numbers(t, dir)) == 1 })

	var room syscall.Statfs_t
	if err := syscall.Statfs(dir, &room); err != nil {
		t.Fatal(err)
	}
	filler := filepath.Join(dir, "filler")
	if err := os.WriteFile(filler, make([]byte, int64(room.Bavail)*room.Bsize-1<<20), 0o600); err != nil {
		t.Fatalf("leave 1 MiB free: %v", err)
	}
	server.Do("XADD", "messages", "*", "message", message(1))
	eventually(t, "a pause", func() bool { return strings.Contains(w.stderr.String(), "2 MiB are to stay free") })
	if n := len(numbers(t, dir)); n != 1 {
		t.Errorf("%d lines are written", n)
	}

	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	eventually(t, "an empty stream", func() bool { return server.Do("XLEN", "messages") == int64(0) })
	w.end(syscall.SIGTERM)
	wantOnceEach(t, 2, numbers(t, dir))
	wantNoFailure(t, server, w, dir)
}

// TestAJournalWithoutRoomIsNobodysFault has .envelog alone on a disk that is full when the journal has to be made again. What is
// said is about the journal, and its messages wait.
func TestAJournalWithoutRoomIsNobodysFault(t *testing.T) {
	binary, server, dir := buildBinary(t), redistest.Start(t), t.TempDir()
	state := filepath.Join(dir, ".envelog")
	filetest.Must(t, os.Mkdir(state, 0o750), syscall.Mount("tmpfs", state, "tmpfs", 0, "size=18m,mode=750"))
	t.Cleanup(func() { _ = syscall.Unmount(state, syscall.MNT_DETACH) })
	w := startWorker(t, binary, dsnOf(server), dir, "--max-retries=0", "-v")
	t.Cleanup(func() { t.Logf("said:\n%s", &w.stderr) })
	message := numbered(t)
	server.Do("XADD", "messages", "*", "message", message(0))
	eventually(t, "the first line", func() bool { return len(numbers(t, dir)) == 1 })

	journals, err := filepath.Glob(filepath.Join(state, "*.journal"))
	if err != nil || len(journals) != 1 {
		t.Fatalf("journals %q, %v", journals, err)
	}
	room, err := os.Open(journals[0]) // its room is taken for as long as it is open
	filetest.Must(t, err, os.Remove(journals[0]))
	defer func() { _ = room.Close() }()
	filler := filetest.FillDisk(t, state)
	server.Do("XADD", "messages", "*", "message", message(1))
	eventually(t, "a pause", func() bool {
		return strings.Contains(strings.Join(strings.Fields(w.stderr.String()), " "),
			`create journal "`+filepath.Base(journals[0])+`": no space left on device: a journal takes 16 MiB: make room for it in "`+state+`"`)
	})
	if strings.Contains(w.stderr.String(), "log file") {
		t.Error("a log file is said to have failed")
	}
	wantSaid(t, doctor(t, binary, 2, "--dsn=async="+dsnOf(server), "--log-dir="+dir), "problem  log directory: write "+state+"/.envelog-doctor-")

	filetest.Must(t, room.Close(), os.Remove(filler))
	eventually(t, "an empty stream", func() bool { return server.Do("XLEN", "messages") == int64(0) })
	w.end(syscall.SIGTERM)
	wantOnceEach(t, 2, numbers(t, dir))
	wantNoFailure(t, server, w, dir)
}

// TestARefusedChmodIsNobodysFault has a file system that refuses to change permissions, as CIFS and exFAT do: messages wait, and
// the mode that is said to be set ends it.
func TestARefusedChmodIsNobodysFault(t *testing.T) {
	i := newIncident(t, redistest.Start(t))
	filetest.Must(t, os.Mkdir(i.dir, 0o750))
	defer syscall.Umask(syscall.Umask(0o077))
	i.start("--max-retries=0")
	eventually(t, "a journal", func() bool { return len(glob(t, filepath.Join(i.dir, ".envelog", "*.journal"))) == 1 })
	var said proctest.Output
	strace := exec.Command("strace", "-f", "-p", strconv.Itoa(i.w.Process.Pid), "-o", os.DevNull, "-e", "trace=fchmod", "-e", "inject=fchmod:error=EPERM")
	strace.Stderr = &said
	filetest.Must(t, strace.Start())
	eventually(t, "strace on all threads", func() bool { return strings.Contains(said.String(), "attached") })
	i.publish(0)
	i.says(`set permissions 0640 of "\S+\.log", which has 0600: operation not permitted: .*set file-mode to 0600`)
	wantNoFailure(t, i.server, i.w, i.dir)
	filetest.Must(t, strace.Process.Signal(syscall.SIGINT))
	_ = strace.Wait() // interrupted
	i.written(1)
	i.stop()

	// The same from the start on, as what is said has it be set.
	filetest.Must(t, os.RemoveAll(i.dir))
	refused := func(args ...string) string {
		worker := append([]string{"-f", "-o", os.DevNull, "-e", "trace=fchmod,fchmodat", "-e", "inject=fchmod,fchmodat:error=EPERM",
			filepath.Join(i.bin, "envelog"), "messenger:consume", "async", "--limit=1", "--time-limit=300", "--max-retries=0"}, args...)
		cmd := exec.Command("strace", worker...)
		cmd.Env = i.env
		out, _ := cmd.CombinedOutput() // the text tells
		return strings.Join(strings.Fields(string(out)), " ")
	}
	wantSaid(t, refused(), `create log directory`, `set dir-mode to 0700`)
	i.publish(0)
	wantSaid(t, refused("--dir-mode=0700", "--time-limit=5"), `Writing failed`, `set file-mode to 0600`)
	refused("--dir-mode=0700", "--file-mode=0600")
	i.written(1)
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	filetest.Must(t, err)
	return paths
}
