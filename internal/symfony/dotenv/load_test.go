package dotenv_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"envelog/internal/symfony/dotenv"

	"github.com/google/go-cmp/cmp"
)

func TestLoad(t *testing.T) {
	for _, c := range loadCases {
		t.Run(c.name, func(t *testing.T) {
			old := c.want
			if c.eager != nil {
				old = c.eager
			}
			check(t, c, false, c.want)
			if len(old) == 0 {
				old = nil
			}
			check(t, c, true, old)
		})
	}
}

func check(t *testing.T, c loadCase, eager bool, want map[string]string) {
	t.Helper()
	got, err := load(t, c, eager)
	if err != nil && want != nil {
		t.Errorf("eager %v: %v", eager, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("eager %v (-want +got):\n%s", eager, diff)
	}
}

// load writes the files of c and returns all variables that Load then knows, nil when it refuses the files.
func load(t *testing.T, c loadCase, eager bool) (map[string]string, error) {
	t.Helper()
	e, err := dotenv.Load(dotenv.Options{Dir: write(t, c.files), Environ: environ(c.env), Overload: c.over, Eager: eager})
	if err != nil {
		return nil, err
	}
	vars := map[string]string{}
	for _, name := range e.Names() {
		v, _ := e.Lookup(name)
		if v.Err != nil {
			return nil, v.Err
		}
		vars[name] = v.Value
	}
	delete(vars, "SYMFONY_DOTENV_VARS")
	c.leaveOutDebug(vars)
	return vars, nil
}

// leaveOutDebug removes APP_DEBUG, which every environment has, unless the case is about it.
func (c loadCase) leaveOutDebug(vars map[string]string) {
	about := c.env["APP_DEBUG"] != ""
	for _, content := range c.files {
		about = about || strings.Contains(content, "APP_DEBUG")
	}
	if !about {
		delete(vars, "APP_DEBUG")
	}
}

func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func environ(vars map[string]string) []string {
	var pairs []string
	for name, value := range vars {
		pairs = append(pairs, name+"="+value)
	}
	return pairs
}

func TestSource(t *testing.T) {
	dir := write(t, map[string]string{".env": "A=1\nB=\"\n2\n\"\nC=3\n", ".env.local": "# local\nA=2\n"})
	e, err := dotenv.Load(dotenv.Options{Dir: dir, Environ: []string{"C=4"}})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"A": ".env.local:2", "B": ".env:2", "C": "environment", "APP_ENV": "default"}
	for name, source := range want {
		if v, _ := e.Lookup(name); v.Source() != source {
			t.Errorf("source of %s: got %s, want %s", name, v.Source(), source)
		}
	}
	if diff := cmp.Diff([]string{".env", ".env.local"}, e.Files); diff != "" {
		t.Error(diff)
	}
}

func TestErrorsNameThePlaceAndNoValue(t *testing.T) {
	tests := []struct {
		name, file, content, want string
	}{
		{"space after the name", ".env", "OK=1\nTOKEN =s3cret\n", ".env:2:6: white space after TOKEN; write TOKEN= without a space"},
		{"space before the value", ".env", "TOKEN= s3cret\n", ".env:1:7: white space before the value; write it directly behind ="},
		{"space in the value", ".env", "\nTOKEN=s3cret s3cret\n", ".env:2: TOKEN: a value with white space must stand in quotes"},
		{"open quote", ".env", "TOKEN=\"s3cret\nOK=1\n", ".env:1:7: the quote \" is not closed"},
		{"no name", ".env", "TOKEN=1\n?s3cret\n", ".env:2:1: a variable name was expected; names hold letters, digits and underscores"},
		{"no equals sign", ".env", "TOKEN\n", ".env:1:6: no = after TOKEN"},
		{"default", ".env", "TOKEN=\"${A:-s3'cret}\"\n", ".env:1: TOKEN: the default of a ${...} holds the character ', which symfony/dotenv does not allow there"},
		{"circle", ".env", "A=s3cret$B\nB=$A\n", ".env:1: A: its references lead in a circle, or deeper than symfony/dotenv follows"},
		{"PHP expression", ".env.local.php", "<?php\nreturn ['TOKEN' => getenv('s3cret')];", ".env.local.php:2:20: a plain string was expected; write the file again with composer dump-env, or remove it"},
		{"PHP concatenation", ".env.local.php", "<?php return ['TOKEN' => 's3cret'.'s3cret'];", ".env.local.php:1:34: a comma was expected; only plain strings can be read, nothing that PHP has to evaluate"},
		{"PHP without an array", ".env.local.php", "<?php return 's3cret';", ".env.local.php:1:14: an array was expected behind return; write it again with composer dump-env, or remove the file"},
		{"PHP with code", ".env.local.php", "<?php $a = 's3cret'; return [];", ".env.local.php:1:7: a plain <?php return [...]; was expected, as composer dump-env writes it; remove the file to use .env"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := dotenv.Load(dotenv.Options{Dir: write(t, map[string]string{tt.file: tt.content})})
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "s3cret") {
				t.Error("the error holds a value")
			}
		})
	}
}

