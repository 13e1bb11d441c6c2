package decoder

import (
	"bytes"
	"errors"
	"fmt"

	"envelog/decoder/messenger"
	"envelog/decoder/phpserialize"
	"envelog/phpvalue"
	"envelog/transport"
)

// readFast reads the value in place, when payload is the frame that PhpSerializer's bodies have, as PHP writes it.
// It reports whether it could.
func (d *Decoder) readFast(payload []byte) bool {
	const front, object, back = `{"body":"`, `O:`, `","headers":[]}`
	if !bytes.HasPrefix(payload, []byte(front+object)) {
		return false
	}
	stored := payload[len(front):]
	n, ok := d.parser.ParseSlashed(&d.tree, stored)
	if !ok || string(stored[n:]) != back || stored[n-1] != '}' {
		return false
	}
	d.stored = stored
	return true
}

// readFrame reads the frame, and what is in it.
func (d *Decoder) readFrame(payload []byte) error {
	if err := d.parseFrame(payload); err != nil {
		return err
	}
	root := d.frame.Root()
	if root.Kind() != phpvalue.Array {
		return fail(LayerFrame, fmt.Errorf("%w: JSON that is no object", ErrNotEnvelope))
	}
	body := root.Element("body")
	if body.Kind() != phpvalue.String {
		return fail(LayerFrame, fmt.Errorf("%w: no text under body (keys: %s)", ErrNotEnvelope, keys(root)))
	}
	if err := d.setHeaders(root.Element("headers")); err != nil {
		return err
	}
	return d.readVerified(body.Text())
}

// readVerified reads a body, unless the message has a wrong signature, or lacks one that it must have.
func (d *Decoder) readVerified(body []byte) error {
	switch {
	case d.signer == nil:
		return d.readBody(body)
	case !d.headers.Element(messenger.HeaderSignature).Exists():
		return d.readUnsigned(body)
	}
	if err := d.verify(body); err != nil {
		return err
	}
	return d.readBody(body)
}

// readUnsigned reads a body without a signature. Where signatures are required, nothing but an exception around a message
// that could not be decoded may lack one, since that message has its own.
func (d *Decoder) readUnsigned(body []byte) error {
	before := d.unwrapped
	if err := d.readBody(body); err != nil || !d.signed || d.unwrapped != before {
		return err
	}
	return fail(LayerFrame, fmt.Errorf("%w: the message has none", ErrSignature))
}

// verify checks the signature of the message with this body and the headers that were read.
func (d *Decoder) verify(body []byte) error {
	m := transport.Message{Body: body}
	for it := d.headers.Children(); it.Next(); {
		value := it.Value().Resolve()
		if it.Value().KeyKind() != phpvalue.TextKey {
			continue
		}
		if value.Kind() != phpvalue.String {
			if !messenger.IsSignedHeader(string(it.Value().TextKey())) {
				continue
			}
			return fail(LayerFrame, fmt.Errorf("%w: the header %.60q is %s, not a string", ErrSignature, it.Value().TextKey(), kindName(value)))
		}
		m.Headers = append(m.Headers, transport.Header{Name: string(it.Value().TextKey()), Value: string(value.Text())})
	}
	if err := d.signer.Verify(m); err != nil {
		return fail(LayerFrame, err)
	}
	return nil
}

// parseFrame fills the frame's tree from the JSON text.
func (d *Decoder) parseFrame(text []byte) error {
	d.frame.Text = append(d.frame.Text[:0], text...)
	if err := d.json.Parse(&d.frame); err != nil {
		return fail(LayerFrame, err)
	}
	return nil
}

func (d *Decoder) setHeaders(headers phpvalue.Value) error {
	switch headers.Kind() {
	case phpvalue.Array:
		d.headers = headers
	case phpvalue.Invalid, phpvalue.Null:
	default:
		return fail(LayerFrame, fmt.Errorf("%w: headers that are no map", ErrNotEnvelope))
	}
	return nil
}

// readFields reads an entry that has body and headers as fields of their own (symfony/redis-messenger 8.2). phpredis
// unserializes each field, and hands out as it is what is not serialized.
func (d *Decoder) readFields(e *transport.Entry) error {
	if len(e.Headers) > 0 {
		if err := d.parseFrame(d.unwrapIfWrapped(e.Headers)); err != nil {
			return err
		}
		if err := d.setHeaders(d.frame.Root()); err != nil {
			return err
		}
	}
	return d.readVerified(d.unwrapIfWrapped(e.Body))
}

func (d *Decoder) unwrapIfWrapped(stored []byte) []byte {
	if text, err := d.unwrap(stored); err == nil {
		return text
	}
	return stored
}

// readBody reads the value in body and finds the message in it.
func (d *Decoder) readBody(body []byte) error {
	class := d.headers.Element(messenger.HeaderType).Resolve()
	if class.Kind() == phpvalue.String && !messenger.LooksSerialized(body) {
		return d.readSymfony(class.Text(), body)
	}
	var err error
	if d.tree.Text, err = messenger.AppendDecoded(d.tree.Text[:0], body); err != nil {
		return fail(LayerBody, fmt.Errorf("%w: %w", ErrNotEnvelope, err))
	}
	if err := d.parser.Parse(&d.tree); err != nil {
		return fail(LayerValue, explain(err, body))
	}
	return d.openEnvelope()
}

// explain adds to the error about a value what body, which holds it, may be instead.
func explain(err error, body []byte) error {
	inner, ok := errors.AsType[*phpserialize.Error](err)
	if !ok || !errors.Is(err, ErrCorrupt) || messenger.LooksSerialized(body) {
		return err
	}
	inner.Err = fmt.Errorf("%w (the body is neither serialized nor base64, and there is no header %s)", inner.Err, messenger.HeaderType)
	return inner
}

// readSymfony reads a body of the Symfony serializer.
func (d *Decoder) readSymfony(class, body []byte) error {
	d.named = class
	if contentType := d.headers.Element(messenger.HeaderContentType).Resolve(); contentType.Kind() == phpvalue.String &&
		!messenger.IsJSON(contentType.Text()) {
		return fail(LayerBody, fmt.Errorf("%w: %s %.60q is not JSON", ErrUnsupported, messenger.HeaderContentType, contentType.Text()))
	}
	if len(body) == 0 {
		return fail(LayerBody, fmt.Errorf("%w: %w", ErrNotEnvelope, messenger.ErrNoBody))
	}
	d.tree.Text = append(d.tree.Text[:0], body...)
	if err := d.json.Parse(&d.tree); err != nil {
		return fail(LayerValue, err)
	}
	d.message = d.tree.Root()
	return nil
}
