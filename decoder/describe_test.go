package decoder_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"envelog/decoder"
	"envelog/fixtures"
	"envelog/transport"
)

func describe(payload string, o decoder.Options) (string, error) {
	var b strings.Builder
	err := decoder.Describe(&b, []byte(payload), o)
	return b.String(), err
}

func TestDescribe(t *testing.T) {
	text := object(`App\Log`, "channel", str("app"), "\x00*\x00level", str("warning"), "\x00App\\Log\x00message", str("two\nlines"), "\x00App\\Base\x00uuid", str("x"),
		"context", array("f", "d:1.0E+25;", "list", `a:2:{i:0;b:1;i:1;N;}`, "none", "a:0:{}", "e", `E:11:"Suit:Hearts";`, "o", object("stdClass"), "same", "r:10;",
			"ref", "R:5;", "c", `C:3:"Old":3:{raw}`, "inf\x1b[0m", "d:INF;"),
		"timestamp", paris)
	const tree = `  Symfony\Component\Messenger\Envelope {
    private stamps: array(0)
    private message: App\Log {
      channel: "app"
      protected level: "warning"
      private message: "two\nlines"
      private App\Base::uuid: "x"
      context: array(9) {
        "f": float 1.0E+25
        "list": array(2) {
          0: true
          1: null
        }
        "none": array(0)
        "e": Suit::Hearts
        "o": stdClass
        "same": -> message
        "ref": & message.level
        "c": Old in a format of its own, "raw"
        "inf\x1b[0m": float INF
      }
      timestamp: DateTimeImmutable {
        date: "2026-11-23 09:49:34.841400"
        timezone_type: 3
        timezone: "Europe/Paris"
      }
    }
  }
record: channel "app", level WARNING, time 2026-11-23T09:49:34.841400+01:00
  message "two\nlines"
`
	text = strings.Replace(text, "r:10;", "r:3;", 1)
	inner := frame(t, body(text), "[]")
	size := func(s string) string { return fmt.Sprint(len(s)) }
	value := "value: " + size(front+text+"}") + " bytes"
	slashed := "body: " + size(body(text)) + " bytes, of PhpSerializer\n" + value + "\n" + tree
	framed := "frame: " + size(inner) + " bytes of JSON\n" + slashed
	wire := base64.StdEncoding.EncodeToString([]byte(body(text)))
	member := strings.TrimSuffix(inner, "}") + `,"uniqid":"Wff\/nQ036HBt"}`
	tests := []struct{ name, payload, want string }{
		{"field", str(inner), "field: " + size(str(inner)) + " bytes, wrapped by phpredis' serializer php\n" + framed},
		{"field of igbinary", "\x00\x00\x00\x02\x12" + string([]byte{byte(len(inner) >> 8), byte(len(inner))}) + inner,
			fmt.Sprintf("field: %d bytes, wrapped by phpredis' serializer igbinary\n", len(inner)+7) + framed},
		{"field of msgpack", "\xda" + string([]byte{byte(len(inner) >> 8), byte(len(inner))}) + inner,
			fmt.Sprintf("field: %d bytes, wrapped by phpredis' serializer msgpack\n", len(inner)+3) + framed},
		{"frame", inner, framed},
		{"frame with a line feed", inner + "\n", framed},
		{"delayed member", member, strings.Replace(framed, size(inner)+" bytes of JSON\n", size(member)+" bytes of JSON\n  a delayed message, uniqid \"Wff/nQ036HBt\"\n", 1)},
		{"body", body(text), slashed},
		{"body in base64", wire, "body: " + size(wire) + " bytes, of PhpSerializer, in base64\n" + value + "\n" + tree},
		{"value", front + text + "}", value + ", serialized\n" + tree},
		{"another value", `a:1:{i:0;i:5;}`, "value: 14 bytes, serialized\n  array(1) {\n    0: 5\n  }\n"},
		{"a scalar", `b:0;`, "value: 4 bytes, serialized\n  false\n"},
		{"long string", `a:1:{i:0;` + str(strings.Repeat("x", 300)) + `}`,
			"value: 319 bytes, serialized\n  array(1) {\n    0: \"" + strings.Repeat("x", 200) + "\"... (300 bytes)\n  }\n"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			got, err := describe(c.payload, decoder.Options{Serializer: decoder.PHP})
			if err != nil || got != c.want {
				t.Errorf("Describe = %v\n%s\nwant\n%s", err, got, c.want)
			}
		})
	}
}

