package dotenv_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"envelog/internal/symfony/dotenv"

	"github.com/google/go-cmp/cmp"
)

// FuzzResolve checks relations that hold for any file: without dollars and backslashes both ways of resolving agree, and a
// value that came out goes in again between single quotes.
func FuzzResolve(f *testing.F) {
	for _, c := range loadCases {
		f.Add([]byte(c.files[".env"]))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		vars, err := dotenv.Resolve(data, false)
		old, oldErr := dotenv.Resolve(data, true)
		if !bytes.ContainsAny(data, `$\`) && (cmp.Diff(vars, old) != "" || (err == nil) != (oldErr == nil)) {
			t.Errorf("the two ways differ: %q, %v and %q, %v", vars, err, old, oldErr)
		}
		for _, eager := range []bool{false, true} {
			checkRoundTrip(t, vars, eager)
			checkRoundTrip(t, old, eager)
		}
	})
}

func checkRoundTrip(t *testing.T, vars map[string]string, eager bool) {
	t.Helper()
	var file strings.Builder
	want := map[string]string{}
	for name, value := range vars {
		if name != "" && !strings.ContainsAny(value, "'\r") {
			want[name] = value
			file.WriteString(name + "='" + value + "'\n")
		}
	}
	got, err := dotenv.Resolve([]byte(file.String()), eager)
	if err != nil || cmp.Diff(want, got) != "" {
		t.Errorf("eager %v: %q came back as %q, %v", eager, want, got, err)
	}
}

// FuzzParsePHP checks that only a *SyntaxError comes out of any file, and that no string of an accepted one is invented.
func FuzzParsePHP(f *testing.F) {
	for _, c := range loadCases {
		if content := c.files[".env.local.php"]; content != "" {
			f.Add([]byte(content))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		vars, err := dotenv.ParsePHP(data)
		var syntax *dotenv.SyntaxError
		if err != nil && !errors.As(err, &syntax) {
			t.Errorf("error of another kind: %v", err)
		}
		for _, v := range vars {
			if len(v.Name)+len(v.Value) > len(data) {
				t.Errorf("longer than the file: %q", v.Name)
			}
		}
	})
}
