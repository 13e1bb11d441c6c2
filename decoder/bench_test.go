package decoder_test

import (
	"testing"

	"envelog/decoder"
	"envelog/fixtures"
	"envelog/record"
	"envelog/transport"
)

// From the stored field to the record, for fields of about 1.2, 1.9 and 10.3 kB.
func BenchmarkDecode(b *testing.B) {
	cases, err := fixtures.Typical("forky")
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range cases[:3] {
		b.Run(c.Name, func(b *testing.B) {
			d := newDecoder(b, decoder.Options{Serializer: decoder.PHP})
			e := transport.Entry{Message: c.Field}
			var r record.Record
			b.ReportAllocs()
			for b.Loop() {
				if err := d.Decode(&e, &r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
