package phpserialize_test

import (
	"bytes"
	"testing"

	"envelog/decoder/jsonstring"
	"envelog/decoder/phpserialize"
	"envelog/fixtures"
	"envelog/phpvalue"
)

// recordedValues calls f with every serialized envelope that was recorded in a body that is text.
func recordedValues(t *testing.T, f func(t *testing.T, wire []byte)) {
	for _, suite := range fixtures.Suites() {
		cases, err := fixtures.Load(suite)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			start := bytes.Index(c.Field, []byte(`{"body":"O:`))
			if start < 0 {
				continue
			}
			body, next := jsonstring.Append(nil, c.Field, start+len(`{"body":"`))
			if next > 0 && c.Name != "other-unslashed" {
				t.Run(suite+"/"+c.Name, func(t *testing.T) { f(t, stripSlashes(body)) })
			}
		}
	}
}

// What PHP wrote is encoded to the same bytes, and so is a copy of it, node by node.
func TestRecordedIsEncodedAgain(t *testing.T) {
	recordedValues(t, func(t *testing.T, wire []byte) {
		tree := parse(t, string(wire))
		var copied phpvalue.Tree
		b := phpserialize.NewBuilder(&copied)
		b.Copy(tree.Root())
		if err := b.Finish(); err != nil {
			t.Fatal(err)
		}
		var e phpserialize.Encoder
		for name, made := range map[string]*phpvalue.Tree{"parsed": tree, "copied": &copied} {
			got, err := e.Append(nil, made)
			if err != nil || !bytes.Equal(got, wire) {
				t.Errorf("%s: encoded to %q, %v\nwant %q", name, got, err, wire)
			}
		}
		if a, b := render(tree.Root()), render(copied.Root()); a != b {
			t.Errorf("copied\n%s\nas\n%s", a, b)
		}
	})
}
