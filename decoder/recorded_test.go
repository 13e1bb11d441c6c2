package decoder_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"envelog/decoder"
	"envelog/fixtures"
	"envelog/record"
	"envelog/transport"
)

// serializers are phpredis' by the names that the fixtures use.
var serializers = map[string]decoder.Serializer{
	"none": decoder.None, "php": decoder.PHP, "igbinary": decoder.Igbinary, "msgpack": decoder.Msgpack, "json": decoder.JSON,
}

func newDecoder(t testing.TB, o decoder.Options) *decoder.Decoder {
	t.Helper()
	d, err := decoder.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// entries returns what of a case can stand in a stream: its field, and its delayed member as the transport moves it.
func entries(t testing.TB, c fixtures.Case) []transport.Entry {
	t.Helper()
	var all []transport.Entry
	if c.Field != nil {
		all = append(all, transport.Entry{ID: []byte("1-0"), Message: c.Field})
	}
	if c.Member != nil {
		all = append(all, transport.Entry{ID: []byte("2-0"), Message: c.Member})
	}
	return all
}

// forEachCase runs f on every entry of every suite, with one decoder for all that phpredis stored alike.
func forEachCase(t *testing.T, f func(t *testing.T, d *decoder.Decoder, c fixtures.Case, e transport.Entry)) {
	for _, suite := range fixtures.Suites() {
		cases, err := fixtures.Load(suite)
		if err != nil {
			t.Fatal(err)
		}
		decoders := map[string]*decoder.Decoder{}
		for _, c := range cases {
			if decoders[c.Serializer] == nil {
				decoders[c.Serializer] = newDecoder(t, decoder.Options{Serializer: serializers[c.Serializer], Signer: newSigner(t, recordedSecret)})
			}
			for i, e := range entries(t, c) {
				t.Run(fmt.Sprintf("%s/%s/%d", suite, c.Name, i), func(t *testing.T) { f(t, decoders[c.Serializer], c, e) })
			}
		}
	}
}

// printed is what Monolog's JsonFormatter says of a record, as far as it is not the formatter's affair.
type printed struct {
	Message  string
	Level    int
	Channel  string
	Datetime string
}

func TestDecodeRecorded(t *testing.T) {
	forEachCase(t, func(t *testing.T, d *decoder.Decoder, c fixtures.Case, e transport.Entry) {
		var r record.Record
		err := d.Decode(&e, &r)
		if !c.HasRecord {
			checkNoRecord(t, c, err)
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if c.Class != "" && string(d.Class()) != c.Class {
			t.Errorf("Class = %q, want %q", d.Class(), c.Class)
		}
		if c.JSON != nil {
			checkRecord(t, r, c.JSON)
		}
	})
}

func checkNoRecord(t *testing.T, c fixtures.Case, err error) {
	t.Helper()
	var e *decoder.Error
	if c.Name == "other-vanished-class" { // PHP lacks the class; here it is as good as any other
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	if c.Name == "signed-not" { // that it has to be signed is in PHP's configuration alone
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	if !errors.As(err, &e) {
		t.Fatalf("Decode = %v, want an *Error", err)
	}
	if c.Group == "signing" && !errors.Is(err, decoder.ErrSignature) {
		t.Errorf("Decode = %v, want %v", err, decoder.ErrSignature)
	}
	t.Log(err)
}

func checkRecord(t *testing.T, r record.Record, line []byte) {
	t.Helper()
	var want printed
	if err := json.Unmarshal(line, &want); err != nil {
		t.Fatal(err)
	}
	if utf8.Valid(r.Channel) && string(r.Channel) != want.Channel {
		t.Errorf("Channel = %q, want %q", r.Channel, want.Channel)
	}
	if utf8.Valid(r.Message) && string(r.Message) != want.Message {
		t.Errorf("Message = %q, want %q", r.Message, want.Message)
	}
	if int(r.Level) != want.Level {
		t.Errorf("Level = %d, want %d", r.Level, want.Level)
	}
	got := phpTime(r.Time)
	if r.WholeSeconds {
		got = r.Time.Format("2006-01-02T15:04:05-07:00")
	}
	if got != want.Datetime {
		t.Errorf("Time = %s, want %s", got, want.Datetime)
	}
}

// phpTime is the format Y-m-d\TH:i:s.uP.
func phpTime(at time.Time) string {
	year := fmt.Sprintf("%04d", at.Year())
	if at.Year() < 0 {
		year = fmt.Sprintf("-%04d", -at.Year())
	}
	return year + at.Format("-01-02T15:04:05.000000-07:00")
}

// Cut off anywhere or changed in one bit, an entry is decoded or refused with an error that says where; the entry after
// it is decoded as ever.
func TestDecodeDamaged(t *testing.T) {
	cases, err := fixtures.Load("forky")
	if err != nil {
		t.Fatal(err)
	}
	wanted := map[string]bool{
		"typical-small": true, "shared-time": true, "reference-slots": true, "binary": true, "shape-record": true, "serializer-igbinary-text": true,
		"serializer-msgpack-packed-text": true, "serializer-json-text": true, "symfony-stamps": true, "object-serializable-shared": true, "signed": true,
	}
	for _, c := range cases {
		if !wanted[c.Name] {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			d := newDecoder(t, decoder.Options{Serializer: serializers[c.Serializer]})
			for n := range c.Field {
				checkDamaged(t, d, c.Field[:n])
				for _, bit := range []byte{1, 4, 0x20, 0x80} {
					damaged := bytes.Clone(c.Field)
					damaged[n] ^= bit
					checkDamaged(t, d, damaged)
				}
			}
			var r record.Record
			if err := d.Decode(&transport.Entry{Message: c.Field}, &r); err != nil {
				t.Errorf("behind damaged entries: %v", err)
			}
		})
		delete(wanted, c.Name)
	}
	if len(wanted) > 0 {
		t.Errorf("cases are not recorded any more: %v", wanted)
	}
}

// Every recorded entry of the newest Symfony, cut off at every byte, is refused.
func TestDecodeCutOff(t *testing.T) {
	cases, err := fixtures.Load("forky")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if len(c.Field) > 3000 || !c.HasRecord {
			continue
		}
		d := newDecoder(t, decoder.Options{Serializer: serializers[c.Serializer]})
		for _, e := range entries(t, c) {
			for n := range e.Message {
				cut := e.Message[:n]
				checkDamaged(t, d, cut)
				var r record.Record
				if err := d.Decode(&transport.Entry{Message: cut}, &r); err == nil {
					t.Fatalf("%s: %d of %d bytes are decoded", c.Name, n, len(e.Message))
				}
			}
		}
	}
}

// Applications that write into one stream in turn are decoded as if each had it alone, whatever the decoder remembers
// of the entry before.
func TestDecodeInTurn(t *testing.T) {
	cases, err := fixtures.Load("trixie")
	if err != nil {
		t.Fatal(err)
	}
	var stored [][]byte
	var want []string
	for _, c := range cases {
		if c.Serializer != "php" || c.Field == nil || len(c.Field) > 20_000 {
			continue
		}
		text, err := outcome(newDecoder(t, decoder.Options{Serializer: decoder.PHP}), c.Field)
		if err != nil {
			text = err.Error()
		}
		stored, want = append(stored, c.Field), append(want, text)
	}
	d := newDecoder(t, decoder.Options{Serializer: decoder.PHP})
	random := rand.New(rand.NewPCG(8, 9))
	for range 5000 {
		i := random.IntN(len(stored))
		for range 1 + random.IntN(3)*random.IntN(20) { // some applications write many in a row
			got, err := outcome(d, stored[i])
			if err != nil {
				got = err.Error()
			}
			if got != want[i] {
				t.Fatalf("%q\n got %s\nwant %s", stored[i], got, want[i])
			}
		}
	}
}

func checkDamaged(t *testing.T, d *decoder.Decoder, field []byte) {
	t.Helper()
	var r record.Record
	err := d.Decode(&transport.Entry{Message: field}, &r)
	if err == nil {
		return
	}
	var e *decoder.Error
	if !errors.As(err, &e) || e.Layer == "" || e.Offset < 0 || e.Offset > len(field) {
		t.Fatalf("Decode(%q) = %#v", field, err)
	}
	if text := err.Error(); len(text) > 4096 || strings.ContainsAny(text, "\x00\n") {
		t.Fatalf("Decode(%q): message of %d bytes: %q", field, len(text), text)
	}
}
