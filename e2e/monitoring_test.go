//go:build docker

package e2e

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"testing"
)

const prometheus = "prom/prometheus:v3.5.0"

// prometheusImage is Debian's Prometheus in place of an image that no registry is there to give.
const prometheusImage = `FROM debian:trixie-slim
RUN apt-get update -q && apt-get install -y -q --no-install-recommends prometheus >/dev/null && mkdir /prometheus
ENTRYPOINT ["prometheus", "--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"]
`

// testMonitoring has the profile's Prometheus find the workers by the name of their service, scrape them and know the alerts.
func testMonitoring(t *testing.T, s *stack) {
	if exec.Command("docker", "image", "inspect", prometheus).Run() != nil && exec.Command("docker", "pull", "-q", prometheus).Run() != nil {
		build := exec.Command("docker", "build", "-q", "--network=host", "-t", prometheus, "-")
		build.Stdin = strings.NewReader(prometheusImage)
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("build Debian's Prometheus: %v\n%s", err, out)
		}
	}
	s.compose("--profile=monitoring", "up", "--detach", "--no-deps", "prometheus")
	base := "http://" + strings.TrimSpace(s.compose("--profile=monitoring", "port", "prometheus", "9090"))
	s.until("Prometheus has counted what was written", func() bool {
		var answer struct {
			Data struct{ Result []struct{ Value [2]any } }
		}
		return ask(base+"/api/v1/query?query="+url.QueryEscape(`sum(envelog_messages_written_total{transport="async_logging"}) > 0`), &answer) &&
			len(answer.Data.Result) == 1
	})
	consumers := len(s.containers(consumer))
	s.until("each worker is a target that is up", func() bool {
		var targets struct {
			Data struct{ ActiveTargets []struct{ Health string } }
		}
		up := 0
		if ask(base+"/api/v1/targets", &targets) {
			for _, target := range targets.Data.ActiveTargets {
				if target.Health == "up" {
					up++
				}
			}
		}
		return up == consumers && len(targets.Data.ActiveTargets) == consumers
	})
	var rules struct {
		Data struct {
			Groups []struct {
				Rules []struct{ Name, Health string }
			}
		}
	}
	if !ask(base+"/api/v1/rules", &rules) || len(rules.Data.Groups) == 0 {
		t.Fatalf("it knows no alerts: %+v", rules)
	}
}

// ask tells whether Prometheus answers, and reads its answer.
func ask(url string, answer any) bool {
	response, err := http.Get(url)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	return json.NewDecoder(response.Body).Decode(answer) == nil && response.StatusCode == http.StatusOK
}
