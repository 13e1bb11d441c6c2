// Package overview knows how all workers of the groups and their files are at one moment, for the page of --listen and for
// envelog top.
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
//   - It is made when somebody asks, at most every [Every]; whoever asks in between has the last one.
//   - What cannot be known is said in its place, and does not hide the rest.
package overview
