// Package failure decides what becomes of a message that could not be handled, and brings it there, so that a PHP worker
// of the same application can take over at any point.
//
// # Model
//
// A [Handler] is the failures of one transport (consumer.Failures). What it is told of ends in one of these ways:
//
//	its file cannot be written     a delayed copy on its own transport, as long as the Strategy allows; then as below
//	it cannot be decoded           the failure transport; without one, kept raw in .rejected
//	it failed before, and lies     a delayed copy as long as the Strategy allows; then it stays there, given back: who
//	on a failure transport         retries before the cause is mended loses nothing, and moves nothing
//	it is a message of another     as the option Unknown says: the same, or given back to the group, or acknowledged; when
//	kind, which belongs to PHP     nobody says anything, given back where the classes that are log records are not known
//
// # Rules
//
//   - What is sent is the message with the stamps that Symfony's worker adds (decoder/messenger). Around one that holds no
//     envelope, or that has a wrong signature, an envelope is made which holds body and headers as they were. What was signed
//     is signed again; where the secret is not known it goes on unchanged.
//   - A copy is sent and the original acknowledged in one step where both are on one Redis server. Elsewhere it is sent
//     first: whoever is killed in between leaves the message on both, and the original is parked again. It is never lost.
//   - PHP drops what fails on a failure transport for the last time. Here it stays there.
//   - What a failure transport can never hold (transport.ErrUnstorable) is kept in .rejected.
//   - The log says where a message is in the line that says why it failed, once it is there.
//   - An error leaves the entry pending, as it was; it is handed out again.
package failure
