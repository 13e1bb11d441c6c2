package messenger

import "envelog/internal/transport"

// Message is what a serializer of Messenger writes, and a transport stores: a body and headers, in the order in which they
// were written.
type Message = transport.Message

// Header is a header of a Message.
type Header = transport.Header
