//go:build integration && linux

package cli_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"envelog/internal/redistest"
)

// observed is a worker with an address.
type observed struct {
	*worker
	url, dir string // its address, its log directory
}

// startObserved starts a worker that listens, and waits until it says where.
func startObserved(t *testing.T, dsn, dir string, args ...string) observed {
	t.Helper()
	w := startWorker(t, buildBinary(t), dsn, dir, append([]string{"--listen=127.0.0.1:0", "-vv"}, args...)...)
	t.Cleanup(func() {
		if t.Failed() {
			said := w.stderr.String()
			t.Logf("said last:\n%s", said[max(len(said)-2000, 0):])
		}
	})
	where := regexp.MustCompile(`are served\. \["address" => "([^"]+)"`)
	eventually(t, "an address", func() bool { return where.MatchString(w.stderr.String()) })
	return observed{w, "http://" + where.FindStringSubmatch(w.stderr.String())[1], dir}
}

func (o observed) get(path string) (status int, body string) {
	o.t.Helper()
	r, err := http.NewRequestWithContext(o.t.Context(), http.MethodGet, o.url+path, nil)
	if err != nil {
		o.t.Fatal(err)
	}
	if token, err := os.ReadFile(filepath.Join(o.dir, ".envelog", "page.token")); err == nil { // else it has one of its own
		r.SetBasicAuth("", strings.TrimSpace(string(token)))
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		o.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		o.t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// metric returns the sum of all samples of a metric that have these labels, as label=value.
func (o observed) metric(name string, labels ...string) (sum float64) {
	o.t.Helper()
	_, text := o.get("/metrics")
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		o.t.Fatal(err)
	}
	family, ok := families[name]
	if !ok {
		o.t.Fatalf("%s is not exported:\n%s", name, text)
	}
samples:
	for _, m := range family.Metric {
		has := map[string]bool{}
		for _, l := range m.Label {
			has[l.GetName()+"="+l.GetValue()] = true
		}
		for _, want := range labels {
			if !has[want] {
				continue samples
			}
		}
		sum += m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
	}
	return sum
}

// is waits for a probe to have the status, and returns the reason that it gives.
func (o observed) is(path string, status int) (reason string) {
	o.t.Helper()
	eventually(o.t, path, func() bool { got, _ := o.get(path); return got == status })
	_, body := o.get(path)
	var report struct{ Reason string }
	if err := json.Unmarshal([]byte(body), &report); err != nil {
		o.t.Fatalf("%s: %v\n%s", path, err, body)
	}
	return report.Reason
}

func TestMetricsAgreeWithWhatWasCounted(t *testing.T) {
	t.Parallel()
	const good, bad = 300, 7
	server, dir := redistest.Start(t), t.TempDir()
	o := startObserved(t, dsnOf(server), dir, "--dsn=failed=redis://"+server.Addr+"/failed", "--failure-transport=failed")
	o.is("/readyz", http.StatusOK)
	for _, name := range []string{"envelog_messages_received_total", "envelog_messages_written_total", "envelog_messages_failed_total"} {
		if n := o.metric(name); n != 0 {
			t.Errorf("%s begins at %v", name, n)
		}
	}
	publishNumbered(t, server, good)
	for range bad {
		server.Do("XADD", "messages", "*", "message", "no message at all")
	}
	eventually(t, "an empty stream", func() bool { return server.Do("XLEN", "messages") == int64(0) && len(numbers(t, dir)) == good })
	eventually(t, "all acknowledgements", func() bool { return o.metric("envelog_messages_acknowledged_total", "transport=async") == good+bad })
	for _, fact := range []struct {
		name   string
		labels []string
		want   float64
	}{
		{"envelog_messages_received_total", []string{"transport=async"}, good + bad},
		{"envelog_messages_written_total", []string{"transport=async"}, good},
		{"envelog_messages_failed_total", []string{"transport=async"}, bad},
		{"envelog_messages_parked_total", []string{"transport=async"}, bad},
		{"envelog_messages_rejected_total", nil, 0},
		{"envelog_messages_retried_total", nil, 0},
		{"envelog_messages_recognized_total", nil, 0},
		{"envelog_end_to_end_latency_seconds", nil, good},
		{"envelog_written_bytes_total", nil, float64(sizeOfLogs(t, dir))},
		{"envelog_open_files", nil, 1},
		{"envelog_paused", nil, 0},
		{"envelog_redis_up", nil, 1},
		{"envelog_build_info", nil, 1},
	} {
		if got := o.metric(fact.name, fact.labels...); got != fact.want {
			t.Errorf("%s%v is %v, want %v", fact.name, fact.labels, got, fact.want)
		}
	}
	eventually(t, "the failed messages in the queue's gauge", func() bool {
		return o.metric("envelog_queue_messages", "state=failed") == bad && o.metric("envelog_queue_messages", "state=waiting") == 0
	})
	o.showsOnPage("/overview.json", `"state":"alive"`, `"failed":7`, `"name":"request-2026-11-23.log"`)
	o.showsOnPage("/failed.json", `"transport":"failed"`, `"failed_on":"async"`, `"error":"decode `)
	o.showsOnPage("/", `<h3>async</h3>`)
	if n := o.metric("envelog_consumers"); n != 1 {
		t.Errorf("%v consumers", n)
	}
	if at := o.metric("envelog_last_commit_timestamp_seconds"); time.Since(time.Unix(int64(at), 0)) > time.Minute {
		t.Errorf("the last commit was at %v", at)
	}
	o.end(syscall.SIGTERM)
}

// showsOnPage waits until a page has these texts.
func (o observed) showsOnPage(path string, texts ...string) {
	o.t.Helper()
	eventually(o.t, path, func() bool {
		status, body := o.get(path)
		for _, text := range texts {
			if !strings.Contains(body, text) {
				return false
			}
		}
		return status == http.StatusOK
	})
}

// TestThePageIsForThoseWhoMayReadTheFiles asks a worker's address as a user who may not read its log files.
func TestThePageIsForThoseWhoMayReadTheFiles(t *testing.T) {
	t.Parallel()
	server, dir := redistest.Start(t), t.TempDir()
	o := startObserved(t, dsnOf(server), dir)
	token := filepath.Join(dir, ".envelog", "page.token")
	eventually(t, "a word on where the token is", func() bool { return strings.Contains(o.stderr.String(), token) })
	info, err := os.Stat(token)
	if err != nil || info.Mode() != 0o640 {
		t.Fatalf("the token: %v, %v", info, err)
	}
	for path, want := range map[string]int{"/": 401, "/lines": 401, "/failed.json": 401, "/overview.json": 401, "/metrics": 200, "/livez": 200} {
		answer, err := http.Get(o.url + path)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("%s without the token is %d, want %d", path, answer.StatusCode, want)
		}
	}
	if status, _ := o.get("/"); status != http.StatusOK {
		t.Errorf("the page with the token is %d", status)
	}
	o.end(syscall.SIGTERM)
}

