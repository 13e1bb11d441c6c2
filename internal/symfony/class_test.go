package symfony_test

import "testing"

func TestIsConcrete(t *testing.T) {
	app := load(t, map[string]string{
		"composer.json":             `{"autoload": {"psr-4": {"App\\": "src/", "Lib\\": ["missing", "lib"]}}}`,
		"src/Message/Log.php":       "<?php\n/**\n * abstract class Log\n */\nnamespace App\\Message;\n\n#[X]\nfinal readonly class Log\n{\n}\n",
		"src/Message/Plain.php":     "<?php\nnamespace App\\Message;\nclass Other {}\nclass Plain implements Async {}\n",
		"src/Message/Async.php":     "<?php\nnamespace App\\Message;\ninterface Async {}\n",
		"src/Message/Basic.php":     "<?php\nnamespace App\\Message;\nabstract class Basic {}\n",
		"src/Message/Different.php": "<?php\nnamespace App\\Message;\nclass Another {}\n",
		"lib/Log.php":               "<?php\nnamespace Lib;\nclass Log {}\n",
	})
	for class, want := range map[string]bool{
		`App\Message\Log`: true, `App\Message\Plain`: true, `Lib\Log`: true,
		`App\Message\Async`: false, `App\Message\Basic`: false, `App\Message\Different`: false,
		`App\Message\Missing`: false, `App\Message\*`: false, `*`: false, `Vendor\Log`: false, `App\/../../lib/Log`: false, ``: false,
	} {
		if got := app.IsConcrete(class); got != want {
			t.Errorf("%s: %v", class, got)
		}
	}
}
