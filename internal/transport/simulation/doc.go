// Package simulation proves the consumer's loop and the protocol of claims and heartbeats of transport/redis: the real
// code of both runs against a played Redis in played time (testing/synctest), several processes at once, which are killed
// at any step, stopped, cut off and held up, while the server answers late and forgets in failovers what was acknowledged.
//
// What is checked, at every step or when all is over:
//
//   - no entry is acknowledged or deleted before its line is safe
//   - no process is handed out an entry twice, unless Redis forgot that it was acknowledged
//   - the entries of a consumer whose heartbeats come are not taken from it
//   - a delayed message enters the stream once
//   - in the end every message has its line, and no entry is held by anybody
//   - every process ends when it is told to
//
// A seed makes a plan of faults, each bound to a step of a process, such as its 17th command. Each step takes a time of its
// own, so that no two come at the same instant, and only one processor is used: a seed repeats a run, except for one in about a
// thousand on a busy machine, where Go interrupts a goroutine. A run that fails is repeated with fewer and fewer faults;
// what is left is printed as a story.
//
//	go test ./internal/transport/simulation -seeds=100000 -from=10001
package simulation
