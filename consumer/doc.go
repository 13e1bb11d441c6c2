// Package consumer is the loop that carries entries from receivers into files: receive, decode, format, stage, commit,
// acknowledge. It declares the rooms that it joins as interfaces ([Receiver], [Decoder], [Formatter], [Sink],
// [Failures]), each with the rules that an implementation obeys, and imports none of them.
//
// # Model
//
// Three stages work at the same time, each on batches of its own: a fetcher goroutine for each receiver reads ahead, one
// batch, or two of the receiver whose backlog is worked off; the goroutine that calls [Consumer.Run] decodes and formats; a
// writer goroutine stages, commits and acknowledges, so that nobody waits for the disk but the writer. What is prepared
// while a commit lasts, or follows at once, shares the next commit, whatever receivers it is of. While the disk is slow, that
// is all that came meanwhile: the batches are released then as soon as their lines are made, so that no more than
// [MaxBatches] of a receiver are alive, and lines wait, not messages.
// One more goroutine sends keepalives when they are asked for. The goroutine of Run alone decides who reads how much, so
// that a limit is exact without a lock:
//
//	fetcher a --.                                              .-- acknowledged: line written
//	             >-- batch -- decode, format -- stage, commit --
//	fetcher b --'                                  |           '-- pending: the sink refused it, and a stop was asked for
//	                                            failures -- sent elsewhere or kept, and acknowledged; or left pending
//
// # Rules
//
//   - An entry is acknowledged only after its line is committed, or after Failures has it in a safe place. Every entry that
//     a receiver handed out ends handled, retried, parked, rejected (kept, then acknowledged), ignored or pending, and is
//     counted in [Stats].
//   - An entry whose file alone cannot be written is a failure of its own, and does not hold up the others.
//   - Receivers have priority in the order of [Config.Sources]: after one of them yielded a batch, the search starts
//     again at the first (Symfony Worker::run).
//   - A limit or a cancelled context ends the reading at once. What was read already, also what was read
//     ahead, is finished, committed, acknowledged and confirmed: nothing stays pending after a stop. That has
//     [Config.StopTimeout].
//   - When the sink fails, nothing more is read. The same entries are tried again, with growing pauses, until it works
//     or a stop is asked for; then they stay pending.
//   - Constructors start nothing; Run returns when all its goroutines have.
package consumer
