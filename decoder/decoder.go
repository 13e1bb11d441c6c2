package decoder

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"envelog/decoder/jsonvalue"
	"envelog/decoder/messenger"
	"envelog/decoder/phpredis"
	"envelog/decoder/phpserialize"
	"envelog/phpvalue"
	"envelog/record"
	"envelog/transport"
)

// Limits bound what one entry may cost: stored bytes, levels, values. Zero fields mean the defaults, see
// [phpserialize.Limits]. JSON is never deeper than PHP reads it, 511 levels.
type Limits = phpserialize.Limits

// Options say how entries are stored and what messages mean. The zero Options reads fields that phpredis did not
// serialize, and knows the usual names of properties.
type Options struct {
	// Serializer is phpredis' serializer. Symfony's transport uses PHP unless it is told otherwise.
	Serializer Serializer
	// Mapping names the property of the message that is meant by channel, level, message, context, extra, timestamp
	// or record, instead of the usual ones. Names are plain: visibility does not matter.
	Mapping map[string]string
	// Advise says what helps when a message has no property for a field, as the end of an error; nil: nothing is said.
	Advise func(field string) string
	// Limits bound what one entry may cost.
	Limits Limits
	// Classes are those of the messages that are accepted, as Messenger's routing has them: App\Message\Log, App\Message\*
	// for all in a namespace and those below it, or *. None: every class may be.
	Classes []string
	// Belongs is asked about each message of a class that Classes do not name, if there are any. nil: it is Foreign.
	Belongs func(class string) Belonging
	// Signer verifies the signatures of messages that have one: one that is wrong is an ErrSignature. nil: they are not verified.
	Signer *messenger.Signer
	// RequireSignature refuses messages without a signature, too. It needs a Signer.
	RequireSignature bool
	// UnknownZone is told the name of each time zone that is not known here, once, when a record is dated in it: its time is
	// then taken for one of UTC. nil: it is not reported.
	UnknownZone func(zone string)
}

// Decoder turns entries into records. It keeps its memory from one entry to the next; it is not safe for concurrent
// use.
type Decoder struct {
	classes classes
	belongs func(class string) Belonging
	limits  Limits
	mapping names
	wrapped phpredis.Reader // of fields
	parser  *phpserialize.Parser
	json    *jsonvalue.Parser
	clock   clock
	signer  *messenger.Signer
	signed  bool // every message has to be
	advise  func(field string) string

	tree    phpvalue.Tree  // the value
	frame   phpvalue.Tree  // the frame, where the value was not read in place
	headers phpvalue.Value // of the frame
	stored  []byte         // where the value was read, or nil
	message phpvalue.Value
	named   []byte // class of the message

	uncertain bool // whether the class is for this worker
	unwrapped bool // what is read was in an exception
}

// New returns a Decoder, or all that is wrong with the options.
func New(o Options) (*Decoder, error) {
	limits, limitsErr := o.Limits.Complete()
	m, mappingErr := newMapping(o.Mapping)
	var serializerErr error
	if o.Serializer > JSON {
		serializerErr = fmt.Errorf("%s is none of phpredis' (0 to 4)", o.Serializer)
	}
	var signatureErr error
	if o.RequireSignature && o.Signer == nil {
		signatureErr = errors.New("signatures are required, and the secret is not known")
	}
	if err := errors.Join(serializerErr, mappingErr, limitsErr, signatureErr); err != nil {
		return nil, fmt.Errorf("configure decoder: %w", err)
	}
	d := &Decoder{classes: o.Classes, belongs: o.Belongs, limits: limits, mapping: names{mapping: m}, wrapped: phpredis.Reader{Serializer: o.Serializer}, clock: clock{onUnknown: o.UnknownZone},
		signer: o.Signer, signed: o.RequireSignature, advise: o.Advise}
	var parserErr, jsonErr error
	d.parser, parserErr = phpserialize.NewParser(limits)
	d.json, jsonErr = jsonvalue.NewParser(limits)
	return d, errors.Join(parserErr, jsonErr)
}

// Decode fills r from e. The bytes of r are views that are valid until the next Decode. An error is an *[Error]; r is
// then of no use.
func (d *Decoder) Decode(e *transport.Entry, r *record.Record) error {
	d.reset()
	if err := d.open(e); err != nil {
		return err
	}
	belongs := d.belonging()
	if belongs == Foreign {
		return fail(LayerMessage, fmt.Errorf("%w: %.100q", ErrUnknownClass, d.named))
	}
	d.uncertain = belongs == Unsure
	if err := d.toRecord(r); err != nil {
		return err
	}
	if d.stored != nil && d.message.Len() > 0 {
		d.parser.KeepHead(d.stored, d.message.Index()+1)
	}
	return nil
}

