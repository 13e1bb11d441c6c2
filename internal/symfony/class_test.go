package symfony_test

import (
	"strings"
	"testing"

	"envelog/internal/symfony"

	"github.com/google/go-cmp/cmp"
)

// classes is an application with these sources: a path, and what follows the namespace App.
func classes(t *testing.T, sources map[string]string) *symfony.Application {
	t.Helper()
	files := map[string]string{
		"composer.json": `{"autoload": {"psr-4": {"App\\": "src/", "Lib\\": ["missing", "lib"]}, "classmap": ["app/Mapped.php"]}, "autoload-dev": {"psr-4": {"Tests\\": "tests"}}}`,
		"vendor/composer/installed.json": `{"packages": [{"name": "acme/contracts", "install-path": "../acme/contracts", "autoload": {"psr-4": {"Acme\\": "src/"}}},
			{"name": "acme/meta", "install-path": null}]}`,
		"config/packages/messenger.yaml": `framework: { messenger: { transports: { logs: 'redis://h', other: 'redis://h' }, routing: { App\Routed: other, Acme\Contract: logs } } }`,
	}
	for path, code := range sources {
		files[path] = "<?php\nuse Symfony\\Component\\Messenger\\Attribute\\AsMessage;\n" + code + "\n"
		if !strings.HasPrefix(code, "namespace") && !strings.HasPrefix(code, "class Mapped") {
			files[path] = "<?php\nnamespace App;\nuse Symfony\\Component\\Messenger\\Attribute\\AsMessage;\n" + code + "\n"
		}
	}
	return load(t, files)
}

func TestHasSource(t *testing.T) {
	app := classes(t, map[string]string{
		"src/Log.php":                            "/** class Other */ final readonly class Log {}",
		"src/Different.php":                      "class Another {}",
		"src/Broken.php":                         "class Broken {",
		"lib/Log.php":                            "namespace Lib; class Log {}",
		"app/Mapped.php":                         "class Mapped {}",
		"tests/Log.php":                          "namespace Tests; class Log {}",
		"vendor/acme/contracts/src/Contract.php": "namespace Acme; interface Contract {}",
	})
	for class, want := range map[string]bool{
		`App\Log`: true, `\App\Log`: true, `Lib\Log`: true, `Mapped`: true, `Tests\Log`: true, `Acme\Contract`: true,
		`App\Different`: false, `App\Broken`: false, `App\Missing`: false, `App\*`: false, `*`: false, `Vendor\Log`: false, `App\/../../lib/Log`: false,
		`App\..\lib\Log`: false, ``: false, "App\\L\x00og": false,
	} {
		if got := app.HasSource(class); got != want {
			t.Errorf("%s: %v", class, got)
		}
	}
}

func TestBelongs(t *testing.T) {
	app := classes(t, map[string]string{
		"src/Plain.php":                          "class Plain {}",
		"src/Attributed.php":                     "#[AsMessage('logs')] class Attributed {}",
		"src/Several.php":                        "#[AsMessage(transport: ['x', self::T])] class Several { const T = 'logs'; }",
		"src/Elsewhere.php":                      "#[AsMessage('other')] class Elsewhere {}",
		"src/Child.php":                          "class Child extends Attributed implements \\Stringable {}",
		"src/Computed.php":                       "#[AsMessage(NAME)] class Computed {}",
		"src/Orphan.php":                         "class Orphan extends \\Vendor\\Missing {}",
		"src/Routed.php":                         "#[AsMessage('logs')] class Routed {}",
		"src/Contracted.php":                     "class Contracted implements \\Acme\\Contract {}",
		"src/Circle.php":                         "class Circle extends Circle {}",
		"vendor/acme/contracts/src/Contract.php": "namespace Acme; interface Contract {}",
	})
	for class, want := range map[string]symfony.Belonging{
		"Plain": symfony.Elsewhere, "Attributed": symfony.Here, "Several": symfony.Here, "Elsewhere": symfony.Elsewhere, "Child": symfony.Here,
		"Computed": symfony.Unsure, "Orphan": symfony.Unsure, "Missing": symfony.Unsure, "Contracted": symfony.Here, "Circle": symfony.Elsewhere,
		"Routed": symfony.Elsewhere, // by YAML, which wins over the attribute
	} {
		if got := app.Belongs(`App\`+class, "logs"); got != want {
			t.Errorf("%s: %v, want %v", class, got, want)
		}
	}
}

func TestSerializedTypes(t *testing.T) {
	app := classes(t, map[string]string{
		"src/Named.php": "#[AsMessage(serializedTypeName: 'log.' . self::V, serializedTypeNameAliases: ['log.v1', Named::class])] class Named { const V = 'v2'; }",
		"src/Child.php": "class Child extends Named {}",
	})
	want := []string{"log.v2", "log.v1", `App\Named`}
	if diff := cmp.Diff(want, app.ClassRouting(`App\Named`).Types); diff != "" {
		t.Error(diff)
	}
	if types := app.ClassRouting(`App\Child`).Types; types != nil {
		t.Errorf("those of the parent: %v", types)
	}
}
