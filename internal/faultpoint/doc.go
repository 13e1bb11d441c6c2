// Package faultpoint stops the process at a named point, so that a test can kill it exactly there, or let it go on later.
//
// Without the build tag faults, as in everything that is released, its functions are empty and cost nothing. With it, the
// environment variable ENVELOG_CRASH_POINT chooses one point, and by a number after a colon how often it is passed
// before: "after-append", or "after-append:7" for the seventh time. There the process prints
//
//	faultpoint: after-append
//
// to its standard error and stops itself by SIGSTOP, which is waited for with WUNTRACED, or by that line. SIGKILL ends
// it there; after SIGCONT it goes on, and stops no more.
//
// # The points, in the order of a batch
//
//	before-journal  lines are staged; nothing is written
//	after-journal   the journal's record is written, and synced with --sync=batch; no line is
//	mid-append      the first half of what goes to a file is there, up to the end of a page
//	after-append    all lines are in their files, not synced
//	after-sync      lines are as safe as --sync says; the journal does not know
//	before-ack      the journal knows; nothing is acknowledged
//	after-ack       Redis has, or is about to get, the acknowledgement
//
// And of whoever puts a log file in order after another process:
//
//	before-cut      the end of the file was looked at, and what is left of a line there is about to be cut off
package faultpoint
