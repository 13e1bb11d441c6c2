package symfony

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

const document = "../../docs/symfony.md"

// said is a sentence of the table, with the application that it is about.
var said = regexp.MustCompile("`([^`]+)`[^`|]*?\\(([a-z-]+)\\) \\|")

// TestSentencesInDocument holds what docs/symfony.md says that envelog says against what it says of those applications.
func TestSentencesInDocument(t *testing.T) {
	content, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, m := range said.FindAllStringSubmatch(string(content), -1) {
		found++
		archive, err := txtar.ParseFile(filepath.Join("testdata/projects", m[2]+".txtar"))
		if err != nil {
			t.Error(err)
			continue
		}
		quoted, _ := json.Marshal(m[1])
		sentence := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(quoted[1 : len(quoted)-1]))
		for _, f := range archive.Files {
			if f.Name == "want.json" && !strings.Contains(string(f.Data), sentence) {
				t.Errorf("nobody says %q of %s", m[1], m[2])
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d sentences are found in %s", found, document)
	}
}

// TestKeysInDocument holds the tables of keys against the program; with -update it writes them.
func TestKeysInDocument(t *testing.T) {
	const begin, end = "-update -->\n", "<!-- end of keys -->"
	content, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(content), begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatal("the marks of the keys are gone")
	}
	want := before + begin + keysAsTable() + end + after
	if want == string(content) {
		return
	}
	if f := flag.Lookup("update"); f != nil && f.Value.String() == "true" {
		if err := os.WriteFile(document, []byte(want), 0o644); err != nil { //nolint:gosec // a document
			t.Fatal(err)
		}
		return
	}
	t.Errorf("%s does not have the keys of the program: run go test ./internal/symfony -run TestKeysInDocument -update", document)
}

func keysAsTable() string {
	var b strings.Builder
	b.WriteString("| of | key | since | here |\n|---|---|---|---|\n")
	for _, part := range []struct {
		name string
		keys []key
	}{{"`messenger`", messengerKeys()}, {"a transport", transportKeys()}, {"`retry_strategy`", retryKeys()}} {
		for _, k := range part.keys {
			since, here := "5.4 or before", k.effect
			if k.since > 0 {
				since = k.since.String()
			}
			fmt.Fprintf(&b, "| %s | `%s` | %s | %s |\n", part.name, k.name, since, here)
		}
	}
	return b.String()
}
