package symfony

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestYAMLErrors(t *testing.T) {
	tests := []struct{ document, want string }{
		{"a:\n  b: %env(DSN)%", "x.yaml:2:6: the YAML cannot be read: a text that begins with \"%\" needs quotes; write '%env(DSN)%'"},
		{"a: { b: [é, %env(A)%, c] }", "x.yaml:1:13: the YAML cannot be read: a text that begins with \"%\" needs quotes; write '%env(A)%'"},
		{"a: [b,\n  c\n", `x.yaml:1:4: the YAML cannot be read: "[" is not closed`},
		{"é: 'b\n", `x.yaml:1:4: the YAML cannot be read: "'" is not closed`},
		{"a:\n  b: c\n d: e", "x.yaml:3:2: the YAML cannot be read: it is indented otherwise than what is before it"},
		{"a:\n\tb: c", "x.yaml:2:1: the YAML cannot be read: it is indented by a tab"},
		{"a: b\na: c", `x.yaml:2:1: the YAML cannot be read: the key "a" is there twice`},
		{"a: {b: c, b: d}", `x.yaml:1:11: the YAML cannot be read: the key "b" is there twice`},
		{"a: *b", `x.yaml:1:4: the YAML cannot be read: the anchor that * names is not defined; a text that begins with * needs quotes`},
		{"a: b: c", "x.yaml:1:4: the YAML cannot be read: a colon in a text needs quotes around the text"},
		{"a: {b: c]d}", `x.yaml:1:9: the YAML cannot be read: "]" is not expected here`},
		{"a: [b] c", "x.yaml:1:7: the YAML cannot be read: something stands behind the end of a value"},
		{"true: a", `x.yaml:1:1: the YAML cannot be read: the key "true" needs quotes`},
		{"a: \"\\q\"", `x.yaml:1:4: the YAML cannot be read: the escape \q is not known`},
		{"a: b\n---\nc: d", "x.yaml:2:1: the YAML cannot be read: it holds more than one document"},
		{"a: !!int 1", "x.yaml:1:4: the YAML cannot be read: symfony/yaml does not know the tag !!int"},
	}
	for _, tt := range tests {
		if _, err := parseYAML("x.yaml", []byte(tt.document), nil); err == nil || err.Error() != tt.want {
			t.Errorf("%q\ngot  %v\nwant %s", tt.document, err, tt.want)
		}
	}
}

// A key that is a constant is known, or unknown by itself.
func TestYAMLConstantsAsKeys(t *testing.T) {
	const document = `
!php/const App\Names::ASYNC: redis://a
!php/enum App\Queue::Logs->value: redis://b
flow: { !php/const App\Names::ASYNC: c, !php/const App\Names::MISSING: d, e: f }
`
	known := func(name string) (any, bool) {
		data, found := map[string]any{`App\Names::ASYNC`: "async", `App\Queue::Logs->value`: "logs"}[name]
		return data, found
	}
	v, err := parseYAML("x.yaml", []byte(document), known)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"async", "logs", "flow"}, v.keys); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"async", `? App\Names::MISSING in x.yaml:4:41`, "e"}, v.item("flow").keys); diff != "" {
		t.Error(diff)
	}
}

// A key may come again after an empty one, as until Symfony 8.0.
func TestYAMLKeyAfterEmptyOne(t *testing.T) {
	for _, document := range []string{"a: ~\na: b", "a:\na: b"} {
		v, err := parseYAML("x.yaml", []byte(document), nil)
		if err != nil || v.item("a").data != "b" {
			t.Errorf("%q: %v", document, err)
		}
	}
}

// Keys after a merge take the place of the merged ones, and keep their order.
func TestYAMLMergeOrder(t *testing.T) {
	v, err := parseYAML("x.yaml", []byte("base: &base { a: 1, b: 2 }\nmerged:\n  c: 3\n  <<: *base\n  b: 4\n  a: 5\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	merged := v.item("merged")
	if diff := cmp.Diff([]string{"c", "a", "b"}, merged.keys); diff != "" {
		t.Error(diff)
	}
	if merged.item("a").data != int64(5) || merged.item("b").data != int64(4) {
		t.Errorf("got %v", merged.plain())
	}
}
