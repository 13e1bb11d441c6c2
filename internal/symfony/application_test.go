package symfony_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"envelog/internal/retry"
	"envelog/internal/symfony"
	"envelog/internal/symfony/dotenv"
	"envelog/internal/usage"

	"github.com/google/go-cmp/cmp"
)

// tree writes files and returns their directory.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func load(t *testing.T, files map[string]string, environ ...string) *symfony.Application {
	t.Helper()
	app, err := symfony.Load(symfony.Options{Dir: tree(t, files), Environ: environ, Advise: usage.Give})
	if err != nil {
		t.Fatal(err)
	}
	return app
}

// transports is a messenger.yaml with these lines under transports.
func transports(lines ...string) map[string]string {
	return map[string]string{"config/packages/messenger.yaml": "framework:\n  messenger:\n    transports:\n      " + strings.Join(lines, "\n      ") + "\n"}
}

func TestTransport(t *testing.T) {
	app := load(t, transports("async: { dsn: 'redis://%env(HOST)%', options: { stream: s }, retry_strategy: { delay: 250 } }"), "HOST=redis")
	got, err := app.Transport("async")
	if err != nil {
		t.Fatal(err)
	}
	want := symfony.Transport{
		Name: "async", DSN: "redis://redis", Options: map[string]any{"stream": "s"}, Serializer: "messenger.transport.native_php_serializer",
		Retry: retry.Strategy{MaxRetries: 3, Delay: 250 * time.Millisecond, Multiplier: 2, Jitter: 0.1},
		Origins: map[string]symfony.Origin{
			"dsn":                  {Position: symfony.Position{File: "config/packages/messenger.yaml", Line: 4, Column: 21}, Variables: []string{"HOST from environment"}},
			"options.stream":       {Position: symfony.Position{File: "config/packages/messenger.yaml", Line: 4, Column: 63}},
			"retry_strategy.delay": {Position: symfony.Position{File: "config/packages/messenger.yaml", Line: 4, Column: 93}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPriority(t *testing.T) {
	app := load(t, transports("low: { dsn: redis://h, priority: -5 }", "none: redis://h", "high: { dsn: redis://h, priority: 1_0 }", "text: { dsn: redis://h, priority: high }"))
	for name, want := range map[string]int{"low": -5, "none": 0, "high": 10} {
		if got, err := app.Transport(name); err != nil || got.Priority != want {
			t.Errorf("%s: %d, %v", name, got.Priority, err)
		}
	}
	if _, err := app.Transport("text"); !errors.Is(err, symfony.ErrInvalid) {
		t.Error(err)
	}
}

func TestErrorClasses(t *testing.T) {
	app := load(t, transports(
		"unset: '%env(NOPE)%'",
		"constant: { dsn: redis://localhost, options: { x: !php/const X } }",
		"service: { dsn: redis://localhost, retry_strategy: { service: x } }",
		"parameter: '%nope%'",
		"key: { dns: redis://localhost }",
		"failure: { dsn: redis://localhost, failure_transport: nope }",
		"command: '%env(COMMAND)%'",
	), "OTHER=x")
	tests := []struct {
		name  string
		class error
	}{
		{"missing", symfony.ErrUnknown},
		{"unset", symfony.ErrUnset},
		{"constant", symfony.ErrNeedsPHP},
		{"service", symfony.ErrNeedsPHP},
		{"parameter", symfony.ErrUnknown},
		{"key", symfony.ErrInvalid},
		{"failure", symfony.ErrInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := app.Transport(tt.name)
			if !errors.Is(err, tt.class) {
				t.Errorf("got %v", err)
			}
			var place *symfony.Error
			if !errors.As(err, &place) || place.Cure == "" || tt.name != "missing" && (place.File != "config/packages/messenger.yaml" || place.Line == 0 || place.Column == 0) {
				t.Errorf("no place or no cure: %v", err)
			}
		})
	}
}

func TestUnknownTransport(t *testing.T) {
	app := load(t, transports("async_logging: redis://localhost", "failed: redis://localhost"))
	tests := []struct{ name, want string }{
		{"async_loging", `read transport async_loging: it is not configured (did you mean "async_logging"?); give --dsn async_loging=redis://...`},
		{"elsewhere", `read transport elsewhere: it is not configured (known: async_logging, failed); give --dsn elsewhere=redis://...`},
	}
	for _, tt := range tests {
		if _, err := app.Transport(tt.name); err == nil || err.Error() != tt.want {
			t.Errorf("got  %v\nwant %s", err, tt.want)
		}
	}
}

func TestAllProblemsTogether(t *testing.T) {
	app := load(t, transports("async: { dsn: '%env(A)%', options: { x: '%env(B)%' }, retry_strategy: { delay: -1, jitter: 2 }, failure_transport: nope, dns: x }"))
	_, err := app.Transport("async")
	if err == nil {
		t.Fatal("no error")
	}
	for _, part := range []string{"variable A is not set", "variable B is not set", "delay has to be", "jitter has to be a number from 0 to 1", `"nope" is not configured`, `no option "dns" (did you mean "dsn"?)`} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is missing in:\n%v", part, err)
		}
	}
}

func TestAnsweredSettings(t *testing.T) {
	app := load(t, transports(
		"dsn: { dsn: '%env(NOPE)%', options: { stream: s, group: '%env(NOPE)%' }, unknown: x }",
		"retry: { dsn: redis://localhost, retry_strategy: { service: x } }",
		"numbers: { dsn: redis://localhost, retry_strategy: { delay: -1, max_retries: 5 } }",
		"failure: { dsn: redis://localhost, failure_transport: nope }",
	))
	tests := []struct {
		name    string
		setting symfony.Setting
		want    func(symfony.Transport) bool
	}{
		{"dsn", symfony.SettingDSN, func(tr symfony.Transport) bool {
			return tr.DSN == "" && len(tr.Options) == 1 && tr.Options["stream"] == "s"
		}},
		{"retry", symfony.SettingRetry, func(tr symfony.Transport) bool { return tr.Retry.MaxRetries == 3 && tr.DSN == "redis://localhost" }},
		{"numbers", symfony.SettingRetry, func(tr symfony.Transport) bool { return tr.Retry.MaxRetries == 5 && tr.Retry.Delay == time.Second }},
		{"failure", symfony.SettingFailure, func(tr symfony.Transport) bool { return tr.DSN == "redis://localhost" }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := app.Transport(tt.name); err == nil {
				t.Error("no error without the answer")
			}
			tr, err := app.Transport(tt.name, tt.setting)
			if err != nil || !tt.want(tr) {
				t.Errorf("got %+v, %v", tr, err)
			}
		})
	}
}

