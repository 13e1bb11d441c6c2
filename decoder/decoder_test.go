package decoder_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"envelog/decoder"
	"envelog/decoder/phpserialize"
	"envelog/fixtures"
	"envelog/record"
	"envelog/transport"
)

// emptyArray is how render spells it.
const emptyArray = `6:"":0:true:{}`

const usual = `"app" 200 "hello" 2026-11-23T09:49:34.841400+01:00 Europe/Paris context ` + emptyArray + ` extra none`

func TestNewRefuses(t *testing.T) {
	tests := []struct {
		name    string
		options decoder.Options
		says    []string
	}{
		{"serializer", decoder.Options{Serializer: 5}, []string{"serializer 5"}},
		{"limits", decoder.Options{Limits: decoder.Limits{MaxBytes: 1, MaxDepth: 1 << 30}}, []string{"MaxBytes", "MaxDepth"}},
		{"unknown field", decoder.Options{Mapping: map[string]string{"severity": "level"}}, []string{`"severity"`, "channel, level, message, context, extra, timestamp, record"}},
		{"empty property", decoder.Options{Mapping: map[string]string{"level": ""}}, []string{"level", "empty"}},
		{"property for two", decoder.Options{Mapping: map[string]string{"level": "x", "channel": "x"}}, []string{"channel", "level"}},
		{"all at once", decoder.Options{Serializer: 9, Mapping: map[string]string{"x": "y"}, Limits: decoder.Limits{MaxElements: -1}}, []string{"serializer 9", `"x"`, "MaxElements"}},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			_, err := decoder.New(c.options)
			for _, says := range c.says {
				if err == nil || !strings.Contains(err.Error(), says) {
					t.Errorf("New = %v, want an error that says %s", err, says)
				}
			}
		})
	}
}

func TestDecodeFrames(t *testing.T) {
	text := body(message())
	wire := base64.StdEncoding.EncodeToString([]byte(text))
	tests := []struct{ name, frame string }{
		{"as Symfony writes it", frame(t, text, "[]")},
		{"empty object of headers", frame(t, text, "{}")},
		{"null headers", frame(t, text, "null")},
		{"headers of signed messages", frame(t, text, `{"Body-Sign":"v2:ab","Sign-Algo":"sha256"}`)},
		{"no headers", strings.Replace(frame(t, text, "[]"), `,"headers":[]`, "", 1)},
		{"headers first", `{"headers":[],"body"` + strings.TrimSuffix(strings.TrimPrefix(frame(t, text, "[]"), `{"body"`), `,"headers":[]}`) + `}`},
		{"more keys", strings.Replace(frame(t, text, "[]"), `{"body"`, `{"uniqid":"abc","x":[1,{"body":"y"}],"body"`, 1)},
		{"two bodies, the last one wins", strings.Replace(frame(t, text, "[]"), `{"body"`, `{"body":"first","body"`, 1)},
		{"white space", " \n" + strings.NewReplacer(`{"body":`, "{\t\"body\" : ", `"headers":[]`, "\"headers\" :\r\n[ ]").Replace(frame(t, text, "[]")) + "\n "},
		{"white space behind", frame(t, text, "[]") + " "},
		{"escaped letters in the body", strings.Replace(frame(t, text, "[]"), `"O:36`, `"\u004f:36`, 1)},
		{"escaped letter in a key", strings.Replace(frame(t, text, "[]"), `{"body"`, `{"b\u006fdy"`, 1)},
		{"base64", frame(t, wire, "[]")},
		{"base64 in lines", frame(t, wire[:20]+"\r\n"+wire[20:], "[]")},
		{"base64 without padding", frame(t, strings.TrimRight(wire, "="), "[]")},
		{"base64 with foreign letters", frame(t, wire[:20]+"-é*"+wire[20:], "[]")},
		{"PhpSerializer with a header type", frame(t, text, `{"type":"App\\Log"}`)},
		{"PhpSerializer in base64 with a header type", frame(t, wire, `{"type":"App\\Log"}`)},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			for _, stored := range []string{c.frame, str(c.frame), str(c.frame) + "behind"} {
				got, err := decode(t, decoder.Options{Serializer: decoder.PHP}, &transport.Entry{Message: []byte(stored)})
				if err != nil || got != usual {
					t.Errorf("%s\n got %s, %v\nwant %s", stored, got, err, usual)
				}
			}
		})
	}
}