func sizeOfLogs(t *testing.T, dir string) (size int64) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.log"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	return size
}

// TestThePageRetriesAndRemovesFailedMessages has messages fail at a file that cannot be written, and mends it.
func TestThePageRetriesAndRemovesFailedMessages(t *testing.T) {
	t.Parallel()
	server, dir := redistest.Start(t), t.TempDir()
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	obstacle := filepath.Join(dir, "request-2026-11-23.log") // a directory is no file
	if err := os.Mkdir(obstacle, 0o700); err != nil {
		t.Fatal(err)
	}
	o := startObserved(t, dsnOf(server), dir, "--dsn=failed=redis://"+server.Addr+"/failed", "--failure-transport=failed",
		"--max-retries=0", "--listen-token-file="+token, "--listen-write")
	publishNumbered(t, server, 2)
	ids := func() (ids []string) {
		var page struct {
			Failed   []struct{ ID, Transport string }
			Writable bool
		}
		if err := json.Unmarshal([]byte(o.send(http.MethodGet, "/failed.json", "", http.StatusOK)), &page); err != nil || !page.Writable {
			t.Fatalf("/failed.json: %v, writable %t", err, page.Writable)
		}
		for _, m := range page.Failed {
			ids = append(ids, m.ID)
		}
		return ids
	}
	eventually(t, "two failed messages", func() bool { return len(ids()) == 2 })
	first, second := `{"transport":"failed","id":"`+ids()[0]+`"}`, `{"transport":"failed","id":"`+ids()[1]+`"}`
	o.send(http.MethodPost, "/failed/retry", first, http.StatusConflict)
	if len(ids()) != 2 {
		t.Fatalf("a retry that failed left %q", ids())
	}
	if err := os.Remove(obstacle); err != nil {
		t.Fatal(err)
	}
	o.send(http.MethodPost, "/failed/retry", first, http.StatusOK)
	if written := numbers(t, dir); len(written) != 1 || len(ids()) != 1 {
		t.Errorf("after a retry there are %d lines, and %q failed", len(written), ids())
	}
	o.send(http.MethodPost, "/failed/retry", first, http.StatusNotFound)
	o.send(http.MethodPost, "/failed/remove", strings.Replace(second, `"failed"`, `"another"`, 1), http.StatusNotFound)
	o.send(http.MethodPost, "/failed/remove", second, http.StatusOK)
	if written := numbers(t, dir); len(written) != 1 || len(ids()) != 0 {
		t.Errorf("after a removal there are %d lines, and %q failed", len(written), ids())
	}
	o.end(syscall.SIGTERM)
}

