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

// TestDocumentedLine keeps the line of README.md true.
func TestDocumentedLine(t *testing.T) {
	r := newRecord(t, "Payment was declined", `a:{s:"order";i:4711;s:"reason";s:"card expired";s:"card";a:{s:"brand";s:"visa";}}`)
	r.Channel, r.Level = []byte("app"), 300
	r.Time = time.Date(2026, 11, 23, 8, 49, 34, 841_400_000, time.UTC)
	line := string(formatters(t, 0)["keyvalue"].Append(nil, r))
	for _, path := range []string{"../README.md", "../README.fr.md"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "    "+line) {
			t.Errorf("%s has no %s", path, line)
		}
	}
}
