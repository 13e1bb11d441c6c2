//go:build docker

package e2e

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

const (
	root     = ".."
	image    = "envelog-example-app"
	logs     = "/app/var/log" // of the application's container, and of envelog's
	app      = "app"
	consumer = "consumer-logs"
)

// stack is compose.yaml as a project of this test's own.
type stack struct {
	*testing.T
	project string
	docker  *testcontainers.DockerClient
}

// newStack builds and starts all that is not after a profile, and takes it away again when the test ends.
func newStack(t *testing.T) *stack {
	docker, err := testcontainers.NewDockerClientWithOpts(t.Context())
	if err != nil {
		t.Fatalf("reach Docker: %v", err)
	}
	t.Cleanup(func() { _ = docker.Close() })
	s := &stack{T: t, project: fmt.Sprintf("envelog-e2e-%d", os.Getpid()), docker: docker}
	t.Cleanup(s.down)
	s.compose("up", "--build", "--detach", "--wait", "--wait-timeout", "120")
	return s
}

// with is the stack with a subtest to report to.
func (s *stack) with(t *testing.T) *stack {
	sub := *s
	sub.T = t
	return &sub
}

func (s *stack) down() {
	if s.Failed() {
		out, _ := s.command(context.Background(), "logs", "--no-color", "--tail=40").CombinedOutput()
		s.Logf("logs of the services:\n%s", out)
	}
	if out, err := s.command(context.Background(), "down", "--volumes", "--timeout=5").CombinedOutput(); err != nil {
		s.Errorf("docker compose down: %v\n%s", err, out)
	}
}

// command is `docker compose` for this project.
func (s *stack) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "docker", append([]string{"compose", "--ansi=never", "--project-name", s.project}, args...)...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "APP_PORT=0", "PAGE_PORT=0", "PROMETHEUS_PORT=0") // ones that are free
	return cmd
}

// compose runs `docker compose` and returns what it prints.
func (s *stack) compose(args ...string) string {
	s.Helper()
	cmd := s.command(s.Context(), args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		s.Fatalf("docker compose %s: %v\n%s%s", strings.Join(args, " "), err, out, stderr.Bytes())
	}
	return string(out)
}

// exec runs a command in the container of a service.
func (s *stack) exec(service string, args ...string) string {
	s.Helper()
	return s.compose(append([]string{"exec", "-T", service}, args...)...)
}

// redis runs redis-cli and returns the lines of its answer.
func (s *stack) redis(args ...string) []string {
	s.Helper()
	return strings.Split(strings.TrimSpace(s.exec("redis", append([]string{"redis-cli"}, args...)...)), "\n")
}

// containers returns those of a service, also stopped ones, as Docker describes them; those of `compose run` are not of it.
func (s *stack) containers(service string) (all []container.InspectResponse) {
	s.Helper()
	filters := make(client.Filters).Add("label", "com.docker.compose.project="+s.project, "com.docker.compose.service="+service, "com.docker.compose.oneoff=False")
	list, err := s.docker.ContainerList(s.Context(), client.ContainerListOptions{All: true, Filters: filters})
	if err != nil {
		s.Fatalf("list containers: %v", err)
	}
	for _, item := range list.Items {
		inspected, err := s.docker.ContainerInspect(s.Context(), item.ID, client.ContainerInspectOptions{})
		if err != nil {
			s.Fatalf("inspect container: %v", err)
		}
		all = append(all, inspected.Container)
	}
	return all
}

// files returns the lines of all log files.
func (s *stack) files() []string {
	s.Helper()
	text := s.exec(app, "sh", "-c", "cat "+logs+"/*.log")
	if text != "" && !strings.HasSuffix(text, "\n") {
		s.Errorf("a file ends in the middle of a line: %.200q", text[strings.LastIndexByte(text, '\n')+1:])
	}
	return slices.Collect(strings.Lines(text))
}

// patience is how long something may take that takes seconds on a machine that has time.
const patience = 5 * time.Minute

// until polls for a condition.
func (s *stack) until(what string, condition func() bool) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), patience)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			s.Fatalf("waited %v until %s", patience, what)
		}
	}
}

// added is how many entries the stream has ever had.
func (s *stack) added() string {
	s.Helper()
	info := s.redis("XINFO", "STREAM", stream)
	return info[slices.Index(info, "entries-added")+1]
}

// drained says whether the group has neither an entry to read nor one that is not acknowledged.
func (s *stack) drained() bool {
	s.Helper()
	return s.redis("XLEN", stream)[0] == "0" && s.redis("XPENDING", stream, group)[0] == "0"
}

// output returns what a container has printed.
func output(t *testing.T, c *testcontainers.DockerContainer) string {
	t.Helper()
	logs, err := c.Logs(t.Context())
	if err != nil {
		t.Fatalf("read logs: %v", err)
	}
	defer func() { _ = logs.Close() }()
	text, err := io.ReadAll(logs)
	if err != nil {
		t.Fatalf("read logs: %v", err)
	}
	return string(text)
}
