package decoder_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"envelog/decoder"
	"envelog/record"
	"envelog/transport"
)

// date is a serialized date of any class.
func date(class, local string, kind int, zone string, more ...string) string {
	properties := append([]string{"date", str(local), "timezone_type", fmt.Sprintf("i:%d;", kind), "timezone", str(zone)}, more...)
	return object(class, properties...)
}

// array is a serialized array of text keys and serialized values in turn.
func array(elements ...string) string {
	o := object("A", elements...)
	return "a" + strings.TrimPrefix(o, `O:1:"A"`)
}

func TestMapping(t *testing.T) {
	const want = `"app" 200 "hello" 2026-11-23T09:49:34.841400+01:00 Europe/Paris context ` + emptyArray + ` extra none`
	record2 := array("message", str("hello"), "context", "a:0:{}", "level", "i:200;", "level_name", str("INFO"), "channel", str("app"), "datetime", paris, "extra", "a:0:{}")
	record3 := object(`Monolog\LogRecord`, "datetime", paris, "channel", str("app"), "message", str("hello"), "level", `E:18:"Monolog\Level:Info";`,
		"context", "a:0:{}", "extra", "a:0:{}", "formatted", "N;")
	withExtra := strings.Replace(want, "extra none", "extra "+emptyArray, 1)
	tests := []struct {
		name    string
		mapping map[string]string
		message string
		want    string
	}{
		{"usual", nil, message(), want},
		{"levelName", nil, message("level", "", "levelName", str("INFO")), want},
		{"level_name", nil, message("level", "", "level_name", str("INFO")), want},
		{"level before levelName", nil, message("levelName", str("DEBUG")), want},
		{"levelName when level is null", nil, message("level", "N;", "levelName", str("INFO")), want},
		{"datetime", nil, message("timestamp", "", "datetime", paris), want},
		{"dateTime", nil, message("timestamp", "", "dateTime", paris), want},
		{"createdAt", nil, message("timestamp", "", "createdAt", paris), want},
		{"no context", nil, message("context", ""), strings.Replace(want, "context "+emptyArray, "context none", 1)},
		{"null context", nil, message("context", "N;"), strings.Replace(want, "context "+emptyArray, "context none", 1)},
		{"extra", nil, message("extra", "a:0:{}"), withExtra},
		{"properties of no interest", nil, message("tenant", str("x"), "levels", "i:1;", "Channel", str("other")), want},
		{"protected and private", nil, object(`App\Log`, "\x00*\x00channel", str("app"), "\x00App\\Log\x00level", str("INFO"), "\x00App\\Base\x00message", str("hello"),
			"\x00*\x00context", "a:0:{}", "timestamp", paris), want},
		{"private of the parent, shadowed", nil, message("\x00App\\Base\x00channel", str("parent"), "\x00App\\Log\x00channel", str("child")),
			strings.Replace(want, "app", "child", 1)},
		{"property names by number", nil, strings.Replace(message(), `":5:{`, `":6:{i:0;`+str("x"), 1), want},
		{"Monolog 3 record", nil, object("M", "record", record3), withExtra},
		{"Monolog 2 record", nil, object("M", "\x00M\x00record", record2), withExtra},
		{"record beside a channel of its own", nil, object("M", "channel", str("own"), "record", record2), strings.Replace(withExtra, "app", "own", 1)},
		{"a record itself", nil, record3, withExtra},
		{"record that is text", nil, message("record", str("x")), want},
		{"overridden", map[string]string{"level": "severity", "channel": "topic", "timestamp": "when"},
			object("M", "topic", str("app"), "severity", str("INFO"), "message", str("hello"), "context", "a:0:{}", "when", paris, "level", str("ERROR"), "channel", str("x")), want},
		{"two fields exchanged", map[string]string{"message": "channel", "channel": "message"}, message("channel", str("hello"), "message", str("app")), want},
		{"nested record under another name", map[string]string{"record": "data"}, object("M", "data", record2), withExtra},
		{"timestamp is a date of the context", nil, message("context", array("at", paris), "timestamp", "r:8;"),
			strings.Replace(want, emptyArray, render(rootOf(t, array("at", paris))), 1)},
		{"channel is a reference", nil, message("context", array("c", "R:4;")),
			strings.Replace(want, emptyArray, `6:"":1:false:{"c"=11:4;}`, 1)},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			got, err := decode(t, decoder.Options{Serializer: decoder.PHP, Mapping: c.mapping}, entry(t, c.message))
			if err != nil || got != c.want {
				t.Errorf("%s\n got %s, %v\nwant %s", c.message, got, err, c.want)
			}
		})
	}
}

