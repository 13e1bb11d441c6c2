package symfony_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"envelog/internal/symfony"
	"envelog/internal/usage"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write what comes out into testdata/projects")

// A project is one file of testdata/projects: its comment holds "env: NAME=value" for the real environment, "since: 70100"
// for the first Symfony that accepts it, "read since: 60000" for the first that reads it at all, "until: 80000" for the first that does not
// any more, "kernel: src/Kernel.php App\Kernel" for its own kernel, and "php: no" where a comparison would say nothing; its files are the project
// directory, except for want.json.
type project struct {
	name    string
	path    string
	archive *txtar.Archive
	environ []string
	kernel  []string // file and class
	since   int
	read    int
	until   int
	alone   bool
}

func projects(t *testing.T) []project {
	t.Helper()
	paths, err := filepath.Glob("testdata/projects/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no projects: %v", err)
	}
	var all []project
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		p := project{name: strings.TrimSuffix(filepath.Base(path), ".txtar"), path: path, archive: archive}
		for line := range strings.Lines(string(archive.Comment)) {
			if pair, is := strings.CutPrefix(line, "env: "); is {
				p.environ = append(p.environ, strings.TrimSpace(pair))
			}
			if kernel, is := strings.CutPrefix(line, "kernel: "); is {
				p.kernel = strings.Fields(kernel)
			}
			p.alone = p.alone || line == "php: no\n"
			for prefix, number := range map[string]*int{"since: ": &p.since, "read since: ": &p.read, "until: ": &p.until} {
				if since, is := strings.CutPrefix(line, prefix); is {
					if err := json.Unmarshal([]byte(since), number); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		all = append(all, p)
	}
	return all
}

// write makes the project directory.
func (p project) write(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range p.archive.Files {
		path := filepath.Join(dir, f.Name)
		if f.Name == "want.json" {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func (p project) want() []byte {
	for _, f := range p.archive.Files {
		if f.Name == "want.json" {
			return f.Data
		}
	}
	return nil
}

// answers is everything that can be asked of a project.
type answers struct {
	Error             string                `json:"error,omitempty"`
	Env               string                `json:"env,omitempty"`
	Files             []string              `json:"files,omitempty"`
	LogDir            string                `json:"log_dir,omitempty"`
	Transports        map[string]*transport `json:"transports,omitempty"`
	Routing           map[string][]string   `json:"routing,omitempty"`
	FailureTransport  string                `json:"failure_transport,omitempty"`
	DefaultSerializer string                `json:"default_serializer,omitempty"`
	DefaultBus        string                `json:"default_bus,omitempty"`
	Connections       map[string]string     `json:"connections,omitempty"`
	Failures          []string              `json:"failures,omitempty"`
	Warnings          []string              `json:"warnings,omitempty"`
}

type transport struct {
	Error            []string          `json:"error,omitempty"`
	DSN              string            `json:"dsn,omitempty"`
	Options          map[string]any    `json:"options,omitempty"`
	Serializer       string            `json:"serializer,omitempty"`
	Retry            *strategy         `json:"retry,omitempty"`
	FailureTransport string            `json:"failure_transport,omitempty"`
	RateLimiter      string            `json:"rate_limiter,omitempty"`
	Notes            []string          `json:"notes,omitempty"`
	Classes          []string          `json:"classes,omitempty"`
	Origins          map[string]string `json:"origins,omitempty"`
}

type strategy struct {
	MaxRetries int     `json:"max_retries"`
	Delay      int64   `json:"delay"`
	Multiplier float64 `json:"multiplier"`
	MaxDelay   int64   `json:"max_delay"`
	Jitter     float64 `json:"jitter"`
}

// ask loads the project and asks everything; the project directory is written as $DIR.
func (p project) ask(t *testing.T, dir string) answers {
	t.Helper()
	app, err := symfony.Load(symfony.Options{Dir: dir, Environ: p.environ, Advise: usage.Give})
	if err != nil {
		return answers{Error: hide(err.Error(), dir)}
	}
	a := answers{Env: app.Env, Files: app.Files, Transports: map[string]*transport{}, Routing: map[string][]string{}, Connections: map[string]string{}}
	keep := func(err error) {
		if err != nil {
			a.Failures = append(a.Failures, hide(err.Error(), dir))
		}
	}
	a.LogDir, _, err = app.LogDir()
	a.LogDir = hide(a.LogDir, dir)
	keep(err)
	names, err := app.TransportNames()
	keep(err)
	for _, name := range names {
		a.Transports[name] = askTransport(app, name, dir)
	}
	routes, err := app.Routing()
	keep(err)
	for _, r := range routes {
		a.Routing[r.Class] = r.Transports
	}
	a.FailureTransport, _, err = app.FailureTransport()
	keep(err)
	a.DefaultSerializer, _, err = app.DefaultSerializer()
	keep(err)
	a.DefaultBus, _, err = app.DefaultBus()
	keep(err)
	for _, err := range app.Warnings() {
		a.Warnings = append(a.Warnings, hide(err.Error(), dir))
	}
	connections, err := app.ConnectionNames()
	keep(err)
	for _, name := range connections {
		c, err := app.Connection(name)
		if err != nil {
			a.Connections[name] = hide(err.Error(), dir)
			continue
		}
		a.Connections[name] = hide(c.URL, dir) + " from " + c.Origin.String()
	}
	return a
}

func askTransport(app *symfony.Application, name, dir string) *transport {
	tr, err := app.Transport(name)
	if err != nil {
		return &transport{Error: strings.Split(hide(err.Error(), dir), "\n")}
	}
	out := &transport{
		DSN: hide(tr.DSN, dir), Options: tr.Options, Serializer: tr.Serializer, FailureTransport: tr.FailureTransport,
		RateLimiter: tr.RateLimiter, Notes: tr.Notes, Classes: tr.Classes, Origins: map[string]string{},
		Retry: &strategy{tr.Retry.MaxRetries, int64(tr.Retry.Delay / time.Millisecond), tr.Retry.Multiplier, int64(tr.Retry.MaxDelay / time.Millisecond), tr.Retry.Jitter},
	}
	for setting, origin := range tr.Origins {
		out.Origins[setting] = origin.String()
	}
	return out
}

func hide(text, dir string) string { return strings.ReplaceAll(text, dir, "$DIR") }

func TestProjects(t *testing.T) {
	for _, p := range projects(t) {
		t.Run(p.name, func(t *testing.T) {
			dir := p.write(t)
			got := p.ask(t, dir)
			var text bytes.Buffer
			encoder := json.NewEncoder(&text)
			encoder.SetEscapeHTML(false)
			encoder.SetIndent("", "  ")
			if err := encoder.Encode(got); err != nil {
				t.Fatal(err)
			}
			shown := hide(text.String(), dir)
			if *update {
				p.save(t, []byte(shown))
			}
			if diff := cmp.Diff(string(p.want()), shown); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func (p project) save(t *testing.T, want []byte) {
	t.Helper()
	if p.want() == nil {
		p.archive.Files = append(p.archive.Files, txtar.File{Name: "want.json"})
	}
	for i, f := range p.archive.Files {
		if f.Name == "want.json" {
			p.archive.Files[i].Data = want
		}
	}
	if err := os.WriteFile(p.path, txtar.Format(p.archive), 0o600); err != nil {
		t.Fatal(err)
	}
}
