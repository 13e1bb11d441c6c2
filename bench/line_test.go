package main

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"envelog/decoder"
	"envelog/fixtures"
	"envelog/format"
	"envelog/record"
	"envelog/transport"
)

// BenchmarkLine measures from the stored field to the finished line: of one record again and again, and of all kinds at random. On
// a machine that others use, too, the best of many rounds, min-ns/record, says more than the mean.
func BenchmarkLine(b *testing.B) {
	cases, err := fixtures.Typical("trixie")
	if err != nil {
		b.Fatal(err)
	}
	const large = 2
	for _, name := range []string{"line", "keyvalue"} {
		for _, c := range cases[:large+1] {
			b.Run(name+"/"+c.Name, func(b *testing.B) { benchmarkLines(b, name, []fixtures.Case{c}) })
		}
		b.Run(name+"/mixed", func(b *testing.B) { benchmarkLines(b, name, append(cases[:large:large], cases[large+1:]...)) })
	}
}

func benchmarkLines(b *testing.B, name string, cases []fixtures.Case) {
	d, err := decoder.New(decoder.Options{Serializer: decoder.PHP})
	if err != nil {
		b.Fatal(err)
	}
	f, err := format.New(name, format.Options{})
	if err != nil {
		b.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 1))
	var entries [100]transport.Entry
	for i := range entries {
		entries[i] = transport.Entry{ID: []byte("1-0"), Message: cases[random.IntN(len(cases))].Field}
	}
	var r record.Record
	var line []byte
	best := time.Duration(math.MaxInt64)
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		for i := range entries {
			if err := d.Decode(&entries[i], &r); err != nil {
				b.Fatal(err)
			}
			line = f.Append(line[:0], &r)
		}
		best = min(best, time.Since(start))
	}
	b.ReportMetric(float64(best.Nanoseconds())/float64(len(entries)), "min-ns/record")
}