func TestDecodeFields(t *testing.T) {
	text := body(message())
	symfony := `{"channel":"app","level":"info","message":"hello","context":[],"timestamp":"2026-11-23T09:49:34+01:00"}`
	asJSON := `"app" 200 "hello" 2026-11-23T09:49:34.000000+01:00 +01:00 context ` + emptyArray + ` extra none`
	tests := []struct {
		name  string
		entry transport.Entry
		want  string
	}{
		{"body alone", transport.Entry{Body: []byte(text)}, usual},
		{"body and headers", transport.Entry{Body: []byte(text), Headers: []byte(`{"x":"y"}`)}, usual},
		{"empty headers", transport.Entry{Body: []byte(text), Headers: []byte{}}, usual},
		{"JSON", transport.Entry{Body: []byte(symfony), Headers: []byte(`{"type":"App\\Log","Content-Type":"application/json"}`)}, asJSON},
		{"wrapped by phpredis", transport.Entry{Body: []byte(str(symfony)), Headers: []byte(str(`{"type":"App\\Log"}`))}, asJSON},
		{"message goes first", transport.Entry{Message: []byte(str(frame(t, text, "[]"))), Body: []byte("x"), Headers: []byte("y")}, usual},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			got, err := decode(t, decoder.Options{Serializer: decoder.PHP}, &c.entry)
			if err != nil || got != c.want {
				t.Errorf("\n got %s, %v\nwant %s", got, err, c.want)
			}
		})
	}
}

// Decode uses the memory of a large record again for the next one, on each of its paths.
func TestDecodeLargeLeavesNoGarbage(t *testing.T) {
	large := strings.Repeat("An import of 1 MiB, with a \" in it. ", 1<<20/36)
	text := body(message("message", str(large)))
	symfony := fmt.Sprintf(`{"channel":"app","level":"INFO","message":%q,"context":[],"timestamp":"2026-11-23T09:49:34+01:00"}`, large)
	ways := []struct {
		name  string
		entry transport.Entry
	}{
		{"in place", transport.Entry{Message: []byte(str(frame(t, text, "[]")))}},
		{"layer by layer", transport.Entry{Message: []byte(str(frame(t, text, "{}")))}},
		{"base64", transport.Entry{Message: []byte(str(frame(t, base64.StdEncoding.EncodeToString([]byte(text)), "[]")))}},
		{"field body", transport.Entry{Body: []byte(text)}},
		{"Symfony serializer", transport.Entry{Body: []byte(symfony), Headers: []byte(`{"type":"App\\Log"}`)}},
	}
	for _, c := range ways {
		t.Run(c.name, func(t *testing.T) {
			d := newDecoder(t, decoder.Options{Serializer: decoder.PHP})
			var r record.Record
			decode := func() {
				if err := d.Decode(&c.entry, &r); err != nil {
					t.Fatal(err)
				}
			}
			decode()
			const times = 5
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for range times {
				decode()
			}
			runtime.ReadMemStats(&after)
			if made := (after.TotalAlloc - before.TotalAlloc) / times; made > 1<<16 {
				t.Errorf("Decode allocates %d bytes for each record of %d bytes", made, len(r.Message))
			}
		})
	}
}

