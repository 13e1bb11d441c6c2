package format

import (
	"fmt"
	"testing"

	"envelog/record"
)

// benchmarkRecords returns what a web application logs: a login, a request, an import with 22 rows.
func benchmarkRecords(b *testing.B) map[string]*record.Record {
	request := array{{"route", "order_show"}, {"route_parameters", array{{"_route", "order_show"}, {"id", "4711"}}},
		{"request_uri", "https://shop.example.org/orders/4711?tab=items&utm_source=newsletter&utm_campaign=2026-11"},
		{"method", "GET"}, {"status", 200}, {"duration_ms", 31.42}, {"memory", 6291456}, {"user", "ada@example.org"},
		{"ip", "192.0.2.17"}, {"request_id", "01JD3W8QZJ8K2M5N7P9R1T3V5X"}, {"cached", false},
		{"user_agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}}
	var rows []any
	for i := range 22 {
		rows = append(rows, array{{"line", i * 37}, {"sku", fmt.Sprintf("SKU-%05d", i*7919)}, {"price", float64(i) * 3.25}, {"stock", nil}, {"ok", i%2 == 0},
			{"note", fmt.Sprintf("Désignation trop longue, tronquée à 80 caractères: \"Modèle n° %d\"", i)}})
	}
	return map[string]*record.Record{
		"small":   benchmarkRecord(b, "User logged in", array{{"user", "ada@example.org"}, {"ip", "192.0.2.17"}, {"remember_me", true}}),
		"typical": benchmarkRecord(b, `Matched route "order_show".`, request),
		"large":   benchmarkRecord(b, "Import finished with warnings", array{{"file", "/srv/import/2026-11-23/produits.csv"}, {"rows", rows}}),
	}
}

func benchmarkRecord(b *testing.B, message string, context array) *record.Record {
	r := newRecord(b, message, "")
	r.Context = values(b, context)
	return r
}

func BenchmarkAppend(b *testing.B) {
	records := benchmarkRecords(b)
	for _, name := range []string{"keyvalue", "line", "json", "logfmt"} {
		for _, size := range []string{"small", "typical", "large"} {
			b.Run(name+"/"+size, func(b *testing.B) {
				f := mustNew(b, name, Options{})
				line := f.Append(nil, records[size])
				b.SetBytes(int64(len(line)))
				b.ReportAllocs()
				for b.Loop() {
					line = f.Append(line[:0], records[size])
				}
			})
		}
	}
}

// BenchmarkDates prints a date of each kind of zone.
func BenchmarkDates(b *testing.B) {
	contexts := map[string]string{
		"identifier": in(`O:"DateTime":{s:"date";s:"2020-01-01 00:00:00.000000";s:"timezone_type";i:3;s:"timezone";s:"Europe/Paris";}`),
		"offset":     in(`O:"DateTime":{s:"date";s:"2020-01-01 00:00:00.000000";s:"timezone_type";i:1;s:"timezone";s:"+02:00";}`),
	}
	for name, context := range contexts {
		b.Run(name, func(b *testing.B) {
			r := newRecord(b, "m", context)
			f := mustNew(b, "keyvalue", Options{})
			line := f.Append(nil, r)
			b.ReportAllocs()
			for b.Loop() {
				line = f.Append(line[:0], r)
			}
		})
	}
}

// BenchmarkHostile shows what the most expensive records cost.
func BenchmarkHostile(b *testing.B) {
	for name, context := range hostile(b) {
		b.Run(name, func(b *testing.B) {
			r := newRecord(b, "m", "")
			r.Context, r.Extra = context, context
			f := mustNew(b, "keyvalue", Options{})
			var line []byte
			for b.Loop() {
				line = f.Append(line[:0], r)
			}
			b.ReportMetric(float64(len(line)), "bytes/line")
		})
	}
}
