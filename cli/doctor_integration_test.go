//go:build integration && linux

package cli_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"envelog/internal/filetest"
	"envelog/internal/redistest"
)

// doctor runs envelog doctor and returns what it said.
func doctor(t *testing.T, binary string, want int, args ...string) string {
	t.Helper()
	out, err := exec.Command(binary, append([]string{"doctor"}, args...)...).CombinedOutput()
	code, exit := 0, (*exec.ExitError)(nil)
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	if code != want {
		t.Errorf("exit code %d, want %d:\n%s", code, want, out)
	}
	return string(out)
}

func wantSaid(t *testing.T, said string, want ...string) {
	t.Helper()
	for _, text := range want {
		if !strings.Contains(said, text) {
			t.Errorf("nothing is said of %q:\n%s", text, said)
		}
	}
}

// TestDoctorOfAHealthyHouse looks while a worker runs, on a server that keeps its data.
func TestDoctorOfAHealthyHouse(t *testing.T) {
	t.Parallel()
	binary, server, dir := buildBinary(t), redistest.Start(t), t.TempDir()
	server.Do("CONFIG", "SET", "appendonly", "yes")
	w := startWorker(t, binary, dsnOf(server), dir)
	eventually(t, "a group", func() bool {
		return server.Do("EXISTS", "messages") == int64(1) && len(server.Do("XINFO", "GROUPS", "messages").([]any)) == 1
	})
	publishEach(t, server, 10, numberedBy(t, "forky"))
	eventually(t, "an empty stream", func() bool { return server.Do("XLEN", "messages") == int64(0) })

	said := doctor(t, binary, 0, "--dsn=async="+dsnOf(server), "--log-dir="+dir)
	wantSaid(t, said, "reachable, version ", "it does not evict the stream (maxmemory-policy noeviction)",
		"survives a restart", "consumers of the group symfony that are running: 1", "0 messages wait", "can be written to", "inodes are free", "All is well.")
	// Without messages, Redis before 7.2 calls the worker idle; its heartbeat says otherwise.
	server.Do("XGROUP", "SETID", "messages", "symfony", "$")
	wantSaid(t, doctor(t, binary, 0, "--dsn=async="+dsnOf(server), "--log-dir="+dir), "that are running: 1")
	w.end(syscall.SIGTERM)
	wantSaid(t, doctor(t, binary, 1, "--dsn=async="+dsnOf(server), "--log-dir="+dir), "the group symfony has no consumer: no worker runs", "-> start envelog messenger:consume async --dsn='async="+dsnOf(server)+"' --log-dir="+dir)
}

// TestDoctorRefusesWhatConsumeRefuses has settings with which no worker starts.
func TestDoctorRefusesWhatConsumeRefuses(t *testing.T) {
	t.Parallel()
	binary, server, dir := buildBinary(t), redistest.Start(t), t.TempDir()
	server.Do("XGROUP", "CREATE", "messages", "symfony", "0", "MKSTREAM")
	for _, tt := range []struct{ option, want string }{
		{"--sync=sometimes", `Option "sync" must be one of`},
		{"--min-free=900T", "a worker reads nothing"},
		{"--map=level", "must be field=property"},
	} {
		said := doctor(t, binary, 2, "--dsn=async="+dsnOf(server), "--log-dir="+dir, tt.option)
		wantSaid(t, said, "problem", tt.want, "-> ")
	}
}

// TestDoctorFindsARegistryOfAnotherType has another program write to the key of the heartbeats, before a worker runs and after.
func TestDoctorFindsARegistryOfAnotherType(t *testing.T) {
	t.Parallel()
	binary, server, dir := buildBinary(t), redistest.Start(t), t.TempDir()
	server.Do("SET", "{messages}__envelog:symfony", "x")
	look := func() {
		t.Helper()
		wantSaid(t, doctor(t, binary, 1, "--dsn=async="+dsnOf(server), "--log-dir="+dir), "warning  Redis of async: read heartbeats: ", "WRONGTYPE",
			"only after redeliver_timeout\n           -> the key \"{messages}__envelog:symfony\" is no hash: another program writes to it; rename it")
	}
	look()
	server.Do("XGROUP", "CREATE", "messages", "symfony", "0", "MKSTREAM")
	server.Do("XGROUP", "CREATECONSUMER", "messages", "symfony", "me")
	look()
}

