package format

import (
	"os"
	"strings"
	"testing"
	"time"
)

// TestDocumentedExamples keeps the examples of docs/formats.md true.
func TestDocumentedExamples(t *testing.T) {
	docs, err := os.ReadFile("../docs/formats.md")
	if err != nil {
		t.Fatal(err)
	}
	r := newRecord(t, "Stock is low", `a:4:{s:3:"sku";s:3:"A-1";s:4:"left";i:3;s:9:"warehouse";s:6:"Lyon 2";s:4:"tags";a:2:{i:0;s:1:"a";i:1;s:1:"b";}}`)
	r.Channel, r.Level = []byte("app"), 300
	r.Time = time.Date(2026, 11, 23, 8, 49, 34, 841_400_000, time.UTC)
	r.Extra = parse(t, `a:1:{s:3:"uid";s:7:"b3a1c2d";}`)
	for name, f := range formatters(t, 0) {
		if line := string(f.Append(nil, r)); !strings.Contains(string(docs), "    "+line) {
			t.Errorf("%s: docs/formats.md has no %s", name, line)
		}
	}
}
