package decoder_test

import (
	"encoding/json"
	"errors"
	"io"
	"testing"
	"unicode/utf8"

	"envelog/decoder"
	"envelog/decoder/phpserialize"
	"envelog/fixtures"
	"envelog/record"
	"envelog/transport"
)

// seed adds what was recorded, with the serializer that it was recorded with.
func seed(f *testing.F, add func(stored []byte, serializer decoder.Serializer)) {
	f.Helper()
	cases, err := fixtures.Load("forky")
	if err != nil {
		f.Fatal(err)
	}
	for _, c := range cases {
		if len(c.Field) > 20_000 {
			continue
		}
		for _, e := range entries(f, c) {
			add(e.Message, serializers[c.Serializer])
		}
	}
}

// Any field is decoded, or refused with an error that names its place; both ways of decoding agree; and what can be
// decoded can be described.
func FuzzDecode(f *testing.F) {
	seed(f, func(stored []byte, s decoder.Serializer) { f.Add(stored, uint8(s)) })
	f.Fuzz(func(t *testing.T, stored []byte, serializer uint8) {
		o := decoder.Options{Serializer: decoder.Serializer(serializer % 5), Limits: decoder.Limits{MaxDepth: 100, MaxElements: 10_000}}
		d := newDecoder(t, o)
		var r record.Record
		err := d.Decode(&transport.Entry{Message: stored}, &r)
		checkError(t, stored, err)
		if err == nil {
			if _, err := describe(string(stored), o); err != nil {
				t.Fatalf("%q can be decoded, but not described: %v", stored, err)
			}
		}
		if o.Serializer == decoder.PHP || o.Serializer == decoder.None {
			checkSameWay(t, d, o.Serializer, stored)
		}
	})
}

func checkError(t *testing.T, stored []byte, err error) {
	t.Helper()
	if err == nil {
		return
	}
	var e *decoder.Error
	if !errors.As(err, &e) || e.Layer == "" || e.Offset < 0 || e.Offset > len(stored) || len(err.Error()) > 8192 {
		t.Fatalf("Decode(%q) = %#v", stored, err)
	}
	for _, class := range []error{io.ErrUnexpectedEOF, decoder.ErrCorrupt, decoder.ErrLimit, decoder.ErrNotEnvelope, decoder.ErrUnmappable, decoder.ErrUnsupported} {
		if errors.Is(err, class) {
			return
		}
	}
	t.Fatalf("Decode(%q) = %v, which is of no class", stored, err)
}

// What is taken for a frame is JSON to encoding/json too, with the same body; PHP's rules are the stricter ones.
func FuzzFrame(f *testing.F) {
	seed(f, func(stored []byte, s decoder.Serializer) {
		if text, err := phpserialize.Text(stored); s == decoder.PHP && err == nil {
			f.Add(text)
		}
	})
	f.Add([]byte(`{"headers":{"type":"A"},"body":"{}","body":"[]"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		d := newDecoder(t, decoder.Options{})
		var r record.Record
		err := d.Decode(&transport.Entry{Message: text}, &r)
		checkError(t, text, err)
		var e *decoder.Error
		if errors.As(err, &e) && (e.Layer == decoder.LayerField || e.Layer == decoder.LayerFrame) {
			return
		}
		var frame map[string]any
		if err := json.Unmarshal(text, &frame); err != nil || !utf8.Valid(text) {
			t.Fatalf("%q was taken for a frame: %v", text, err)
		}
		body, isText := frame["body"].(string)
		if !isText {
			t.Fatalf("%q has no body", text)
		}
		var again record.Record
		same := newDecoder(t, decoder.Options{}).Decode(&transport.Entry{Body: []byte(body), Headers: headersOf(t, frame)}, &again)
		if (same == nil) != (err == nil) || err == nil && describeRecord(&r) != describeRecord(&again) {
			t.Fatalf("%q: %v; the same body %q: %v", text, err, body, same)
		}
	})
}

func headersOf(t *testing.T, frame map[string]any) []byte {
	t.Helper()
	if frame["headers"] == nil {
		return nil
	}
	text, err := json.Marshal(frame["headers"])
	if err != nil {
		t.Fatal(err)
	}
	return text
}