// TestDoctorFindsMissingRights takes rights from the user of a worker, one by one, and looks that nothing on the server changes.
func TestDoctorFindsMissingRights(t *testing.T) {
	t.Parallel()
	binary, server, dir := buildBinary(t), redistest.Start(t), t.TempDir()
	server.Do("XGROUP", "CREATE", "messages", "symfony", "0", "MKSTREAM")
	server.Do("XGROUP", "CREATECONSUMER", "messages", "symfony", "me")
	for _, tt := range []struct {
		rights []any
		code   int
		want   string
	}{
		{[]any{"+@all"}, 1, ""},
		{[]any{"-xack"}, 2, "problem  rights of async: the user of the DSN lacks the rights +xack: workers stand still"},
		{[]any{"-xdel", "-multi"}, 2, "lacks the rights +xdel: workers stand still"},
		{[]any{"-xreadgroup", "-xack"}, 2, "lacks the rights +xack +xreadgroup: workers stand still"},
		{[]any{"-xclaim"}, 1, "warning  rights of async: the user of the DSN lacks the rights +xclaim: entries of consumers that died are not claimed"},
		{[]any{"-zrem"}, 1, "lacks the rights +zrem: messages that fail are not sent again"},
		{[]any{"-hset"}, 1, "lacks the rights +hset: entries of consumers that died are claimed only after"},
		{[]any{"-xadd"}, 1, "warning  rights of failed: the user of the DSN lacks the rights +xadd: messages that fail cannot be sent there, and stay pending\n           -> on the server, ACL SETUSER with the name of that user and +xadd"},
		{[]any{"resetkeys", "~messages*", "~failed*"}, 1, "lacks the rights ~{messages}__envelog:symfony: entries"},
	} {
		server.Do("ACL", append([]any{"SETUSER", "logs", "reset", "on", ">secret", "~*", "&*", "+@all"}, tt.rights...)...)
		changes := server.Do("INFO", "persistence").(string)
		_, changes, _ = strings.Cut(changes, "rdb_changes_since_last_save:")
		changes, _, _ = strings.Cut(changes, "\r\n")
		dsn := strings.Replace(dsnOf(server), "redis://", "redis://logs:secret@", 1)
		said := doctor(t, binary, tt.code, "--dsn=async="+dsn, "--dsn=failed="+dsn+"/failed", "--failure-transport=failed", "--log-dir="+dir)
		wantSaid(t, said, tt.want)
		if tt.want == "" && strings.Contains(said, "lacks") {
			t.Errorf("a user with all rights:\n%s", said)
		}
		if !strings.Contains(server.Do("INFO", "persistence").(string), "rdb_changes_since_last_save:"+changes+"\r\n") {
			t.Errorf("%v: the server has changed", tt.rights)
		}
	}
}

// TestDoctorSkipsWhatIsKnown leaves out a check by its name.
func TestDoctorSkipsWhatIsKnown(t *testing.T) {
	t.Parallel()
	binary, server, dir := buildBinary(t), redistest.Start(t), t.TempDir()
	server.Do("CONFIG", "SET", "appendonly", "yes")
	rejected := filepath.Join(dir, ".rejected")
	if err := errors.Join(os.Mkdir(rejected, 0o700), os.WriteFile(filepath.Join(rejected, "a-1-0.json"), []byte(`{"reason":"no permission"}`), 0o600)); err != nil {
		t.Fatal(err)
	}
	server.Do("XGROUP", "CREATE", "messages", "symfony", "0", "MKSTREAM")
	said := doctor(t, binary, 1, "--dsn=async="+dsnOf(server), "--log-dir="+dir)
	wantSaid(t, said, "warning  rejected messages: 1 message is kept", "no permission", "rejected:list")
	doctor(t, binary, 0, "--dsn=async="+dsnOf(server), "--log-dir="+dir, "--skip=rejected messages", "--skip=stream messages")
}

