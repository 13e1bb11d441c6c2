//go:build integration || compat

package symfony

import (
	"encoding/base64"
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"envelog/internal/phptest"

	"github.com/google/go-cmp/cmp"
)

type phpValues struct {
	YAML  []any      `json:"yaml"`
	Sort  [][]string `json:"sort"`
	Octal bool       `json:"octal"` // symfony/yaml before 6.0
}

func askValues(t *testing.T, documents []string, names [][]string) phpValues {
	t.Helper()
	encoded := make([]string, len(documents))
	for i, d := range documents {
		encoded[i] = base64.StdEncoding.EncodeToString([]byte(d))
	}
	return phptest.Ask[phpValues](t, "testdata/values.php", map[string]any{"yaml": encoded, "sort": names})
}

// described returns a value as testdata/values.php writes it.
func described(v *value) any {
	switch {
	case v == nil:
		return "null"
	case v.kind == opaque:
		return "tagged"
	case v.kind == list || v.kind == dict:
		items := []any{}
		for i, item := range v.items {
			key := fmt.Sprint(i)
			if v.kind == dict {
				key = v.keys[i]
			}
			items = append(items, []any{key, described(item)})
		}
		return items
	}
	switch d := v.data.(type) {
	case nil:
		return "null"
	case bool:
		return fmt.Sprintf("bool %v", d)
	case int64:
		return fmt.Sprintf("int %d", d)
	case float64:
		return fmt.Sprintf("float %016x", math.Float64bits(d))
	}
	return "text " + base64.StdEncoding.EncodeToString([]byte(v.data.(string)))
}

// notCompared are bare scalars that releases of symfony/yaml read differently, and dates, which it makes numbers of.
var notCompared = regexp.MustCompile(`(?m)(^|[ \[{,])(\+|-?0[0-9_]|[-+]?\.nan|[0-9]{4}-[0-9])`)

// TestYAMLAsPHP compares the cases, and documents that are put together at random, with what symfony/yaml reads.
func TestYAMLAsPHP(t *testing.T) {
	documents := yamlCases()
	cases := len(documents)
	r := rand.New(rand.NewPCG(1, 2))
	for len(documents) < 6000 {
		if d := randomYAML(r); !notCompared.MatchString(strings.ToLower(d)) {
			documents = append(documents, d)
		}
	}
	read, _ := compareYAML(t, documents, true)
	t.Logf("%d documents, %d of them read", len(documents), read)
	var changed []string
	for len(changed) < 6000 {
		if d := mutated(r, documents[r.IntN(cases)], documents[r.IntN(cases)]); !notCompared.MatchString(strings.ToLower(d)) {
			changed = append(changed, d)
		}
	}
	// What no application writes is read in one way by some releases, and in another by others.
	read, apart := compareYAML(t, changed, false)
	t.Logf("%d changed documents, %d of them read, %d otherwise here", len(changed), read, apart)
	if apart > len(changed)/10 {
		t.Errorf("%d of %d changed documents are read otherwise", apart, len(changed))
	}
}

// mutated puts pieces of two documents together, or changes one at random.
func mutated(r *rand.Rand, a, b string) string {
	pieces := []string{" ", "\n", "  ", "\n  ", ": ", ", ", "- ", "#", " #", "'", "\"", "[", "]", "{", "}", "&x ", "*x", "!x ", "|", ">", "\n\n", "<<: "}
	switch r.IntN(3) {
	case 0:
		return a + "\n" + b
	case 1:
		i := r.IntN(len(a) + 1)
		return a[:i] + pieces[r.IntN(len(pieces))] + a[i:]
	}
	if a == "" {
		return b
	}
	i := r.IntN(len(a))
	return a[:i] + a[i+1:]
}

// compareYAML returns how many documents PHP reads, and how many are read otherwise here, which is an error when strict.
func compareYAML(t *testing.T, documents []string, strict bool) (read, apart int) {
	t.Helper()
	for i, want := range askValues(t, documents, [][]string{}).YAML {
		var got any = "error"
		v, err := parseYAML("x.yaml", []byte(documents[i]), nil)
		if err == nil {
			got = described(v)
		}
		if want != "error" {
			read++
		}
		diff := cmp.Diff(want, got)
		if diff != "" && !strict {
			apart++
			continue
		}
		if diff != "" {
			t.Errorf("%q, %v (-PHP +Go):\n%s", documents[i], err, diff)
		}
	}
	return read, apart
}

func randomYAML(r *rand.Rand) string {
	var d strings.Builder
	for i := range r.IntN(3) + 1 {
		fmt.Fprintf(&d, "k%d: %s\n", i, randomItem(r))
	}
	return d.String()
}

func randomItem(r *rand.Rand) string {
	switch r.IntN(8) {
	case 0:
		return "[" + randomScalar(r) + ", " + randomScalar(r) + "]"
	case 1:
		return "{ a: " + randomScalar(r) + ", b: [" + randomScalar(r) + "] }"
	case 2:
		return "\n    - " + randomScalar(r) + "\n    - x: " + randomScalar(r)
	case 3:
		return "\n    a: " + randomScalar(r) + " # c\n\n    b-c: " + randomScalar(r)
	}
	return randomScalar(r)
}

func randomScalar(r *rand.Rand) string {
	pieces := []string{"0", "1", "12", "9", "_", ".", "-", "e", "E", "x", "o", "true", "False", "null", "~", "yes", "off", "a", "b c", "%env(X)%", "/", ":", "\\", "é", ".inf", "0x1F", "1e3", "1_000", "redis://h:1/s?a=b&c", "99999999999999999999"}
	s := ""
	for range r.IntN(3) + 1 {
		s += pieces[r.IntN(len(pieces))]
	}
	switch r.IntN(4) {
	case 0:
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	case 1:
		return `"` + strings.ReplaceAll(s, `\`, `\\`) + `"`
	}
	if strings.ContainsAny(s[:1], "-%:?~") || strings.HasSuffix(s, ":") {
		return "x" + strings.TrimRight(s, ":")
	}
	return s
}

func TestNaturalOrderAsPHP(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	pieces := []string{"a", "b", "1", "2", "10", "0", "02", "-", "_", ".", "/", "z"}
	lists := make([][]string, 500)
	for i := range lists {
		for range 6 {
			name := "/p/"
			for range r.IntN(5) + 1 {
				name += pieces[r.IntN(len(pieces))]
			}
			if !slices.Contains(lists[i], name) {
				lists[i] = append(lists[i], name)
			}
		}
	}
	for i, want := range askValues(t, []string{}, lists).Sort {
		got := slices.Clone(lists[i])
		slices.SortStableFunc(got, naturalCompare)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-PHP +Go):\n%s", lists[i], diff)
		}
	}
}
