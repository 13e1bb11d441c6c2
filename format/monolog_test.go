package format_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"envelog/decoder"
	"envelog/fixtures"
	"envelog/format"
	"envelog/record"
	"envelog/transport"
)

// fallbacks holds the contexts that are used instead of Monolog's in records that Monolog printed by running their code:
// docs/formats.md states them. Where there is no entry, the line is Monolog's all the same.
var fallbacks = map[string]struct{ line, json string }{
	"enum-backed": {
		`{"status":{"App\\Shop\\Status":"Paid"},"priority":{"App\\Shop\\Priority":"Low"},"nested":{"list":[{"App\\Shop\\Status":"Open"}]}}`,
		`{"status":"Paid","priority":"Low","nested":{"list":["Open"]}}`},
	"enum-unit": {
		`{"color":{"App\\Shop\\Color":"Red"},"list":[{"App\\Shop\\Color":"Blue"}]}`,
		`{"color":"Red","list":["Blue"]}`},
	"enum-in-object": {
		`{"basket":{"App\\Shop\\Basket":{"items":[],"openedAt":null,"customer":null,"status":null,"options":null,"value":"Red"}}}`,
		`{"basket":{"items":[],"openedAt":null,"customer":null,"status":null,"options":null,"value":"Red"}}`},
	"shared-enum": {
		`{"a":{"App\\Shop\\Color":"Red"},"b":{"App\\Shop\\Color":"Red"},"c":{"App\\Shop\\Color":"Blue"},"d":[{"App\\Shop\\Color":"Blue"}]}`,
		`{"a":"Red","b":"Red","c":"Blue","d":["Blue"]}`},
	"shared-slots-enum": {
		`{"c":{"App\\Shop\\Color":"Red"},"p":{"App\\Shop\\Money":{"cents":5,"currency":"EUR"}},"c2":{"App\\Shop\\Color":"Red"},"p2":{"App\\Shop\\Money":{"cents":5,"currency":"EUR"}}}`,
		`{"c":"Red","p":{"cents":5,"currency":"EUR"},"c2":"Red","p2":{"cents":5,"currency":"EUR"}}`},
	"exception-json": {
		`{"exception":"[object] (App\\Shop\\JsonRejected(code: 0): json at /app/src/Recorder/Cases/Exceptions.php:38)"}`,
		`{"exception":{"class":"App\\Shop\\JsonRejected","message":"json","code":0,"file":"/app/src/Recorder/Cases/Exceptions.php:38"}}`},
	"exception-sealed": {
		`{"exception":{"App\\Shop\\SealedException":{"sealed":"c2VhbGVk"}},"outer":"[object] (RuntimeException(code: 0): outer at /app/src/Recorder/Cases/Exceptions.php:41)\n[previous exception] [object] (App\\Shop\\SealedException)"}`,
		`{"exception":{"sealed":"c2VhbGVk"},"outer":{"class":"RuntimeException","message":"outer","code":0,"file":"/app/src/Recorder/Cases/Exceptions.php:41","previous":{"class":"App\\Shop\\SealedException"}}}`},
	"object-like-date": {
		`{"std":{"stdClass":{"date":"2026-11-23 09:00:00.000000","timezone_type":3,"timezone":"Europe/Paris"}},"own":"2026-11-23T09:00:00+01:00"}`,
		`{"std":{"date":"2026-11-23 09:00:00.000000","timezone_type":3,"timezone":"Europe/Paris"},"own":"2026-11-23T09:00:00+01:00"}`},
	"object-json": {
		`{"array":{"App\\Shop\\JsonPrice":[]},"scalar":{"App\\Shop\\JsonPrice":[]},"null":{"App\\Shop\\JsonPrice":[]}}`,
		`{"array":{},"scalar":{},"null":{}}`},
	"object-string": {`{"url":{"App\\Shop\\Url":[]}}`, `{"url":{}}`},
	"object-unset":  {`{"customer":{"App\\Shop\\Customer":{"phone":"+33 1 23 45"}}}`, `{"customer":{"phone":"+33 1 23 45"}}`},
	"object-sleep":  {`{"o":{"App\\Shop\\WithSleep":{"kept":"kept"}}}`, `{"o":{"kept":"kept"}}`},
	"object-serialize": {
		`{"o":{"App\\Shop\\WithSerialize":{"shown":"shown","hidden":5,"list":[1,2]}}}`,
		`{"o":{"shown":"shown","hidden":5,"list":[1,2]}}`},
	"object-serializable": {
		`{"o":{"App\\Shop\\OldSerializable":[]},"after":1}`,
		`{"o":{},"after":1}`},
	"object-serializable-shared": {
		`{"first":{"App\\Shop\\Money":{"cents":5,"currency":"EUR"}},"o":{"App\\Shop\\OldSerializable":[]},"again":{"App\\Shop\\Money":{"cents":5,"currency":"EUR"}},"late":{"App\\Shop\\Money":{"cents":9,"currency":"EUR"}},"late_again":{"App\\Shop\\Money":{"cents":9,"currency":"EUR"}}}`,
		`{"first":{"cents":5,"currency":"EUR"},"o":{},"again":{"cents":5,"currency":"EUR"},"late":{"cents":9,"currency":"EUR"},"late_again":{"cents":9,"currency":"EUR"}}`},
	"object-serializable-raw": {
		`{"first":{"App\\Shop\\Money":{"cents":5,"currency":"EUR"}},"o":{"App\\Shop\\RawSerializable":[]},"again":{"App\\Shop\\Money":{"cents":5,"currency":"EUR"}},"late":{"App\\Shop\\Money":{"cents":9,"currency":"EUR"}},"late_again":{"App\\Shop\\Money":{"cents":9,"currency":"EUR"}}}`,
		`{"first":{"cents":5,"currency":"EUR"},"o":{},"again":{"cents":5,"currency":"EUR"},"late":{"cents":9,"currency":"EUR"},"late_again":{"cents":9,"currency":"EUR"}}`},
}

