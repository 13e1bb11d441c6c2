//go:build integration || compat

package cli_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"envelog/internal/redistest"
)

// TestSymfonyProjectWithoutAFlag lets a real application dispatch, and a worker in its directory consume what came, with
// nothing but the application's own configuration.
func TestSymfonyProjectWithoutAFlag(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, later string }{ // a file that is read after messenger.yaml
		{"the seed", ""},
		{"options of YAML, over which the DSN wins", `framework: { messenger: { transports: { async_logging: {
			options: { stream: unused, group: symfony, serializer: !php/const Redis::SERIALIZER_JSON, delete_after_ack: true } } } } }`},
		{"the other serializer", `framework: { serializer: { enabled: true }, messenger: { transports: { async_logging: {
			serializer: messenger.transport.symfony_serializer } } } }`},
		{"the environment's own", `when@prod: { framework: { messenger: { transports: { async_logging: { options: { auto_setup: true } } } } } }`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server, dir := redistest.Start(t), copyProject(t)
			write(t, filepath.Join(dir, "config/packages/messenger_later.yaml"), strings.ReplaceAll(tc.later, "\t", " "))
			write(t, filepath.Join(dir, ".env.local"), fmt.Sprintf("MESSENGER_TRANSPORT_DSN=redis://%s/log-messages\n", server.Addr))
			consumeProject(t, dir)
			if left := server.Do("XLEN", "log-messages"); left != int64(0) {
				t.Errorf("%v entries are left", left)
			}
		})
	}
}

// consumeProject lets the application dispatch while a worker consumes, and checks the lines.
func consumeProject(t *testing.T, dir string) {
	t.Helper()
	const messages = 25
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	w := exec.Command(self, "messenger:consume", "async_logging")
	w.Args[0] = "envelog" // which makes this binary be that program, see TestMain
	w.Dir, w.Env, w.Stderr = dir, []string{"PATH=/usr/bin:/bin"}, &stderr
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	dispatch(t, dir, messages)
	content := awaitLines(t, filepath.Join(dir, "var", "log", "checkout-*.log"), messages)
	if err := errors.Join(w.Process.Signal(syscall.SIGTERM), w.Wait()); err != nil {
		t.Errorf("worker: %v\n%s", err, stderr.String())
	}
	for n := range messages {
		if line := fmt.Sprintf("checkout.WARNING: Order %d was late order=%d\n", n+1, n+1); strings.Count(content, line) != 1 {
			t.Errorf("not once: %s", line)
		}
	}
}

// awaitLines waits until the files that match have so many lines, or long enough, and returns what is in them.
func awaitLines(t *testing.T, pattern string, lines int) (content string) {
	t.Helper()
	poll, deadline := time.NewTicker(5*time.Millisecond), time.After(patience)
	defer poll.Stop()
	for {
		content = contentOf(t, pattern)
		if strings.Count(content, "\n") >= lines {
			return content
		}
		select {
		case <-poll.C:
		case <-deadline:
			return content
		}
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// copyProject copies testdata/project, since the application writes its cache there.
func copyProject(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "project")
	if err := os.CopyFS(dir, os.DirFS("testdata/project")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// dispatch lets the application dispatch so many messages.
func dispatch(t *testing.T, dir string, messages int) {
	t.Helper()
	php := exec.Command("php", "-d", "variables_order=EGPCS", "bin/dispatch.php", fmt.Sprint(messages))
	php.Dir, php.Env = dir, []string{"PATH=/usr/bin:/bin"}
	if out, err := php.CombinedOutput(); err != nil {
		t.Fatalf("run PHP with Symfony (Debian: php-cli, php-redis, php-symfony-framework-bundle, php-symfony-redis-messenger, php-symfony-dotenv, php-symfony-yaml): %v\n%s", err, out)
	}
}

// contentOf returns what is in the files that match, one after the other.
func contentOf(t *testing.T, pattern string) string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(content)
	}
	return all.String()
}
