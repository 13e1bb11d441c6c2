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
	r := newRecord(t, "Stock is low", `a:{s:"sku";s:"A-1";s:"left";i:3;s:"warehouse";s:"Lyon 2";s:"tags";a:{i:0;s:"a";i:1;s:"b";}}`)
	r.Channel, r.Level = []byte("app"), 300
	r.Time = time.Date(2026, 11, 23, 8, 49, 34, 841_400_000, time.UTC)
	r.Extra = parse(t, `a:{s:"uid";s:"b3a1c2d";}`)
	for name, f := range formatters(t, 0) {
		if line := string(f.Append(nil, r)); !strings.Contains(string(docs), "    "+line) {
			t.Errorf("%s: docs/formats.md has no %s", name, line)
		}
	}
}
