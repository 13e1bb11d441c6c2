// Package transport is what Symfony calls a transport, as bytes: the entries that a receiver hands out, and the messages that
// a sender stores. It knows nothing of what is in them: package decoder makes a record of an [Entry], package
// decoder/messenger reads and writes a [Message].
//
//	Entry    one element of a Redis stream, as a consumer receives it: the fields, still in phpredis' serialization
//	Message  what a serializer of Messenger makes of an envelope: a body, and headers beside it
//	Stored   a Message on a transport, with its id and its times
//
// [Storage] is the interface of a transport that messages are sent to, listed on and removed from, as a failure transport
// needs. A program that has its own transport implements the Receiver of package consumer.
package transport
