package e2e

import (
	"encoding/json"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"envelog/decoder"
	"envelog/fixtures"
	"envelog/format"
	"envelog/internal/transport"
	"envelog/record"
)

// TestReadersOfTheFiles checks that what Alloy and Promtail look for in a line is what envelog prints, for each record that
// real applications sent and each format of which the two say that they read it.
func TestReadersOfTheFiles(t *testing.T) {
	alloy, promtail := alloyExpression(t), promtailExpression(t)
	if alloy != promtail {
		t.Errorf("Alloy and Promtail read lines differently:\n%s\n%s", alloy, promtail)
	}
	expression := regexp.MustCompile(alloy)
	for _, name := range []string{"keyvalue", "line"} {
		formatter, err := format.New(name, format.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, suite := range fixtures.Suites() {
			t.Run(name+" "+suite, func(t *testing.T) { expectRead(t, expression, formatter, suite) })
		}
	}
}

// expectRead decodes, prints and reads all records of a suite.
func expectRead(t *testing.T, expression *regexp.Regexp, formatter format.Formatter, suite string) {
	cases, err := fixtures.Typical(suite)
	if err != nil {
		t.Fatal(err)
	}
	d, err := decoder.New(decoder.Options{Serializer: decoder.PHP})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		var r record.Record
		if err := d.Decode(&transport.Entry{Message: c.Field}, &r); err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		expectLabels(t, expression, string(formatter.Append(nil, &r)), &r, string(r.Channel))
	}
}

// TestChannelsInQuotes has a channel that the format keyvalue cannot print as it is.
func TestChannelsInQuotes(t *testing.T) {
	formatter, err := format.New("keyvalue", format.Options{})
	if err != nil {
		t.Fatal(err)
	}
	expression := regexp.MustCompile(alloyExpression(t))
	for _, channel := range []string{"two words", `a"b\`, "a:b", "a.b", "app.INFO: x"} {
		r := record.Record{Channel: []byte(channel), Level: record.Info, Message: []byte("done other.ERROR: x"), Time: time.Unix(1, 0).UTC()}
		line := string(formatter.Append(nil, &r))
		want := channel
		if strings.HasPrefix(line[strings.Index(line, "] ")+2:], `"`) {
			quoted, err := json.Marshal(channel)
			if err != nil {
				t.Fatal(err)
			}
			want = string(quoted)
		}
		expectLabels(t, expression, line, &r, want)
	}
}

// expectLabels checks what becomes a label or the time of a line.
func expectLabels(t *testing.T, expression *regexp.Regexp, line string, r *record.Record, channel string) {
	t.Helper()
	match := expression.FindStringSubmatch(line)
	if match == nil {
		t.Errorf("not read: %.200q", line)
		return
	}
	if got := match[expression.SubexpIndex("channel")]; got != channel {
		t.Errorf("channel %q, want %q in %.200q", got, channel, line)
	}
	if got := match[expression.SubexpIndex("level")]; got != r.Level.String() {
		t.Errorf("level %q, want %q in %.200q", got, r.Level, line)
	}
	got, err := time.Parse(time.RFC3339Nano, match[expression.SubexpIndex("time")])
	if err != nil || !got.Equal(r.Time) {
		t.Errorf("time %v (%v), want %v in %.200q", got, err, r.Time, line)
	}
}

// TestDashboard checks that the dashboard asks the data source that is provisioned, for labels that Alloy sets.
func TestDashboard(t *testing.T) {
	var sources struct {
		Datasources []struct {
			UID  string `yaml:"uid"`
			Type string `yaml:"type"`
		} `yaml:"datasources"`
	}
	if err := yaml.Unmarshal([]byte(read(t, "../deploy/grafana/datasources/loki.yaml")), &sources); err != nil {
		t.Fatal(err)
	}
	type asking struct {
		Datasource struct{ UID, Type string } `json:"datasource"`
	}
	var dashboard struct {
		Templating struct{ List []asking }
		Panels     []asking
	}
	text := read(t, "../deploy/grafana/dashboards/envelog.json")
	if err := json.Unmarshal([]byte(text), &dashboard); err != nil {
		t.Fatal(err)
	}
	for _, a := range append(dashboard.Templating.List, dashboard.Panels...) {
		if a.Datasource.Type != "" && (a.Datasource.UID != sources.Datasources[0].UID || a.Datasource.Type != sources.Datasources[0].Type) {
			t.Errorf("the dashboard asks %+v, which is not %+v", a.Datasource, sources.Datasources[0])
		}
	}
	for _, label := range regexp.MustCompile(`(\w+)=~?\\"`).FindAllStringSubmatch(text, -1) {
		if !regexp.MustCompile(`\b` + label[1] + `\b *= *"`).MatchString(read(t, "../deploy/alloy/config.alloy")) {
			t.Errorf("the dashboard asks for the label %s, which Alloy does not set", label[1])
		}
	}
}

// alloyExpression returns the expression of stage.regex, whose strings are written like Go's.
func alloyExpression(t *testing.T) string {
	t.Helper()
	text := read(t, "../deploy/alloy/config.alloy")
	match := regexp.MustCompile(`(?m)^ +expression = (".*")$`).FindStringSubmatch(text)
	if match == nil || !strings.Contains(text, `format = "RFC3339Nano"`) {
		t.Fatal("config.alloy has no expression, or another format of times")
	}
	expression, err := strconv.Unquote(match[1])
	if err != nil {
		t.Fatalf("config.alloy: unquote %s: %v", match[1], err)
	}
	return expression
}

// promtailExpression returns the expression of the stage regex.
func promtailExpression(t *testing.T) string {
	t.Helper()
	var config struct {
		ScrapeConfigs []struct {
			PipelineStages []struct {
				Regex struct {
					Expression string `yaml:"expression"`
				} `yaml:"regex"`
				Timestamp struct {
					Format string `yaml:"format"`
				} `yaml:"timestamp"`
			} `yaml:"pipeline_stages"`
		} `yaml:"scrape_configs"`
	}
	if err := yaml.Unmarshal([]byte(read(t, "../deploy/promtail/promtail.yaml")), &config); err != nil {
		t.Fatalf("promtail.yaml: %v", err)
	}
	stages := config.ScrapeConfigs[0].PipelineStages
	if stages[1].Timestamp.Format != "RFC3339Nano" {
		t.Errorf("promtail.yaml: times are read as %q", stages[1].Timestamp.Format)
	}
	return stages[0].Regex.Expression
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
