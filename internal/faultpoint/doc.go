// Package faultpoint stops the process at a named point, so that a test can kill it exactly there, or let it go on later.
//
// Without the build tag faults, as in everything that is released, its functions are empty and cost nothing. With it, the
// environment variable ENVELOG_CRASH_POINT selects one point, and, by a number after a colon, which pass: "after-append", or
// "after-append:7" for the seventh. There the process prints
//
//	faultpoint: after-append
//
// to its standard error and stops itself by SIGSTOP, which is waited for with WUNTRACED, or by that line. SIGKILL ends
// it there; after SIGCONT it goes on, and stops no more.
//
// # The points, in the order of a batch
//
//	before-journal  lines are staged; nothing is written
//	after-journal   the journal's record is written, and synced if the setting sync is batch; no line is written
//	mid-append      the first half of the lines of a file is written, up to the end of a page
//	after-append    all lines are in their files, not synced
//	after-sync      lines are synced as configured; the journal's record is not committed
//	before-ack      the journal's record is committed; nothing is acknowledged
//	after-ack       the acknowledgement is sent, or about to be
//
// And in a process that repairs a log file after another one:
//
//	before-cut      the torn line at the end of the file was found, and is about to be cut off
//
// # A slow disk
//
// ENVELOG_SYNC_DELAY, such as "20ms", has each sync of a file or of a directory last that much longer, in the kernel, as it does on a
// slower disk.
package faultpoint