func TestCommandsAreNotRun(t *testing.T) {
	tests := []struct {
		name, content, variable string
	}{
		{"bare", "A=$(touch /tmp/never)\nOK=1\n", "A"},
		{"quoted", "A=\"x $(echo (y) ) z\"\nOK=1\n", "A"},
		{"through a reference", "A=$(date)\nB=x$A\nOK=1\n", "B"},
		{"two backslashes", `A=\\$(date)` + "\nOK=1\n", "A"},
	}
	for _, tt := range tests {
		for _, eager := range []bool{false, true} {
			if eager && tt.name == "two backslashes" {
				continue // plain text there
			}
			t.Run(tt.name, func(t *testing.T) {
				e, err := dotenv.Load(dotenv.Options{Dir: write(t, env(tt.content)), Eager: eager})
				if err != nil {
					t.Fatal(err)
				}
				var command *dotenv.CommandError
				if v, _ := e.Lookup(tt.variable); !errors.As(v.Err, &command) || v.Value != "" {
					t.Errorf("eager %v: %s is %q, %v", eager, tt.variable, v.Value, v.Err)
				}
				if v, _ := e.Lookup("OK"); v.Value != "1" {
					t.Errorf("eager %v: the other variable is lost", eager)
				}
			})
		}
	}
}

func TestCommandThatNamesTheEnvironment(t *testing.T) {
	dir := write(t, env("APP_ENV=$(hostname)\n"))
	for _, eager := range []bool{false, true} {
		_, err := dotenv.Load(dotenv.Options{Dir: dir, Eager: eager})
		var command *dotenv.CommandError
		if !errors.As(err, &command) || command.Name != "APP_ENV" || command.Line != 1 {
			t.Errorf("eager %v: %v", eager, err)
		}
	}
}

func TestRuntimeOptions(t *testing.T) {
	dir := write(t, map[string]string{".env": "A=.env\n", ".envs": "A=.envs\nSTAGE=ci\n", ".envs.local": "B=local\n", ".envs.ci": "C=ci\n"})
	tests := []struct {
		name    string
		options dotenv.Options
		env     string
		want    map[string]string
	}{
		{"disabled", dotenv.Options{Disabled: true}, "dev", map[string]string{"APP_ENV": "dev", "APP_DEBUG": "1"}},
		{"another file", dotenv.Options{File: ".envs"}, "dev", map[string]string{"APP_ENV": "dev", "APP_DEBUG": "1", "A": ".envs", "B": "local", "STAGE": "ci"}},
		{"another variable", dotenv.Options{File: ".envs", EnvVar: "STAGE", TestEnvs: []string{"ci"}}, "ci", map[string]string{"APP_DEBUG": "1", "A": ".envs", "C": "ci", "STAGE": "ci"}},
		{"another variable for debugging", dotenv.Options{File: ".envs", DebugVar: "B"}, "dev", map[string]string{"APP_ENV": "dev", "A": ".envs", "B": "0", "STAGE": "ci"}},
		{"environments for production", dotenv.Options{Disabled: true, ProdEnvs: []string{"live", "dev"}}, "dev", map[string]string{"APP_ENV": "dev", "APP_DEBUG": "0"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.options.Dir = dir
			e, err := dotenv.Load(tt.options)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for _, name := range e.Names() {
				v, _ := e.Lookup(name)
				got[name] = v.Value
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || e.Name != tt.env {
				t.Errorf("environment %s (-want +got):\n%s", e.Name, diff)
			}
		})
	}
}

func TestNoFiles(t *testing.T) {
	e, err := dotenv.Load(dotenv.Options{Dir: t.TempDir(), Environ: []string{"APP_ENV=prod", "A=1"}})
	if err != nil || e.Name != "prod" {
		t.Fatalf("got %v, %v", e, err)
	}
}

func TestLimits(t *testing.T) {
	tests := []struct{ name, content string }{
		{"file", "A=" + strings.Repeat("x", 1<<20)},
		{"value", doubling(40)},
		{"parentheses", "A=\"" + strings.Repeat("$(", 400_000) + "\"\n\x00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, eager := range []bool{false, true} {
				if _, err := dotenv.Load(dotenv.Options{Dir: write(t, env(tt.content)), Eager: eager}); err == nil {
					t.Errorf("eager %v: no error", eager)
				}
			}
		})
	}
}

// doubling makes n variables, each twice as long as the one before.
func doubling(n int) string {
	content := "A0=x\n"
	for i := 1; i < n; i++ {
		before := "${A" + string(rune('0'+(i-1)/10)) + string(rune('0'+(i-1)%10)) + "}"
		content += "A" + string(rune('0'+i/10)) + string(rune('0'+i%10)) + "=" + before + before + "\n"
	}
	return strings.Replace(content, "A0=x", "A00=xxxxxxxx", 1)
}
