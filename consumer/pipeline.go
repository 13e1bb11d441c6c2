package consumer

import (
	"envelog/record"
	"envelog/transport"
)

// A Pipeline makes the lines of the entries of one transport: it decodes an entry and formats its record. It keeps memory
// for the next entry, and is used by one goroutine at a time.
type Pipeline struct {
	Decoder   Decoder
	Formatter Formatter

	record record.Record
}

// Append appends the line of e, with the line feed that ends it, to dst. The record that it returns is valid until the
// next call. An error means that this entry will never become a line; dst is returned unchanged then.
func (p *Pipeline) Append(dst []byte, e *transport.Entry) ([]byte, *record.Record, error) {
	if err := p.Decoder.Decode(e, &p.record); err != nil {
		return dst, nil, err
	}
	return p.Formatter.Append(dst, &p.record), &p.record, nil
}

// Class returns the PHP class of the message that Append saw last, as far as it came; valid until the next Append.
func (p *Pipeline) Class() []byte { return p.Decoder.Class() }
