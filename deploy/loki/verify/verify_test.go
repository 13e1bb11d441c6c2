// Package verify reads envelog's lines with the stages of Promtail, which are those of Alloy too, as deploy/promtail configures
// them. It is a module of its own: envelog needs nothing of Loki.
package verify

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-kit/log"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
	"gopkg.in/yaml.v2"

	"github.com/grafana/loki/v3/clients/pkg/logentry/stages"
)

// pipeline returns the stages of promtail.yaml.
func pipeline(t *testing.T) *stages.Pipeline {
	t.Helper()
	text, err := os.ReadFile("../../promtail/promtail.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var config struct {
		ScrapeConfigs []struct {
			Stages stages.PipelineStages `yaml:"pipeline_stages"`
		} `yaml:"scrape_configs"`
	}
	if err := yaml.Unmarshal(text, &config); err != nil {
		t.Fatal(err)
	}
	p, err := stages.NewPipeline(log.NewLogfmtLogger(t.Output()), config.ScrapeConfigs[0].Stages, nil, prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// send returns what becomes of a line.
func send(p *stages.Pipeline, line string) stages.Entry {
	var e stages.Entry
	e.Extracted, e.Labels = map[string]any{}, model.LabelSet{"job": "symfony", "app": "shop", "env": "prod", "filename": "/var/log/app/x.log"}
	e.Timestamp, e.Line = time.Now(), line
	in := make(chan stages.Entry, 1)
	in <- e
	close(in)
	return <-p.Run(in)
}

// demo returns the lines that envelog makes of the messages that real applications sent, file by file.
func demo(t *testing.T, program, format string) (lines []string) {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), program, "--format="+format)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "TMPDIR="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("demo: %v\n%s", err, out)
	}
	files, err := filepath.Glob(dir + "/*/*.log")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files { // in order of their names
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")...)
	}
	return lines
}

// build returns the path of a new demo.
func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "envelog-demo")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", path, "./cmd/envelog-demo")
	cmd.Dir = "../../.."
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the demo: %v\n%s", err, out)
	}
	return path
}

// TestLabels compares what the stages find in lines of each format with what stands in those of the format json.
func TestLabels(t *testing.T) {
	program, p := build(t), pipeline(t)
	objects := demo(t, program, "json")
	for _, format := range []string{"keyvalue", "line", "json", "logfmt"} {
		t.Run(format, func(t *testing.T) {
			lines := demo(t, program, format)
			if len(lines) != len(objects) || len(lines) == 0 {
				t.Fatalf("%d lines, want %d", len(lines), len(objects))
			}
			for i, line := range lines {
				var r struct {
					Channel  string    `json:"channel"`
					Level    string    `json:"level_name"`
					Datetime time.Time `json:"datetime"`
				}
				if err := json.Unmarshal([]byte(objects[i]), &r); err != nil {
					t.Fatal(err)
				}
				got := send(p, line)
				want := model.LabelSet{
					"job": "symfony", "app": "shop", "env": "prod",
					"channel": model.LabelValue(r.Channel), "level": model.LabelValue(r.Level),
				}
				if !got.Labels.Equal(want) || !got.Timestamp.Equal(r.Datetime) || got.Line != line {
					t.Errorf("%v at %v, want %v at %v of %q", got.Labels, got.Timestamp, want, r.Datetime, got.Line)
				}
			}
		})
	}
}

// TestLongChannel has a channel that Loki would refuse.
func TestLongChannel(t *testing.T) {
	p := pipeline(t)
	for length, want := range map[int]string{128: strings.Repeat("a", 128), 129: "_overflow", 3000: "_overflow"} {
		got := send(p, "[2026-11-23T08:49:34.841400+00:00] "+strings.Repeat("a", length)+".INFO: done")
		if got.Labels["channel"] != model.LabelValue(want) {
			t.Errorf("a channel of %d bytes becomes %q", length, got.Labels["channel"])
		}
	}
}

// TestOtherLines has lines that envelog has not written: they are sent as they are.
func TestOtherLines(t *testing.T) {
	p := pipeline(t)
	for _, line := range []string{"", "PHP Warning: x", "{not JSON", "[x] y", "    #0 /app/src/Stock.php(22)"} {
		got := send(p, line)
		if len(got.Labels) != 3 || got.Line != line {
			t.Errorf("%q becomes %q with %v", line, got.Line, got.Labels)
		}
	}
}
