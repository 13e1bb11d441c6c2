package messenger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"envelog/decoder/jsonvalue"
	"envelog/decoder/phpserialize"
	"envelog/internal/phpdate"
	"envelog/phpvalue"
	"envelog/transport"
)

// ErrSigned says that a message is signed, and that it cannot be changed since the application's secret is not known.
var ErrSigned = errors.New("the message is signed")

// Opened is a message of a transport whose stamps can be read and changed: one of PhpSerializer, whose stamps are in the
// body, or one of the Symfony serializer, whose stamps are in the headers and whose body is never touched.
type Opened struct {
	message  transport.Message
	class    string
	symfony  bool
	envelope Envelope // of PhpSerializer
	stamps   stampSet
	json     *jsonvalue.Parser
	limits   phpserialize.Limits
	signer   *Signer // nil: the secret is not known
}

// OpenMessage opens a message as it was stored. A body that holds no envelope is an error, of this package or
// phpserialize; it can be sent on by [Wrap]. Limits are for PhpSerializer's bodies, and for stamps in headers.
func OpenMessage(m transport.Message, limits phpserialize.Limits) (*Opened, error) {
	o := &Opened{message: m, limits: limits}
	class, typed := header(m.Headers, HeaderType)
	if typed && !LooksSerialized(m.Body) {
		o.symfony, o.class = true, class
		return o, o.readHeaders()
	}
	return o, o.readBody()
}

func header(headers []transport.Header, name string) (value string, ok bool) {
	for _, h := range headers {
		if h.Name == name {
			value, ok = h.Value, true
		}
	}
	return value, ok
}

func (o *Opened) readBody() error {
	p, err := phpserialize.NewParser(o.limits)
	if err != nil {
		return err
	}
	var tree phpvalue.Tree
	if tree.Text, err = AppendDecoded(nil, o.message.Body); err != nil {
		return fmt.Errorf("open message: %w", err)
	}
	if err := p.Parse(&tree); err != nil {
		return fmt.Errorf("open message: %w", err)
	}
	if o.envelope, err = Open(tree.Root()); err != nil {
		return fmt.Errorf("open message: %w", err)
	}
	o.stamps = o.envelope.stampSet()
	o.class = string(o.envelope.Message().Text())
	if o.envelope.Message().Kind() == phpvalue.Enum {
		class, _ := o.envelope.Message().Enum()
		o.class = string(class)
	}
	return nil
}

func (o *Opened) readHeaders() (err error) {
	if o.json, err = jsonvalue.NewParser(o.limits); err != nil {
		return err
	}
	for _, h := range o.message.Headers {
		class, ok := strings.CutPrefix(h.Name, HeaderStampPrefix)
		if !ok {
			continue
		}
		items, err := o.readHeader(h.Value)
		if err != nil {
			return fmt.Errorf("read stamps of class %.100q: %w", class, err)
		}
		o.stamps = append(o.stamps, stampList{class: class, items: items})
	}
	return nil
}

// readHeader reads a list of stamps, each as a value and as the JSON that it is spelled in.
func (o *Opened) readHeader(text string) (items []stampItem, err error) {
	tree := phpvalue.Tree{Text: []byte(text)}
	if err := o.json.Parse(&tree); err != nil {
		return nil, err
	}
	var spelled []json.RawMessage
	if err := json.Unmarshal([]byte(text), &spelled); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotEnvelope, err)
	}
	for it := tree.Root().Children(); it.Next() && len(items) < len(spelled); {
		items = append(items, stampItem{was: it.Value(), json: spelled[len(items)]})
	}
	return items, nil
}

// SignWith lets o sign again what it changes, when the message has a signature of the signer's secret. Without a signer,
// a signed message can only be sent on unchanged. A nil signer stands for none at all.
func (o *Opened) SignWith(s *Signer) { o.signer = s }

// Class returns the class of the message, or the name that the header type has in its place (Symfony 8.1).
func (o *Opened) Class() string { return o.class }

// Envelope returns the envelope of a message of PhpSerializer; ok is false for one of the Symfony serializer.
func (o *Opened) Envelope() (e Envelope, ok bool) { return o.envelope, !o.symfony }

// Message returns the message as it was opened.
func (o *Opened) Message() transport.Message { return o.message }

