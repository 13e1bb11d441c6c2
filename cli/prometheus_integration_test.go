//go:build integration && linux

package cli_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"envelog/internal/proctest"
	"envelog/internal/redistest"
)

// prometheus is a real one that scrapes a worker every second, with the alert rules as they are shipped, except for how long
// something has to be wrong.
type prometheus struct {
	t   *testing.T
	url string
}

func startPrometheus(t *testing.T, target string) prometheus {
	t.Helper()
	dir := t.TempDir()
	rules, err := os.ReadFile("../deploy/prometheus/envelog.rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`(?m)^ +for: .*\n`).ReplaceAllString(string(rules), "")
	config := fmt.Sprintf("global: { scrape_interval: 1s, evaluation_interval: 1s }\nrule_files: [rules.yml]\nscrape_configs: [{ job_name: envelog, static_configs: [{ targets: [%q] }] }]\n", target)
	for name, content := range map[string]string{"rules.yml": text, "prometheus.yml": config} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	address := fmt.Sprintf("127.0.0.1:%d", proctest.Port(t))
	cmd := exec.Command("prometheus", "--config.file="+filepath.Join(dir, "prometheus.yml"), "--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+address)
	var said proctest.Output
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("prometheus said:\n%s", &said)
		}
	})
	return prometheus{t, "http://" + address}
}

// ask returns the answer to a question, and "" until there is one.
func (p prometheus) ask(path string) string {
	answer, err := http.Get(p.url + path)
	if err != nil {
		return "" // it starts
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	return string(text)
}

// value returns what an expression is, "" for nothing.
func (p prometheus) value(expression string) string {
	var answer struct {
		Data struct {
			Result []struct{ Value [2]any }
		}
	}
	if json.Unmarshal([]byte(p.ask("/api/v1/query?query="+url.QueryEscape(expression))), &answer) != nil || len(answer.Data.Result) == 0 {
		return ""
	}
	return fmt.Sprint(answer.Data.Result[0].Value[1])
}

func (p prometheus) fires(alert string) bool {
	return p.value(fmt.Sprintf("count(ALERTS{alertname=%q,alertstate=\"firing\"})", alert)) != ""
}

func TestAlertsFollowWhatHappens(t *testing.T) {
	t.Parallel()
	server, dir := redistest.Start(t, redistest.AOF()...), smallDisk(t)
	o := startObserved(t, dsnOf(server), dir)
	p := startPrometheus(t, strings.TrimPrefix(o.url, "http://"))
	publishNumbered(t, server, 50)
	eventually(t, "fifty messages in Prometheus", func() bool { return p.value("sum(envelog_messages_written_total)") == "50" })
	eventually(t, "no alert", func() bool { return p.value(`count(ALERTS{alertstate="firing"})`) == "" && p.value("count(up)") == "1" })

	server.Do("XADD", "messages", "*", "message", "no message at all")
	eventually(t, "EnvelogMessagesRejected", func() bool { return p.fires("EnvelogMessagesRejected") && p.fires("EnvelogMessagesFail") })

	server.Kill()
	eventually(t, "EnvelogPaused by Redis", func() bool { return p.fires("EnvelogPaused") })
	server.Restart(redistest.AOF()...)
	eventually(t, "the end of EnvelogPaused", func() bool { return !p.fires("EnvelogPaused") })

	filler := filepath.Join(dir, "filler")
	_ = os.WriteFile(filler, make([]byte, 32<<20), 0o600) // as much as there is room for
	publishNumbered(t, server, 20)
	eventually(t, "EnvelogPaused by the disk", func() bool { return p.fires("EnvelogPaused") && p.value(`max(envelog_paused{reason="disk"})`) == "1" })
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the end of EnvelogPaused", func() bool { return !p.fires("EnvelogPaused") })
	eventually(t, "all messages", func() bool { return p.value("sum(envelog_messages_written_total)") == "70" })
	o.end(syscall.SIGTERM)
}
