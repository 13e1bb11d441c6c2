package cli_test

import (
	"bytes"
	"context"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"envelog/cli"
)

// secretMark is in every secret of these tests. Upper and lower case, since some texts are folded.
const secretMark = "geheim"

// misplaced is a configuration with a secret where nobody expects one.
type misplaced struct {
	name        string
	messenger   string            // below framework.messenger of config/packages/messenger.yaml
	files       map[string]string // other files of the application
	environment map[string]string
	args        []string
}

func misplacedSecrets() []misplaced {
	dsn := func(text string) string { return "transports:\n  async: " + text }
	option := func(text string) string {
		return "transports:\n  async: { dsn: 'redis://127.0.0.1:1/s', options: { " + text + " } }"
	}
	return []misplaced{
		{name: "flag without a colon", args: []string{"--dsn=async=redis//:geheim@127.0.0.1:1"}},
		{name: "flag with a space before =", args: []string{"--dsn=async =redis://:geheim@127.0.0.1:1"}},
		{name: "flag with a space behind =", args: []string{"--dsn=async= redis://:geheim@127.0.0.1:1"}},
		{name: "flag without a name's =", args: []string{"--dsn=async redis://:geheim@127.0.0.1:1"}},
		{name: "flag of a list", args: []string{"--dsn=async=redis://:x@127.0.0.1:1,:geheim@127.0.0.1:2"}},
		{name: "list of DSNs", args: []string{"--dsn=async=redis://127.0.0.1:1,redis://u:geheim@127.0.0.1:2"}},
		{name: "wrong flag for a DSN", args: []string{"--failure-transport=redis://:geheim@127.0.0.1:1", "--dsn=async=redis://127.0.0.1:1"}},
		{name: "wrong flag for a database", args: []string{"--failure-transport=mysql//app:geheim@h/db", "--dsn=async=redis://127.0.0.1:1"}},
		{name: "DSN for a number", args: []string{"--limit=redis://:geheim@h", "--dsn=async=redis://127.0.0.1:1"}},
		{name: "DSN as a name of a consumer", args: []string{"--consumer=redis://:geheim@h", "--dsn=async=redis://127.0.0.1:1"}},
		{name: "DSN as a directory", args: []string{"--log-dir=redis://:geheim@h", "--dsn=async=redis://127.0.0.1:1"}},
		{name: "DSN as a level", args: []string{"--log-level=redis://:geheim@h", "--dsn=async=redis://127.0.0.1:1"}},
		{name: "DSN as the file of DSNs", args: []string{"--dsn-file=redis://:geheim@h"}},
		{name: "DSN as a receiver", args: []string{"redis://:geheim@127.0.0.1:1", "--dsn=async=redis://127.0.0.1:1"}},
		{name: "DSN without a colon as a receiver", args: []string{"redis//:geheim@127.0.0.1:1", "--dsn=async=redis://127.0.0.1:1"}},
		{name: "DSN twice", args: []string{"--dsn=x://geheim@y=redis://h", "--dsn=x://geheim@y=redis://h"}},
		{name: "the secret of a flag", args: []string{"--secret=geheim", "--dsn=async=redis://127.0.0.1:1"}},
		{name: "the secret of the environment", environment: map[string]string{"ENVELOG_SECRET": "geheim"}},
		{name: "DSN of the environment", environment: map[string]string{"ENVELOG_DSN": "async redis://:geheim@127.0.0.1:1"}},
		{name: "standard variable", environment: map[string]string{"MESSENGER_TRANSPORT_DSN": "redis//:geheim@h"}, args: []string{"--no-project"}},

		{name: "DSN without a colon", messenger: dsn("'redis//:geheim@h'")},
		{name: "DSN without a scheme", messenger: dsn("'user:geheim@h:6379/s'")},
		{name: "DSN of another scheme", messenger: dsn("'redid://:geheim@h'")},
		{name: "DSN that is a password", messenger: dsn("geheim")},
		{name: "DSN behind its key without a space", messenger: "transports:\n  async:\n    dsn:redis://:geheim@h\n"},
		{name: "DSN as a key", messenger: "transports:\n  async: { 'redis://:geheim@h': ~ }"},
		{name: "DSN as a transport's name", messenger: "transports:\n  'redis://:geheim@h': ~"},
		{name: "@ in a password", messenger: dsn("'redis://:x@geheim@h'")},
		{name: "/ in a password", messenger: dsn("'redis://:x/geheim@h'")},
		{name: "/ and no @", messenger: dsn("'redis://user:x/geheim'")},
		{name: "no @", messenger: dsn("'redis://user:geheim:6379'")},
		{name: "? in a password", messenger: dsn("'redis://:x?geheim@h'")},
		{name: "# in a password", messenger: dsn("'redis://:x#geheim@h'")},
		{name: "& in a password", messenger: dsn("'redis://h?auth=x&geheim'")},
		{name: "& and = in a password", messenger: dsn("'redis://h?auth=x&geheim=1'")},
		{name: "@ in a password of the query", messenger: dsn("'redis://h?auth=x@geheim'")},
		{name: "% in a password", messenger: dsn("'redis://:x%geheim%y@h'")},
		{name: "backslash in a password", messenger: dsn(`"redis://:\geheim@h"`)},
		{name: "password that begins with *", messenger: option("auth: *geheim")},
		{name: "password that begins with !", messenger: option("auth: !geheim")},
		{name: "password that begins with !!", messenger: option("auth: !!geheimgeheim x")},
		{name: "password that begins with %", messenger: option("auth: %geheim%")},
		{name: "password that begins with @", messenger: option("auth: '%pw%'"), files: map[string]string{"config/services.yaml": "parameters:\n  pw: '@geheim'\n"}},
		{name: "user alone", messenger: dsn("'redis://geheim@127.0.0.1:1'")},
		{name: "socket", messenger: dsn("'redis:geheim@/nowhere/redis.sock'")},
		{name: "socket with slashes", messenger: dsn("'redis:///nowhere/redis.sock?auth=geheim'")},
		{name: "misspelt option of the query", messenger: dsn("'redis://127.0.0.1:1?auht=geheim'")},
		{name: "misspelt option with a space", messenger: dsn("'redis://127.0.0.1:1?auth =geheim'")},
		{name: "number of the query", messenger: dsn("'redis://127.0.0.1:1?dbindex=geheim'")},

		{name: "misspelt option", messenger: option("auht: geheim")},
		{name: "list for an option", messenger: option("auht: [u, geheim]")},
		{name: "map for an option", messenger: option("ssl: { pasphrase: geheim, passphrase: geheim }")},
		{name: "number", messenger: option("dbindex: geheim")},
		{name: "boolean", messenger: option("delete_after_ack: geheim")},
		{name: "APP_SECRET in a number", messenger: option("dbindex: '%env(APP_SECRET)%'"), files: map[string]string{".env": "APP_SECRET=geheim\n"}},
		{name: "APP_SECRET in a name", messenger: option("group: '%env(APP_SECRET)%'"), files: map[string]string{".env": "APP_SECRET=geheim\n"}},
		{name: "kernel.secret in a name", messenger: option("group: '%kernel.secret%'"), files: map[string]string{".env": "APP_SECRET=geheim\n"}},
		{name: "APP_SECRET in a text", messenger: option("group: 'x-%env(APP_SECRET)%'"), files: map[string]string{".env": "APP_SECRET=geheim\n"}},
		{name: "APP_SECRET as a failure transport", messenger: "failure_transport: '%env(APP_SECRET)%'\n" + dsn("'redis://127.0.0.1:1'"), files: map[string]string{".env": "APP_SECRET=geheim\n"}},
		{name: "APP_SECRET as a rate limiter", messenger: "transports:\n  async: { dsn: 'redis://127.0.0.1:1', rate_limiter: '%env(APP_SECRET)%' }", files: map[string]string{".env": "APP_SECRET=geheim\n"}},
		{name: "APP_SECRET as a number of retries", messenger: "transports:\n  async: { dsn: 'redis://127.0.0.1:1', retry_strategy: { max_retries: '%env(APP_SECRET)%' } }", files: map[string]string{".env": "APP_SECRET=geheim\n"}},
		{name: "int of a secret", messenger: option("dbindex: '%env(int:APP_SECRET)%'"), files: map[string]string{".env": "APP_SECRET=geheim\n"}},
		{name: "JSON of a secret", messenger: option("dbindex: '%env(json:APP_SECRET)%'"), files: map[string]string{".env": "APP_SECRET=geheim\n"}},
		{name: "file", messenger: dsn("'%env(file:DSN_FILE)%'"), files: map[string]string{".env": "DSN_FILE=dsn\n", "dsn": "# the log\nredis://:geheim@h\n"}},
		{name: "file with a line break", messenger: dsn("'%env(file:DSN_FILE)%'"), files: map[string]string{".env": "DSN_FILE=dsn\n", "dsn": "redis://:geheim@127.0.0.1:1\n"}},
		{name: "file in an option", messenger: option("group: '%env(file:NAME_FILE)%'"), files: map[string]string{".env": "NAME_FILE=name\n", "name": "geheim"}},
		{name: "brace in .env", messenger: dsn("'%env(D)%'"), files: map[string]string{".env": "D=\"redis://:x${geheim@h\"\n"}},
		{name: "default in .env", messenger: dsn("'%env(D)%'"), files: map[string]string{".env": "D=\"redis://:x${geheim:-y'}@h\"\n"}},
		{name: "space in .env", messenger: dsn("'%env(D)%'"), files: map[string]string{".env": "D=redis://:x geheim@h\n"}},
		{name: "line in .env without =", messenger: dsn("'%env(D)%'"), files: map[string]string{".env": "redis://:geheim@h\n"}},
		{name: "command in .env", messenger: dsn("'%env(D)%'"), files: map[string]string{".env": "D=redis://:x$(geheim)@h\n"}},

		{name: "PHP configuration", files: map[string]string{"config/packages/messenger.php": "<?php return static function (Symfony\\Config\\FrameworkConfig $framework): void { $framework->messenger()->transport('async')->dsn(dsn('redis://:geheim@h')); };\n"}},
		{name: "statement of PHP configuration", files: map[string]string{"config/packages/messenger.php": "<?php return static function (Symfony\\Config\\FrameworkConfig $framework): void {\n foreach (['geheim'] as $messenger) { $framework->messenger()->transport('async')->dsn($messenger); }\n};\n"}},
		{name: "broken PHP configuration", files: map[string]string{"config/packages/messenger.php": "<?php return ['framework' => ['messenger' => ['transports' => ['async' => 'redis://:geheim@h' 'geheim']]]];\n"}},

		{name: "envelog.yaml without a colon", files: map[string]string{"envelog.yaml": "dsn async=redis://:geheim@h\n"}},
		{name: "envelog.yaml without a colon among others", files: map[string]string{"envelog.yaml": "sync: batch\ndsn async=redis://:geheim@h\nlimit: 5\n"}},
		{name: "envelog.yaml with = for a colon", files: map[string]string{"envelog.yaml": "dsn = redis://:geheim@h\nlimit: 5\n"}},
		{name: "envelog.yaml with a DSN for a key", files: map[string]string{"envelog.yaml": "redis://:geheim@h: ~\n"}},
		{name: "envelog.yaml with an alias", files: map[string]string{"envelog.yaml": "secret: *geheim\n"}},
		{name: "envelog.yaml with a tag", files: map[string]string{"envelog.yaml": "secret: !geheim!x y\n"}},
		{name: "envelog.yaml with a reserved sign", files: map[string]string{"envelog.yaml": "secret: @geheim\n"}},
		{name: "envelog.yaml with a wrong escape", files: map[string]string{"envelog.yaml": "secret: \"\\geheim\"\n"}},
		{name: "envelog.yaml with an open quote", files: map[string]string{"envelog.yaml": "secret: \"geheim\nlimit: 5\n"}},
		{name: "envelog.yaml with a comment", files: map[string]string{"envelog.yaml": "# dsn: redis://:geheim@h\nlimit: no # geheim\n"}},
		{name: "envelog.yaml with a mistyped setting", files: map[string]string{"envelog.yaml": "dsm: redis://:geheim@h\nsecrets: geheim\n"}},
		{name: "envelog.yaml with a space in the name", files: map[string]string{"envelog.yaml": "dsn: { 'async ': 'redis://:geheim@h' }\n"}},
		{name: "file of DSNs", files: map[string]string{"dsns": "async redis://:geheim@h\n"}, args: []string{"--dsn-file=dsns"}},
		{name: "file of DSNs without names", files: map[string]string{"dsns": "redis://:geheim@h\nredis//:geheim@h\n"}, args: []string{"--dsn-file=dsns"}},

		{name: "database", messenger: "failure_transport: failed\ntransports:\n  async: 'redis://127.0.0.1:1'\n  failed: 'doctrine://default'", files: map[string]string{
			"config/packages/doctrine.yaml": "doctrine: { dbal: { url: '%env(DATABASE_URL)%' } }\n", ".env": "DATABASE_URL=\"mysql://app:x/geheim@127.0.0.1:1/app\"\n"}},
		{name: "database's query", messenger: "failure_transport: failed\ntransports:\n  async: 'redis://127.0.0.1:1'\n  failed: 'doctrine://default'", files: map[string]string{
			"config/packages/doctrine.yaml": "doctrine: { dbal: { url: '%env(DATABASE_URL)%' } }\n", ".env": "DATABASE_URL=\"mysql://127.0.0.1:1/app?pasword=geheim&password=x&geheim\"\n"}},
		{name: "database's parts", messenger: "failure_transport: failed\ntransports:\n  async: 'redis://127.0.0.1:1'\n  failed: 'doctrine://default'", files: map[string]string{
			"config/packages/doctrine.yaml": "doctrine: { dbal: { driver: pdo_pgsql, host: 127.0.0.1, port: 1, dbname: app, user: app, password: 'x@/%%geheim' } }\n"}},
		{name: "database's port", messenger: "failure_transport: failed\ntransports:\n  async: 'redis://127.0.0.1:1'\n  failed: 'doctrine://default'", files: map[string]string{
			"config/packages/doctrine.yaml": "doctrine: { dbal: { driver: pdo_pgsql, host: 127.0.0.1, port: geheim, dbname: app } }\n"}},
		{name: "database's question mark", messenger: "failure_transport: failed\ntransports:\n  async: 'redis://127.0.0.1:1'\n  failed: 'postgresql://app:x?geheim@h/app'"},
		{name: "database's table", messenger: "failure_transport: failed\ntransports:\n  async: 'redis://127.0.0.1:1'\n  failed: 'sqlite:///x.db?table_name=geheim!&queue_name=a'"},
		{name: "another transport", messenger: "failure_transport: failed\ntransports:\n  async: 'amqp://guest:geheim@rabbit:5672'\n  failed: 'sqs://x?secret_key=geheim'"},
	}
}