// Version returns which version wrote the newest RedeliveryStamp, AnyVersion when there isn't one or it does not tell.
func (o *Opened) Version() Version { return versionOf(o.stamps.last(RedeliveryStamp)) }

// Retries returns how often the message was retried since it came to its transport: the count of the last
// RedeliveryStamp, 0 without one (RedeliveryStamp::getRetryCountFromEnvelope).
func (o *Opened) Retries() int {
	count := o.stamps.last(RedeliveryStamp).Property("retryCount").Resolve()
	if count.Kind() != phpvalue.Int {
		return 0
	}
	return int(max(0, min(count.Int(), 1<<31-1)))
}

// Failure returns the last ErrorDetailsStamp; ok is false without one. What FlattenException tells beyond the stamp,
// file and line, is zero where there isn't one.
func (o *Opened) Failure() (f Failure, ok bool) {
	stamp := o.stamps.last(ErrorDetailsStamp)
	if !stamp.Exists() {
		return f, false
	}
	flat := stamp.Property("flattenException").Resolve()
	f = Failure{
		Class:   textOf(stamp.Property("exceptionClass")),
		Message: textOf(stamp.Property("exceptionMessage")),
		File:    textOf(flat.Property("file")),
	}
	if code := stamp.Property("exceptionCode").Resolve(); code.Kind() == phpvalue.Int {
		f.Code = code.Int()
	}
	if line := flat.Property("line").Resolve(); line.Kind() == phpvalue.Int {
		f.Line = int(line.Int())
	}
	return f, true
}

// Trace returns the text of the trace that the last ErrorDetailsStamp holds; empty without one.
func (o *Opened) Trace() string {
	flat := o.stamps.last(ErrorDetailsStamp).Property("flattenException").Resolve()
	if o.symfony {
		return textOf(flat.Property("trace_as_string"))
	}
	return textOf(flat.Property("traceAsString"))
}

// FailedAt returns the time of the last RedeliveryStamp, which is when the message came to its failure transport, or was
// sent to be retried; the zero time without one.
func (o *Opened) FailedAt() time.Time { return redeliveredAt(o.stamps.last(RedeliveryStamp)) }

// Redeliveries returns the times of all RedeliveryStamps, one for each time the message failed, the oldest first.
func (o *Opened) Redeliveries() (times []time.Time) {
	for _, item := range o.stamps.all(RedeliveryStamp) {
		times = append(times, redeliveredAt(item.was.Resolve()))
	}
	return times
}

func redeliveredAt(stamp phpvalue.Value) time.Time {
	at := stamp.Property("redeliveredAt").Resolve()
	if at.Kind() == phpvalue.String {
		t, _ := time.Parse(time.RFC3339, string(at.Text()))
		return t
	}
	date, ok := phpdate.Find(at)
	if !ok {
		return time.Time{}
	}
	var zones phpdate.Zones
	t, _ := zones.Time(date)
	return t
}

// Receiver returns the transport that the message failed on: that of the last SentToFailureTransportStamp, or empty.
func (o *Opened) Receiver() string {
	return textOf(o.stamps.last(SentToFailureTransportStamp).Property("originalReceiverName"))
}

// StampClasses returns the classes of all stamps and how many there are of each, in their order.
func (o *Opened) StampClasses() (classes []string, counts []int) {
	for _, list := range o.stamps {
		classes, counts = append(classes, list.class), append(counts, len(list.items))
	}
	return classes, counts
}

func textOf(v phpvalue.Value) string {
	if v = v.Resolve(); v.Kind() != phpvalue.String {
		return ""
	}
	return string(v.Text())
}

// Attempt is one failed attempt to handle a message.
type Attempt struct {
	Version Version   // whose shapes are written
	ID      string    // the id of the message on the transport that it came from
	Failure Failure   // why it failed
	At      time.Time // when
}

// Retry returns what is sent to the message's own transport to be handled again after the delay: the message with the
// stamps that Symfony's worker adds (AddErrorDetailsStampListener, SendFailedMessageForRetryListener).
func (o *Opened) Retry(a Attempt, delay time.Duration) (transport.Message, error) {
	set := o.failed(a)
	set.addLimited(newDelay(delay), newRedelivery(a.Version, o.Retries()+1, a.At))
	return o.encode(set)
}

