package metrics

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// exported returns the names of all series that Prometheus scrapes.
func exported(t *testing.T) (names []string) {
	t.Helper()
	w := New(options())
	w.Transport("async", silent, noQueue)
	families, err := w.Gatherer().Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		names = append(names, f.GetName())
		if f.Metric[0].Histogram != nil {
			names = append(names, f.GetName()+"_bucket", f.GetName()+"_sum", f.GetName()+"_count")
		}
	}
	return names
}

func expectNames(t *testing.T, what, expression string) {
	t.Helper()
	names := exported(t)
	for _, name := range regexp.MustCompile(`\b(?:envelog|process|go)_\w+`).FindAllString(expression, -1) {
		if !slices.Contains(names, name) {
			t.Errorf("%s asks for %s, which is not exported", what, name)
		}
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAlertsAskForWhatIsExportedAndNameTheirCure(t *testing.T) {
	var file struct {
		Groups []struct {
			Rules []struct {
				Alert       string            `yaml:"alert"`
				Expr        string            `yaml:"expr"`
				Annotations map[string]string `yaml:"annotations"`
			} `yaml:"rules"`
		} `yaml:"groups"`
	}
	if err := yaml.Unmarshal([]byte(readFile(t, "../../deploy/prometheus/envelog.rules.yml")), &file); err != nil {
		t.Fatal(err)
	}
	rules, runbook, tests := file.Groups[0].Rules, readFile(t, "../../docs/troubleshooting.md"), readFile(t, "../../deploy/prometheus/envelog.rules.test.yml")
	if len(rules) == 0 {
		t.Fatal("there are no rules")
	}
	for _, r := range rules {
		expectNames(t, r.Alert, r.Expr)
		if want := "docs/troubleshooting.md#" + strings.ToLower(r.Alert); r.Annotations["runbook"] != want {
			t.Errorf("%s has the runbook %q, want %q", r.Alert, r.Annotations["runbook"], want)
		}
		if !strings.Contains(runbook, "\n### "+r.Alert+"\n") {
			t.Errorf("docs/troubleshooting.md has no section %s", r.Alert)
		}
		if strings.Count(tests, r.Alert) < 2 {
			t.Errorf("no test lets %s be silent and fire", r.Alert)
		}
	}
}

func TestTheDashboardAsksForWhatIsExported(t *testing.T) {
	var dashboard struct {
		Templating struct {
			List []struct{ Query string }
		}
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(readFile(t, "../../deploy/grafana/dashboards/envelog-worker.json")), &dashboard); err != nil {
		t.Fatal(err)
	}
	shown := ""
	for _, p := range dashboard.Panels {
		for _, target := range p.Targets {
			expectNames(t, "the panel "+p.Title, target.Expr)
			shown += target.Expr + "\n"
		}
	}
	for _, v := range dashboard.Templating.List {
		expectNames(t, "a variable", v.Query)
	}
	series := regexp.MustCompile(`_(bucket|sum|count)$`) // of a histogram: one of them is enough
	for _, name := range exported(t) {
		if strings.HasPrefix(name, "envelog_") && !series.MatchString(name) && !strings.Contains(shown, name) {
			t.Errorf("no panel shows %s", name)
		}
	}
}