// TestNoSecretIsShown runs what shows configuration and errors about it, with secrets in every wrong place.
func TestNoSecretIsShown(t *testing.T) {
	commands := [][]string{
		{"config"}, {"config", "--format=json"}, {"config", "--check"}, {"doctor"}, {"doctor", "--format=json"},
		{"messenger:consume", "-vv", "--time-limit=0.1", "--wait-for-redis=0", "--all", "--log-format=json"},
		{"messenger:stats"}, {"messenger:failed:show"}, {"messenger:setup-transports"}, {"top", "--once"}, {"peek"},
	}
	for _, tc := range misplacedSecrets() {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			tc.write(t, dir)
			t.Chdir(dir)
			for _, command := range commands {
				output := tc.run(t, append(append([]string{}, command...), tc.args...))
				if strings.Contains(strings.ToLower(output), secretMark) {
					t.Errorf("envelog %s shows the secret:\n%s", strings.Join(command, " "), output)
				}
			}
		})
	}
}

func (m misplaced) write(t *testing.T, dir string) {
	files := map[string]string{"config/bundles.php": "<?php return [];\n"}
	if m.messenger != "" {
		files["config/packages/messenger.yaml"] = "framework:\n  messenger:\n    " + strings.ReplaceAll(m.messenger, "\n", "\n    ") + "\n"
	}
	for name, content := range m.files {
		files[name] = content
	}
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// run returns what a command prints on both streams. It ends by itself, since nothing can be reached.
func (m misplaced) run(t *testing.T, args []string) string {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var out bytes.Buffer
	env := maps.Clone(m.environment)
	if env == nil {
		env = map[string]string{}
	}
	env["COLUMNS"] = "10000" // no secret is hidden by a line break
	cli.Run(ctx, cli.Process{
		Args: args, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out,
		Getenv:  func(name string) string { return env[name] },
		Environ: func() []string { return nil },
		Notify:  func(chan<- os.Signal, ...os.Signal) {},
	})
	if out.Len() == 0 && args[0] != "messenger:setup-transports" { // which is silent where there is nothing to set up
		t.Errorf("envelog %s prints nothing", strings.Join(args, " "))
	}
	return out.String()
}
