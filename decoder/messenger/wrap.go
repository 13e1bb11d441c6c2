package messenger

import (
	"strings"

	"envelog/decoder/phpserialize"
	"envelog/phpvalue"
	"envelog/transport"
)

// DecodingFailed is the class that stands for a message that cannot be decoded. As an exception all versions have it;
// since 8.1 it is a message too, which holds what was stored and is decoded again when it is retried
// (PhpSerializer::decode, DecodeFailedMessageMiddleware).
const DecodingFailed = `Symfony\Component\Messenger\Exception\MessageDecodingFailedException`

const (
	encodedEnvelope = "encodedEnvelope"
	stampsProperty  = "stamps"
	messageProperty = "message"
)

// Wrap opens an envelope made around a message that holds none. Its message is the exception that 8.1 puts there, with
// body and headers as they were; older versions read it as that exception, with one property more than it declares.
func Wrap(m transport.Message, reason string, limits phpserialize.Limits) (*Opened, error) {
	var tree phpvalue.Tree
	b := phpserialize.NewBuilder(&tree)
	b.OpenObject(EnvelopeClass)
	b.Property(EnvelopeClass, stampsProperty)
	b.OpenArray()
	b.Close()
	b.Property(EnvelopeClass, messageProperty)
	addDecodingFailed(b, m, reason)
	b.Close()
	if err := b.Finish(); err != nil {
		return nil, err
	}
	envelope, err := Open(tree.Root())
	if err != nil {
		return nil, err
	}
	return &Opened{message: transport.Message{}, class: DecodingFailed, envelope: envelope, limits: limits, stamps: envelope.stampSet()}, nil
}

func addDecodingFailed(b *phpserialize.Builder, m transport.Message, reason string) {
	b.OpenObject(DecodingFailed)
	addText(b, "message", strings.ToValidUTF8(reason, "\uFFFD"))
	b.Name("code")
	b.Int(0)
	b.Name(encodedEnvelope)
	b.OpenArray()
	b.Name("body")
	b.String(m.Body)
	b.Name("headers")
	b.OpenArray()
	for _, h := range m.Headers {
		addText(b, h.Name, h.Value)
	}
	b.Close()
	b.Close()
	b.Close()
}

// Wrapped returns the message that could not be decoded, when o is one that [Wrap] or Symfony 8.1 put around it.
func (o *Opened) Wrapped() (m transport.Message, ok bool) {
	if o.symfony || o.class != DecodingFailed {
		return m, false
	}
	return Unwrap(o.envelope.Message())
}

// Unwrap is Wrapped for the object of the class [DecodingFailed] alone. What it returns are views.
func Unwrap(object phpvalue.Value) (m transport.Message, ok bool) {
	stored := object.Property(encodedEnvelope).Resolve()
	body := stored.Element("body").Resolve()
	if body.Kind() != phpvalue.String {
		return m, false
	}
	m.Body = body.Text()
	for it := stored.Element("headers").Resolve().Children(); it.Next(); {
		if value := it.Value().Resolve(); it.Value().KeyKind() == phpvalue.TextKey && value.Kind() == phpvalue.String {
			m.Headers = append(m.Headers, transport.Header{Name: string(it.Value().TextKey()), Value: string(value.Text())})
		}
	}
	return m, true
}
