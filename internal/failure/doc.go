// Package failure handles messages that fail: it retries them, parks them on the failure transport, or rejects them. A PHP
// worker of the same application can continue at any point.
//
// # Model
//
// A [Handler] handles the failures of one transport (consumer.Failures):
//
//	its file cannot be written     retried with a delay, as often as the Strategy allows; then as below
//	it cannot be decoded           parked on the failure transport; without one, kept raw in .rejected
//	it comes from a failure        retried with a delay, as often as the Strategy allows; then it stays on the failure
//	transport                      transport: a retry before the cause is fixed loses nothing
//	it is a message of another     as the option Unknown says: parked, given back to the group, or acknowledged. By default
//	kind, which belongs to PHP     it is given back if the classes of log records are not known
//
// # Rules
//
//   - The copy that is sent has the stamps that Symfony's worker adds (decoder/messenger). A message without an envelope, or
//     with a wrong signature, is wrapped in a new envelope that holds its body and headers unchanged. A signed message is
//     signed again; if the secret is not known, it is sent unchanged.
//   - On one Redis server the copy is sent and the original acknowledged in one step. Otherwise the copy is sent first: a
//     process that is killed in between leaves the message in both places, and the original is parked again. It is never lost.
//   - PHP drops a message that fails on the failure transport for the last time. envelog leaves it there.
//   - A message that a failure transport can never hold (transport.ErrUnstorable) is kept in .rejected.
//   - One log line, written when the message is in its new place, says why it failed and where it is.
//   - An error leaves the entry pending and unchanged; it is handed out again.
package failure
