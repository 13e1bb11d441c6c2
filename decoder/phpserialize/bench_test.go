package phpserialize_test

import (
	"bytes"
	"testing"

	"envelog/decoder/phpserialize"
	"envelog/fixtures"
	"envelog/phpvalue"
)

// The same envelopes as plain serialized values, where they are in the stored field, and after a head that is known.
func BenchmarkParse(b *testing.B) {
	const channel = 6 // the node of the message's first property: envelope, stamps, list, stamp, bus name, message
	cases, err := fixtures.Typical("forky")
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range cases[:3] {
		stored := c.Field[bytes.Index(c.Field, []byte(`"O:`))+1:]
		p := newParser(b, phpserialize.Limits{})
		tree := &phpvalue.Tree{}
		n, ok := p.ParseSlashed(tree, stored)
		wire, _ := unslash(stored[:n])
		if !ok {
			b.Fatalf("%s cannot be read", c.Name)
		}
		b.Run(c.Name+"/plain", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				tree.Text = append(tree.Text[:0], wire...)
				if err := p.Parse(tree); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(c.Name+"/slashed", func(b *testing.B) { benchmarkSlashed(b, p, tree, stored) })
		p.KeepHead(stored, channel)
		b.Run(c.Name+"/head", func(b *testing.B) { benchmarkSlashed(b, p, tree, stored) })
	}
}

func benchmarkSlashed(b *testing.B, p *phpserialize.Parser, tree *phpvalue.Tree, stored []byte) {
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := p.ParseSlashed(tree, stored); !ok {
			b.Fatal("gave up")
		}
	}
}
