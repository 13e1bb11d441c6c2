package format

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"envelog/fixtures"
)

// TestKnownClassesAreRecorded wants a recording for each row of the table, of every Symfony, with a class of the row in it.
// What Monolog printed for it, TestRecorded compares.
func TestKnownClassesAreRecorded(t *testing.T) {
	for _, suite := range fixtures.Suites() {
		cases, err := fixtures.Load(suite)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range classTable() {
			i := slices.IndexFunc(cases, func(c fixtures.Case) bool { return c.Name == row.recording })
			if i < 0 {
				t.Errorf("%s: no recording %q for %s%s", suite, row.recording, row.namespace, row.classes[0])
				continue
			}
			if c := cases[i]; c.NeedsCode || c.Line == nil || c.JSON == nil || !slices.ContainsFunc(row.classes, func(class string) bool { return recorded(c, row.namespace+class) }) {
				t.Errorf("%s: the recording %s has none of the classes of %s, or is not compared", suite, c.Name, row.namespace)
			}
		}
	}
}

// recorded reports whether Monolog printed the class in the line of c.
func recorded(c fixtures.Case, class string) bool {
	return bytes.Contains(c.Line, []byte(`{"`+strings.ReplaceAll(class, `\`, `\\`)+`":`))
}

// TestKnownClassWithoutItsProperties has a class of the table that lacks what its text is made of: it is printed as any
// other object.
func TestKnownClassWithoutItsProperties(t *testing.T) {
	for class := range classIndex() {
		v := values(t, object{class, array{{"shown", 1}, {"\x00*\x00hidden", 2}}})
		r := newRecord(t, "m", "")
		r.Context = values(t, array{{"k", v}})
		want := ` {"k":{"` + strings.ReplaceAll(class, `\`, `\\`) + `":{"shown":1}}} []` + "\n"
		if line := string(mustNew(t, "line", Options{}).Append(nil, r)); !strings.HasSuffix(line, want) {
			t.Errorf("got %s", line)
		}
	}
}

// TestSerializedDataIsShownWhenAskedFor has an object that serialized itself without names, in each format.
func TestSerializedDataIsShownWhenAskedFor(t *testing.T) {
	user := object{`App\User`, list(5, "ada@example.org", "$2y$13$hash")}
	r := newRecord(t, "m", "")
	r.Context = values(t, array{{"user", user}, {"old", custom{`App\Old`, "secret"}}, {"in", object{`App\Basket`, array{{"user", user}, {"old", custom{`App\Old`, "secret"}}}}}})
	for name, want := range map[string][2]string{
		"line": {`{"user":{"App\\User":[]},"old":{"App\\Old":[]},"in":{"App\\Basket":{"user":[],"old":[]}}}`,
			`{"user":{"App\\User":[5,"ada@example.org","$2y$13$hash"]},"old":{"App\\Old":"secret"},"in":{"App\\Basket":{"user":[5,"ada@example.org","$2y$13$hash"],"old":"secret"}}}`},
		"json": {`{"user":{},"old":{},"in":{"user":{},"old":{}}}`,
			`{"user":{"0":5,"1":"ada@example.org","2":"$2y$13$hash"},"old":"secret","in":{"user":{"0":5,"1":"ada@example.org","2":"$2y$13$hash"},"old":"secret"}}`},
		"keyvalue": {`user={"App\\User":[]} old={"App\\Old":[]}`, `user={"App\\User":[5,"ada@example.org","$2y$13$hash"]} old={"App\\Old":"secret"}`},
		"logfmt":   {`user="{\"App\\\\User\":[]}" old="{\"App\\\\Old\":[]}"`, `user="{\"App\\\\User\":[5,\"ada@example.org\",\"$2y$13$hash\"]}" old="{\"App\\\\Old\":\"secret\"}"`},
	} {
		for i, show := range []bool{false, true} {
			line := string(mustNew(t, name, Options{ShowSerialized: show}).Append(nil, r))
			if !strings.Contains(line, want[i]) || !show && strings.Contains(line, "secret") {
				t.Errorf("%s, shown %t: got %s, want %s", name, show, line, want[i])
			}
		}
	}
}
