package decoder

import "envelog/internal/transport"

// Entry is one message as it lies in a Redis stream, with nothing decoded: the field message, or, of Symfony 8.2, the fields
// body and headers. A field that is absent is nil.
type Entry = transport.Entry