func TestUnmappable(t *testing.T) {
	tests := []struct {
		name, message, path string
		says                []string
	}{
		{"another message", object(`App\Invoice`, "to", str("secret"), "\x00*\x00amount", "i:5;"), "",
			[]string{`"App\\Invoice"`, "channel, level, message, timestamp", `"to"`, `"amount"`, "advice for channel"}},
		{"no properties", object("stdClass"), "", []string{"none"}},
		{"no channel", message("channel", ""), "", []string{"no channel (", "advice for channel"}},
		{"null message", message("message", "N;"), "", []string{"no message ("}},
		{"uninitialised time", message("timestamp", ""), "", []string{"no timestamp ("}},
		{"no level", message("level", ""), "", []string{"no level ("}},
		{"channel is a number", message("channel", "i:5;"), "channel", []string{"an int, not a string"}},
		{"message is an array", message("message", "a:0:{}"), "message", []string{"an array, not a string"}},
		{"message is an object", message("message", object("Str")), "message", []string{"an object, not a string"}},
		{"context is a string", message("context", str("secret")), "context", []string{"a string, not an array"}},
		{"extra is a bool", message("extra", "b:1;"), "extra", []string{"a bool, not an array"}},
		{"level of another name", message("level", str("SECRET")), "level", []string{"a string that is no level"}},
		{"level of another number", message("level", "i:250000;"), "level", []string{"an int that is no level"}},
		{"level is a float", message("level", "d:200;"), "level", []string{"a float that is no level"}},
		{"enum of another name", message("level", `E:6:"Suit:H";`), "level", []string{"an enum case that is no level"}},
		{"time is an object", message("timestamp", object(`App\Clock`)), "timestamp", []string{`"App\\Clock", not a date`}},
		{"time is half a date", message("timestamp", object("D", "date", str("2026-11-23 09:49:34.841400"), "timezone_type", "i:3;")), "timestamp", []string{"not a date"}},
		{"time is text", message("timestamp", str("a secret of last week, in words")), "timestamp", []string{"2026-11-23T08:49:34.841400+00:00"}},
		{"time is a bool", message("timestamp", "b:1;"), "timestamp", []string{"a bool, not a time"}},
		{"time in milliseconds", message("timestamp", "i:1795423774841;"), "timestamp", []string{"seconds"}},
		{"time is infinite", message("timestamp", "d:INF;"), "timestamp", []string{"seconds"}},
		{"time is no number", message("timestamp", "d:NAN;"), "timestamp", []string{"seconds"}},
		{"Serializable", `C:3:"Log":6:{secret}`, "", []string{`"Log"`, "a format of its own"}},
		{"enum", `E:7:"Log:One";`, "", []string{`"Log"`, "an enum case"}},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			_, err := decode(t, decoder.Options{Serializer: decoder.PHP, Advise: func(field string) string { return "advice for " + field }}, entry(t, c.message))
			var e *decoder.Error
			if !errors.As(err, &e) || !errors.Is(err, decoder.ErrUnmappable) || e.Layer != decoder.LayerMessage || e.Path != c.path {
				t.Fatalf("Decode = %v, want %v at message, %q", err, decoder.ErrUnmappable, c.path)
			}
			for _, says := range c.says {
				if !strings.Contains(err.Error(), says) {
					t.Errorf("Decode = %v\nwant it to say %s", err, says)
				}
			}
			if strings.Contains(strings.ToLower(err.Error()), "secret") {
				t.Errorf("Decode tells what is in the message: %v", err)
			}
		})
	}
}

func TestUnmappableIsShort(t *testing.T) {
	var many []string
	for i := range 1000 {
		many = append(many, strings.Repeat("p", 1000)+fmt.Sprint(i), "N;")
	}
	_, err := decode(t, decoder.Options{Serializer: decoder.PHP}, entry(t, object(strings.Repeat("C", 1000), many...)))
	if err == nil || len(err.Error()) > 4096 {
		t.Errorf("Decode = an error of %d bytes", len(err.Error()))
	}
}

