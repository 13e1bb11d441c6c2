package decoder

import (
	"errors"
	"fmt"

	"envelog/decoder/messenger"
	"envelog/decoder/phpserialize"
)

// The classes of errors. What ends too early is io.ErrUnexpectedEOF.
var (
	// ErrCorrupt says that the bytes of a layer are not what any known version of PHP and Symfony writes.
	ErrCorrupt = phpserialize.ErrCorrupt
	// ErrLimit says that an entry is larger than [Limits] allow.
	ErrLimit = phpserialize.ErrLimit
	// ErrNotEnvelope says that the bytes are in order, but no message of Messenger.
	ErrNotEnvelope = messenger.ErrNotEnvelope
	// ErrUnsupported says that the body is in a format that is not read here, such as XML.
	ErrUnsupported = errors.New("unsupported format")
	// ErrSignature says that the signature of a message is wrong, or that one is missing which must be there.
	ErrSignature = messenger.ErrSignature
	// ErrUnknownClass says that the message is none for this worker: of none of the classes in [Options], or, where there
	// are none, with neither a channel nor a level.
	ErrUnknownClass = errors.New("another class")
	// ErrUnmappable says that the message is no log message, as far as the mapping knows.
	ErrUnmappable = errors.New("not a log message")
)

// ErrUncertain says that it is not known whether the class of the message is for this worker: there are no classes in
// [Options], or Belongs is unsure.
var ErrUncertain = errors.New("its class may be another worker's")

// errOtherKind and errUncertainField are several of these.
var (
	errOtherKind      error = severalClasses{ErrUnmappable, ErrUnknownClass, ErrUncertain}
	errUncertainField error = severalClasses{ErrUnmappable, ErrUncertain}
)

type severalClasses []error //nolint:errname // several errors in one, and no name of a kind

func (s severalClasses) Error() string   { return s[0].Error() }
func (s severalClasses) Unwrap() []error { return s }

// Layer is one of the wrappings of an entry, see the package's documentation.
type Layer string

// The layers, from the outside in.
const (
	LayerField    Layer = "field"
	LayerFrame    Layer = "frame"
	LayerBody     Layer = "body"
	LayerValue    Layer = "value"
	LayerEnvelope Layer = "envelope"
	LayerMessage  Layer = "message"
)

// Error says where decoding stopped. Err wraps one of the classes of errors.
type Error struct {
	Layer  Layer
	Offset int    // of the byte that does not fit, in the bytes of the layer; 0 for envelope and message
	Path   string // into the value, such as `message.context["user"][0]`; may be empty
	Err    error
}

func (e *Error) Error() string {
	place := string(e.Layer)
	if e.Layer != LayerEnvelope && e.Layer != LayerMessage {
		place = fmt.Sprintf("%s at byte %d", e.Layer, e.Offset)
	}
	if e.Path != "" {
		place += " (" + e.Path + ")"
	}
	return fmt.Sprintf("decode %s: %v", place, e.Err)
}

// Unwrap returns e.Err.
func (e *Error) Unwrap() error { return e.Err }

// fail returns err as an error of layer, with the place that it names itself.
func fail(layer Layer, err error) error {
	if inner, ok := errors.AsType[*phpserialize.Error](err); ok {
		return &Error{Layer: layer, Offset: inner.Offset, Path: inner.Path, Err: inner.Err}
	}
	return &Error{Layer: layer, Err: err}
}
