package decoder_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"envelog/decoder"
	"envelog/decoder/messenger"
	"envelog/decoder/phpserialize"
	"envelog/phpvalue"
	"envelog/record"
	"envelog/transport"
)

const envelopeClass = `Symfony\Component\Messenger\Envelope`

var (
	// front is an envelope up to its message; a brace ends it.
	front = strings.TrimSuffix(object(envelopeClass, "\x00"+envelopeClass+"\x00stamps", "a:0:{}", "\x00"+envelopeClass+"\x00message", ""), "}")
	paris = object("DateTimeImmutable", "date", str("2026-11-23 09:49:34.841400"), "timezone_type", "i:3;", "timezone", str("Europe/Paris"))
)

// str is a serialized string.
func str(s string) string { return fmt.Sprintf("s:%d:\"%s\";", len(s), s) }

// object is a serialized object, of names and serialized values in turn.
func object(class string, properties ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "O:%d:\"%s\":%d:{", len(class), class, len(properties)/2)
	for i, p := range properties {
		if i%2 == 0 {
			p = str(p)
		}
		b.WriteString(p)
	}
	return b.String() + "}"
}

// body is PhpSerializer's body of an envelope with this serialized message.
func body(message string) string { return string(messenger.AppendBody(nil, []byte(front+message+"}"))) }

// frame is Symfony's frame around body.
func frame(t testing.TB, body, headers string) string {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return `{"body":` + string(text) + `,"headers":` + headers + `}`
}

// entry is what Symfony stores for a serialized message.
func entry(t testing.TB, message string) *transport.Entry {
	t.Helper()
	return &transport.Entry{Message: []byte(str(frame(t, body(message), "[]")))}
}

// message is a log message with some properties instead of the usual ones; an empty value takes one away.
func message(changes ...string) string {
	properties := []string{"channel", str("app"), "level", str("INFO"), "message", str("hello"), "context", "a:0:{}", "timestamp", paris}
	for i := 0; i < len(changes); i += 2 {
		properties = change(properties, changes[i], changes[i+1])
	}
	return object(`App\Log`, properties...)
}

func change(properties []string, name, value string) []string {
	for i := 0; i < len(properties); i += 2 {
		if properties[i] != name {
			continue
		}
		if value == "" {
			return append(properties[:i:i], properties[i+2:]...)
		}
		properties[i+1] = value
		return properties
	}
	return append(properties, name, value)
}

// describeRecord writes a record as text, for tests to compare.
func describeRecord(r *record.Record) string {
	return fmt.Sprintf("%q %d %q %s %s context %s extra %s", r.Channel, r.Level, r.Message, phpTime(r.Time), r.Time.Location(),
		render(r.Context), render(r.Extra))
}

// render is v with all that is below it, spelled much as PHP serializes it; a back reference says how far after the
// target it is.
func render(v phpvalue.Value) string {
	switch v.Kind() {
	case phpvalue.Invalid:
		return "none"
	case phpvalue.Null, phpvalue.Bool, phpvalue.Int:
		return fmt.Sprintf("%d:%d;", v.Kind(), v.Node().Num)
	case phpvalue.SameObject, phpvalue.Reference:
		return fmt.Sprintf("%d:%d;", v.Kind(), int64(v.Index())-v.Node().Num)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d:%q", v.Kind(), v.Text())
	if v.Kind() != phpvalue.Array && v.Kind() != phpvalue.Object && v.Kind() != phpvalue.Custom {
		return b.String() + ";"
	}
	fmt.Fprintf(&b, ":%d:%v:{", v.Len(), v.IsList())
	for it := v.Children(); it.Next(); {
		c := it.Value()
		switch c.KeyKind() {
		case phpvalue.IntKey:
			fmt.Fprintf(&b, "%d=", c.IntKey())
		case phpvalue.TextKey:
			fmt.Fprintf(&b, "%q=", c.TextKey())
		}
		b.WriteString(render(c))
	}
	return b.String() + "}"
}

// decode decodes e with a new decoder.
func decode(t testing.TB, o decoder.Options, e *transport.Entry) (string, error) {
	t.Helper()
	var r record.Record
	if err := newDecoder(t, o).Decode(e, &r); err != nil {
		return "", err
	}
	return describeRecord(&r), nil
}

// withBlank is a frame that only the slow way reads, and that means the same.
func withBlank(frame []byte) []byte { return bytes.Replace(frame, []byte("{"), []byte("{ "), 1) }

// rootOf is the value of wire.
func rootOf(t testing.TB, wire string) phpvalue.Value {
	t.Helper()
	p, err := phpserialize.NewParser(phpserialize.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	tree := &phpvalue.Tree{Text: []byte(wire)}
	if err := p.Parse(tree); err != nil {
		t.Fatalf("%s: %v", wire, err)
	}
	return tree.Root()
}