func TestLevels(t *testing.T) {
	tests := []struct {
		wire string
		want record.Level
	}{
		{str("DEBUG"), record.Debug}, {str("info"), record.Info}, {str("Notice"), record.Notice}, {str("wArNiNg"), record.Warning},
		{str("error"), record.Error}, {str("CRITICAL"), record.Critical}, {str("alert"), record.Alert}, {str("Emergency"), record.Emergency},
		{"i:100;", record.Debug}, {"i:250;", record.Notice}, {"i:600;", record.Emergency}, {str("300"), record.Warning},
		{`E:18:"Monolog\Level:Info";`, record.Info}, {`E:23:"Monolog\Level:Emergency";`, record.Emergency},
		{`E:13:"App\Sev:Alert";`, record.Alert},
	}
	for _, c := range tests {
		var r record.Record
		err := newDecoder(t, decoder.Options{Serializer: decoder.PHP}).Decode(entry(t, message("level", c.wire)), &r)
		if err != nil || r.Level != c.want {
			t.Errorf("%s: level %v, %v, want %v", c.wire, r.Level, err, c.want)
		}
	}
}

// times are timestamps as messages carry them, and what PHP makes of them, as Y-m-d\TH:i:s.uP.
var times = []struct{ name, wire, want string }{
	{"identifier", paris, "2026-11-23T09:49:34.841400+01:00"},
	{"offset", date("DateTimeImmutable", "2026-07-08 02:30:00.000001", 1, "-05:30"), "2026-07-08T02:30:00.000001-05:30"},
	{"abbreviation", date("DateTime", "2026-07-08 02:30:00.500000", 2, "CEST"), "2026-07-08T02:30:00.500000+02:00"},
	{"Z", date("DateTime", "2026-07-08 02:30:00.500000", 2, "Z"), "2026-07-08T02:30:00.500000+00:00"},
	{"Monolog 2", date(`Monolog\DateTimeImmutable`, "2026-07-08 02:30:00.500000", 3, "UTC", "\x00Monolog\\DateTimeImmutable\x00useMicroseconds", "b:1;"),
		"2026-07-08T02:30:00.500000+00:00"},
	{"Monolog 3", date(`Monolog\JsonSerializableDateTimeImmutable`, "2026-07-08 02:30:00.500000", 3, "UTC"), "2026-07-08T02:30:00.500000+00:00"},
	{"clock", date(`Symfony\Component\Clock\DatePoint`, "2026-07-08 02:30:00.500000", 3, "UTC"), "2026-07-08T02:30:00.500000+00:00"},
	{"properties in another order", object("Carbon", "x", "N;", "timezone", str("UTC"), "date", str("2026-07-08 02:30:00.500000"), "timezone_type", "i:3;"),
		"2026-07-08T02:30:00.500000+00:00"},
	{"unix seconds", "i:1795423774;", "2026-11-23T08:49:34.000000+00:00"},
	{"unix seconds before 1970", "i:-1;", "1969-12-31T23:59:59.000000+00:00"},
	{"unix seconds with fraction", "d:1795423774.8414;", "2026-11-23T08:49:34.841400+00:00"},
	{"unix seconds with fraction before 1970", "d:-0.25;", "1969-12-31T23:59:59.750000+00:00"},
	{"fraction that rounds up", "d:1.9999999;", "1970-01-01T00:00:02.000000+00:00"},
	{"ISO", str("2026-11-23T08:49:34.841400+00:00"), "2026-11-23T08:49:34.841400+00:00"},
	{"ISO in whole seconds", str("2026-11-23T08:49:34+01:00"), "2026-11-23T08:49:34.000000+01:00"},
	{"ISO with Z", str("2026-11-23T08:49:34.841Z"), "2026-11-23T08:49:34.841000+00:00"},
	{"ISO without zone", str("2026-11-23T08:49:34"), "2026-11-23T08:49:34.000000+00:00"},
	{"ISO with a blank", str("2026-11-23 08:49:34.841400"), "2026-11-23T08:49:34.841400+00:00"},
	{"ISO with blanks", str("2026-11-23 08:49:34 +02:00"), "2026-11-23T08:49:34.000000+02:00"},
	{"ISO with a short offset", str("2026-11-23T08:49:34+0530"), "2026-11-23T08:49:34.000000+05:30"},
	{"ISO with an offset of hours", str("2026-11-23T08:49:34-08"), "2026-11-23T08:49:34.000000-08:00"},
	{"ISO with an abbreviation", str("2026-07-08T08:49:34 EDT"), "2026-07-08T08:49:34.000000-04:00"},
	{"ISO with a zone", str("2026-07-08T08:49:34 Europe/Paris"), "2026-07-08T08:49:34.000000+02:00"},
	{"ISO with UTC", str("2026-07-08 08:49:34 UTC"), "2026-07-08T08:49:34.000000+00:00"},
}

