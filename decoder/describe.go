package decoder

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"envelog/decoder/messenger"
	"envelog/internal/quantity"
	"envelog/phpvalue"
	"envelog/record"
)

// Describe prints what payload is, layer by layer, the value in it as an indented tree, and the record that it makes:
// for people, not for programs. It takes a stored field, a delayed member, a frame, a body, or a serialized value, and
// finds out by itself which of them; o.Serializer is tried first. A line feed at the end is ignored.
//
// The error is what would keep an entry from being decoded, an *[Error], or w's; what was found before it is printed
// all the same. A serialized value that is no envelope is no error. Unlike errors, the tree shows what is in a message.
func Describe(w io.Writer, payload []byte, o Options) error {
	d, err := New(o)
	if err != nil {
		return err
	}
	p := describer{decoder: d}
	err = p.describe(bytes.TrimSuffix(payload, []byte("\n")))
	if _, writeErr := w.Write(p.out); writeErr != nil {
		return fmt.Errorf("write description: %w", writeErr)
	}
	return err
}

// describer takes one layer after the other off a payload, and writes down what it finds.
type describer struct {
	decoder *Decoder
	out     []byte
}

func (p *describer) printf(format string, args ...any) { p.out = fmt.Appendf(p.out, format, args...) }

func (p *describer) describe(payload []byte) error {
	if most := p.decoder.limits.MaxBytes; len(payload) > most {
		return fail(LayerField, fmt.Errorf("%d bytes, of at most %d: %w", len(payload), most, ErrLimit))
	}
	text, err := p.field(payload)
	switch {
	case err != nil:
		return err
	case bytes.HasPrefix(text, []byte{'{'}):
		return p.frame(text)
	case isBareValue(text):
		return p.bareValue(text)
	}
	return p.body(text)
}

// field takes off what phpredis put around a string: its configured serializer, or the one that the bytes look like.
func (p *describer) field(stored []byte) ([]byte, error) {
	u := p.decoder
	looks := wrappedBy(stored)
	if looks == None {
		return stored, nil
	}
	text, err := stored, error(nil)
	if u.wrapped.Serializer != None {
		text, err = u.unwrap(stored)
	}
	if u.wrapped.Serializer == None || err != nil {
		u.wrapped.Serializer = looks
		text, err = u.unwrap(stored)
	}
	p.printf("field: %s, wrapped by phpredis' serializer %s\n", quantity.Count(len(stored), "byte", "bytes"), u.wrapped.Serializer)
	return text, err
}

// wrappedBy returns which serializer of phpredis can have stored a string as b.
func wrappedBy(b []byte) Serializer {
	switch {
	case bytes.HasPrefix(b, []byte("s:")):
		return PHP
	case bytes.HasPrefix(b, []byte{0, 0, 0}):
		return Igbinary
	case bytes.HasPrefix(b, []byte{'"'}):
		return JSON
	case len(b) > 0 && (b[0]&0xe0 == 0xa0 || b[0] >= 0xd9 && b[0] <= 0xdb):
		return Msgpack
	}
	return None
}

// isBareValue reports whether text is a serialized value to which no slashes were added.
func isBareValue(text []byte) bool {
	if len(text) < 2 || bytes.IndexByte([]byte("abCdEiNOrRsS"), text[0]) < 0 || text[1] != ':' && text[1] != ';' {
		return false
	}
	quote := bytes.IndexByte(text, '"')
	return quote < 0 || text[quote-1] != '\\'
}

func (p *describer) frame(text []byte) error {
	d := p.decoder
	if err := d.parseFrame(text); err != nil {
		return err
	}
	root := d.frame.Root()
	body := root.Element("body")
	if body.Kind() != phpvalue.String {
		p.printf("JSON: %s\n", quantity.Count(len(text), "byte", "bytes"))
		p.dump(root)
		return fail(LayerFrame, fmt.Errorf("%w: no text under body (keys: %s)", ErrNotEnvelope, keys(root)))
	}
	p.printf("frame: %s of JSON\n", quantity.Count(len(text), "byte", "bytes"))
	if id := root.Element("uniqid"); id.Exists() {
		p.printf("  a delayed message, uniqid %s\n", leaf(id))
	}
	if err := d.setHeaders(root.Element("headers")); err != nil {
		return err
	}
	for it := d.headers.Children(); it.Next(); {
		p.printf("  header %s: %s\n", key(it.Value()), leaf(it.Value()))
	}
	return p.body(body.Text())
}

func (p *describer) body(body []byte) error {
	p.printf("body: %s, %s\n", quantity.Count(len(body), "byte", "bytes"), p.bodyKind(body))
	err := p.decoder.readBody(body)
	if e, ok := errors.AsType[*Error](err); err != nil && (!ok || e.Layer != LayerEnvelope) {
		return err
	}
	p.printf("value: %s\n", quantity.Count(len(p.decoder.tree.Text), "byte", "bytes"))
	p.dump(p.decoder.tree.Root())
	if err != nil {
		return err
	}
	return p.record()
}

func (p *describer) bodyKind(body []byte) string {
	switch hasType := p.decoder.headers.Element(messenger.HeaderType).Exists(); {
	case messenger.LooksSerialized(body) && messenger.IsBase64(body):
		return "of PhpSerializer, in base64"
	case messenger.LooksSerialized(body):
		return "of PhpSerializer"
	case hasType:
		return "of the Symfony serializer"
	}
	return "of an unknown kind"
}

func (p *describer) bareValue(text []byte) error {
	d := p.decoder
	p.printf("value: %s, serialized\n", quantity.Count(len(text), "byte", "bytes"))
	d.tree.Text = append(d.tree.Text[:0], text...)
	if err := d.parser.Parse(&d.tree); err != nil {
		return fail(LayerValue, err)
	}
	p.dump(d.tree.Root())
	if d.openEnvelope() != nil {
		return nil //nolint:nilerr // all there is was printed
	}
	return p.record()
}

// record says which record the message makes.
func (p *describer) record() error {
	var r record.Record
	if err := p.decoder.toRecord(&r); err != nil {
		return err
	}
	const format = "2006-01-02T15:04:05.000000Z07:00"
	p.printf("record: channel %s, level %s, time %s\n", quote(r.Channel), r.Level, r.Time.Format(format))
	p.printf("  message %s\n", quote(r.Message))
	return nil
}
