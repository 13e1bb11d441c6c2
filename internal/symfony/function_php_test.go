//go:build integration || compat

package symfony

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// kernelBodies are bodies of methods by which kernels compute their directories.
func kernelBodies() []string {
	return []string{
		`return $this->getProjectDir().'/var/log';`,
		`return "{$this->getProjectDir()}/var/log/$this->environment";`,
		`$dir = ['logs' => '/srv']; return "$dir[logs]/{$dir['logs']}\x2flog\$";`,
		`return sprintf('%s/var/%s/100%%', $this->getProjectDir(), $this->getEnvironment());`,
		`return \sprintf("%s", __CLASS__);`,
		`return \dirname(__DIR__).\DIRECTORY_SEPARATOR.'logs';`,
		`return dirname(__FILE__, 2) . '/logs';`,
		`return implode(DIRECTORY_SEPARATOR, [__DIR__, '..', 'var', 'log']);`,
		`return rtrim($_SERVER['SLASHED'], '/').'/log';`,
		`return rtrim($_SERVER['SLASHED'] ?? '/x', '/');`,
		`return trim(" a ").ltrim('/b', '/').'c';`,
		`return $_SERVER['NOPE'] ?? $_ENV['REAL'] ?? parent::getLogDir();`,
		`return $_ENV['DOTENV'] ?? 'nothing';`,
		`return getenv('REAL') ?: 'nothing';`,
		`return getenv('DOTENV') ?: 'nothing';`,
		`return getenv('NOPE') ?: 'nothing';`,
		`return (getenv('REAL') !== false) ? getenv('REAL').'/log' : parent::getLogDir();`,
		`if (isset($_SERVER['REAL'])) { return $_SERVER['REAL'].'/x'; } return parent::getLogDir();`,
		`if (!isset($_SERVER['NOPE'], $_SERVER['REAL'])) { return 'one is missing'; } return 'both';`,
		`if (!empty($_SERVER['EMPTY'])) { return $_SERVER['EMPTY']; } return 'empty';`,
		`if (in_array($this->environment, ['dev', 'test'], true)) { return '/dev/shm/'.$this->environment; } return parent::getLogDir();`,
		`if (\in_array($this->getEnvironment(), ['prod'])) { return '/srv/log'; } else { return '/tmp/log'; }`,
		`if ('prod' === $this->environment) { return '/srv/log'; } elseif ($this->isDebug()) { return '/debug'; } return '/other';`,
		`return match ($this->environment) { 'prod', 'staging' => '/srv', 'dev' => __DIR__, default => '/else' };`,
		`return match (true) { $this->debug => '/debug', default => '/plain' };`,
		`return match ($this->environment) { 'prod' => '/srv' };`,
		`$base = $this->getProjectDir(); $base .= '/var'; return $base;`,
		`$dir = null; return $dir ?? '/fallback';`,
		`$dir = $_SERVER['REAL'] ?: '/x'; return $dir;`,
		`return is_dir('/tmp') ? '/tmp/log' : '/var/log';`,
		`return is_dir($this->getProjectDir().'/nowhere') ? 'a' : 'b';`,
		`return realpath(__DIR__.'/..').'/log';`,
		`return realpath(__DIR__.'/nowhere') ?: 'none';`,
		`return basename(__DIR__).basename(__FILE__).basename('/a/b/');`,
		`return strtolower('ÄBC').'/x';`,
		`return self::LOGS.static::LOGS;`,
		`return $this->own();`,
		`return $this->getLogDir();`,
		`return $this->getCacheDir();`,
		`return sys_get_temp_dir().'/log';`,
		`return 1 + 1 . '/x';`,
		`return 'a'.(true ? 'b' : 'c').'d';`,
		`return $_SERVER['REAL'] . ($_SERVER['APP_DEBUG'] ? '/debug' : '/plain');`,
		`return str_replace('x', 'y', 'xx');`,
		`return substr('abc', 1);`,
		`switch ($this->environment) { case 'dev': return '/dev'; default: return '/else'; }`,
		`foreach (['a', 'b'] as $x) { return $x; }`,
		`return <<<X
		{$this->getProjectDir()}/x
		X;`,
		`return (string) $_SERVER['REAL'];`,
		`return \str_starts_with('/srv/x', '/srv') ? '/yes' : '/no';`,
		`return $this->environment !== 'dev' && $this->debug || $this->environment == 'dev' ? 'y' : 'n';`,
		`static $dir; return $dir ??= '/static';`,
		`return $this->dir ?? '/unset';`,
		`return $this->getContainer()->getParameter('x');`,
		`return $_SERVER['argv'][0];`,
		`try { return '/try'; } finally { }`,
	}
}

// TestKernelExpressionsAsPHP compares what methods return with what PHP's return. What is said to be PHP's alone may be
// little, and nothing else may differ.
func TestKernelExpressionsAsPHP(t *testing.T) {
	var source strings.Builder
	source.WriteString("<?php\nnamespace App;\nclass Kernel extends \\Symfony\\Component\\HttpKernel\\Kernel\n{\n" +
		"use \\Symfony\\Bundle\\FrameworkBundle\\Kernel\\MicroKernelTrait;\nconst LOGS = '/logs';\nprivate $dir;\nprivate function own() { return \"own\"; }\n")
	bodies := kernelBodies()
	for i, body := range bodies {
		fmt.Fprintf(&source, "public function m%d() { %s }\n", i, body)
	}
	source.WriteString("}\n")
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"src/Kernel.php": source.String(), "composer.json": "{}", ".env": "DOTENV=/from/file\nEMPTY=\n"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	environ := []string{"REAL=/from/environment", "SLASHED=/a//", "PATH=/usr/bin:/bin"}
	answers := askKernel(t, dir, environ)
	app, err := Load(Options{Dir: dir, Environ: environ})
	if err != nil {
		t.Fatal(err)
	}
	unknown := 0
	for i, body := range bodies {
		v := app.ask(fmt.Sprintf("m%d", i))
		text, isText := v.data.(string)
		switch {
		case v.kind == opaque:
			unknown++
			t.Logf("only PHP knows %s", body)
		case !isText && answers[i] == nil:
		case !isText || answers[i] == nil || text != *answers[i]:
			t.Errorf("%s\nis %v (PHP: %v)", body, v.data, orNil(answers[i]))
		}
	}
	if unknown > 14 {
		t.Errorf("only PHP knows %d of %d", unknown, len(bodies))
	}
}

func orNil(s *string) any {
	if s == nil {
		return nil
	}
	return *s
}

func askKernel(t *testing.T, dir string, environ []string) (answers []*string) {
	t.Helper()
	php := exec.Command("php", "-d", "variables_order=EGPCS", "testdata/kernel.php", dir)
	php.Env = environ
	output, err := php.CombinedOutput()
	if err != nil {
		t.Fatalf("run PHP with Symfony: %v\n%s", err, output)
	}
	if err := json.Unmarshal(output, &answers); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	if len(answers) != len(kernelBodies()) {
		t.Fatalf("PHP has %d answers", len(answers))
	}
	return answers
}
