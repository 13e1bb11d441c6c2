package format

import (
	"strings"
	"testing"
	"time"

	"envelog/decoder/phpserialize"
	"envelog/internal/serialized"
	"envelog/phpvalue"
	"envelog/record"
)

// at is the time of the records in the tests.
var at = time.Date(2024, 1, 2, 3, 4, 5, 678_900_000, time.FixedZone("+01:00", 3600))

// parse returns the value that PHP serialized as text, in which "~" stands for NUL, and lengths and counts are left out.
func parse(t testing.TB, text string) phpvalue.Value {
	t.Helper()
	v, err := tryParse([]byte(serialized.Of(strings.ReplaceAll(text, "~", "\x00"))))
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

func tryParse(serialized []byte) (phpvalue.Value, error) {
	parser, err := phpserialize.NewParser(phpserialize.Limits{})
	if err != nil {
		return phpvalue.Value{}, err
	}
	tree := &phpvalue.Tree{Text: serialized}
	if err := parser.Parse(tree); err != nil {
		return phpvalue.Value{}, err
	}
	return tree.Root(), nil
}

// newRecord returns a record with a context that PHP serialized; empty is none.
func newRecord(t testing.TB, message, context string) *record.Record {
	t.Helper()
	r := &record.Record{Channel: []byte("messenger"), Level: record.Info, Message: []byte(message), Time: at}
	if context != "" {
		r.Context = parse(t, context)
	}
	return r
}

// in returns a context with the value under the key k.
func in(value string) string { return `a:{s:"k";` + value + `}` }

func mustNew(t testing.TB, name string, o Options) Formatter {
	t.Helper()
	f, err := New(name, o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// formatters returns one formatter of each kind with these limits.
func formatters(t testing.TB, maxLineBytes int) map[string]Formatter {
	t.Helper()
	all := make(map[string]Formatter)
	for _, name := range []string{"keyvalue", "line", "json", "logfmt"} {
		all[name] = mustNew(t, name, Options{MaxLineBytes: maxLineBytes})
	}
	return all
}
