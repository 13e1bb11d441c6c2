package decoder_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"envelog/decoder"
	"envelog/decoder/messenger"
	"envelog/fixtures"
	"envelog/record"
	"envelog/transport"
)

// recordedSecret is the kernel.secret of the application that was recorded.
const recordedSecret = "recorder"

func newSigner(t testing.TB, secret string) *messenger.Signer {
	t.Helper()
	s, err := messenger.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// forEachSigned runs f on what Symfony's own serializers signed.
func forEachSigned(t *testing.T, f func(t *testing.T, c fixtures.Case, e transport.Entry)) {
	t.Helper()
	count := 0
	for _, suite := range fixtures.Suites() {
		cases, err := fixtures.Load(suite)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			if !c.HasRecord || c.Group != "signing" && !strings.HasPrefix(c.Name, "symfony-signed") {
				continue
			}
			count++
			for _, e := range entries(t, c) {
				t.Run(suite+"/"+c.Name, func(t *testing.T) { f(t, c, e) })
			}
		}
	}
	if count != 2*8 { // of 7.4 and 8.1
		t.Errorf("%d signed messages are recorded", count)
	}
}

// A signature of another secret is refused, whichever kind it is; without a secret nobody looks at it.
func TestSignaturesOfAnotherSecret(t *testing.T) {
	forEachSigned(t, func(t *testing.T, c fixtures.Case, e transport.Entry) {
		var r record.Record
		other := newDecoder(t, decoder.Options{Serializer: decoder.PHP, Signer: newSigner(t, "other")})
		var where *decoder.Error
		if err := other.Decode(&e, &r); !errors.Is(err, decoder.ErrSignature) || !errors.As(err, &where) || where.Layer != decoder.LayerFrame {
			t.Errorf("with another secret: %v", err)
		}
		if err := newDecoder(t, decoder.Options{Serializer: decoder.PHP}).Decode(&e, &r); err != nil {
			t.Errorf("without a secret: %v", err)
		}
		required := newDecoder(t, decoder.Options{Serializer: decoder.PHP, Signer: newSigner(t, recordedSecret), RequireSignature: true})
		if err := required.Decode(&e, &r); err != nil || string(r.Message) != string("Order placed") {
			t.Errorf("required: %q, %v", r.Message, err)
		}
	})
}

// Where signatures are required, a message without one is refused, the usual one that is read in place too.
func TestRequiredSignatures(t *testing.T) {
	d := newDecoder(t, decoder.Options{Serializer: decoder.PHP, Signer: newSigner(t, recordedSecret), RequireSignature: true})
	cases, err := fixtures.Typical("forky")
	if err != nil {
		t.Fatal(err)
	}
	for _, stored := range [][]byte{cases[0].Field, entry(t, message()).Message, []byte(frame(t, body(message()), `{"Sign-Algo":"sha256"}`))} {
		var r record.Record
		if err := d.Decode(&transport.Entry{Message: stored}, &r); !errors.Is(err, decoder.ErrSignature) {
			t.Errorf("%.60s: %v", stored, err)
		}
	}
	if _, err := decoder.New(decoder.Options{RequireSignature: true}); err == nil || !strings.Contains(err.Error(), "secret is not known") {
		t.Errorf("without a secret: %v", err)
	}
	if _, err := messenger.NewSigner(""); err == nil {
		t.Error("an empty secret is taken")
	}
}

