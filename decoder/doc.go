// Package decoder turns an entry of a Symfony Messenger transport into a log record: stored bytes in,
// [record.Record] out. No PHP is needed, and nothing in the bytes is trusted.
//
// # Use
//
// Any Go program that reads Symfony's messages can use it, together with these packages:
//
//	decoder                  an entry of a stream to a record
//	decoder/messenger        the envelope of any message: its stamps, its signature, what a worker sends after a failure
//	decoder/phpserialize     PHP's serialize() format to a tree of values and back
//	decoder/phpredis         what phpredis wraps stored strings in
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
// Use messenger.OpenMessage or phpserialize.Parser to read messages that are not log records. [Describe] prints what is in a
// payload, for people.
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
// the layers one by one (phpserialize.Parser.ParseSlashed). All other entries are decoded layer by layer. That way defines
// what is valid, and makes the errors.
//
// # Rules
//
//   - The configured serializer of phpredis is tried first; a field that is JSON as it stands is taken as such, since
//     phpredis hands out what it cannot unserialize.
//   - PhpSerializer and the Symfony serializer are told apart entry by entry: a body that looks serialized is
//     PhpSerializer's, any other with a header type is the Symfony serializer's.
//   - What a message's properties mean is one table, see [Options].Mapping; visibility and class do not matter.
//   - The record is made of views. They are valid until the next Decode of the same Decoder.
//   - Memory is bounded by [Limits], and the memory of a large entry is released with the next one.
//   - Errors name classes, properties and keys of a message, never values.
package decoder