func TestDecodeSerializers(t *testing.T) {
	text := frame(t, body(message()), "[]")
	long := frame(t, body(message("message", str(strings.Repeat("x", 70000)))), "[]")
	wantLong := strings.Replace(usual, "hello", strings.Repeat("x", 70000), 1)
	igbinary := func(kind byte, size int, s string) string {
		n := fmt.Sprintf("%016x", len(s))
		var length []byte
		fmt.Sscanf(n[16-2*size:], "%x", &length)
		return "\x00\x00\x00\x02" + string([]byte{kind}) + string(length) + s
	}
	msgpack := func(kind byte, size int, s string) string { return igbinary(kind, size, s)[4:] }
	asJSON := func(s string) string {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `/`, `\/`, `<`, `\u003C`).Replace(s) + `"`
	}
	tests := []struct {
		name         string
		serializer   decoder.Serializer
		stored, want string
	}{
		{"none", decoder.None, text, usual},
		{"php", decoder.PHP, str(text), usual},
		{"php, not wrapped", decoder.PHP, text, usual},
		{"php, not wrapped, behind a blank", decoder.PHP, " " + text, usual},
		{"igbinary of 16 bits", decoder.Igbinary, igbinary(0x12, 2, text), usual},
		{"igbinary of 32 bits", decoder.Igbinary, igbinary(0x13, 4, long), wantLong},
		{"igbinary of 64 bits", decoder.Igbinary, igbinary(0x26, 8, text), usual},
		{"igbinary, not wrapped", decoder.Igbinary, text, usual},
		{"msgpack of 16 bits", decoder.Msgpack, msgpack(0xda, 2, text), usual},
		{"msgpack of 32 bits", decoder.Msgpack, msgpack(0xdb, 4, long), wantLong},
		{"msgpack of bytes", decoder.Msgpack, msgpack(0xc5, 2, text), usual},
		{"msgpack, not wrapped", decoder.Msgpack, text, usual},
		{"json", decoder.JSON, asJSON(text), usual},
		{"json, not wrapped", decoder.JSON, text, usual},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			got, err := decode(t, decoder.Options{Serializer: c.serializer}, &transport.Entry{Message: []byte(c.stored)})
			if err != nil || got != c.want {
				t.Errorf("\n got %.300s, %v\nwant %.300s", got, err, c.want)
			}
		})
	}
}

