// Package simulation runs the real sink, its journal and retention on a simulated machine ([envelog/internal/vfs/simfs]):
// several processes that share a log directory, a played Redis that hands out entries again, writers of other programs,
// operators, and everything that goes wrong. It has only tests.
//
// One seed decides everything: what runs ([plan]), who takes the next step, and what happens at which call. The same seed
// repeats a run exactly, as long as the code is the same.
//
//	make simulate SEEDS=100000        run that many seeds, on all cores
//	make simulate SEED=4711           repeat one, and print it as a story
//
// A run that fails is made smaller as long as it still fails, and printed. Its seed becomes a row of the table in
// regression_test.go, and what happens in it a paragraph of testdata/played.txt: an event is at the nth step, and one that the code
// takes before may have it happen at another call, where it is harmless. TestRegressions then says what the row no longer plays.
//
// # Invariants
//
// At each acknowledgement, and at the end, when every entry is acknowledged:
//
//   - never: an entry is acknowledged, and its line is in no file;
//   - twice: there are more lines of a text than entries and writers of other programs that have it;
//   - torn, glued: a line that nobody wrote, being a piece of one, or several pieces in one line;
//   - changed: a complete line of somebody else, or of an entry that is acknowledged, is overwritten or cut;
//   - held: entries stay pending although the processes that are left ask for them;
//   - stuck: a process never ends its work.
package simulation
