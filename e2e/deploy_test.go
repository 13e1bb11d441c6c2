package e2e

import (
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"envelog/decoder"
	"envelog/fixtures"
	"envelog/format"
	"envelog/internal/config"
	"envelog/record"
	"envelog/transport"
)

// TestReadersOfTheFiles checks that what Alloy and Promtail look for in a line is what envelog prints, for each record that
// real applications sent and each format.
func TestReadersOfTheFiles(t *testing.T) {
	reader := promtail(t)
	if alloy := alloy(t); !reflect.DeepEqual(alloy, reader) {
		t.Errorf("Alloy and Promtail read lines differently:\n%q\n%q", alloy, reader)
	}
	for _, name := range []string{"keyvalue", "line", "json", "logfmt"} {
		formatter, err := format.New(name, format.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, suite := range fixtures.Suites() {
			t.Run(name+" "+suite, func(t *testing.T) { expectRead(t, reader, formatter, suite) })
		}
	}
}

// expectRead decodes, prints and reads all records of a suite.
func expectRead(t *testing.T, reader []match, formatter format.Formatter, suite string) {
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
		expectLabels(t, reader, string(formatter.Append(nil, &r)), &r, string(r.Channel))
	}
}

// TestChannelsInQuotes has channels that most formats cannot print as they are.
func TestChannelsInQuotes(t *testing.T) {
	reader := promtail(t)
	for _, name := range []string{"keyvalue", "json", "logfmt"} {
		formatter, err := format.New(name, format.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, channel := range []string{"two words", `a"b\`, "a:b", "a.b", "app.INFO: x", "a=b", "msg=x"} {
			r := record.Record{Channel: []byte(channel), Level: record.Info, Message: []byte("done other.ERROR: x"), Time: time.Unix(1, 0).UTC()}
			line := string(formatter.Append(nil, &r))
			want := channel
			quoted, err := json.Marshal(channel)
			if err != nil {
				t.Fatal(err)
			}
			if name != "json" && strings.Contains(line, string(quoted)) {
				want = string(quoted)
			}
			expectLabels(t, reader, line, &r, want)
		}
	}
}

// TestUnreadableLines checks that the program warns of exactly those formats of dates that Alloy and Promtail do not read.
func TestUnreadableLines(t *testing.T) {
	reader := promtail(t)
	r := record.Record{Channel: []byte("app"), Level: record.Info, Message: []byte("done"), Time: time.Unix(1795423651, 5000).UTC()}
	for _, name := range []string{"keyvalue", "line", "json", "logfmt"} {
		for _, dates := range []string{"", `Y-m-d\TH:i:sP`, `Y-m-d\TH:i:s.vp`, "c", "r", "U", "Y-m-d H:i:s", "Y-m-d H:i:sP", "d/m/Y", `Y-m-d\TH:iP`} {
			lines := config.Lines{Format: name, DateFormat: dates}
			formatter, err := format.New(name, lines.Formatter())
			if err != nil {
				t.Fatal(err)
			}
			read := false
			line := string(formatter.Append(nil, &r))
			for _, m := range reader {
				at, err := time.Parse(time.RFC3339Nano, m.read(t, line)["time"])
				read = read || err == nil && at.Unix() == r.Time.Unix()
			}
			if why := lines.Unreadable(); read != (why == "") {
				t.Errorf("%s with dates as %q: read is %v, and the program says %q", name, dates, read, why)
			}
		}
	}
}

// match is how lines of one format are told, and what is taken of them.
type match struct {
	Selector    string            // with the expression that the line has to match
	Expression  string            // with the groups time, channel and level; "": the line is JSON
	Expressions map[string]string // the same of JSON: from the names of the groups to the keys
}

// read returns time, channel and level of a line of this format.
func (m *match) read(t *testing.T, line string) (found map[string]string) {
	t.Helper()
	selected := regexp.MustCompile(`\|~ "(.*)"$`).FindStringSubmatch(m.Selector)
	if selected == nil {
		t.Fatalf("no expression in %q", m.Selector)
	}
	if !regexp.MustCompile(selected[1]).MatchString(line) {
		return nil
	}
	found = make(map[string]string)
	if m.Expression != "" {
		expression := regexp.MustCompile(m.Expression)
		if groups := expression.FindStringSubmatch(line); groups != nil {
			for i, name := range expression.SubexpNames() {
				found[name] = groups[i]
			}
		}
		return found
	}
	var object map[string]any
	if err := json.Unmarshal([]byte(line), &object); err != nil {
		t.Errorf("%v: %.200q", err, line)
	}
	for name, key := range m.Expressions {
		found[name], _ = object[key].(string)
	}
	return found
}

// expectLabels checks what becomes a label or the time of a line, and that one format alone is seen in it.
func expectLabels(t *testing.T, reader []match, line string, r *record.Record, channel string) {
	t.Helper()
	var found map[string]string
	for _, m := range reader {
		if f := m.read(t, line); f != nil {
			if found != nil {
				t.Errorf("two formats are seen in %.200q", line)
			}
			found = f
		}
	}
	if got := found["channel"]; got != channel {
		t.Errorf("channel %q, want %q in %.200q", got, channel, line)
	}
	if got := strings.ToUpper(found["level"]); got != r.Level.String() {
		t.Errorf("level %q, want %q in %.200q", got, r.Level, line)
	}
	got, err := time.Parse(time.RFC3339Nano, found["time"])
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
		if !regexp.MustCompile(`\b` + label[1] + `\b *= `).MatchString(read(t, "../deploy/alloy/config.alloy")) {
			t.Errorf("the dashboard asks for the label %s, which Alloy does not set", label[1])
		}
	}
}

// alloy returns how config.alloy reads lines. Its strings are written like Go's.
func alloy(t *testing.T) (all []match) {
	t.Helper()
	text := read(t, "../deploy/alloy/config.alloy")
	unquote := func(pattern, block string) string {
		found := regexp.MustCompile(pattern).FindStringSubmatch(block)
		if found == nil {
			return ""
		}
		value, err := strconv.Unquote(found[1])
		if err != nil {
			t.Fatalf("config.alloy: unquote %s: %v", found[1], err)
		}
		return value
	}
	blocks := strings.Split(text, "stage.match {")
	for _, block := range blocks[1:] {
		block, _, _ = strings.Cut(block, "\n  }\n")
		m := match{Selector: unquote(`selector = (".*")`, block), Expression: unquote(`expression = (".*")`, block)}
		if expressions := regexp.MustCompile(`expressions = \{(.*)\}`).FindStringSubmatch(block); expressions != nil {
			m.Expressions = make(map[string]string)
			for _, pair := range regexp.MustCompile(`(\w+) = "([^"]+)"`).FindAllStringSubmatch(expressions[1], -1) {
				m.Expressions[pair[1]] = pair[2]
			}
		}
		all = append(all, m)
	}
	for _, template := range regexp.MustCompile(`template = (".*")`).FindAllStringSubmatch(text, -1) {
		if value, err := strconv.Unquote(template[1]); err != nil || !strings.Contains(read(t, promtailFile), value) {
			t.Errorf("Promtail has no template %s (%v)", template[1], err)
		}
	}
	if !strings.Contains(text, `format = "RFC3339Nano"`) {
		t.Error("config.alloy reads times in another format")
	}
	return all
}