// TestAnotherSerializerIsNamed has strings that the DSN's serializer cannot read and another one can: the option is wrong.
func TestAnotherSerializerIsNamed(t *testing.T) {
	text := []byte(frame(t, "x", "[]"))
	for _, c := range []struct {
		name       string
		configured decoder.Serializer
		stored     []byte
		want       string
	}{
		{"igbinary", decoder.PHP, decoder.Igbinary.Wrap(text), "serializer=2"},
		{"msgpack", decoder.PHP, decoder.Msgpack.Wrap(text), "serializer=3"},
		{"json", decoder.PHP, decoder.JSON.Wrap(text), "serializer=4"},
		{"php", decoder.Igbinary, decoder.PHP.Wrap(text), "serializer=1"},
		{"the right one, cut off", decoder.Igbinary, decoder.Igbinary.Wrap(text)[:9], ""},
		{"another one, cut off", decoder.PHP, decoder.Igbinary.Wrap(text)[:9], ""},
		{"none at all", decoder.PHP, []byte("hello"), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := decode(t, decoder.Options{Serializer: c.configured}, &transport.Entry{Message: c.stored})
			if err == nil || c.want == "" && strings.Contains(err.Error(), "serializer=") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Decode = %v, want %q", err, c.want)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	text := frame(t, body(message()), "[]")
	envelope := func(value string) string {
		return frame(t, strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\x00", `\0`).Replace(value), "[]")
	}
	tests := []struct {
		name       string
		serializer decoder.Serializer
		stored     string
		layer      decoder.Layer
		offset     int
		path       string
		class      error
	}{
		{"nothing", decoder.PHP, "", decoder.LayerField, 0, "", io.ErrUnexpectedEOF},
		{"php, cut off", decoder.PHP, str(text)[:100], decoder.LayerField, 7, "", io.ErrUnexpectedEOF},
		{"php, an array", decoder.PHP, array("body", str("x")), decoder.LayerField, 0, "", decoder.ErrCorrupt},
		{"none, but wrapped", decoder.None, str(text), decoder.LayerFrame, 0, "", decoder.ErrCorrupt},
		{"igbinary, no header", decoder.Igbinary, "\x00\x00", decoder.LayerField, 2, "", io.ErrUnexpectedEOF},
		{"igbinary, another header", decoder.Igbinary, "\x00\x00\x00\x09\x11\x01x", decoder.LayerField, 0, "", decoder.ErrCorrupt},
		{"igbinary, an array", decoder.Igbinary, "\x00\x00\x00\x02\x14\x00", decoder.LayerField, 4, "", decoder.ErrNotEnvelope},
		{"igbinary, no length", decoder.Igbinary, "\x00\x00\x00\x02\x12\x00", decoder.LayerField, 6, "", io.ErrUnexpectedEOF},
		{"igbinary, cut off", decoder.Igbinary, "\x00\x00\x00\x02\x11\x09abc", decoder.LayerField, 6, "", io.ErrUnexpectedEOF},
		{"igbinary, a huge length", decoder.Igbinary, "\x00\x00\x00\x02\x26\xff\xff\xff\xff\xff\xff\xff\xffabc", decoder.LayerField, 13, "", io.ErrUnexpectedEOF},
		{"igbinary, the empty string", decoder.Igbinary, "\x00\x00\x00\x02\x0d", decoder.LayerFrame, 0, "", io.ErrUnexpectedEOF},
		{"msgpack, nothing", decoder.Msgpack, "", decoder.LayerField, 0, "", io.ErrUnexpectedEOF},
		{"msgpack, a map", decoder.Msgpack, "\x80", decoder.LayerField, 0, "", decoder.ErrNotEnvelope},
		{"msgpack, nil", decoder.Msgpack, "\xc0", decoder.LayerField, 0, "", decoder.ErrNotEnvelope},
		{"msgpack, no length", decoder.Msgpack, "\xda\x01", decoder.LayerField, 2, "", io.ErrUnexpectedEOF},
		{"msgpack, cut off", decoder.Msgpack, "\xdb\xff\xff\xff\xffabc", decoder.LayerField, 5, "", io.ErrUnexpectedEOF},
		{"json, a number", decoder.JSON, "5", decoder.LayerField, 0, "", decoder.ErrNotEnvelope},
		{"json, cut off", decoder.JSON, `"abc`, decoder.LayerField, 4, "", io.ErrUnexpectedEOF},
		{"json, not UTF-8", decoder.JSON, "\"a\xff\"", decoder.LayerField, 2, "", decoder.ErrCorrupt},
		{"frame, cut off", decoder.PHP, `{"body":"O:36:\\\"Symfony`, decoder.LayerFrame, 25, "body", io.ErrUnexpectedEOF},
		{"frame, bytes behind", decoder.PHP, text + "x", decoder.LayerFrame, len(text), "", decoder.ErrCorrupt},
		{"frame, not UTF-8", decoder.PHP, "{\"body\":\"\xff\"}", decoder.LayerFrame, 9, "body", decoder.ErrCorrupt},
		{"frame, a list", decoder.PHP, str(`["body"]`), decoder.LayerFrame, 0, "", decoder.ErrNotEnvelope},
		{"frame, a string", decoder.PHP, str(`"body"`), decoder.LayerFrame, 0, "", decoder.ErrNotEnvelope},
		{"frame, no body", decoder.PHP, `{"headers":[]}`, decoder.LayerFrame, 0, "", decoder.ErrNotEnvelope},
		{"frame, body is a number", decoder.PHP, `{"body":5,"headers":[]}`, decoder.LayerFrame, 0, "", decoder.ErrNotEnvelope},
		{"frame, headers are a string", decoder.PHP, `{"body":"x","headers":"y"}`, decoder.LayerFrame, 0, "", decoder.ErrNotEnvelope},
		{"frame, too deep", decoder.PHP, `{"body":` + strings.Repeat("[", 600), decoder.LayerFrame, 518, "body" + strings.Repeat("[0]", 84)[:252] + "...", decoder.ErrLimit},
		{"body, empty", decoder.PHP, frame(t, "", "[]"), decoder.LayerBody, 0, "", decoder.ErrNotEnvelope},
		{"body, 0", decoder.PHP, frame(t, "0", "[]"), decoder.LayerBody, 0, "", decoder.ErrNotEnvelope},
		{"body, text", decoder.PHP, frame(t, "hello world", "[]"), decoder.LayerValue, 0, "", decoder.ErrCorrupt},
		{"body, JSON without a type", decoder.PHP, frame(t, `{"a":1}`, "[]"), decoder.LayerValue, 0, "", decoder.ErrCorrupt},
		{"body, no slashes", decoder.PHP, frame(t, front+message()+"}", "[]"), decoder.LayerValue, 42, "", decoder.ErrCorrupt},
		{"value, cut off", decoder.PHP, envelope((front + message())[:200]), decoder.LayerValue, 0, "message", io.ErrUnexpectedEOF},
		{"value, bytes behind", decoder.PHP, envelope(front + message() + "}}"), decoder.LayerValue, len(front+message()) + 1, "", decoder.ErrCorrupt},
		{"value, not in order", decoder.PHP, envelope(front + message("level", "i:x;") + "}"), decoder.LayerValue, 0, "message.level", decoder.ErrCorrupt},
		{"envelope, another object", decoder.PHP, envelope(object("stdClass")), decoder.LayerEnvelope, 0, "", decoder.ErrNotEnvelope},
		{"envelope, an array", decoder.PHP, envelope("a:0:{}"), decoder.LayerEnvelope, 0, "", decoder.ErrNotEnvelope},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			_, err := decode(t, decoder.Options{Serializer: c.serializer}, &transport.Entry{Message: []byte(c.stored)})
			var e *decoder.Error
			if !errors.As(err, &e) || !errors.Is(err, c.class) {
				t.Fatalf("Decode = %v, want %v", err, c.class)
			}
			if e.Layer != c.layer || e.Path != c.path || c.offset > 0 && e.Offset != c.offset {
				t.Errorf("Decode = %v\nat %s %d %q, want %s %d %q", err, e.Layer, e.Offset, e.Path, c.layer, c.offset, c.path)
			}
		})
	}
}

func TestDecodeRefusesAnEntryWithoutFields(t *testing.T) {
	for _, e := range []transport.Entry{{}, {Headers: []byte("{}")}} {
		if _, err := decode(t, decoder.Options{}, &e); !errors.Is(err, decoder.ErrNotEnvelope) {
			t.Errorf("Decode = %v, want %v", err, decoder.ErrNotEnvelope)
		}
	}
}

func TestDecodeLimits(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("a:1:{i:0;", n) + "N;" + strings.Repeat("}", n) }
	tests := []struct {
		name   string
		limits decoder.Limits
		entry  *transport.Entry
		class  error
	}{
		{"64 MiB field", decoder.Limits{}, &transport.Entry{Message: bytes.Repeat([]byte{'x'}, 64<<20)}, decoder.ErrLimit},
		{"64 MiB body", decoder.Limits{}, &transport.Entry{Body: bytes.Repeat([]byte{'x'}, 64<<20)}, decoder.ErrLimit},
		{"64 MiB headers", decoder.Limits{}, &transport.Entry{Body: []byte("x"), Headers: bytes.Repeat([]byte{'x'}, 64<<20)}, decoder.ErrLimit},
		{"ten thousand levels", decoder.Limits{}, entry(t, message("context", deep(10000))), decoder.ErrLimit},
		{"four thousand levels", decoder.Limits{}, entry(t, message("context", deep(4000))), nil},
		{"four thousand levels of sixty", decoder.Limits{MaxDepth: 60}, entry(t, message("context", deep(4000))), decoder.ErrLimit},
		{"a thousand million elements", decoder.Limits{}, entry(t, message("context", "a:1000000000:{}")), io.ErrUnexpectedEOF},
		{"more elements than allowed", decoder.Limits{MaxElements: 100}, entry(t, message("context", "a:101:{"+strings.Repeat("i:0;N;", 101)+"}")), decoder.ErrLimit},
		{"ten thousand levels of JSON", decoder.Limits{}, &transport.Entry{
			Body: []byte(strings.Repeat("[", 10000)), Headers: []byte(`{"type":"A"}`),
		}, decoder.ErrLimit},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			_, err := decode(t, decoder.Options{Serializer: decoder.PHP, Limits: c.limits}, c.entry)
			if !errors.Is(err, c.class) {
				t.Errorf("Decode = %v, want %v", err, c.class)
			}
		})
	}
}

