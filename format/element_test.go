package format

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestShortElements has keys and texts of all lengths around those that are copied in words, at the end of a tree's text and of
// the line's memory: the line is that of a record of whose strings nothing is known.
func TestShortElements(t *testing.T) {
	for _, printer := range formatters(t, fuzzedLineBytes) {
		for size := range 40 {
			text := strings.Repeat("x", size)
			elements := `s:"k` + text + `";s:"a";s:"i";i:-7;s:"j";i:12345;s:"n";N;s:"b";b:1;s:"d";d:1.5;s:"extra.k";s:"1.5";s:"extra";s:"null";s:"c";s:"";s:"e";s:"{";`
			elements += `s:"` + text + `k";s:"` + text + ` ";s:"k=` + text + `";s:"` + text + `=";s:"` + text + ` k";s:"=` + text + `";s:"` + text + `kk";s:"` + text + `";`
			r := newRecord(t, "m", "a:{"+elements+`s:"k";a:{`+elements+"}"+elements+"}")
			r.Extra = r.Context
			tree := r.Context.Tree()
			tree.Text = slices.Clip(tree.Text)
			setPlain(tree, false)
			want := printer.Append(nil, r)
			setPlain(tree, true)
			for room := range 200 {
				if got := printer.Append(make([]byte, 0, room), r); string(got) != string(want) {
					t.Fatalf("with room for %d bytes:\n got %q\nwant %q", room, got, want)
				}
			}
		}
	}
}

// TestShortElementsAtTheLimit has a line that becomes too long at each of the bytes of its elements in turn.
func TestShortElementsAtTheLimit(t *testing.T) {
	const row = `a:{s:"line";i:37;s:"sku";s:"SKU-07919";s:"of sixteen bytes";s:"as many of them!";s:"longer";s:"more than sixteen bytes";s:"ok";b:1;}`
	var rows strings.Builder
	for i := range 200 {
		fmt.Fprintf(&rows, "i:%d;%s", i, row)
	}
	for name, printer := range formatters(t, minLineBytes) {
		for size := range 150 {
			r := newRecord(t, strings.Repeat("m", size), in("a:{"+rows.String()+"}"))
			setPlain(r.Context.Tree(), false)
			want := printer.Append(nil, r)
			setPlain(r.Context.Tree(), true)
			if got := printer.Append(make([]byte, 0, 2*minLineBytes), r); string(got) != string(want) {
				t.Fatalf("%s, a message of %d bytes:\n got %q\nwant %q", name, size, got, want)
			}
			if !strings.Contains(string(want), "aborting normalization") {
				t.Fatalf("%s: the line is not too long", name)
			}
		}
	}
}
