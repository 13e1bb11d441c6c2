// Package rejected keeps messages that can neither be written as a line nor be retried or parked: raw, with the reason, in
// <log-dir>/.rejected/, where a person can look at them, retry them or remove them. Only the owner can enter the directory,
// or the owner's group, because payloads may hold secrets. An entry has these files:
//
//	async_logging-1795423651867-0.message   the stream field, byte for byte (.body, .headers for those fields); only its
//	                                        beginning when it is larger than messages may be
//	async_logging-1795423651867-0.json      the note: transport, stream, id, time and reason. It is written last: where it
//	                                        is, the entry is complete
//
// The name is made of the transport and the id, both encoded like channels ([envelog/internal/filename.Encode], here at most
// 100 bytes each). An entry that is there already is not kept twice; another entry with the same id gets eight hex digits of
// its SHA-256 after a "~".
//
// Several processes may keep entries in the same directory. Each counts what is there when it starts, and again when it
// believes the directory to be full, so that together they may exceed the bounds for a while.
package rejected