// belonging says whether the message that was read is for this worker. It allocates for classes alone that Classes do not
// name.
func (d *Decoder) belonging() Belonging {
	switch {
	case len(d.classes) == 0:
		return Unsure
	case d.classes.accept(d.named):
		return Own
	case d.belongs == nil:
		return Foreign
	}
	return d.belongs(string(d.named))
}

// Class returns the class of the message that Decode saw last, as far as it came; nil when it came to none. It is a
// view that is valid until the next Decode.
func (d *Decoder) Class() []byte { return d.named }

// Headers returns the headers that Decode saw last, an Array by name; the zero Value when there aren't any. It is valid
// until the next Decode.
func (d *Decoder) Headers() phpvalue.Value { return d.headers }

// A Decoder keeps memory for up to usualText bytes and usualNodes values from one entry to the next. That is enough for a record of 1 MiB with
// its copy as it is stored. Allocating this memory for every such record cost a quarter of the worker's CPU time.
const usualText, usualNodes = 4 << 20, 1 << 15

// reset forgets the last entry, and releases its memory if that exceeds usualText or usualNodes.
func (d *Decoder) reset() {
	if cap(d.tree.Text) > usualText || cap(d.tree.Nodes) > usualNodes {
		d.tree = phpvalue.Tree{}
	}
	if cap(d.frame.Text) > usualText || cap(d.frame.Nodes) > usualNodes {
		d.frame = phpvalue.Tree{}
	}
	d.wrapped.Reset(usualText)
	d.unwrapped = false
	d.headers, d.message, d.stored, d.named = phpvalue.Value{}, phpvalue.Value{}, nil, nil
}

// open finds the message of e.
func (d *Decoder) open(e *transport.Entry) error {
	n := len(e.Message) + len(e.Body) + len(e.Headers)
	for _, cut := range e.Cuts {
		n = max(n, cut.Bytes)
	}
	if n > d.limits.MaxBytes || e.Cuts != nil {
		return fail(LayerField, fmt.Errorf("%d bytes, of at most %d: %w", n, d.limits.MaxBytes, ErrLimit))
	}
	switch {
	case e.Message != nil:
		payload, err := d.unwrap(e.Message)
		if err != nil {
			return err
		}
		if !d.signed && d.readFast(payload) {
			return d.openEnvelope()
		}
		return d.readFrame(payload)
	case e.Body != nil:
		return d.readFields(e)
	}
	return fail(LayerField, fmt.Errorf("%w: the entry has no field message", ErrNotEnvelope))
}

// openEnvelope finds the message in the envelope that the tree holds.
func (d *Decoder) openEnvelope() error {
	envelope, err := messenger.Open(d.tree.Root())
	if err != nil {
		return fail(LayerEnvelope, err)
	}
	d.message = envelope.Message()
	d.named = d.message.Text()
	if d.message.Kind() == phpvalue.Enum {
		d.named, _ = d.message.Enum()
	}
	if !d.unwrapped && string(d.named) == messenger.DecodingFailed {
		return d.openWrapped()
	}
	return nil
}

// openWrapped finds the message in what could not be decoded when the exception that was read was put around it; whoever
// reads it from a failure transport wants that. Without such a thing it is the exception.
func (d *Decoder) openWrapped() error {
	inner, ok := messenger.Unwrap(d.message)
	if !ok {
		return nil
	}
	if len(inner.Body) == 0 {
		return fail(LayerBody, fmt.Errorf("%w: nothing of the message was kept, as it had no body when it failed: %.200s",
			ErrNotEnvelope, d.message.Property("message").Resolve().Text()))
	}
	headers := make(map[string]string, len(inner.Headers))
	for _, h := range inner.Headers {
		headers[h.Name] = h.Value
	}
	text, err := json.Marshal(headers)
	if err != nil {
		return fail(LayerFrame, err)
	}
	d.unwrapped, d.stored, d.headers = true, nil, phpvalue.Value{}
	d.named = []byte(messenger.DecodingFailed) // the tree that it is in is used again
	return d.readFields(&transport.Entry{Body: bytes.Clone(inner.Body), Headers: text})
}
