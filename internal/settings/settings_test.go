package settings_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"envelog/internal/settings"
)

func declared() []settings.Setting {
	return []settings.Setting{
		{Name: "log-dir", Default: "var/log", Path: true},
		{Name: "limit"},
		{Name: "all", Kind: settings.Switch},
		{Name: "queues", Kind: settings.List},
		{Name: "map", Kind: settings.Pairs},
	}
}

func TestResolve(t *testing.T) {
	boom := errors.New("boom")
	says := func(name, origin string, texts ...string) settings.Layer {
		return func(s settings.Setting) ([]string, string, error) {
			if s.Name != name {
				return nil, "", nil
			}
			return texts, origin, nil
		}
	}
	fails := func(s settings.Setting) ([]string, string, error) {
		if s.Name == "limit" {
			return nil, "", boom
		}
		return nil, "", nil
	}
	values, err := settings.Resolve(declared(), says("limit", "first", "1"), says("limit", "second", "2"), says("all", "second", "false"), fails)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		name, text, origin string
		set                bool
	}{
		{"limit", "1", "first", true},
		{"all", "false", "second", true},
		{"log-dir", "var/log", "default", false},
		{"queues", "", "default", false},
		{"unknown", "", "", false},
	} {
		if v := values.Of(want.name); v.Text() != want.text || v.Origin != want.origin || v.IsSet() != want.set {
			t.Errorf("%s: %q from %q", want.name, v.Texts, v.Origin)
		}
	}
	if _, err := settings.Resolve(declared(), says("all", "first", "true"), fails); !errors.Is(err, boom) {
		t.Errorf("a layer that fails: %v", err)
	}
}

func TestEnvironment(t *testing.T) {
	for _, tc := range []struct {
		name  string
		value string
		want  []string // nil: says nothing
	}{
		{"limit", "", nil},
		{"limit", " 5", []string{" 5"}},
		{"all", "0", []string{"false"}},
		{"all", "On", []string{"true"}},
		{"queues", "a  b", []string{"a", "b"}},
		{"map", "a=b c=d", []string{"a=b", "c=d"}},
	} {
		layer := settings.Environment(func(name string) string {
			if name != "ENVELOG_"+strings.ToUpper(tc.name) {
				t.Errorf("asked for %s", name)
			}
			return tc.value
		})
		values, err := settings.Resolve(slices.DeleteFunc(declared(), func(s settings.Setting) bool { return s.Name != tc.name }), layer)
		if err != nil {
			t.Fatal(err)
		}
		if v := values.Of(tc.name); !slices.Equal(v.Texts, tc.want) || v.IsSet() != (tc.want != nil) {
			t.Errorf("%s=%s: %q from %s", tc.name, tc.value, v.Texts, v.Origin)
		}
	}
	if name := (settings.Setting{Name: "log-dir"}).Variable(); name != "ENVELOG_LOG_DIR" {
		t.Error(name)
	}
}

// read returns what a file says of each setting, as "name: text text @line", or the error.
func read(t testing.TB, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), settings.FileName)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := settings.ReadFile(path, declared())
	if err != nil {
		var place *settings.FileError
		if !errors.As(err, &place) || place.Path != path {
			t.Errorf("no place: %v", err)
		}
		return strings.ReplaceAll(err.Error(), filepath.Dir(path)+"/", "")
	}
	values, err := settings.Resolve(declared(), file.Layer)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, v := range values {
		if v.IsSet() {
			said = append(said, v.Name+": "+strings.Join(v.Texts, " ")+" @"+v.Origin)
		}
	}
	return strings.ReplaceAll(strings.Join(said, "\n"), filepath.Dir(path)+"/", "")
}

