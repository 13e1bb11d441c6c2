// Package decoder turns an entry of a Symfony Messenger transport into a log record: stored bytes in,
// [record.Record] out. No PHP is needed, and nothing in the bytes is trusted.
//
// # Use
//
// It is for any program that reads Symfony's messages in Go, together with these packages, which know nothing of each
// other's callers:
//
//	decoder                  an entry of a stream to a record
//	decoder/messenger        the envelope of any message: its stamps, its signature, what a worker sends after a failure
//	decoder/phpserialize     PHP's serialize() format to a tree of values and back
//	phpvalue                 that tree, and Go values made of it
//	record, format           the record, and lines made of it
//
// One [Decoder] reads one entry after the other into one record.Record, whose bytes are valid until the next [Decoder.Decode]:
//
//	d, err := decoder.New(decoder.Options{Serializer: decoder.PHP})
//	...
//	var r record.Record
//	if err := d.Decode(&transport.Entry{Message: field}, &r); err != nil {
//
// A message that is no log record is read with messenger.OpenMessage or phpserialize.Parser instead. [Describe] shows a
// person what is in a payload.
//
// # Layers
//
// An entry is wrapped several times. Errors name the layer, and the offset counts in the bytes of that layer:
//
//	field     what phpredis stored: s:1843:"..." (its serializer PHP), or igbinary, msgpack, JSON, or nothing around it
//	frame     {"body":"...","headers":[]}, JSON; 8.2 may have fields body and headers in its place
//	body      addslashes(), and base64 when the value is not UTF-8; nothing with the Symfony serializer
//	value     PHP's serialize() format, or JSON
//	envelope  the stamps and the message
//	message   an object of the application's own class, whose properties are the record
//
// # The fast way and the slow way
//
// Nearly every entry is a body of PhpSerializer in a frame without headers. It is read in place, without undoing
// the layers one by one (phpserialize.Parser.ParseSlashed). Whatever that gives up on goes the slow way, layer by
// layer, which is the one that defines what is right and that makes the errors.
//
// # Rules
//
//   - The configured serializer of phpredis is tried first; a field that is JSON as it stands is taken as such, since
//     phpredis hands out what it cannot unserialize.
//   - PhpSerializer and the Symfony serializer are told apart entry by entry: a body that looks serialized is
//     PhpSerializer's, any other with a header type is the Symfony serializer's.
//   - What a message's properties mean is one table, see [Options].Mapping; visibility and class do not matter.
//   - The record is made of views. They are valid until the next Decode of the same Decoder.
//   - Memory is bounded by [Limits], and what a large entry took is given back with the next one.
//   - No error says what a message contains: classes, names of properties and keys, never values.
package decoder
