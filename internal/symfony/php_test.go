//go:build integration || compat

package symfony_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rogpeppe/go-internal/txtar"
)

// phpAnswers is what testdata/messenger.php prints.
type phpAnswers struct {
	Error             string
	Version           int
	Env               string
	Logs              string
	Transports        map[string]phpTransport
	Routing           map[string][]string
	FailureTransport  *string `json:"failure_transport"`
	DefaultSerializer string  `json:"default_serializer"`
	DefaultBus        string  `json:"default_bus"`
}

type phpTransport struct {
	Error            string
	DSN              string
	Serializer       *string
	Options          any
	FailureTransport *string `json:"failure_transport"`
	RateLimiter      *string `json:"rate_limiter"`
	RetryStrategy    struct {
		Service    *string
		MaxRetries int     `json:"max_retries"`
		Delay      int64   `json:"delay"`
		Multiplier float64 `json:"multiplier"`
		MaxDelay   int64   `json:"max_delay"`
		Jitter     *float64
	} `json:"retry_strategy"`
}

func askPHP(t *testing.T, p project, dir string) phpAnswers {
	t.Helper()
	php := exec.Command("php", append([]string{"-d", "variables_order=EGPCS", "testdata/messenger.php", dir}, p.kernel...)...)
	php.Env = append([]string{"PATH=/usr/bin:/bin"}, p.environ...)
	var stderr strings.Builder
	php.Stderr = &stderr
	data, err := php.Output()
	if err != nil {
		t.Fatalf("run PHP with Symfony (Debian: php-cli, php-symfony-framework-bundle, php-symfony-messenger, php-symfony-dotenv, php-symfony-yaml): %v\n%s%s", err, data, stderr.String())
	}
	var answers phpAnswers
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(&answers); err != nil {
		t.Fatalf("read what PHP says: %v\n%s", err, data)
	}
	return answers
}

// TestProjectsAsPHP compares each project with what a real kernel makes of it.
func TestProjectsAsPHP(t *testing.T) {
	for _, p := range projects(t) {
		if p.alone {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			dir := p.write(t)
			got, php := p.ask(t, dir), askPHP(t, p, dir)
			switch {
			case php.Version < p.read, p.until > 0 && php.Version >= p.until:
			case php.Version < p.since:
				if !php.failed() {
					t.Errorf("Symfony %d accepts it already", php.Version)
				}
			case php.Error != "":
				t.Logf("PHP refuses it: %s", php.Error)
				if !got.failed() {
					t.Errorf("PHP refuses it: %s", php.Error)
				}
			default:
				compareWithPHP(t, got, php, dir)
			}
		})
	}
}

func (a phpAnswers) has(name string) bool {
	_, found := a.Transports[name]
	return found
}

func (a phpAnswers) failed() bool {
	for _, tr := range a.Transports {
		if tr.Error != "" {
			return true
		}
	}
	return a.Error != ""
}

func (a answers) failed() bool {
	for _, tr := range a.Transports {
		if tr.Error != nil {
			return true
		}
	}
	return a.Error != "" || len(a.Failures) > 0
}

func compareWithPHP(t *testing.T, got answers, php phpAnswers, dir string) {
	t.Helper()
	want := answers{
		Env: php.Env, LogDir: hide(php.Logs, dir), Transports: map[string]*transport{}, Routing: php.Routing,
		FailureTransport: text(php.FailureTransport), DefaultSerializer: php.DefaultSerializer, DefaultBus: php.DefaultBus,
		Files: got.Files, Connections: got.Connections, Warnings: got.Warnings,
	}
	for _, senders := range php.Routing {
		for i, name := range senders {
			senders[i] = strings.TrimPrefix(name, "messenger.transport.")
		}
	}
	for name, tr := range php.Transports {
		wanted := tr.expected(got.Transports[name], php, name, dir)
		if diff := cmp.Diff(wanted, got.Transports[name]); diff != "" {
			t.Errorf("transport %s (-PHP +Go):\n%s", name, diff)
		}
	}
	want.Transports, got.Transports = nil, maps.Clone(got.Transports)
	maps.DeleteFunc(got.Transports, func(name string, _ *transport) bool { return php.has(name) })
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-PHP +Go):\n%s", diff)
	}
}