var files = []struct{ name, content, want string }{
	{"empty", "", ""},
	{"nothing but a comment", "# limit: 5\n", ""},
	{"null", "~", ""},
	{"number", "limit: 5", "limit: 5 @envelog.yaml:1"},
	{"as it is written", "limit: 0640", "limit: 0640 @envelog.yaml:1"},
	{"quoted", "\nlimit: 'true'", "limit: true @envelog.yaml:2"},
	{"empty text", "limit: ''", "limit:  @envelog.yaml:1"},
	{"date", "limit: 2026-11-23", "limit: 2026-11-23 @envelog.yaml:1"},
	{"null is no value", "limit: ~\nall:", ""},
	{"on", "all: true", "all: true @envelog.yaml:1"},
	{"off", "all: False", "all: false @envelog.yaml:1"},
	{"path", "log-dir: logs", "log-dir: logs @envelog.yaml:1"},
	{"absolute path", "log-dir: /logs", "log-dir: /logs @envelog.yaml:1"},
	{"one for a list", "queues: a", "queues: a @envelog.yaml:1"},
	{"list", "queues: [a, 1]", "queues: a 1 @envelog.yaml:1"},
	{"empty list", "queues: []", "queues:  @envelog.yaml:1"},
	{"pairs", "map: {a: b, c: 1}", "map: a=b c=1 @envelog.yaml:1"},
	{"pairs in a list", "map: [a=b]", "map: a=b @envelog.yaml:1"},
	{"alias", "limit: &x 5\nqueues: [*x]", "limit: 5 @envelog.yaml:1\nqueues: 5 @envelog.yaml:2"},
	{"unknown", "limt: 5", `envelog.yaml:1: there is no setting "limt". Did you mean "limit"?`},
	{"unknown and unlike", "something: 5", `envelog.yaml:1: there is no setting "something".`},
	{"merge", "<<: {limit: 5}", `envelog.yaml:1: the name of a setting is expected in front of the colon, and it is something else`},
	{"all problems", "x: 1\nlimit: true\nall: 1", "envelog.yaml:1: there is no setting \"x\".\nenvelog.yaml:2: limit takes text or a number, not true or false\nenvelog.yaml:3: all takes true or false, not a number"},
	{"map for text", "limit: {a: b}", "envelog.yaml:1: limit takes text or a number, not a map"},
	{"map for a list", "queues: {a: b}", "envelog.yaml:1: queues takes a list, not a map"},
	{"null in a list", "queues:\n  - ~", "envelog.yaml:2: queues takes a list, and one of its values is null"},
	{"map in pairs", "map: {a: {b: c}}", "envelog.yaml:1: map takes a map or a list, and one of its values is a map"},
	{"key that is a list", "[a]: 1", "envelog.yaml:1: the name of a setting is expected, and it is a list"},
	{"twice", "limit: 1\nlimit: 2", "envelog.yaml:2: limit is there twice"},
	{"text", "limit", "envelog.yaml:1: a map from settings to values is expected, and it is text"},
	{"two documents", "limit: 1\n---\nlimit: 2", "envelog.yaml: there is more than one YAML document, or something behind it that cannot be read"},
}

func TestReadFile(t *testing.T) {
	for _, tc := range files {
		t.Run(tc.name, func(t *testing.T) {
			if got := read(t, tc.content); got != tc.want {
				t.Errorf("got\n%s\nwant\n%s", got, tc.want)
			}
		})
	}
	if got := read(t, "a: [b\nc: d"); !strings.HasPrefix(got, "envelog.yaml:") || !strings.Contains(got, "the YAML cannot be read: ") {
		t.Error(got)
	}
}

func TestReadFileBounds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "large.yaml")
	if err := os.WriteFile(path, []byte("#"+strings.Repeat("x", 1<<20)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := settings.ReadFile(path, declared()); err == nil || !strings.Contains(err.Error(), "more than 1048576 bytes") {
		t.Error(err)
	}
	if _, err := settings.ReadFile(filepath.Join(t.TempDir(), "missing"), declared()); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// FuzzReadFile checks that no file makes it panic, that what is read has a kind that the setting takes, and that errors
// have a place.
func FuzzReadFile(f *testing.F) {
	for _, tc := range files {
		f.Add(tc.content)
	}
	dir := f.TempDir()
	path := filepath.Join(dir, settings.FileName)
	f.Fuzz(func(t *testing.T, content string) {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := settings.ReadFile(path, declared())
		if err != nil {
			if !strings.Contains(err.Error(), path) {
				t.Errorf("no place: %v", err)
			}
			return
		}
		values, err := settings.Resolve(declared(), file.Layer)
		if err != nil {
			t.Fatal(err)
		}
		if v := values.Of("all"); v.IsSet() && v.Text() != "true" && v.Text() != "false" {
			t.Errorf("all: %q", v.Texts)
		}
		if v := values.Of("limit"); v.IsSet() && len(v.Texts) != 1 {
			t.Errorf("limit: %q", v.Texts)
		}
	})
}
