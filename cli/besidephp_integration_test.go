//go:build integration

package cli_test

import (
	"fmt"
	"maps"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"envelog/internal/redistest"
)

// startPHP starts Symfony's own Worker on the stream and in the group of dsnOf. It exits after so many messages.
func startPHP(t *testing.T, server *redistest.Server, dir, options string, messages int) *worker {
	t.Helper()
	dsn := fmt.Sprintf("%s/symfony/php?delete_after_ack=true%s", dsnOf(server), options)
	w := &worker{Cmd: exec.Command("php", "../bench/php/worker.php", dsn, fmt.Sprint(messages), dir), t: t}
	w.Stdout, w.Stderr = &w.stderr, &w.stderr
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *worker) wait() {
	w.t.Helper()
	if err := w.Wait(); err != nil {
		w.t.Fatalf("worker: %v\n%s", err, &w.stderr)
	}
}

// TestBesidePHP lets a PHP worker and envelog take messages from one group at the same time. Most messages come when both are at
// work, and neither can be done before.
func TestBesidePHP(t *testing.T) {
	t.Parallel()
	const messages, phpMessages, early = 12_000, 4_000, 100
	binary, server, goDir, phpDir := buildBinary(t), redistest.Start(t), t.TempDir(), t.TempDir()
	message := numberedBy(t, "bookworm")
	publishEach(t, server, early, message)

	php := startPHP(t, server, phpDir, "", phpMessages)
	eventually(t, "PHP at work", func() bool { return len(numbers(t, phpDir)) > 0 })
	envelog := startWorker(t, binary, dsnOf(server), goDir, fmt.Sprintf("--limit=%d", messages-phpMessages), "--fetch-size=10")
	eventually(t, "two readers", func() bool { return len(server.Do("XINFO", "CONSUMERS", "messages", "symfony").([]any)) == 2 })
	publishEach(t, server, messages-early, func(n int) []byte { return message(early + n) })
	envelog.wait()
	php.wait()

	wantOnceEach(t, messages, numbers(t, goDir), numbers(t, phpDir))
	if n, left := pending(server), server.Do("XLEN", "messages"); n != int64(0) || left != int64(0) {
		t.Errorf("%d entries are pending, %d are on the stream", n, left)
	}
}

// wantOnceEach checks that each number below n stands once in one of the directories.
func wantOnceEach(t *testing.T, n int, counts ...map[string]int) {
	t.Helper()
	total := map[string]int{}
	for _, count := range counts {
		for number, times := range count {
			total[number] += times
		}
	}
	for number, times := range total {
		if times != 1 {
			t.Errorf("message %s was handled %d times", strings.TrimLeft(number, "0"), times)
		}
	}
	if len(total) != n {
		t.Errorf("%d of %d messages were handled", len(total), n)
	}
}

// TestAfterPHPWasKilled lets envelog take over what a PHP worker had in flight. The worker waits for more messages than there are, so
// that it does not end before it is killed; one is sent afterwards, which it cannot have handled.
func TestAfterPHPWasKilled(t *testing.T) {
	t.Parallel()
	const messages = 3_000
	binary, server, goDir, phpDir := buildBinary(t), redistest.Start(t), t.TempDir(), t.TempDir()
	message := numberedBy(t, "bookworm")
	publishEach(t, server, messages-1, message)
	php := startPHP(t, server, phpDir, "", messages)
	eventually(t, "PHP at work", func() bool { return len(numbers(t, phpDir)) > 100 })
	if err := php.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = php.Wait()
	server.Do("XADD", "messages", "*", "message", message(messages-1))
	server.Do("XREADGROUP", "GROUP", "symfony", "php", "COUNT", 1, "STREAMS", "messages", ">") // as if killed while handling it
	inHand := pending(server).(int64)

	envelog := startWorker(t, binary, dsnOf(server)+"?redeliver_timeout=1&claim_interval=100", goDir)
	eventually(t, "nothing to do", func() bool {
		left := server.Do("XLEN", "messages").(int64) // PHP may have been killed between its XACK and its XDEL
		return pending(server) == int64(0) && left <= 1
	})
	envelog.end(syscall.SIGTERM)
	byPHP, byEnvelog := numbers(t, phpDir), numbers(t, goDir)
	twice := int64(0)
	for number := range byPHP {
		twice += int64(byEnvelog[number])
	}
	if twice > inHand-1 { // PHP acknowledges after it wrote: that message may stand twice, no other one
		t.Errorf("%d messages were handled twice, PHP had %d in flight", twice, inHand)
	}
	maps.Copy(byPHP, byEnvelog)
	if len(byPHP) != messages {
		t.Errorf("%d of %d messages were handled", len(byPHP), messages)
	}
}

// TestPHPTakesOver lets a PHP worker finish what an envelog that was killed in the middle had in flight.
func TestPHPTakesOver(t *testing.T) {
	t.Parallel()
	const messages = 5_000
	binary, server, goDir, phpDir := buildFaults(t), redistest.Start(t), t.TempDir(), t.TempDir()
	publishEach(t, server, messages, numberedBy(t, "bookworm"))
	killAt(t, "before-ack:3", binary, []string{"messenger:consume", "async", "--dsn=async=" + dsnOf(server), "--log-dir=" + goDir, "--fetch-size=100"})
	left := server.Do("XLEN", "messages").(int64)
	if left == 0 || pending(server) == int64(0) {
		t.Fatalf("%d messages are left, %v of them in flight", left, pending(server))
	}
	// PHP claims what has been idle for the redeliver_timeout, at its first look and then every claim_interval.
	startPHP(t, server, phpDir, "&redeliver_timeout=0&claim_interval=10", int(left)).wait()
	all := numbers(t, goDir)
	maps.Copy(all, numbers(t, phpDir))
	if len(all) != messages {
		t.Errorf("%d of %d messages were handled", len(all), messages)
	}
	if n, rest := pending(server), server.Do("XLEN", "messages"); n != int64(0) || rest != int64(0) {
		t.Errorf("%d entries are pending, %d are on the stream", n, rest)
	}
}
