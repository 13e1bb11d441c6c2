package symfony_test

import (
	"os"
	"path/filepath"
	"testing"

	"envelog/internal/symfony"
	"envelog/internal/usage"
)

func TestLineFormatter(t *testing.T) {
	const handler = "monolog:\n  handlers:\n    main: { type: fingers_crossed, handler: file }\n"
	for _, test := range []struct {
		name, monolog, services string
		want                    symfony.LineFormatter
		ok                      bool
	}{
		{"no file", handler, "", symfony.LineFormatter{}, false},
		{"defaults", handler + "    file: { type: stream, path: a }\n", "", symfony.LineFormatter{}, true},
		{"stack traces of the handler", handler + "    file: { type: rotating_file, path: a, include_stacktraces: true }\n", "", symfony.LineFormatter{IncludeStacktraces: true}, true},
		{"arguments", handler + "    file: { type: stream, path: a, formatter: app.line }\n",
			"  app.line:\n    class: Monolog\\Formatter\\LineFormatter\n    arguments: [\"%%message%%\\n\", 'Y-m-d', true, true, true]\n",
			symfony.LineFormatter{Format: "%message%\n", DateFormat: "Y-m-d", AllowInlineLineBreaks: true, IgnoreEmptyContextAndExtra: true, IncludeStacktraces: true}, true},
		{"named arguments, and the class as id", handler + "    file: { type: stream, path: a, formatter: Monolog\\Formatter\\LineFormatter }\n",
			"  Monolog\\Formatter\\LineFormatter:\n    arguments: { $format: ~, $ignoreEmptyContextAndExtra: true }\n",
			symfony.LineFormatter{IgnoreEmptyContextAndExtra: true}, true},
		{"calls in each spelling", handler + "    file: { type: stream, path: a, formatter: app.line }\n",
			"  app.line:\n    class: Monolog\\Formatter\\LineFormatter\n    calls:\n      - [includeStacktraces]\n      - [indentStacktraces, ['  ']]\n      - setMaxLevelNameLength: [3]\n      - { method: allowInlineLineBreaks, arguments: [false] }\n",
			symfony.LineFormatter{IncludeStacktraces: true, IndentStacktraces: "  ", MaxLevelNameLength: 3}, true},
		{"another formatter", handler + "    file: { type: stream, path: a, formatter: monolog.formatter.json }\n", "", symfony.LineFormatter{}, false},
		{"a subclass", handler + "    file: { type: stream, path: a, formatter: App\\Formatter }\n", "  App\\Formatter: ~\n", symfony.LineFormatter{}, false},
		{"a factory", handler + "    file: { type: stream, path: a, formatter: app.line }\n",
			"  app.line:\n    class: Monolog\\Formatter\\LineFormatter\n    factory: ['@app', make]\n", symfony.LineFormatter{}, false},
		{"a call that is not known", handler + "    file: { type: stream, path: a, formatter: app.line }\n",
			"  app.line:\n    class: Monolog\\Formatter\\LineFormatter\n    calls: [[setBasePath, ['/app']]]\n", symfony.LineFormatter{}, false},
		{"two that differ", handler + "    file: { type: stream, path: a }\n    other: { type: stream, path: b, include_stacktraces: true }\n", "", symfony.LineFormatter{}, false},
		{"an alias", handler + "    file: { type: stream, path: a, formatter: app.line }\n", "  app.line: '@monolog.formatter.line'\n", symfony.LineFormatter{}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := withMonolog(t, test.monolog, test.services)
			got, from, ok := a.LineFormatter()
			if got != test.want || ok != test.ok || ok && from.File == "" {
				t.Errorf("got %+v from %s, %t, want %+v, %t", got, from, ok, test.want, test.ok)
			}
		})
	}
}

func withMonolog(t *testing.T, monolog, services string) *symfony.Application {
	t.Helper()
	dir := t.TempDir()
	for path, content := range map[string]string{"config/packages/monolog.yaml": monolog, "config/services.yaml": "services:\n  _defaults: { autowire: true }\n" + services} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(path)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, path), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a, err := symfony.Load(symfony.Options{Dir: dir, Advise: usage.Give})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestJSONFormatter(t *testing.T) {
	const handler = "monolog:\n  handlers:\n    file: { type: stream, path: a, "
	for _, test := range []struct {
		name, monolog, services string
		want                    symfony.LineFormatter
		ok                      bool
	}{
		{"defaults", handler + "formatter: monolog.formatter.json }\n", "", symfony.LineFormatter{}, true},
		{"stack traces of the handler", handler + "formatter: monolog.formatter.json, include_stacktraces: true }\n", "", symfony.LineFormatter{IncludeStacktraces: true}, true},
		{"arguments", handler + "formatter: app.json }\n", "  app.json: { class: Monolog\\Formatter\\JsonFormatter, arguments: [1, true, true, true] }\n",
			symfony.LineFormatter{IgnoreEmptyContextAndExtra: true, IncludeStacktraces: true}, true},
		{"without line feeds", handler + "formatter: app.json }\n", "  app.json: { class: Monolog\\Formatter\\JsonFormatter, arguments: [1, false] }\n", symfony.LineFormatter{}, false},
		{"lines", handler + "include_stacktraces: true }\n", "", symfony.LineFormatter{}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, from, ok := withMonolog(t, test.monolog, test.services).JSONFormatter()
			if got != test.want || ok != test.ok || ok && from.File == "" {
				t.Errorf("got %+v from %s, %t, want %+v, %t", got, from, ok, test.want, test.ok)
			}
		})
	}
}