func TestDescribeSymfonySerializer(t *testing.T) {
	text := `{"channel":"app","level":"info","message":"m","timestamp":"2026-11-23T09:49:34+01:00"}`
	inner := frame(t, text, `{"type":"App\\Log","X":[1]}`)
	got, err := describe(inner, decoder.Options{})
	want := fmt.Sprintf("frame: %d bytes of JSON\n  header \"type\": \"App\\\\Log\"\n  header \"X\": array(1)\nbody: %d bytes, of the Symfony serializer\nvalue: %d bytes\n",
		len(inner), len(text), len(text)) + `  array(4) {
    "channel": "app"
    "level": "info"
    "message": "m"
    "timestamp": "2026-11-23T09:49:34+01:00"
  }
record: channel "app", level INFO, time 2026-11-23T09:49:34.000000+01:00
  message "m"
`
	if err != nil || got != want {
		t.Errorf("Describe = %v\n%s\nwant\n%s", err, got, want)
	}
}

func TestDescribeSaysHowFarItCame(t *testing.T) {
	inner := frame(t, body(message()), "[]")
	tests := []struct {
		name, payload string
		shows         string
		layer         decoder.Layer
	}{
		{"nothing", "", "body: 0 bytes", decoder.LayerBody},
		{"field that is cut off", str(inner)[:50], "field: 50 bytes", decoder.LayerField},
		{"frame that is cut off", inner[:50], "", decoder.LayerFrame},
		{"frame without body", `{"a":{"b":1}}`, `"b": 1`, decoder.LayerFrame},
		{"headers that are none", `{"body":"x","headers":5}`, "frame: ", decoder.LayerFrame},
		{"body that is none", frame(t, "hello", "[]"), "of an unknown kind", decoder.LayerValue},
		{"body that is cut off", body(message())[:200], "of PhpSerializer", decoder.LayerValue},
		{"value that is cut off", (front + message())[:200], "value: 200 bytes", decoder.LayerValue},
		{"no envelope", frame(t, `a:1:{i:0;i:5;}`, "[]"), "0: 5", decoder.LayerEnvelope},
		{"no log message", str(frame(t, body(object("App\\Invoice", "to", str("x"))), "[]")), `to: "x"`, decoder.LayerMessage},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			got, err := describe(c.payload, decoder.Options{Serializer: decoder.PHP})
			var e *decoder.Error
			if !errors.As(err, &e) || e.Layer != c.layer || !strings.Contains(got, c.shows) {
				t.Errorf("Describe = %v, want it at %s; it printed\n%s\nwant %q", err, c.layer, got, c.shows)
			}
		})
	}
}

func TestDescribeIsBounded(t *testing.T) {
	deep := strings.Repeat("a:1:{i:0;", 4000) + "N;" + strings.Repeat("}", 4000)
	got, err := describe(deep, decoder.Options{})
	if err != nil || len(got) > 100_000 || !strings.Contains(got, "{...}") {
		t.Errorf("4000 levels take %d bytes, %v", len(got), err)
	}
	if _, err := describe(strings.Repeat("x", 2000), decoder.Options{Limits: decoder.Limits{MaxBytes: 1024}}); !errors.Is(err, decoder.ErrLimit) {
		t.Errorf("too many bytes: %v", err)
	}
	if _, err := describe("", decoder.Options{Serializer: 9}); err == nil {
		t.Error("options that are wrong were taken")
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestDescribeReturnsTheWritersError(t *testing.T) {
	if err := decoder.Describe(full{}, []byte("b:0;"), decoder.Options{}); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("Describe = %v", err)
	}
}

// What can be decoded can be described, to its record; and what cannot, not.
func TestDescribeRecorded(t *testing.T) {
	forEachCase(t, func(t *testing.T, _ *decoder.Decoder, c fixtures.Case, e transport.Entry) {
		for _, serializer := range []decoder.Serializer{decoder.None, serializers[c.Serializer]} {
			got, err := describe(string(e.Message), decoder.Options{Serializer: serializer})
			if hasRecord := strings.Contains(got, "\nrecord: "); hasRecord != (err == nil) || err != nil && c.HasRecord {
				t.Errorf("Describe with serializer %s = %v\n%s", serializer, err, got)
			}
		}
	})
}
