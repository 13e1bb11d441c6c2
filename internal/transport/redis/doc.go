// Package redis receives the messages of Symfony Messenger's Redis transport (symfony/redis-messenger 5.4 to 8.1) as the
// PHP worker does, in batches, through the client of package envelog/internal/redis.
//
// # Model
//
// Messages are on a stream, which a consumer group reads; delayed messages are in a sorted set beside it, scored by the
// millisecond at which they are due. An entry that was read is on its consumer's pending list until it is acknowledged.
// A Receiver is one consumer. Each Receive takes from the first of these that has something:
//
//	own pending   XREADGROUP ... 0     once after each connection, without what is in flight
//	of the dead   XPENDING, XCLAIM     of consumers that are gone, in one script; then they are own pending
//	abandoned     XAUTOCLAIM           idle for redeliver_timeout, looked for every claim_interval, as many as there are
//	new           XREADGROUP ... >     in a blocking read that ends when the first entry comes
//
// Before that, delayed messages that are due are moved to the stream by a script, in which they leave the set and enter
// the stream together. Any worker may move them at the same time.
//
// # Liveness
//
// Every consumer of envelog writes a value that changes, its beat, every second into a hash beside the stream
// ([Config.RegistryKey]). One whose beat does not change for five seconds, or who says that it leaves, is dead to the
// others, who take its entries over at once and remove its name when it owns nothing. Entries of PHP's consumers, which
// do not beat, come when they were idle for redeliver_timeout. A name that somebody who lives has is not taken.
//
// # Memory
//
// A reply goes from the socket into an arena, and entries are views of it: nothing is allocated per entry. A batch ends at
// its count or at its bytes; the number of entries asked for follows their size. What a reply brings beyond that is
// skipped, and read again from the pending list. One entry may be larger than a batch. Batches must be released; three of
// one receiver may be alive at a time without new memory.
//
// # Rules
//
//   - An entry that was handed out is not handed out again by this process, whatever happens to its connection, until Redis
//     forgets that it was acknowledged (docs of Redis: persistence, failover).
//   - Nothing is pending that was not handed out, once Receive has returned: a stop ends the blocking read on the server
//     (CLIENT UNBLOCK), not on the socket. The exceptions, which the next Receive or the next start reads first: what a
//     reply brought beyond a batch's bytes, and what a server may have sent that does not answer any more.
//   - Ack is idempotent; entries are acknowledged in the order of Ack and sent again until Redis confirms them.
//   - An entry that was trimmed or deleted while pending is acknowledged, counted and logged, as it can never be read.
//   - After the first connection no error of Redis ends a receiver. It logs the begin and the end of an outage, tries again
//     with growing pauses of random length, and sets up stream and group again. The one exception is a second group on a
//     stream whose entries are deleted, which PHP refuses too.
//   - Nothing that Redis sends is trusted: see the client's rules.
package redis