// send sends a request with the token, and returns the body of the answer, whose status is checked.
func (o observed) send(method, path, body string, status int) string {
	o.t.Helper()
	r, err := http.NewRequestWithContext(o.t.Context(), method, o.url+path, strings.NewReader(body))
	if err != nil {
		o.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer secret")
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		o.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != status {
		o.t.Fatalf("%s %s %s is %d %s, %v, want %d", method, path, body, answer.StatusCode, text, err, status)
	}
	return string(text)
}

func TestAnOutageOfRedisIsSeenAndPasses(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.AOF()...)
	o := startObserved(t, dsnOf(server), t.TempDir())
	o.is("/readyz", http.StatusOK)
	server.Kill()
	if reason := o.is("/readyz", http.StatusServiceUnavailable); !strings.Contains(reason, "connection refused") && !strings.Contains(reason, "EOF") && !strings.Contains(reason, "connection reset") {
		t.Errorf("the reason is %q", reason)
	}
	o.is("/livez", http.StatusOK)
	if n := o.metric("envelog_paused", "reason=redis"); n != 1 {
		t.Errorf("paused is %v", n)
	}
	eventually(t, "a queue that is not known", func() bool { return o.metric("envelog_redis_up") == 0 })
	o.showsOnPage("/overview.json", `"ready":false`, `"state":"waiting for Redis"`, `"problem":"`)
	o.showsOnPage("/", `<p id="state">waiting for Redis</p>`)
	server.Restart(redistest.AOF()...)
	o.is("/readyz", http.StatusOK)
	if n := o.metric("envelog_paused"); n != 0 {
		t.Errorf("paused is %v", n)
	}
	eventually(t, "a queue that is known", func() bool { return o.metric("envelog_redis_up") == 1 })
	o.showsOnPage("/overview.json", `"ready":true`, `"state":"idle"`, `"state":"alive"`)
	if n := o.metric("envelog_redis_reconnects_total"); n < 1 {
		t.Errorf("%v reconnects", n)
	}
	o.end(syscall.SIGTERM)
}

func TestProbesAnswerBeforeRedisDoes(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	server.Do("CONFIG", "SET", "maxmemory", "1") // it refuses to make the group, and is waited for
	o := startObserved(t, dsnOf(server), t.TempDir())
	o.is("/livez", http.StatusOK)
	o.is("/readyz", http.StatusServiceUnavailable)
	server.Do("CONFIG", "SET", "maxmemory", "0")
	o.is("/readyz", http.StatusOK)
	o.end(syscall.SIGTERM)
}

func TestAFullDiskIsSeenAndPasses(t *testing.T) {
	t.Parallel()
	server, dir := redistest.Start(t), smallDisk(t)
	o := startObserved(t, dsnOf(server), dir)
	o.is("/readyz", http.StatusOK)
	filler := filepath.Join(dir, "filler")
	if err := os.WriteFile(filler, make([]byte, 32<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("fill the disk: %v", err)
	}
	publishNumbered(t, server, 20)
	if reason := o.is("/readyz", http.StatusServiceUnavailable); !strings.Contains(reason, "no space left on device") {
		t.Errorf("the reason is %q", reason)
	}
	o.is("/livez", http.StatusOK)
	if n := o.metric("envelog_paused", "reason=disk"); n != 1 {
		t.Errorf("paused is %v", n)
	}
	o.showsOnPage("/overview.json", `"ready":false`, "no space left on device")
	if n := o.metric("envelog_disk_free_bytes"); n != 0 {
		t.Errorf("%v bytes are free", n)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	o.is("/readyz", http.StatusOK)
	eventually(t, "all lines", func() bool { return o.metric("envelog_messages_written_total") == 20 })
	o.showsOnPage("/overview.json", `"ready":true`, `"state":"idle"`)
	o.end(syscall.SIGTERM)
}
