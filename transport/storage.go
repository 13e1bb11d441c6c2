package transport

import (
	"context"
	"errors"
	"io"
	"iter"
	"strconv"
	"time"
)

// ErrNotFound is wrapped by the error for an id that the transport does not have, or has no more.
var ErrNotFound = errors.New("message not found")

// ErrUnstorable is wrapped by the error for a message that the transport can never hold, however often it is sent: its
// server refuses the bytes, or their number. An outage is something else.
var ErrUnstorable = errors.New("the transport cannot hold this message")

// Message is what a serializer of Messenger makes of an envelope (SerializerInterface::encode): the body, and headers
// beside it. PhpSerializer writes no headers and a body that is always text: addslashes, and base64 where that is not
// UTF-8.
type Message struct {
	Body    []byte
	Headers []Header // in the order in which they are stored
}

// Header is one header of a Message. A value that another serializer stored as a number, boolean, list or map is its
// JSON text.
type Header struct {
	Name, Value string
}

// Stored is a message as it is stored on a transport.
type Stored struct {
	ID string // Redis: the entry's id, such as "1795423651867-0"; Doctrine: the row's, a decimal number
	Message
	Created   time.Time // when it was sent
	Available time.Time // when it may be handed out; Created plus the delay
	Delivered time.Time // when a worker was given it last; zero: never
	Cut       *Cut      // of the body, when that is its beginning alone; nil nearly always
	// Raw is the entry as a worker reads it from the stream, when it cannot be read as a message, so that both say the same
	// of it; nil nearly always. Body has what could be read.
	Raw *Entry
	// Checksum is [Entry.Checksum] of the entry as a worker reads it, where Body and Headers are not its fields; nil: they are.
	Checksum *uint32
}

// EntryID is the id by which journals of lines know the message: that of a stream's entry, and the time and the number of a
// row, since a table that was emptied gives its numbers again.
func (s Stored) EntryID() string {
	if _, err := strconv.ParseUint(s.ID, 10, 64); err != nil || s.Created.IsZero() {
		return s.ID
	}
	return strconv.FormatInt(s.Created.UnixMilli(), 10) + "-" + s.ID
}

// Counts says how many messages a transport holds. Each is in one of the three, and none is in two.
type Counts struct {
	Waiting int       // may be handed out now; what PHP counts (MessageCountAwareInterface::getMessageCount)
	Pending int       // handed out, not acknowledged, and not yet old enough to be handed out again
	Delayed int       // not due yet
	Oldest  time.Time // when the oldest of all was sent; zero when there isn't one
}

// Sender puts messages on a transport (Symfony's SenderInterface).
type Sender interface {
	// Send stores m, to be handed out after the delay, and returns the id that the transport gave it. When it returns,
	// the message is there for every other process. An error that comes after the message left for the server leaves
	// open whether it was stored. One that wraps ErrUnstorable will come again for the same message.
	Send(ctx context.Context, m Message, delay time.Duration) (id string, err error)
}

// Lister looks at the messages of a transport without handing them out (Symfony's ListableReceiverInterface and
// MessageCountAwareInterface), as the commands messenger:failed:* and messenger:stats need.
type Lister interface {
	Count(ctx context.Context) (Counts, error)
	// All yields the messages that are waiting, the oldest first, at most limit of them when limit is not 0. The loop
	// may remove and send; an error is the last thing yielded.
	All(ctx context.Context, limit int) iter.Seq2[Stored, error]
	// Find returns one message whatever its state. An id that is not there, or can be none, wraps ErrNotFound.
	Find(ctx context.Context, id string) (Stored, error)
	// Remove deletes one message whatever its state. An id that is not there, or can be none, wraps ErrNotFound.
	Remove(ctx context.Context, id string) error
}

// Storage is a transport that keeps messages for later, as a failure transport does. Implementations are safe for
// concurrent use, connect on first use, and again on the next use after a connection was lost. transporttest has the
// rules as tests.
type Storage interface {
	Sender
	Lister
	// Setup creates what the transport needs on its server, and changes nothing where that is there
	// (SetupableTransportInterface).
	Setup(ctx context.Context) error
	// JournalSource is what journals of lines call the place of the messages. It is the same in all processes, whatever each
	// calls the transport, and by which address it reaches the server.
	JournalSource() string
	io.Closer
}