const promtailFile = "../deploy/promtail/promtail.yaml"

// promtail returns how promtail.yaml reads lines.
func promtail(t *testing.T) (all []match) {
	t.Helper()
	var config struct {
		ScrapeConfigs []struct {
			PipelineStages []struct {
				Match struct {
					Selector string `yaml:"selector"`
					Stages   []struct {
						Regex struct {
							Expression string `yaml:"expression"`
						} `yaml:"regex"`
						JSON struct {
							Expressions map[string]string `yaml:"expressions"`
						} `yaml:"json"`
					} `yaml:"stages"`
				} `yaml:"match"`
				Timestamp struct {
					Format string `yaml:"format"`
				} `yaml:"timestamp"`
			} `yaml:"pipeline_stages"`
		} `yaml:"scrape_configs"`
	}
	if err := yaml.Unmarshal([]byte(read(t, promtailFile)), &config); err != nil {
		t.Fatalf("promtail.yaml: %v", err)
	}
	for _, stage := range config.ScrapeConfigs[0].PipelineStages {
		if stage.Match.Selector != "" {
			inner := stage.Match.Stages[0]
			all = append(all, match{stage.Match.Selector, inner.Regex.Expression, inner.JSON.Expressions})
		}
		if f := stage.Timestamp.Format; f != "" && f != "RFC3339Nano" {
			t.Errorf("promtail.yaml: times are read as %q", f)
		}
	}
	return all
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