// TestDoctorOfAnIllHouse has everything wrong that can be at once.
func TestDoctorOfAnIllHouse(t *testing.T) {
	t.Parallel()
	binary, server, dir := buildBinary(t), redistest.Start(t), t.TempDir()
	server.Do("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
	server.Do("CONFIG", "SET", "save", "")
	good := numberedBy(t, "forky")
	server.Do("XADD", "messages", "1000-0", "message", good(0)) // of the year 1970
	server.Do("XADD", "messages", "1000-1", "message", good(1))
	server.Do("XADD", "messages", "1000-2", "message", good(2))
	server.Do("XGROUP", "CREATE", "messages", "symfony", "0")
	server.Do("XREADGROUP", "GROUP", "symfony", "gone", "COUNT", 2, "STREAMS", "messages", ">")
	server.Do("XACK", "messages", "symfony", "1000-0") // handled, and not deleted
	server.Do("XCLAIM", "messages", "symfony", "gone", 0, "1000-1", "IDLE", 100_000)
	if err := os.Mkdir(filepath.Join(dir, "app-2026-11-23.log"), 0o755); err != nil {
		t.Fatal(err)
	}

	said := doctor(t, binary, 2, "--dsn=async="+dsnOf(server)+"?delete_after_ack=0", "--dsn=failed=sqlite:///no/such/dir/failed.db?queue_name=failed",
		"--failure-transport=failed", "--log-dir="+dir)
	wantSaid(t, said, "maxmemory-policy is allkeys-lru", "set maxmemory-policy noeviction",
		"persistence is off", "set appendonly yes",
		"1 message waits, the oldest of all is", "delete_after_ack is off: 1 message that was handled is still on the stream",
		"app-2026-11-23.log: is a directory", "rename it",
		"problem  failure transport failed")
	wantSaid(t, doctor(t, binary, 2, "--dsn=async="+dsnOf(server)+"/nobody", "--log-dir="+dir), "the group nobody is not there")
}

// TestDoctorOnAFullDisk exits with 1 while nothing can be written.
func TestDoctorOnAFullDisk(t *testing.T) {
	t.Parallel()
	binary, server, dir := buildBinary(t), redistest.Start(t), smallDisk(t)
	if err := os.WriteFile(filepath.Join(dir, "filler"), make([]byte, 64<<20), 0o600); err == nil {
		t.Fatal("the disk is not small")
	}
	said := doctor(t, binary, 2, "--dsn=async="+dsnOf(server), "--log-dir="+dir)
	wantSaid(t, said, "problem  log directory: ", "no space left on device", "the disk is full", " are free")
}

// TestDoctorSeesTwoReadersUnderOneName has two connections that read as one consumer, as two PHP workers do by default.
func TestDoctorSeesTwoReadersUnderOneName(t *testing.T) {
	t.Parallel()
	binary, server, dir := buildBinary(t), redistest.Start(t), t.TempDir()
	server.Do("XGROUP", "CREATE", "messages", "symfony", "0", "MKSTREAM")
	for range 2 {
		reader := exec.Command("redis-cli", "-s", server.Socket, "XREADGROUP", "GROUP", "symfony", "consumer", "BLOCK", "0", "STREAMS", "messages", ">")
		if err := reader.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = reader.Process.Kill(); _ = reader.Wait() })
	}
	eventually(t, "two blocked readers", func() bool {
		return strings.Contains(server.Do("INFO", "clients").(string), "blocked_clients:2")
	})
	wantSaid(t, doctor(t, binary, 1, "--dsn=async="+dsnOf(server), "--log-dir="+dir), "2 connections read as consumers", "two may have one name")
}