// A flag answers for a transport that PHP alone configures, and for Messenger switched off.
func TestAnsweredWhereNothingIsConfigured(t *testing.T) {
	trees := map[string]map[string]string{
		"php":      {"config/packages/messenger.php": "<?php return fn ($framework) => $framework->messenger()->transport('async');"},
		"disabled": {"config/packages/messenger.yaml": "framework: { messenger: false }"},
		"broken":   {"config/packages/messenger.yaml": "framework: { messenger: {"},
	}
	for name, files := range trees {
		t.Run(name, func(t *testing.T) {
			app := load(t, files)
			if _, err := app.Transport("async"); err == nil || errors.Is(err, symfony.ErrUnknown) {
				t.Errorf("without the answer: %v", err)
			}
			if _, err := app.Transport("async", symfony.SettingDSN); !errors.Is(err, symfony.ErrUnknown) {
				t.Errorf("with the answer: %v", err)
			}
		})
	}
}

func TestErrorsHoldNoSecret(t *testing.T) {
	const secret = "s3cret"
	app := load(t, map[string]string{
		".env": "QUOTED='" + secret + "'\nJSON='{\"" + secret + "\":'\n",
		"config/packages/messenger.yaml": `
framework:
  messenger:
    transports:
      int: '%env(int:QUOTED)%'
      float: '%env(float:QUOTED)%'
      json: '%env(json:QUOTED)%'
      broken_json: '%env(json:JSON)%'
      file: '%env(file:QUOTED)%'
      file_of_list: '%env(file:json:LIST)%'
      key: '%env(key:x:QUOTED)%'
      key_of_map: '%env(key:x:json:MAP)%'
      resolve: '%env(resolve:REFERENCE)%'
      resolve_env: '%env(resolve:ENV)%'
      processor: '%env(nope:QUOTED)%'
      list_in_text: 'x%env(json:LIST)%'
      retry: { dsn: redis://localhost, retry_strategy: { delay: '%env(QUOTED)%' } }
      multiplier: { dsn: redis://localhost, retry_strategy: { multiplier: '%env(QUOTED)%' } }
      dsn: { dsn: '%env(json:LIST)%' }
      options: { dsn: redis://localhost, options: '%env(QUOTED)%' }
      map: '%env(json:MAP)%'
doctrine:
  dbal:
    url: '%env(json:LIST)%'
    password: '%env(int:QUOTED)%'
`,
	}, `LIST=["`+secret+`"]`, `MAP={"y":"`+secret+`"}`, "REFERENCE=%"+secret+"%", "ENV=%env("+secret+")%")
	names, err := app.TransportNames()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		_, err := app.Transport(name)
		if err == nil {
			t.Errorf("%s: no error", name)
		} else if strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := app.Connection("default"); err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("connection: %v", err)
	}
}