func TestTimes(t *testing.T) {
	d := newDecoder(t, decoder.Options{Serializer: decoder.PHP})
	for _, c := range times {
		t.Run(c.name, func(t *testing.T) {
			var r record.Record
			if err := d.Decode(entry(t, message("timestamp", c.wire)), &r); err != nil {
				t.Fatal(err)
			}
			if got := phpTime(r.Time); got != c.want {
				t.Errorf("%s is %s, want %s", c.wire, got, c.want)
			}
		})
	}
}

func TestTimesThatAreNone(t *testing.T) {
	texts := []string{
		"", "x", "2026", "2026-11-23", "2026-11-23T08:49", "2026-11-23T08:49:3", "2026-11-23T08:49:34nowhere", "2026-11-23T08:49:34+", "2026-11-23T08:49:34+1",
		"2026-11-23T08:49:34+99:99:99:99", "2026-13-23T08:49:34Z", "2026-11-23T08:49:34.Z", "2026-11-23T08:49:34.1234567890Z", "2026-11-23T08:49:34 Local",
		"2026-11-23T08:49:34 ../../etc/passwd", "２026-11-23T08:49:34Z",
	}
	d := newDecoder(t, decoder.Options{Serializer: decoder.PHP})
	for _, text := range texts {
		var r record.Record
		if err := d.Decode(entry(t, message("timestamp", str(text))), &r); !errors.Is(err, decoder.ErrUnmappable) {
			t.Errorf("%q is %s, %v", text, phpTime(r.Time), err)
		}
	}
}

func TestSymfonySerializer(t *testing.T) {
	const text = `{"channel":"app","level":300,"message":"h\u00e9","context":{"a":{"5":1.0,"b":[]},"n":12345678901234567890},"extra":{},"timestamp":"2026-11-23T09:49:34+01:00"}`
	const want = `"app" 300 "hé" 2026-11-23T09:49:34.000000+01:00 +01:00 context 6:"":2:false:{"a"=6:"":2:false:{5=4:"1";"b"=` + emptyArray +
		`}"n"=4:"1.2345678901234567E+19";} extra ` + emptyArray
	tests := []struct{ name, headers, body, want string }{
		{"as Symfony writes it", `{"type":"App\\Log","X-Message-Stamp-S":"[{}]","Content-Type":"application/json"}`, text, want},
		{"no Content-Type", `{"type":"App\\Log"}`, text, want},
		{"white space", `{"type":"App\\Log"}`, " " + text + "\n", want},
		{"nested record", `{"type":"App\\Log"}`, `{"record":` + text + `}`, want},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			d := newDecoder(t, decoder.Options{})
			var r record.Record
			err := d.Decode(&transport.Entry{Message: []byte(frame(t, c.body, c.headers))}, &r)
			if err != nil || string(d.Class()) != `App\Log` {
				t.Fatalf("Decode = %v, Class = %q", err, d.Class())
			}
			if got := describeRecord(&r); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestSymfonySerializerRefuses(t *testing.T) {
	const typed = `{"type":"App\\Log","Content-Type":"application/json"}`
	tests := []struct {
		name, headers, body string
		layer               decoder.Layer
		class               error
	}{
		{"XML", `{"type":"A","Content-Type":"application/xml"}`, `<?xml version="1.0"?><response/>`, decoder.LayerBody, decoder.ErrUnsupported},
		{"YAML", `{"type":"A","Content-Type":"application/yaml"}`, `{ n: 3 }`, decoder.LayerBody, decoder.ErrUnsupported},
		{"CSV", `{"type":"A","Content-Type":"text/csv"}`, "n\n3\n", decoder.LayerBody, decoder.ErrUnsupported},
		{"empty", typed, ``, decoder.LayerBody, decoder.ErrNotEnvelope},
		{"no JSON", typed, `hello`, decoder.LayerValue, decoder.ErrCorrupt},
		{"JSON that is cut off", typed, `{"channel":"app"`, decoder.LayerValue, nil},
		{"a string", typed, `"hello"`, decoder.LayerMessage, decoder.ErrUnmappable},
		{"a list", typed, `[1,2]`, decoder.LayerMessage, decoder.ErrUnmappable},
		{"another message", typed, `{"to":"a@b"}`, decoder.LayerMessage, decoder.ErrUnmappable},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			_, err := decode(t, decoder.Options{}, &transport.Entry{Message: []byte(frame(t, c.body, c.headers))})
			var e *decoder.Error
			if !errors.As(err, &e) || e.Layer != c.layer || c.class != nil && !errors.Is(err, c.class) {
				t.Errorf("Decode = %v, want %v at %s", err, c.class, c.layer)
			}
		})
	}
}
