package decoder_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"envelog/decoder"
	"envelog/decoder/messenger"
	"envelog/decoder/phpserialize"
	"envelog/fixtures"
	"envelog/record"
	"envelog/transport"
)

// TestDecodeWrapped: what is on a failure transport within the exception of a message that could not be decoded is
// decoded as the message itself, and as the exception when it is not one.
func TestDecodeWrapped(t *testing.T) {
	forEachCase(t, func(t *testing.T, d *decoder.Decoder, c fixtures.Case, e transport.Entry) {
		if c.Serializer != "php" {
			return
		}
		text, err := phpserialize.Text(e.Message)
		var m struct {
			Body    string
			Headers json.RawMessage
		}
		if err != nil || json.Unmarshal(text, &m) != nil || m.Body == "" {
			return // there is no frame
		}
		want, wantErr := outcome(d, e.Message)
		var headers map[string]string
		_ = json.Unmarshal(m.Headers, &headers) // [] has none
		inner := transport.Message{Body: []byte(m.Body)}
		for name, value := range headers {
			inner.Headers = append(inner.Headers, transport.Header{Name: name, Value: value})
		}
		got, err := outcomeOf(d, wrap(t, inner))
		if (err == nil) != (wantErr == nil) || got != want {
			t.Errorf("within an exception %.300s, %v\nby itself %.300s, %v", got, err, want, wantErr)
		}
	})
}

func TestDecodeWrappedGarbage(t *testing.T) {
	d := newDecoder(t, decoder.Options{})
	inner := wrap(t, transport.Message{Body: []byte("not a message")})
	for _, m := range []transport.Message{inner, wrap(t, inner)} {
		if _, err := outcomeOf(d, m); err == nil || string(d.Class()) != messenger.DecodingFailed {
			t.Errorf("decode = %v, of the class %q", err, d.Class())
		}
	}
}

// TestDecodeWrappedNothing: of a message that had no body, the reason for which it failed is all there is to say.
func TestDecodeWrappedNothing(t *testing.T) {
	d := newDecoder(t, decoder.Options{})
	_, err := outcomeOf(d, wrap(t, transport.Message{}))
	if err == nil || !errors.Is(err, decoder.ErrNotEnvelope) || !strings.HasSuffix(err.Error(), "it had no body when it failed: cut off") {
		t.Errorf("decode = %v", err)
	}
}

// wrap puts around m what Symfony 8.1 does when it cannot decode it, as it is stored on a failure transport.
func wrap(t *testing.T, m transport.Message) transport.Message {
	t.Helper()
	opened, err := messenger.Wrap(m, "cut off", decoder.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	parked, err := opened.Park(messenger.Attempt{ID: "1-0"}, "async")
	if err != nil {
		t.Fatal(err)
	}
	return parked
}

func outcomeOf(d *decoder.Decoder, m transport.Message) (string, error) {
	var r record.Record
	if err := d.Decode(&transport.Entry{Body: m.Body}, &r); err != nil {
		return "", err
	}
	return string(d.Class()) + describeRecord(&r), nil
}
