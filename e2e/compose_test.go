//go:build docker

package e2e

import (
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"

	"envelog/internal/proctest"
)

// As Symfony makes them of redis://redis:6379/log-messages.
const (
	stream = "log-messages"
	group  = "symfony"
)

// TestCompose walks through what an operator does with the chain, in this order, on one stack.
func TestCompose(t *testing.T) {
	s := newStack(t)
	for _, step := range []struct {
		name string
		test func(*testing.T, *stack)
	}{
		{"services are locked down and healthy", testServices},
		{"ten records are in the files within a second", testTenRecords},
		{"the page logs", testPage},
		{"envelog's page needs the password", testOwnPage},
		{"a message that fails is parked, shown and removed", testFailure},
		{"PHP's messenger:stop-workers stops envelog", testStopWorkers},
		{"three consumers share the load, each record once", testScale},
		{"Prometheus scrapes it", testMonitoring},
		{"a stop loses nothing", testStop},
		{"a PHP worker takes over", testWayBack},
	} {
		t.Run(step.name, func(t *testing.T) { step.test(t, s.with(t)) })
	}
}

func testServices(t *testing.T, s *stack) {
	c := s.containers(consumer)[0]
	if c.Config.User != "1000:1000" {
		t.Errorf("envelog runs as %q, want 1000:1000", c.Config.User)
	}
	if !c.HostConfig.ReadonlyRootfs {
		t.Error("envelog's root file system is writable")
	}
	if !slices.Equal(c.HostConfig.CapDrop, []string{"ALL"}) {
		t.Errorf("capabilities dropped: %v, want ALL", c.HostConfig.CapDrop)
	}
	if title := c.Config.Labels["org.opencontainers.image.title"]; title != "envelog" {
		t.Errorf("the image is titled %q", title)
	}
	if out := s.exec("redis", "sh", "-c", "REDISCLI_AUTH= redis-cli XLEN "+stream); !strings.Contains(out, "NOAUTH") {
		t.Errorf("Redis answers without its password: %s", out)
	}
	for _, variable := range c.Config.Env {
		if strings.HasPrefix(variable, "ENVELOG_") || strings.HasPrefix(variable, "MESSENGER_") {
			t.Errorf("envelog was told %s, which the application's configuration says", variable)
		}
	}
	if out := s.exec(app, "id", "-u"); out != "1000\n" {
		t.Errorf("the application runs as %q, want 1000", out)
	}
	for _, service := range []string{app, consumer, "redis"} {
		if c := s.containers(service)[0]; c.State.Health == nil || c.State.Health.Status != container.Healthy {
			t.Errorf("%s is not healthy: %+v", service, c.State.Health)
		}
	}
	for setting, want := range map[string]string{"appendonly": "yes", "maxmemory-policy": "noeviction"} {
		if got := s.redis("CONFIG", "GET", setting); len(got) != 2 || got[1] != want {
			t.Errorf("Redis has %v, want %s", got, want)
		}
	}
}

// The time is taken from the file system and from the record, so that it is not this test's own slowness that counts, and without what
// the machine lost.
func testTenRecords(t *testing.T, s *stack) {
	watch := proctest.StartStopwatch(t)
	run := markOf(t, s.exec(app, "php", "bin/console", "app:test-logging", "--count=10"))
	s.until("ten lines are in the files", func() bool {
		return strings.Count(strings.Join(s.files(), ""), run) == 10
	})
	lines := s.files()
	expectWhole(t, lines, map[string]int{run: 10})
	last := slices.IndexFunc(lines, func(line string) bool { return strings.Contains(line, "Test record 10 of 10 ") })
	logged, err := time.Parse("[2006-01-02T15:04:05.999999Z07:00]", strings.Fields(lines[last])[0])
	if err != nil {
		t.Fatal(err)
	}
	file := logs + "/app-" + logged.Format(time.DateOnly) + ".log"
	written, err := time.Parse("2006-01-02 15:04:05.999999999 -0700", strings.TrimSpace(s.exec(app, "stat", "-c", "%y", file)))
	if err != nil {
		t.Fatal(err)
	}
	if took := written.Sub(logged) - watch.Lost(); took > time.Second {
		t.Errorf("the last record was in its file after %v, want at most a second", took)
	}
}

