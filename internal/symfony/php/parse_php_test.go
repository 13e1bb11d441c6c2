//go:build integration

package php_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"testing"

	"envelog/internal/symfony/php"

	"github.com/google/go-cmp/cmp"
)

type declared struct {
	Kind    string   `json:"kind"`
	Name    string   `json:"name"`
	Line    int      `json:"line"`
	Methods []string `json:"methods"`
}

// TestDeclarationsAsPHP compares the classes and methods of every source file of the installed Symfony, Monolog and Doctrine
// with what PHP's tokenizer finds there.
func TestDeclarationsAsPHP(t *testing.T) {
	output, err := exec.Command("php", "testdata/declarations.php", "/usr/share/php/Symfony", "/usr/share/php/Monolog", "/usr/share/php/Doctrine").Output()
	if err != nil {
		t.Fatalf("run PHP (Debian: php-cli and the packages that .ci/need names): %v\n%s", err, output)
	}
	var files []struct {
		File    string
		Classes []declared
	}
	if err := json.Unmarshal(output, &files); err != nil {
		t.Fatal(err)
	}
	if len(files) < 1000 {
		t.Fatalf("only %d files", len(files))
	}
	for _, f := range files {
		source, err := os.ReadFile(f.File)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := php.Parse(string(source))
		if err != nil {
			t.Errorf("%s: %v", f.File, err)
			continue
		}
		got := []declared{}
		for _, c := range parsed.Classes {
			one := declared{Kind: c.Kind, Name: c.Name[len(c.Name)-len(shortName(c.Name)):], Line: c.Place.Line, Methods: []string{}}
			for _, m := range c.Methods {
				one.Methods = append(one.Methods, m.Name)
			}
			got = append(got, one)
		}
		if diff := cmp.Diff(f.Classes, got); diff != "" && !conditional(parsed, f.Classes) {
			t.Errorf("%s (-PHP +Go):\n%s", f.File, diff)
		}
	}
	t.Logf("%d files", len(files))
}

func shortName(full string) string {
	for i := len(full); i > 0; i-- {
		if full[i-1] == '\\' {
			return full[i:]
		}
	}
	return full
}

// conditional reports whether classes are declared inside of if (...), which Parse leaves out.
func conditional(f *php.File, want []declared) bool {
	for _, s := range f.Statements {
		if s.Kind == php.If || s.Kind == php.Other {
			return len(f.Classes) < len(want)
		}
	}
	return false
}
