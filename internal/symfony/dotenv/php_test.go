//go:build integration || compat

package dotenv_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// phpCase is a loadCase as testdata/dotenv.php reads it.
type phpCase struct {
	Files    map[string]string `json:"files"`
	Env      map[string]string `json:"env"`
	Overload bool              `json:"overload"`
}

type phpResult struct {
	Vars  map[string]string `json:"vars"`
	Error string            `json:"error"`
}

// runPHP loads the cases with the symfony/dotenv that is installed and tells in which of the two ways it resolves.
func runPHP(t *testing.T, cases []loadCase) (results []phpResult, deferred bool) {
	t.Helper()
	input := make([]phpCase, len(cases))
	for i, c := range cases {
		input[i] = phpCase{encoded(c.files), encoded(c.env), c.over}
	}
	data, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	php := exec.Command("php", "-d", "variables_order=EGPCS", "testdata/dotenv.php")
	php.Env = []string{}
	php.Stdin = bytes.NewReader(data)
	var stderr bytes.Buffer
	php.Stderr = &stderr
	data, err = php.Output()
	if err != nil {
		t.Fatalf("run PHP with symfony/dotenv (Debian: php-cli, php-symfony-dotenv): %v\n%s%s", err, data, stderr.Bytes())
	}
	var output struct {
		Deferred bool
		Results  []phpResult
	}
	if err := json.Unmarshal(data, &output); err != nil || len(output.Results) != len(cases) {
		t.Fatalf("read PHP's results: %v\n%s", err, data)
	}
	return output.Results, output.Deferred
}

// encoded puts the values in base64, since JSON cannot carry every byte.
func encoded(in map[string]string) map[string]string {
	out := map[string]string{}
	for key, value := range in {
		out[key] = base64.StdEncoding.EncodeToString([]byte(value))
	}
	return out
}

func decoded(t *testing.T, in map[string]string) map[string]string {
	t.Helper()
	var out map[string]string
	for key, value := range in {
		text, err := base64.StdEncoding.DecodeString(value)
		if err != nil {
			t.Fatal(err)
		}
		if out == nil {
			out = map[string]string{}
		}
		out[key] = string(text)
	}
	return out
}

func compare(t *testing.T, cases []loadCase) {
	t.Helper()
	results, deferred := runPHP(t, cases)
	loaded := 0
	for i, c := range cases {
		want := decoded(t, results[i].Vars)
		c.leaveOutDebug(want)
		got, err := load(t, c, !deferred)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: files %q, environment %q\nPHP says %s\nGo says %v\n(-PHP +Go):\n%s", c.name, c.files, c.env, results[i].Error, err, diff)
		}
		if want != nil {
			loaded++
		}
	}
	t.Logf("deferred %v: %d cases, %d of them loaded", deferred, len(cases), loaded)
}

func TestLoadAsPHP(t *testing.T) { compare(t, loadCases) }

// TestLoadAsPHPRandom compares files that are put together at random from the pieces of the syntax.
func TestLoadAsPHPRandom(t *testing.T) {
	for seed := range uint64(2) {
		r := rand.New(rand.NewPCG(seed, 1))
		cases := make([]loadCase, 2500)
		for i := range cases {
			cases[i] = randomCase(r)
			cases[i].name = fmt.Sprintf("seed %d, case %d", seed, i)
		}
		compare(t, cases)
	}
}

var pieces = []string{
	"a", "b1", "x", "$", "$", "${", "}", "A", "B", "C", "$A", "$B", "${A}", "${B}", "${C:-d}", "${C:=e}", "$C", ":-", ":=f", "\\", "\\\\", "\\\"", "\\$", "\\n",
	"\"", "\"", "'", "'", " ", "#", " # c", "=", "(", ")", "\\'", "é", "\t", "%", "$D}", "_",
}

func randomCase(r *rand.Rand) loadCase {
	c := loadCase{files: map[string]string{".env": randomFile(r)}, env: map[string]string{}}
	for _, name := range []string{".env.local", ".env.dev", ".env.dev.local"} {
		if r.IntN(3) == 0 {
			c.files[name] = randomFile(r)
		}
	}
	for _, name := range []string{"A", "D"} {
		if r.IntN(6) == 0 {
			c.env[name] = strings.Join([]string{"r", "$B", `\`, "'", "\"", ""}[r.IntN(6):], "")
		}
	}
	c.over = r.IntN(20) == 0
	return c
}

// randomFile writes at most five assignments. Values alternate between any pieces and well-formed quotes, since nearly all
// of the former are refused.
func randomFile(r *rand.Rand) string {
	var file strings.Builder
	for range r.IntN(5) + 1 {
		file.WriteString([]string{"", "", "", "export ", " ", "# c\n"}[r.IntN(6)])
		file.WriteString([]string{"A", "B", "C", "E", "_a1"}[r.IntN(5)] + "=")
		file.WriteString(randomValue(r))
		file.WriteString([]string{"\n", "\n", "\r\n", "\n\n"}[r.IntN(4)])
	}
	return file.String()
}

func randomValue(r *rand.Rand) string {
	value := ""
	for range r.IntN(5) {
		value += pieces[r.IntN(len(pieces))]
	}
	// A command would be run by PHP; what is no command only by its parentheses is in the table.
	value = strings.ReplaceAll(value, "$(", "$ (")
	switch r.IntN(4) {
	case 0:
		return value
	case 1:
		return "'" + strings.ReplaceAll(value, "'", "") + "'"
	}
	return `"` + strings.NewReplacer(`"`, "", `\`, `\\`).Replace(value) + `"`
}