// The memory of a large entry is given back with the next one.
func TestDecodeGivesMemoryBack(t *testing.T) {
	d := newDecoder(t, decoder.Options{Serializer: decoder.PHP, Limits: decoder.Limits{MaxBytes: 64 << 20}})
	large := entry(t, message("message", str(strings.Repeat(`a"`, 4<<20))))
	slow := &transport.Entry{Message: withBlank([]byte(frame(t, body(message("message", str(strings.Repeat(`a"`, 4<<20)))), "[]")))}
	small := entry(t, message())
	var r record.Record
	for _, e := range []*transport.Entry{large, slow} {
		if err := d.Decode(e, &r); err != nil || len(r.Message) != 8<<20 {
			t.Fatalf("Decode = %v, a message of %d bytes", err, len(r.Message))
		}
		before := heap()
		r = record.Record{}
		if err := d.Decode(small, &r); err != nil {
			t.Fatal(err)
		}
		if given := int64(before) - int64(heap()); given < 8<<20 {
			t.Errorf("%d bytes were given back", given)
		}
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// Entries as they are usual cost no memory, whatever wraps them.
func TestDecodeAllocatesNothing(t *testing.T) {
	cases, err := fixtures.Load("forky")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if c.Group != "typical" && c.Group != "serializers" && c.Group != "symfony-serializer" && c.Group != "shapes" && c.Group != "sharing" || c.Field == nil {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			d := newDecoder(t, decoder.Options{Serializer: serializers[c.Serializer]})
			e := transport.Entry{Message: c.Field}
			var r record.Record
			if n := testing.AllocsPerRun(50, func() {
				if err := d.Decode(&e, &r); err != nil {
					t.Error(err)
				}
			}); n != 0 {
				t.Errorf("%v allocations", n)
			}
		})
	}
}

