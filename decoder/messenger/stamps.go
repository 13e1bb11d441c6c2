package messenger

import (
	"strings"
	"time"

	"envelog/decoder/phpserialize"
)

const stampNamespace = `Symfony\Component\Messenger\Stamp\`

// The stamps that a failed message carries, and those that are looked at.
const (
	BusNameStamp                = stampNamespace + "BusNameStamp"
	DelayStamp                  = stampNamespace + "DelayStamp"
	RedeliveryStamp             = stampNamespace + "RedeliveryStamp"
	ErrorDetailsStamp           = stampNamespace + "ErrorDetailsStamp"
	SentToFailureTransportStamp = stampNamespace + "SentToFailureTransportStamp"
	TransportMessageIDStamp     = stampNamespace + "TransportMessageIdStamp"
)

const (
	flattenException  = `Symfony\Component\ErrorHandler\Exception\FlattenException`
	dateTimeImmutable = "DateTimeImmutable"
	datePoint         = `Symfony\Component\Clock\DatePoint`
)

// nonSendable returns the stamps that no serializer writes (NonSendableStampInterface, in 5.4 to 8.1).
func nonSendable() []string {
	const own, bridge = stampNamespace, `Symfony\Component\Messenger\Bridge\`
	return []string{
		own + "AckStamp", own + "ConsumedByWorkerStamp", own + "DispatchAfterCurrentBusStamp", own + "FlushBatchHandlersStamp",
		own + "HandlerArgumentsStamp", own + "NoAutoAckStamp", own + "ReceivedStamp", own + "SentForRetryStamp", own + "SentStamp",
		own + "SerializedMessageStamp",
		bridge + `Doctrine\Transport\DoctrineReceivedStamp`, bridge + `Redis\Transport\RedisReceivedStamp`,
	}
}

// Failure is why handling a message failed, as an ErrorDetailsStamp tells it.
type Failure struct {
	Class   string // of PHP's exception
	Code    int64
	Message string
	File    string // where it was thrown
	Line    int
}

func newDelay(d time.Duration) Stamp {
	ms := d.Milliseconds()
	return Stamp{Class: DelayStamp, JSON: map[string]any{"delay": ms}, Properties: func(b *phpserialize.Builder) {
		b.Property(DelayStamp, "delay")
		b.Int(ms)
	}}
}

func newText(class, property, value string) Stamp {
	return Stamp{Class: class, JSON: map[string]any{property: value}, Properties: func(b *phpserialize.Builder) {
		b.Property(class, property)
		b.String([]byte(value))
	}}
}

// newRedelivery returns a RedeliveryStamp. Up to 7.0 the count stood first, up to 5.4 two properties more were after;
// the class of the date is one that every version has, where 8.1 itself takes symfony/clock's.
func newRedelivery(v Version, count int, at time.Time) Stamp {
	at = at.UTC()
	shown := map[string]any{"retryCount": count, "redeliveredAt": at.Format("2006-01-02T15:04:05-07:00")}
	properties := func(b *phpserialize.Builder) {
		if v >= Symfony74 {
			addDate(b, at)
		}
		b.Property(RedeliveryStamp, "retryCount")
		b.Int(int64(count))
		if v < Symfony74 {
			addDate(b, at)
		}
		if v == Symfony54 {
			b.Property(RedeliveryStamp, "exceptionMessage")
			b.Null()
			b.Property(RedeliveryStamp, "flattenException")
			b.Null()
		}
	}
	return Stamp{Class: RedeliveryStamp, JSON: shown, Properties: properties}
}

func addDate(b *phpserialize.Builder, at time.Time) {
	b.Property(RedeliveryStamp, "redeliveredAt")
	b.OpenObject(dateTimeImmutable)
	addText(b, "date", at.Format("2006-01-02 15:04:05.000000"))
	b.Name("timezone_type")
	b.Int(3)
	addText(b, "timezone", "UTC")
	b.Close()
}

func addText(b *phpserialize.Builder, key, value string) {
	b.Name(key)
	b.String([]byte(value))
}

func newErrorDetails(f Failure) Stamp {
	f.Message = strings.ToValidUTF8(f.Message, "\uFFFD")
	const class = ErrorDetailsStamp
	return Stamp{Class: class, JSON: f.shown(), Properties: func(b *phpserialize.Builder) {
		b.Property(class, "exceptionClass")
		b.String([]byte(f.Class))
		b.Property(class, "exceptionCode")
		b.Int(f.Code)
		b.Property(class, "exceptionMessage")
		b.String([]byte(f.Message))
		b.Property(class, "flattenException")
		f.addFlattened(b)
	}}
}

// The answer of PHP's exceptions that are none of HTTP, and the trace of one that was thrown outside of functions.
const (
	statusCode    = 500
	statusText    = "Internal Server Error"
	traceAsString = "#0 {main}"
)

// addFlattened adds a FlattenException, whose trace is one frame that says where it was thrown, as since 6.4.41.
func (f Failure) addFlattened(b *phpserialize.Builder) {
	text := func(name, value string) {
		b.Property(flattenException, name)
		b.String([]byte(value))
	}
	number := func(name string, value int64) {
		b.Property(flattenException, name)
		b.Int(value)
	}
	b.OpenObject(flattenException)
	text("message", f.Message)
	number("code", f.Code)
	b.Property(flattenException, "previous")
	b.Null()
	b.Property(flattenException, "trace")
	f.addTrace(b)
	text("traceAsString", traceAsString)
	text("class", f.Class)
	number("statusCode", statusCode)
	text("statusText", statusText)
	b.Property(flattenException, "headers")
	b.OpenArray()
	b.Close()
	text("file", f.File)
	number("line", int64(f.Line))
	b.Property(flattenException, "asString")
	b.Null()
	b.Close()
}

func (f Failure) addTrace(b *phpserialize.Builder) {
	b.OpenArray()
	b.Index(0)
	b.OpenArray()
	for _, key := range []string{"namespace", "short_class", "class", "type", "function"} {
		addText(b, key, "")
	}
	addText(b, "file", f.File)
	b.Name("line")
	b.Int(int64(f.Line))
	b.Name("args")
	b.OpenArray()
	b.Close()
	b.Close()
	b.Close()
}

// shown returns what FlattenExceptionNormalizer and ObjectNormalizer make of the stamp.
func (f Failure) shown() any {
	frame := map[string]any{"namespace": "", "short_class": "", "class": "", "type": "", "function": "", "file": f.File, "line": f.Line, "args": []any{}}
	flattened := map[string]any{
		"message": f.Message, "code": f.Code, "headers": []any{}, "class": f.Class, "file": f.File, "line": f.Line, "previous": nil,
		"status": statusCode, "status_text": statusText, "trace": []any{frame}, "trace_as_string": traceAsString,
	}
	return map[string]any{"exceptionClass": f.Class, "exceptionCode": f.Code, "exceptionMessage": f.Message, "flattenException": flattened}
}
