//go:build integration

package metrics

import (
	"os/exec"
	"testing"
)

// TestPromtool has Prometheus' own tool check the configuration and the alerts, and play what the alerts are tested with.
func TestPromtool(t *testing.T) {
	for _, args := range [][]string{
		{"check", "config", "prometheus.yml"},
		{"check", "rules", "envelog.rules.yml"},
		{"test", "rules", "envelog.rules.test.yml"},
	} {
		cmd := exec.CommandContext(t.Context(), "promtool", args...)
		cmd.Dir = "../../deploy/prometheus"
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("promtool %v: %v\n%s", args, err, out)
		}
	}
}