// What lies within the exception of a message that could not be decoded has its own signature, which counts.
func TestSignaturesWithinExceptions(t *testing.T) {
	signer := newSigner(t, "s")
	d := newDecoder(t, decoder.Options{Serializer: decoder.None, Signer: signer, RequireSignature: true})
	good := signer.Sign(transport.Message{Body: []byte(body(message()))})
	wrong, none := good, good
	wrong.Body, none.Headers = append(bytes.Clone(wrong.Body), ' '), nil
	for _, test := range []struct {
		name string
		m    transport.Message
		want error
	}{{"right", good, nil}, {"wrong", wrong, decoder.ErrSignature}, {"none", none, decoder.ErrSignature}} {
		wrapped, err := messenger.Wrap(test.m, "it failed", decoder.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		parked, err := wrapped.Park(messenger.Attempt{}, "async")
		if err != nil {
			t.Fatal(err)
		}
		var r record.Record
		e := &transport.Entry{Message: []byte(frame(t, string(parked.Body), "[]"))}
		if err := d.Decode(e, &r); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
}

// A signature of which one character differs, or a byte of what it covers, is refused.
func TestChangedMessagesAreRefused(t *testing.T) {
	d := newDecoder(t, decoder.Options{Serializer: decoder.None, Signer: newSigner(t, "s")})
	signed := func(headers ...transport.Header) transport.Message {
		return newSigner(t, "s").Sign(transport.Message{Body: []byte(body(message())), Headers: headers})
	}
	stored := func(m transport.Message) *transport.Entry {
		var headers []string
		for _, h := range m.Headers {
			headers = append(headers, quoted(t, h.Name)+":"+quoted(t, h.Value))
		}
		return &transport.Entry{Message: []byte(frame(t, string(m.Body), "{"+strings.Join(headers, ",")+"}"))}
	}
	var r record.Record
	if err := d.Decode(stored(signed()), &r); err != nil {
		t.Fatal(err)
	}
	signature := signed().Headers[0].Value
	for i := range signature {
		m := signed()
		m.Headers[0].Value = signature[:i] + "x" + signature[i+1:]
		if err := d.Decode(stored(m), &r); !errors.Is(err, decoder.ErrSignature) {
			t.Errorf("character %d of the signature: %v", i, err)
		}
	}
	for _, change := range []func(m *transport.Message){
		func(m *transport.Message) { m.Body = append(m.Body, ' ') },
		func(m *transport.Message) { m.Headers[0].Value = "" },
		func(m *transport.Message) { m.Headers = append(m.Headers, transport.Header{Name: "type", Value: "A"}) },
		func(m *transport.Message) {
			m.Headers = append(m.Headers, transport.Header{Name: messenger.HeaderStampPrefix + "A", Value: "[]"})
		},
	} {
		m := signed()
		change(&m)
		if err := d.Decode(stored(m), &r); !errors.Is(err, decoder.ErrSignature) {
			t.Errorf("%v: %v", m.Headers, err)
		}
	}
	unsigned := strings.Replace(string(stored(signed()).Message), `"headers":{`, `"headers":{"X-Trace":5,`, 1)
	if err := d.Decode(&transport.Entry{Message: []byte(unsigned)}, &r); err != nil {
		t.Errorf("with a number in a header that is not signed: %v", err)
	}
	for _, headers := range []string{`{"Body-Sign":5}`, `{"Body-Sign":null}`, `{"Body-Sign":["v2:"]}`} {
		e := &transport.Entry{Message: []byte(frame(t, body(message()), headers))}
		if err := d.Decode(e, &r); !errors.Is(err, decoder.ErrSignature) {
			t.Errorf("%s: %v", headers, err)
		}
	}
}

// The time of a record in a zone that is not known is taken for one of UTC, and each such zone is told about once.
func TestUnknownZonesAreToldOnce(t *testing.T) {
	var told []string
	d := newDecoder(t, decoder.Options{Serializer: decoder.PHP, UnknownZone: func(zone string) { told = append(told, zone) }})
	for _, zone := range []struct {
		kind int
		name string
	}{{3, "Mars/Olympus"}, {3, "Mars/Olympus"}, {2, "XYZT"}, {3, "mars/Olympus"}, {3, "Europe/Berlin"}, {3, "../etc/passwd"}, {3, strings.Repeat("x", 1000)}} {
		var r record.Record
		if err := d.Decode(entry(t, message("timestamp", date("D", "2026-11-23 09:49:34.841400", zone.kind, zone.name))), &r); err != nil {
			t.Fatalf("%s: %v", zone.name, err)
		}
		want := "2026-11-23T09:49:34.841400+00:00"
		if zone.name == "Europe/Berlin" {
			want = "2026-11-23T09:49:34.841400+01:00"
		}
		if got := phpTime(r.Time); got != want {
			t.Errorf("%s: got %s, want %s", zone.name, got, want)
		}
	}
	if len(told) != 5 || told[0] != "Mars/Olympus" || told[1] != "XYZT" {
		t.Errorf("told of %.200q", told)
	}
	for i := range 1000 {
		var r record.Record
		if err := d.Decode(entry(t, message("timestamp", date("D", "2026-11-23 09:49:34.841400", 3, "No/"+strings.Repeat("x", i)))), &r); err != nil {
			t.Fatal(err)
		}
	}
	if len(told) != 64 {
		t.Errorf("told of %d zones", len(told))
	}
}

func quoted(t testing.TB, s string) string {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