func TestDecodeClass(t *testing.T) {
	e := entry(t, message())
	for _, classes := range [][]string{nil, {`App\Log`}, {`App\Other`, `App\Log`}, {`App\*`}, {`*`}} {
		if got, err := decode(t, decoder.Options{Serializer: decoder.PHP, Classes: classes}, e); err != nil || got != usual {
			t.Errorf("one of %q: %s, %v", classes, got, err)
		}
	}
	for _, classes := range [][]string{{`App\Lo`}, {`App\Logs`}, {`Ap\*`}, {`App\Log\*`}, {``}} {
		if _, err := decode(t, decoder.Options{Serializer: decoder.PHP, Classes: classes}, e); !errors.Is(err, decoder.ErrUnknownClass) {
			t.Errorf("none of %q: %v", classes, err)
		}
	}
	d := newDecoder(t, decoder.Options{Serializer: decoder.PHP, Classes: []string{`App\Other`}})
	var r record.Record
	if err := d.Decode(e, &r); !errors.Is(err, decoder.ErrUnknownClass) || string(d.Class()) != `App\Log` {
		t.Errorf("another class: %v, Class = %q", err, d.Class())
	}
	if err := d.Decode(&transport.Entry{Message: []byte("x")}, &r); err == nil || d.Class() != nil {
		t.Errorf("no class: %v, Class = %q", err, d.Class())
	}
	enum := entry(t, `E:8:"App\E:One";`[:5]+`App\E:One";`)
	if err := d.Decode(enum, &r); err == nil {
		t.Error("an enum case was decoded")
	}
}

