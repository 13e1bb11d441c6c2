// Package overview takes a snapshot of all workers of the groups, their queues and their files, for the page of the setting
// listen and for envelog top.
//
// # Model
//
//	Redis (counts, consumers, heartbeats)  --\
//	failure transports (counts)             --> Observer.Look --> Snapshot
//	log directory (sizes, lines)           --/
//
// Rates are differences between two looks. What Redis counts for a group (entries added, entries read) is about all of its
// workers, PHP's included, so that one page shows the fleet; files are those of one log directory.
//
// # Rules
//
//   - A look changes nothing, in Redis or on disk.
//   - A look is taken on request, at most every [Every]; requests in between get the last snapshot.
//   - A value that cannot be read is replaced by the reason, and does not hide the others.
package overview