func newFormatter(t testing.TB, name string, o format.Options) format.Formatter {
	t.Helper()
	f, err := format.New(name, o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestRecorded brings every recorded field through the decoder to a line, and compares it with what Monolog printed for
// the same record.
func TestRecorded(t *testing.T) {
	line, json := newFormatter(t, "line", format.Options{}), newFormatter(t, "json", format.Options{})
	custom := newFormatter(t, "line", format.Options{LineFormat: fixtures.CustomFormat, DateFormat: fixtures.CustomDateFormat})
	inline := newFormatter(t, "line", format.Options{Line: format.LineOptions{InlineLineBreaks: true, IgnoreEmpty: true}})
	traces := newFormatter(t, "line", format.Options{Line: format.LineOptions{Stacktraces: true}})
	indented := newFormatter(t, "line", format.Options{Line: format.LineOptions{Stacktraces: true, IgnoreEmpty: true, Indent: "    ", MaxLevelName: 3}})
	forEachRecord(t, func(t *testing.T, c fixtures.Case, r *record.Record) {
		fallback, ok := fallbacks[c.Name]
		if ok && c.NeedsCode {
			checkContext(t, line.Append(nil, r), " "+fallback.line+" []\n")
			checkContext(t, json.Append(nil, r), `,"context":`+fallback.json+`,"level":`)
			return
		}
		compare(t, "LineFormatter", line.Append(nil, r), c.Line)
		compare(t, "JsonFormatter", json.Append(nil, r), c.JSON)
		compare(t, "LineFormatter with inline line breaks", inline.Append(nil, r), c.LineInline)
		compare(t, "LineFormatter with stack traces", traces.Append(nil, r), enumsOf83(c, c.LineStacktraces))
		compare(t, "LineFormatter with indented stack traces", indented.Append(nil, r), enumsOf83(c, c.LineIndented))
		compare(t, "LineFormatter with formats", custom.Append(nil, r), inZoneOf(r, c.LineCustom))
	})
}

func checkContext(t *testing.T, line []byte, want string) {
	t.Helper()
	if !strings.Contains(string(line), want) {
		t.Errorf("got %sno %s", line, want)
	}
}

func compare(t *testing.T, what string, got, want []byte) {
	t.Helper()
	if want != nil && !bytes.Equal(got, want) {
		t.Errorf("%s:\n got %s\nwant %s", what, got, want)
	}
}

// enumsOf83 returns the recorded line with an enum among the arguments of a trace as PHP has spelled it since 8.3.
func enumsOf83(c fixtures.Case, line []byte) []byte {
	if !strings.HasPrefix(c.Versions.PHP, "8.2.") {
		return line
	}
	return bytes.ReplaceAll(line, []byte(`Object(App\\Shop\\Status)`), []byte(`App\\Shop\\Status::Paid`))
}

// inZoneOf returns the recorded line with the zone's name that r has. Unix seconds have no zone; the recorder read them
// as +00:00, and the decoder reads them as UTC.
func inZoneOf(r *record.Record, line []byte) []byte {
	if r.Time.Location() != time.UTC {
		return line
	}
	return bytes.Replace(line, []byte(" GMT+0000|"), []byte(" UTC|"), 1)
}

// forEachRecord decodes every recorded field that is a log record.
func forEachRecord(t *testing.T, f func(*testing.T, fixtures.Case, *record.Record)) {
	for _, suite := range fixtures.Suites() {
		cases, err := fixtures.Load(suite)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			if !c.HasRecord || c.Field == nil {
				continue
			}
			t.Run(suite+"/"+c.Name, func(t *testing.T) { f(t, c, decode(t, c)) })
		}
	}
}

func decode(t testing.TB, c fixtures.Case) *record.Record {
	t.Helper()
	serializers := map[string]decoder.Serializer{"none": decoder.None, "php": decoder.PHP, "igbinary": decoder.Igbinary,
		"msgpack": decoder.Msgpack, "json": decoder.JSON}
	d, err := decoder.New(decoder.Options{Serializer: serializers[c.Serializer]})
	if err != nil {
		t.Fatal(err)
	}
	var r record.Record
	if err := d.Decode(&transport.Entry{Message: c.Field}, &r); err != nil {
		t.Fatal(err)
	}
	return &r
}

// TestRecordedAsFields prints every recorded field in the two formats that Monolog does not have.
func TestRecordedAsFields(t *testing.T) {
	keyvalue, logfmt := newFormatter(t, "keyvalue", format.Options{}), newFormatter(t, "logfmt", format.Options{})
	forEachRecord(t, func(t *testing.T, _ fixtures.Case, r *record.Record) {
		for _, f := range []format.Formatter{keyvalue, logfmt} {
			if line := f.Append(nil, r); bytes.IndexByte(line, '\n') != len(line)-1 {
				t.Errorf("not one line: %q", line)
			}
		}
	})
}

// BenchmarkFieldToLine goes the whole way from stored fields of about 1.2, 1.9 and 10.3 kB.
func BenchmarkFieldToLine(b *testing.B) {
	cases, err := fixtures.Typical("forky")
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range []string{"keyvalue", "line", "json", "logfmt"} {
		for _, c := range cases[:3] {
			b.Run(name+"/"+strings.TrimPrefix(c.Name, "typical-"), func(b *testing.B) {
				d, err := decoder.New(decoder.Options{Serializer: decoder.PHP})
				if err != nil {
					b.Fatal(err)
				}
				f := newFormatter(b, name, format.Options{})
				var r record.Record
				var line []byte
				b.ReportAllocs()
				for b.Loop() {
					if err := d.Decode(&transport.Entry{Message: c.Field}, &r); err != nil {
						b.Fatal(err)
					}
					line = f.Append(line[:0], &r)
				}
			})
		}
	}
}
