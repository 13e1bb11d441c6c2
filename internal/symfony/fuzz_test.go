package symfony

import (
	"errors"
	"path/filepath"
	"testing"

	"envelog/internal/symfony/dotenv"

	"github.com/rogpeppe/go-internal/txtar"
)

// FuzzYAML checks that every file is read or refused with an *Error, and that each value has its place in the file.
func FuzzYAML(f *testing.F) {
	paths, err := filepath.Glob("testdata/projects/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			if filepath.Ext(file.Name) == ".yaml" {
				f.Add(file.Data)
			}
		}
	}
	for _, document := range yamlCases() {
		f.Add([]byte(document))
	}
	f.Add([]byte("a: &a [*a, *a]"))
	f.Add([]byte("a: &a [1, 1]\nb: &b [*a, *a]\nc: [*b, *b]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := parseYAML("x.yaml", data, nil)
		var place *Error
		if err != nil && !errors.As(err, &place) {
			t.Errorf("error of another kind: %v", err)
		}
		if v != nil {
			checkPlaces(t, v)
		}
	})
}

func checkPlaces(t *testing.T, v *value) {
	if v.at.Line < 1 || v.at.Column < 1 {
		t.Errorf("no place: %+v", v)
	}
	if v.kind == dict && len(v.keys) != len(v.items) {
		t.Errorf("%d keys, %d items", len(v.keys), len(v.items))
	}
	for _, item := range v.items {
		checkPlaces(t, item)
	}
}

// FuzzResolve checks that any text with any value of its variable is resolved or refused, within the bounds of nesting.
func FuzzResolve(f *testing.F) {
	for _, seed := range []string{"%env(A)%", "x%env(int:A)%y", "%env(default:p:json:A)%", "%p%%%", "%env(key:a:json:A)%", "%env(resolve:A)%", "%c%"} {
		f.Add(seed, `{"a": "%env(A)%"}`)
	}
	f.Fuzz(func(t *testing.T, text, variable string) {
		env, err := dotenv.Load(dotenv.Options{Dir: t.TempDir(), Environ: []string{"A=" + variable}})
		if err != nil {
			t.Fatal(err)
		}
		r := &resolver{root: t.TempDir(), env: env, parameters: map[string]*value{
			"p": {data: "x%env(A)%"}, "c": {data: "%d%"}, "d": {data: "%c%"}, "l": {kind: list, items: []*value{{data: "%l%"}}},
		}}
		v, err := r.resolve(&value{at: Position{"x.yaml", 1, 1}, data: text})
		if (v == nil) == (err == nil) || r.depth != 0 {
			t.Errorf("%v, %v, depth %d", v, err, r.depth)
		}
	})
}
