package transport

import (
	"hash/crc32"

	"envelog/transport/streamid"
)

// Entry is one message as it is stored on the transport, with nothing decoded. Its bytes are views into the memory of its
// Batch and valid until that is released.
//
// A Redis entry of Symfony up to 8.1 has one field, message (symfony/redis-messenger Connection::add); 8.2 may write
// body and headers as fields of their own. A field that is absent is nil; an empty one is not.
type Entry struct {
	ID      []byte // Redis: the stream entry's id, such as "1795423651867-0"
	Message []byte // the field "message", still in phpredis' serialization
	Body    []byte // the field "body" (8.2)
	Headers []byte // the field "headers", a JSON object (8.2)

	Number streamid.ID // ID as its two numbers, when the receiver has read it; otherwise zero, see Key

	Cuts []Cut // the fields that are not whole; nil nearly always

	// Stored is the checksum of the fields as they are on the transport, when this entry was put together of what was read
	// of them, or when whoever read them has computed it already; nil: it is that of the fields.
	Stored *uint32
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Checksum tells entries of one id apart, such as after a stream was deleted: it is the same however an entry was read.
func (e *Entry) Checksum() uint32 {
	if e.Stored != nil {
		return *e.Stored
	}
	return Checksum(e.Message, e.Body, e.Headers)
}

// Checksum is [Entry.Checksum] of an entry with these fields.
func Checksum(message, body, headers []byte) uint32 {
	sum := uint32(0)
	for _, field := range [...][]byte{message, body, headers} {
		if len(field) > 0 {
			sum = crc32.Update(sum, castagnoli, field)
		}
	}
	return sum
}

// Key is the id as its two numbers, by which entries of a stream are ordered; the zero ID for one that is not of a stream.
func (e *Entry) Key() streamid.ID {
	if e.Number != (streamid.ID{}) {
		return e.Number
	}
	id, _ := streamid.Parse(e.ID)
	return id
}

// Cut is a field of an entry that is larger than its receiver reads: the entry has its beginning alone.
type Cut struct {
	Field  string   // "message", "body" or "headers"
	Bytes  int      // of the whole field
	SHA256 [32]byte // of the whole field
}

// Batch is what one call of a receiver brought, in the order in which it is to be handled.
type Batch struct {
	Entries []Entry
	More    bool // others are waiting: the next call will bring them at once
	// Release gives the memory of the batch back to its receiver; nothing of the batch may be used afterwards.
	// It may be nil.
	Release func()
}
