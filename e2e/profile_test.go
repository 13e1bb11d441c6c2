//go:build docker

package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"testing"
)

// TestProfiles has Compose read compose.yaml with all that is behind profiles: the images are pinned, and what is mounted
// into them is there. Those images are not run here.
func TestProfiles(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "docker", "compose", "--profile=*", "config", "--format=json")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("docker compose config: %v", err)
	}
	var config struct {
		Services map[string]struct {
			Image   string `json:"image"`
			Build   any    `json:"build"`
			Volumes []struct{ Type, Source string }
		} `json:"services"`
	}
	if err := json.Unmarshal(out, &config); err != nil {
		t.Fatalf("read configuration: %v", err)
	}
	pinned := regexp.MustCompile(`:v?\d[\d.]*$`)
	for name, service := range config.Services {
		if service.Build == nil && !pinned.MatchString(service.Image) {
			t.Errorf("the image of %s is not pinned: %s", name, service.Image)
		}
		for _, volume := range service.Volumes {
			if _, err := os.Stat(volume.Source); volume.Type == "bind" && err != nil {
				t.Errorf("%s mounts what is not there: %v", name, err)
			}
		}
	}
	for _, name := range []string{"redis", app, consumer, "alloy", "loki", "grafana", "prometheus"} {
		if _, ok := config.Services[name]; !ok {
			t.Errorf("there is no service %s", name)
		}
	}
}