// TestDoctorTestsAsTheUserOfTheWorker runs doctor as root beside a worker of another user, and the reverse.
func TestDoctorTestsAsTheUserOfTheWorker(t *testing.T) {
	t.Parallel()
	i := newIncident(t, redistest.Start(t))
	asNobody(t, i)
	theirs := i.user
	filetest.Must(t, os.Mkdir(i.dir, 0o755), os.Chown(i.dir, nobody, nobody)) //nolint:gosec // as others have it
	i.start()
	i.publish(0)
	i.written(1)
	i.reports("envelog doctor", `ok +log directory: \S+ can be written to by user 65534`)

	foreign := filepath.Join(i.dir, "by-root-2026-11-30.log")
	filetest.Must(t, os.WriteFile(foreign, nil, 0o600))
	cure := i.reports("envelog doctor", `problem +log directory: open \S+by-root-2026-11-30.log: permission denied\n.*such as by (chown .*)\n`)[1]
	i.run(0, cure)
	i.reports("envelog doctor", `ok +log directory: \S+ can be written to by user 65534`)
	i.stop()

	filetest.Must(t, os.RemoveAll(i.dir), os.Mkdir(i.dir, 0o755)) //nolint:gosec // as others have it
	i.user = nil
	i.start()
	i.publish(1)
	i.written(1)
	doctor := exec.Command(filepath.Join(i.bin, "envelog"), "doctor")
	doctor.Env, doctor.SysProcAttr, doctor.Dir = i.env, theirs, "/"
	out, _ := doctor.CombinedOutput() // it has warnings
	said := string(out)
	wantSaid(t, said, "warning  log directory", "run envelog doctor as user 0 (root), such as by sudo -u '#0' envelog doctor",
		"user 65534 may not look into "+filepath.Join(i.dir, ".rejected"))
	if strings.Contains(said, "problem") {
		t.Errorf("a problem where there is none:\n%s", said)
	}
	i.stop()
}

// TestDoctorIsNotLedElsewhere has a neighbour plant links and a FIFO where doctor writes, opens and lists, as root perhaps.
func TestDoctorIsNotLedElsewhere(t *testing.T) {
	t.Parallel()
	binary, server, dir, elsewhere := buildBinary(t), redistest.Start(t), t.TempDir(), t.TempDir()
	target := filepath.Join(elsewhere, "target")
	filetest.Must(t, os.Symlink(elsewhere, filepath.Join(dir, ".envelog")), os.Symlink(elsewhere, filepath.Join(dir, ".rejected")),
		os.WriteFile(target, nil, 0o600), os.Symlink(target, filepath.Join(dir, "app-2026-11-23.log")),
		syscall.Mkfifo(filepath.Join(dir, "fifo-2026-11-23.log"), 0o600), os.Chmod(dir, 0o777)) //nolint:gosec // as others have it
	watch, err := unix.InotifyInit1(unix.IN_NONBLOCK)
	if err == nil {
		_, err = unix.InotifyAddWatch(watch, elsewhere, unix.IN_ALL_EVENTS)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(watch) }()
	said := doctor(t, binary, 2, "--dsn=async="+dsnOf(server), "--log-dir="+dir)
	if n, err := unix.Read(watch, make([]byte, 4096)); !errors.Is(err, unix.EAGAIN) {
		t.Errorf("the place that links lead to was touched: %d bytes of events, %v", n, err)
	}
	wantSaid(t, said, `.envelog" is not a directory, or a link`, "app-2026-11-23.log: is a symbolic link, which is not followed", "fifo-2026-11-23.log: is not a file",
		"look who made it", "may be written to by everybody", "chmod o-w")
}