func TestLoadErrors(t *testing.T) {
	file := filepath.Join(tree(t, map[string]string{"file": ""}), "file")
	tests := []struct {
		name string
		dir  string
		want string
	}{
		{"missing", "/nonexistent/shop", "read the Symfony application in /nonexistent/shop: no such file or directory"},
		{"file", file, "read the Symfony application in " + file + ": it is not a directory"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := symfony.Load(symfony.Options{Dir: tt.dir, Advise: usage.Give}); err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
	var syntax *dotenv.SyntaxError
	if _, err := symfony.Load(symfony.Options{Dir: tree(t, map[string]string{".env": "?"}), Advise: usage.Give}); !errors.As(err, &syntax) {
		t.Errorf("got %v", err)
	}
}

func TestEnvOption(t *testing.T) {
	dir := tree(t, map[string]string{".env": "APP_ENV=dev\nA=dev\n", ".env.prod": "A=prod\n"})
	app, err := symfony.Load(symfony.Options{Dir: dir, Environ: []string{"APP_ENV=test"}, Env: "prod", Advise: usage.Give})
	if err != nil {
		t.Fatal(err)
	}
	a, _ := app.Variable("A")
	if app.Env != "prod" || app.Debug || a.Value != "prod" {
		t.Errorf("got %s, debug %v, A=%s", app.Env, app.Debug, a.Value)
	}
}

func TestDebug(t *testing.T) {
	tests := []struct {
		environ []string
		want    bool
	}{
		{nil, true},
		{[]string{"APP_ENV=prod"}, false},
		{[]string{"APP_ENV=prod", "APP_DEBUG=1"}, true},
		{[]string{"APP_DEBUG=0"}, false},
		{[]string{"APP_DEBUG=false"}, false},
	}
	for _, tt := range tests {
		if app := load(t, nil, tt.environ...); app.Debug != tt.want {
			t.Errorf("%v: got %v", tt.environ, app.Debug)
		}
	}
}

func TestDirectories(t *testing.T) {
	tests := []struct {
		name    string
		environ []string
		want    []string // logs, cache, share
	}{
		{"default", nil, []string{"$DIR/var/log", "$DIR/var/cache/dev", "$DIR/var/cache/dev"}},
		{"environment", []string{"APP_LOG_DIR=/logs", "APP_CACHE_DIR=cache", "APP_SHARE_DIR=var/share"}, []string{"/logs", "$DIR/cache/dev", "$DIR/var/share/dev"}},
		{"share without a directory", []string{"APP_SHARE_DIR=1"}, []string{"$DIR/var/log", "$DIR/var/cache/dev", "$DIR/var/cache/dev"}},
		{"no share", []string{"APP_SHARE_DIR=false"}, []string{"$DIR/var/log", "$DIR/var/cache/dev", ""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app := load(t, nil, tt.environ...)
			logs, _, err := app.LogDir()
			cache, err2 := app.CacheDir()
			share, err3 := app.ShareDir()
			if err := errors.Join(err, err2, err3); err != nil {
				t.Fatal(err)
			}
			got := []string{hide(logs, app.Dir), hide(cache, app.Dir), hide(share, app.Dir)}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRuntimeOptions(t *testing.T) {
	files := func(runtime string) map[string]string {
		return map[string]string{
			".env": "A=env\n", ".env.local": "B=local\n", "envs": "A=envs\nSTAGE=ci\n", "envs.local": "B=envs-local\n",
			"composer.json": `{"name": "app/app", "extra": {"symfony": {"allow-contrib": true}, "runtime": ` + runtime + `}}`,
		}
	}
	tests := []struct{ runtime, env, a, b string }{
		{`{}`, "dev", "env", "local"},
		{`{"disable_dotenv": true}`, "dev", "real", ""},
		{`{"dotenv_path": "envs"}`, "dev", "envs", "envs-local"},
		{`{"dotenv_path": "envs", "env_var_name": "STAGE", "test_envs": ["test", "ci"]}`, "ci", "envs", ""},
		{`{"dotenv_path": "envs", "env_var_name": "STAGE", "test_envs": "ci"}`, "ci", "envs", ""},
		{`{"dotenv_overload": true}`, "dev", "env", "local"},
	}
	for _, tt := range tests {
		t.Run(tt.runtime, func(t *testing.T) {
			var environ []string
			if strings.Contains(tt.runtime, "disable") || strings.Contains(tt.runtime, "overload") {
				environ = []string{"A=real"}
			}
			app := load(t, files(tt.runtime), environ...)
			a, _ := app.Variable("A")
			b, _ := app.Variable("B")
			if app.Env != tt.env || a.Value != tt.a || b.Value != tt.b {
				t.Errorf("got %s, A=%s, B=%s", app.Env, a.Value, b.Value)
			}
		})
	}
	for _, runtime := range []string{`{"dotenv_extra_paths": ["x"]}`, `{"dotenv_path": 5}`, `{`} {
		_, err := symfony.Load(symfony.Options{Dir: tree(t, files(runtime)), Advise: usage.Give})
		if err == nil || !strings.Contains(err.Error(), "composer.json: extra.runtime") {
			t.Errorf("%s: got %v", runtime, err)
		}
	}
}

// The installed symfony/dotenv decides whether .env.local changes a part of a value of .env.
func TestDotenvGeneration(t *testing.T) {
	lock := func(version string) map[string]string {
		return map[string]string{"composer.lock": `{"packages": [{"name": "symfony/console", "version": "v7.4.9"}, {"name": "symfony/dotenv", "version": "` + version + `"}]}`}
	}
	vendor := func(code string) map[string]string {
		return map[string]string{"vendor/symfony/dotenv/Dotenv.php": code, "composer.lock": lock("v6.4.50")["composer.lock"]}
	}
	tests := []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"nothing known", nil, "redis://local"},
		{"5.4", lock("v5.4.53"), "redis://env"},
		{"6.3", lock("v6.3.12"), "redis://env"},
		{"6.4.34", lock("v6.4.34"), "redis://env"},
		{"6.4.35", lock("v6.4.35"), "redis://local"},
		{"7.3", lock("v7.3.9"), "redis://env"},
		{"7.4.6", lock("v7.4.6"), "redis://env"},
		{"7.4.7", lock("v7.4.7"), "redis://local"},
		{"8.0.6", lock("v8.0.6"), "redis://env"},
		{"8.0.7", lock("v8.0.7"), "redis://local"},
		{"8.1", lock("v8.1.0"), "redis://local"},
		{"branch", lock("6.4.x-dev"), "redis://local"},
		{"broken lock", map[string]string{"composer.lock": "{"}, "redis://local"},
		{"old code", vendor("<?php class Dotenv {}"), "redis://env"},
		{"new code", vendor("<?php class Dotenv { function resolveLoadedVars() {} }"), "redis://local"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string]string{".env": "HOST=env\nDSN=redis://$HOST\n", ".env.local": "HOST=local\n"}
			for name, content := range tt.files {
				files[name] = content
			}
			if v, _ := load(t, files).Variable("DSN"); v.Value != tt.want {
				t.Errorf("got %s, want %s", v.Value, tt.want)
			}
		})
	}
}

func TestIsProject(t *testing.T) {
	tests := []struct {
		name  string
		files map[string]string
		want  bool
	}{
		{"nothing", nil, false},
		{"packages", map[string]string{"config/packages/framework.yaml": ""}, true},
		{"bundles", map[string]string{"config/bundles.php": ""}, true},
		{"a console", map[string]string{"composer.json": "{}", "bin/console": ""}, true},
		{"a console without Composer", map[string]string{"bin/console": ""}, false},
		{"Composer", map[string]string{"composer.json": `{"require": {"php": ">=8", "symfony/framework-bundle": "^7"}}`}, true},
		{"another package", map[string]string{"composer.json": `{"require": {"monolog/monolog": "^3"}}`}, false},
		{"nothing required", map[string]string{"composer.json": `{"require": []}`}, false},
		{"broken", map[string]string{"composer.json": "{", "bin/console": ""}, false},
		{"another config", map[string]string{"config/app.yaml": ""}, false},
	}
	for _, tt := range tests {
		if got := symfony.IsProject(tree(t, tt.files)); got != tt.want {
			t.Errorf("%s: got %v", tt.name, got)
		}
	}
}

func TestImportsInACircle(t *testing.T) {
	app := load(t, map[string]string{
		"config/packages/a.yaml":         "imports: [ { resource: ../b.yaml } ]",
		"config/b.yaml":                  "imports: [ { resource: packages/a.yaml } ]\nframework: { messenger: { transports: { x: 'redis://localhost' } } }",
		"config/packages/messenger.yaml": "framework: { messenger: { transports: { async: 'redis://localhost' } } }",
	})
	if _, err := app.Transport("async"); err != nil {
		t.Errorf("files that say nothing of Messenger: %v", err)
	}
}

func TestUnreadableFile(t *testing.T) {
	dir := tree(t, transports("async: redis://localhost"))
	if err := os.Mkdir(filepath.Join(dir, "config/packages/z.yaml"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/zero", filepath.Join(dir, "config/packages/zero.yaml")); err != nil {
		t.Fatal(err)
	}
	app, err := symfony.Load(symfony.Options{Dir: dir, Advise: usage.Give})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := app.Transport("async"); err != nil {
		t.Error(err)
	}
}

func TestLargeFile(t *testing.T) {
	files := transports("async: redis://localhost")
	files["config/packages/large.yaml"] = strings.Repeat("# messenger\n", 1<<20)
	_, err := load(t, files).Transport("async")
	if err == nil || !strings.Contains(err.Error(), "config/packages/large.yaml cannot be read") {
		t.Errorf("got %v", err)
	}
}

// A bundle's configuration may add transports, but does not change those of the application.
func TestImportOfABundle(t *testing.T) {
	files := transports("async: redis://localhost")
	files["config/packages/_shop.yaml"] = "imports: [ { resource: '@ShopBundle/Resources/config/config.yml' } ]\n"
	app := load(t, files)
	if _, err := app.Transport("async"); err != nil {
		t.Error(err)
	}
	_, err := app.Transport("main")
	const want = "read transport main: config/packages/_shop.yaml:1:12: the import @ShopBundle/Resources/config/config.yml is inside a bundle; give --dsn main=redis://..."
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestDirectoryThatIsACommand(t *testing.T) {
	app := load(t, map[string]string{".env": "\nAPP_LOG_DIR=$(mktemp -d)\n"})
	_, _, err := app.LogDir()
	const want = ".env:2: only PHP knows APP_LOG_DIR, which is the output of a command; give --log-dir"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