func testPage(t *testing.T, s *stack) {
	address := strings.TrimSpace(s.compose("port", app, "8080"))
	response, err := http.Get("http://" + address + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	page, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("page: %s %v\n%s", response.Status, err, page)
	}
	order := regexp.MustCompile(`<h1>Order ([0-9A-F]{6}) was logged</h1>`).FindSubmatch(page)
	if order == nil {
		t.Fatalf("the page does not say what was logged:\n%s", page)
	}
	s.until("the records of the page are in the files", func() bool {
		return strings.Count(strings.Join(s.files(), ""), string(order[1])) == 4
	})
}

func testOwnPage(t *testing.T, s *stack) {
	address := "http://" + strings.TrimSpace(s.compose("port", consumer, "9400"))
	for password, want := range map[string]int{"": http.StatusUnauthorized, strings.TrimSpace(read(t, "../deploy/prometheus/token")): http.StatusOK} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		request.SetBasicAuth("anybody", password)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("with the password %q the page answers %s, want %d", password, response.Status, want)
		}
	}
}

// envelog runs a command of envelog beside the worker, as the documents say: that also works while the worker restarts.
func (s *stack) envelog(args ...string) string {
	s.Helper()
	return s.compose(append([]string{"run", "--rm", "--no-deps", "-T", consumer}, args...)...)
}

func testFailure(t *testing.T, s *stack) {
	s.redis("XADD", stream, "*", "message", "broken")
	var id string
	s.until("the message is parked", func() bool {
		id = regexp.MustCompile(`[0-9]{13}-[0-9]+`).FindString(s.envelog("messenger:failed:show"))
		return id != ""
	})
	s.envelog("messenger:failed:remove", id, "--force")
	if n := s.redis("XLEN", "failed-messages")[0]; n != "0" {
		t.Errorf("%s messages are on the failure transport after the removal of one", n)
	}
}

func testStopWorkers(t *testing.T, s *stack) {
	before := s.containers(consumer)[0].State.StartedAt
	s.exec(app, "php", "bin/console", "messenger:stop-workers")
	s.until("the worker has been started again", func() bool {
		state := s.containers(consumer)[0].State
		return state.Running && state.StartedAt != before
	})
}

func testScale(t *testing.T, s *stack) {
	const senders, count = 3, 8000
	var load []sender
	for range senders {
		load = append(load, s.send(t, count))
	}
	s.compose("up", "--detach", "--no-recreate", "--scale", consumer+"=3")
	runs := make(map[string]int)
	for _, sender := range load {
		runs[sender.finish(t)] = count
	}
	s.until("all is written and acknowledged", s.drained)
	expectWhole(t, s.files(), runs)

	names := make(map[string]bool)
	for _, line := range s.redis("XINFO", "CONSUMERS", stream, group) {
		names[line] = true
	}
	for _, c := range s.containers(consumer) {
		if !names[c.Config.Hostname] {
			t.Errorf("no consumer is called %s, after its container: %v", c.Config.Hostname, names)
		}
	}
	if n := len(s.containers(consumer)); n != 3 {
		t.Errorf("%d consumers run, want 3", n)
	}
}

// What was read is written when envelog has stopped, what was not read waits in Redis, and Redis keeps it.
func testStop(t *testing.T, s *stack) {
	const count = 8000
	before := s.added()
	load := s.send(t, count)
	s.until("records are on their way", func() bool { return s.added() != before })
	s.compose("stop", consumer)
	for _, c := range s.containers(consumer) {
		if c.State.Running || c.State.ExitCode != 0 {
			t.Errorf("%s ended with %d: %+v", c.Name, c.State.ExitCode, c.State)
		}
	}
	runs := map[string]int{load.finish(t): count}
	if pending := s.redis("XPENDING", stream, group)[0]; pending != "0" {
		t.Errorf("%s entries are pending after a stop", pending)
	}
	runs[markOf(t, s.exec(app, "php", "bin/console", "app:test-logging", "--count=100"))] = 100
	s.compose("stop")
	s.compose("start")
	s.until("all is written and acknowledged", s.drained)
	expectWhole(t, s.files(), runs)
}

func testWayBack(t *testing.T, s *stack) {
	s.compose("stop", consumer)
	run := markOf(t, s.exec(app, "php", "bin/console", "app:test-logging", "--count=10"))
	s.exec(app, "php", "bin/console", "messenger:consume", "async_logging", "--limit=10", "--time-limit=30")
	expectWhole(t, s.files(), map[string]int{run: 10})
	s.compose("start", consumer)
	run = markOf(t, s.exec(app, "php", "bin/console", "app:test-logging", "--count=10"))
	s.until("all is written and acknowledged", s.drained)
	expectWhole(t, s.files(), map[string]int{run: 10})
}
