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
//	expired       XPENDING, XCLAIM     of consumers whose lease has expired, in one script; then they are own pending
//	abandoned     XAUTOCLAIM           idle for redeliver_timeout; looked for every claim_interval
//	new           XREADGROUP ... >     in a blocking read that ends when the first entry arrives
//
// Before that, delayed messages that are due are moved to the stream by a script, in which they leave the set and enter
// the stream together. Any worker may move them at the same time.
//
// # Liveness
//
// Every consumer of envelog writes a new value, its heartbeat, every second into a hash next to the stream
// ([Config.RegistryKey]). The lease of a consumer expires when its heartbeat has not changed for five seconds, or when the
// consumer says that it leaves. The others then claim its entries at once, and remove its name when it has none. Entries of
// PHP's consumers, which have no heartbeat, are claimed after redeliver_timeout. A consumer never takes the name of one
// that is alive.
//
// # Memory
//
// A reply goes from the socket into an arena, and entries are views of it: nothing is allocated per entry. A batch ends at
// its count or at its bytes; the number of entries asked for follows their size. What a reply brings beyond that is
// skipped, and read again from the pending list. One entry may be larger than a batch. Batches must be released; six of
// one receiver may be alive at a time without new memory.
//
// # Reading ahead
//
// While there is a backlog, the next XREADGROUP is sent before the reply to the one before has been read (Prefetch), so that
// neither side waits for the other to wake up. It never blocks, asks for no more than the Receive that will hand out its
// entries, and is not sent while anything else is due: own pending entries, claims, delayed messages. When the batch before
// it did not hold all of its reply, what was read ahead is skipped, and both are read from the pending list in their order.
//
// # Rules
//
//   - A process does not hand out an entry twice, whatever happens to its connection, unless Redis forgets that it was
//     acknowledged (see Redis' documentation of persistence and failover).
//   - When Receive has returned, every entry that it read was handed out: a stop ends the blocking read on the server (CLIENT
//     UNBLOCK), not on the socket. There are two exceptions, which the next Receive or the next start reads first: entries of
//     a reply that exceed the bytes of a batch, and entries that a server sent before it stopped answering.
//   - Ack is idempotent; entries are acknowledged in the order of Ack and sent again until Redis confirms them.
//   - An entry that was trimmed or deleted while pending is acknowledged, counted and logged, as it can never be read.
//   - After the first connection no error of Redis ends a receiver. It logs the start and the end of an outage, retries
//     with growing, randomized pauses, and sets up stream and group again. The one exception is a second group on a
//     stream whose entries are deleted, which PHP refuses too.
//   - Nothing that Redis sends is trusted: see the client's rules.
package redis