// Park returns what is sent to the failure transport of receiver (SendFailedMessageToFailureTransportListener).
func (o *Opened) Park(a Attempt, receiver string) (transport.Message, error) {
	set := o.failed(a)
	set.add(newText(SentToFailureTransportStamp, "originalReceiverName", receiver), newDelay(0), newRedelivery(a.Version, 0, a.At))
	return o.encode(set)
}

// failed returns the stamps after RedisReceiver and AddErrorDetailsStampListener.
func (o *Opened) failed(a Attempt) stampSet {
	set := make(stampSet, len(o.stamps))
	for i, list := range o.stamps {
		list.items = list.items[:len(list.items):len(list.items)]
		set[i] = list
	}
	for _, class := range nonSendable() {
		set.without(class)
	}
	if a.ID != "" && (a.Version.marksID() || a.Version == AnyVersion && set.index(TransportMessageIDStamp) >= 0) {
		set.without(TransportMessageIDStamp)
		set.add(newText(TransportMessageIDStamp, "id", a.ID))
	}
	if last, ok := o.Failure(); !ok || !last.equals(a) {
		set.add(newErrorDetails(a.Failure))
	}
	return set
}

// equals is ErrorDetailsStamp::equals: by message up to early 6.4, by place since.
func (f Failure) equals(a Attempt) bool {
	if f.Class != a.Failure.Class || f.Code != a.Failure.Code {
		return false
	}
	if a.Version <= Symfony54 {
		return f.Message == a.Failure.Message
	}
	return f.File == a.Failure.File && f.Line == a.Failure.Line
}

// encode returns the message with other stamps, signed if it was.
func (o *Opened) encode(set stampSet) (transport.Message, error) {
	if !IsSigned(o.message) {
		return o.encodeUnsigned(set)
	}
	if o.signer == nil {
		return transport.Message{}, fmt.Errorf("add stamps: %w", ErrSigned)
	}
	if err := o.signer.Verify(o.message); err != nil {
		return transport.Message{}, fmt.Errorf("add stamps: %w", err)
	}
	m, err := o.encodeUnsigned(set)
	return o.signer.Sign(m), err
}

func (o *Opened) encodeUnsigned(set stampSet) (transport.Message, error) {
	if o.symfony {
		headers, err := o.headers(set)
		return transport.Message{Body: o.message.Body, Headers: headers}, err
	}
	var tree phpvalue.Tree
	if err := o.envelope.build(&tree, set); err != nil {
		return transport.Message{}, err
	}
	return encodeTree(&tree, o.message.Headers)
}

func encodeTree(tree *phpvalue.Tree, headers []transport.Header) (transport.Message, error) {
	var e phpserialize.Encoder
	serialized, err := e.Append(nil, tree)
	if err != nil {
		return transport.Message{}, fmt.Errorf("serialize envelope: %w", err)
	}
	return transport.Message{Body: AppendBody(nil, serialized), Headers: headers}, nil
}

// headers returns the headers with those of the stamps in the place where they were, or after the type.
func (o *Opened) headers(set stampSet) (headers []transport.Header, err error) {
	var behind []transport.Header
	stamped := false
	for _, h := range o.message.Headers {
		switch {
		case strings.HasPrefix(h.Name, HeaderStampPrefix):
			stamped = true
		case !stamped && (len(headers) == 0 || h.Name == HeaderType):
			headers = append(append(headers, behind...), h)
			behind = nil
		default:
			behind = append(behind, h)
		}
	}
	for _, list := range set {
		text, err := list.json()
		if err != nil {
			return nil, fmt.Errorf("encode stamps of class %.100q: %w", list.class, err)
		}
		headers = append(headers, transport.Header{Name: HeaderStampPrefix + list.class, Value: string(text)})
	}
	return append(headers, behind...), nil
}

func (l stampList) json() ([]byte, error) {
	spelled := make([]json.RawMessage, len(l.items))
	for i, item := range l.items {
		spelled[i] = item.json
		if item.added == nil {
			continue
		}
		text, err := json.Marshal(item.added.JSON)
		if err != nil {
			return nil, err
		}
		spelled[i] = text
	}
	var out bytes.Buffer
	out.WriteByte('[')
	out.Write(bytes.Join(rawTexts(spelled), []byte{','}))
	out.WriteByte(']')
	return out.Bytes(), nil
}

func rawTexts(spelled []json.RawMessage) [][]byte {
	texts := make([][]byte, len(spelled))
	for i, text := range spelled {
		texts[i] = text
	}
	return texts
}