// expected returns the transport as PHP has it. What PHP does not tell is taken from ours: origins, and the jitter before
// 7.1. Where PHP fails, ours has to, too; a retry strategy that is a service fails here only.
func (tr phpTransport) expected(ours *transport, php phpAnswers, name, dir string) *transport {
	if ours == nil {
		return &transport{}
	}
	if tr.RetryStrategy.Service != nil || tr.Error != "" && ours.Error != nil {
		return ours
	}
	if tr.Error != "" {
		return &transport{Error: []string{tr.Error}}
	}
	want := &transport{
		DSN: hide(tr.DSN, dir), Serializer: text(tr.Serializer), RateLimiter: text(tr.RateLimiter), FailureTransport: text(tr.FailureTransport),
		Options: map[string]any{}, Classes: ours.Classes, Origins: ours.Origins,
		Retry: &strategy{tr.RetryStrategy.MaxRetries, tr.RetryStrategy.Delay, tr.RetryStrategy.Multiplier, tr.RetryStrategy.MaxDelay, 0},
	}
	if want.Serializer == "" {
		want.Serializer = php.DefaultSerializer
	}
	if want.FailureTransport == "" {
		want.FailureTransport = text(php.FailureTransport)
	}
	if ours.Retry != nil {
		want.Retry.Jitter = ours.Retry.Jitter
	}
	if tr.RetryStrategy.Jitter != nil {
		want.Retry.Jitter = *tr.RetryStrategy.Jitter
	}
	if options, is := typed(tr.Options).(map[string]any); is {
		maps.DeleteFunc(options, func(_ string, v any) bool { return v == nil }) // to Symfony's transports null is not set
		want.Options = options
	}
	ours.Options, _ = typed(ours.Options).(map[string]any)
	return want
}

// typed writes numbers as text, so that 1 and 1.0 differ as they do in PHP.
func typed(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, item := range v {
			out[key] = typed(item)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = typed(item)
		}
		return out
	case string:
		if !utf8.ValidString(v) {
			return "base64 " + base64.StdEncoding.EncodeToString([]byte(v))
		}
	case json.Number:
		return "number " + v.String()
	case int64:
		return "number " + strconv.FormatInt(v, 10)
	case float64:
		if math.IsInf(v, 1) {
			return "INF"
		}
		text := strconv.FormatFloat(v, 'g', -1, 64)
		if !strings.Contains(text, ".") {
			text += ".0"
		}
		return "number " + text
	}
	return v
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// TestProcessorsAsPHP runs each processor of %env()% on each of many values. An int that overflows is left out: PHP's wraps
// around, and is an error here. What is no plain URL, query or line of CSV may be left to PHP.
func TestProcessorsAsPHP(t *testing.T) {
	values := []string{
		"", "0", "1", " 42 ", "+5", "-7", "007", "1.5", ".5", "5.", ".", "1e3", "1E-2", "-1.5e+2", "0x1A", "1_000", "abc", "12 34", "é",
		"true", "TRUE", "off", "no", "yes", " on ", "null", "9223372036854775807", "-9223372036854775808", "1e400",
		"%kernel.environment%", "%%", "a%b", "100%% %kernel.environment%", "%nope%", "%env(V1)%", "%env(int:V1)%x", "%env(NOPE)%",
		`[1, 2.0, "x", null, {"a": {"b": []}}]`, `{"a": 1, "a": 2}`, `{"n": 1e2, "big": 12345678901234567890, "neg": -5}`, `"text"`, "nulL", "{", "[1] x",
		"redis://user:p%40ss%zz@host.name:6379/stream/x?a=1&b=c+d%20e&f#frag", "https://h", "http://h/", "http://u@h:80?", "//h/x", "http://h:99999/x", "http://a b/", "a=1&b[]=2", "a.b=1", "x?y=1", "a&b=&c=1", "a,b c, d", "a,\"b,c\"", "PHP_INT_SIZE", "Redis::SERIALIZER_PHP", "NOPE::X",
		"aGVs bG8=", "aGVsbG8", "YQ", "Y", "aGVs*bG8=",
	}
	processors := []string{"string", "int", "float", "bool", "not", "trim", "base64", "json", "resolve", "key:a:json", "key:0:json", "default:fallback", "default::int", "url", "key:pass:url", "key:port:url", "key:path:url", "query_string", "key:b:query_string", "csv", "key:1:csv", "const", "int:const"}
	var dotenv, messenger strings.Builder
	messenger.WriteString("parameters: { fallback: 7 }\nframework:\n  messenger:\n    transports:\n")
	for i, v := range values {
		fmt.Fprintf(&dotenv, "V%d='%s'\n", i, v)
		for j, processor := range processors {
			fmt.Fprintf(&messenger, "      v%d_%d: { dsn: 'redis://h', options: { v: '%%env(%s:V%d)%%' } }\n", i, j, processor, i)
		}
	}
	p := project{name: "processors", archive: &txtar.Archive{Files: []txtar.File{
		{Name: ".env", Data: []byte(dotenv.String())},
		{Name: "config/packages/messenger.yaml", Data: []byte(messenger.String())},
	}}}
	dir := p.write(t)
	php := askPHP(t, p, dir)
	if php.Error != "" {
		t.Fatal(php.Error)
	}
	got, left := p.ask(t, dir), 0
	for name, tr := range got.Transports {
		if tr.Error != nil && strings.Contains(tr.Error[0], "only PHP knows the processor") {
			delete(got.Transports, name)
			delete(php.Transports, name)
			left++
		}
	}
	t.Logf("%d of %d are left to PHP", left, len(values)*len(processors))
	if left > len(values)*len(processors)/3 {
		t.Errorf("%d of %d are left to PHP", left, len(values)*len(processors))
	}
	compareWithPHP(t, got, php, dir)
}