// A class that Classes do not name is asked about. What may be another worker's is said to be so where it is no log record.
func TestDecodeBelonging(t *testing.T) {
	record := entry(t, message())
	other := entry(t, object(`App\Log`, "subject", str("hello"), "address", str("ada@example.org")))
	for _, test := range []struct {
		name      string
		belonging decoder.Belonging
		entry     *transport.Entry
		want      []error
		not       error
	}{
		{"own", decoder.Own, record, nil, nil},
		{"unsure, a record", decoder.Unsure, record, nil, nil},
		{"foreign", decoder.Foreign, record, []error{decoder.ErrUnknownClass}, decoder.ErrUncertain},
		{"own, no record", decoder.Own, other, []error{decoder.ErrUnmappable}, decoder.ErrUncertain},
		{"unsure, no record", decoder.Unsure, other, []error{decoder.ErrUnmappable, decoder.ErrUncertain}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			asked := ""
			belongs := func(class string) decoder.Belonging { asked = class; return test.belonging }
			_, err := decode(t, decoder.Options{Serializer: decoder.PHP, Classes: []string{`App\Other`}, Belongs: belongs}, test.entry)
			if asked != `App\Log` || (err == nil) != (test.want == nil) {
				t.Errorf("asked for %q: %v", asked, err)
			}
			for _, want := range test.want {
				if !errors.Is(err, want) {
					t.Errorf("%v is no %v", err, want)
				}
			}
			if test.not != nil && errors.Is(err, test.not) {
				t.Errorf("%v is %v", err, test.not)
			}
		})
	}
}

func TestHeaders(t *testing.T) {
	d := newDecoder(t, decoder.Options{})
	var r record.Record
	signed := &transport.Entry{Message: []byte(frame(t, body(message()), `{"Body-Sign":"v2:ab","Sign-Algo":"sha256"}`))}
	if err := d.Decode(signed, &r); err != nil {
		t.Fatal(err)
	}
	if got := string(d.Headers().Element("Body-Sign").Text()); got != "v2:ab" {
		t.Errorf("Body-Sign is %q", got)
	}
	if err := d.Decode(&transport.Entry{Message: []byte(frame(t, body(message()), `[]`))}, &r); err != nil || d.Headers().Exists() {
		t.Errorf("headers of the entry before are left, %v", err)
	}
}

// The fast way and the slow way make the same records, whatever was decoded before.
func TestFastWayIsSlowWay(t *testing.T) {
	forEachCase(t, func(t *testing.T, d *decoder.Decoder, c fixtures.Case, e transport.Entry) {
		if c.Serializer != "php" && c.Serializer != "none" {
			return
		}
		checkSameWay(t, d, serializers[c.Serializer], e.Message)
	})
}

// checkSameWay checks that stored is decoded, or refused, no matter by which way.
func checkSameWay(t *testing.T, d *decoder.Decoder, serializer decoder.Serializer, stored []byte) {
	t.Helper()
	inner := stored
	if text, err := phpserialize.Text(stored); err == nil && serializer == decoder.PHP {
		inner = text
	}
	if !bytes.HasPrefix(inner, []byte{'{'}) {
		return // there is no frame
	}
	fast, fastErr := outcome(d, stored)
	slow, slowErr := outcome(d, withBlank(inner))
	if (fastErr == nil) != (slowErr == nil) || fast != slow {
		t.Fatalf("%q\nfast %s, %v\nslow %s, %v", stored, fast, fastErr, slow, slowErr)
	}
}

func outcome(d *decoder.Decoder, stored []byte) (string, error) {
	var r record.Record
	if err := d.Decode(&transport.Entry{Message: stored}, &r); err != nil {
		return "", err
	}
	return string(d.Class()) + describeRecord(&r), nil
}
