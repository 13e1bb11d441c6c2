// Package journal is the write-ahead log that makes the append of a batch recoverable: beside the log files it records
// what is about to be appended where, so that an entry which Redis hands out again is recognized and its line is not
// written twice. It knows ids, checksums and places, and nothing of Redis.
//
// # Model
//
// <log-dir>/.envelog/ has one <name>.journal for each process that writes, and one directory.lock. A batch goes
//
//	Lock      take the directory lock; read what is new in all journals; resolve what dead processes left in doubt
//	Lookup    for each entry that a journal may have: unknown, written, or held by a living process
//	Prepare   record all that is about to be appended: per file a block with its place, per line id, length, checksum;
//	          with Durable the record is forced to disk
//	Move      per file that others have appended to since Prepare: the new place, right before the append
//	Appended  after all appends: the lines are in their files, except those of blocks that failed
//	Tell      after an append that failed: what of a block is in its file, before a part of a line is taken back
//	Unlock    release the directory lock
//	Commit    after the sync: every line of the record is safe
//
// After a failure Repeat writes what the journal still lacks, and CommitFormer says of blocks of earlier records that their lines are
// safe now.
//
// # States
//
//	prepared   the lines may be in their files, in part or not at all; only while the directory lock is held
//	appended   the lines are in their files, not known to be on disk
//	committed  the lines are safe; their entries may be acknowledged
//	aborted    a line of the block that is not in its file and will not be
//
// A record is in doubt when it is neither committed nor aborted and its process is dead: the lock of the journal is free.
//
// # Rules
//
//   - Only the process that holds the directory lock prepares and appends. A process that gets the lock first resolves
//     everything in doubt, before it looks anything up or appends. So after the place of a prepared block there are only its
//     own bytes and those of writers without a journal: a line is recognized by its place, never only by its text.
//   - A decision about another process' record is on disk before anybody who knows it appends: whoever wrote it may have
//     been killed before he could force it there.
//   - Lines of a dead process that are found in a file are written over themselves before they are synced. Whoever found them
//     before may have failed to sync them, after which the kernel takes their pages for clean. So are the blanks that a part of a line
//     has become.
//   - If something in doubt cannot be resolved now, or if a living process could not record the result of its appends, no
//     process appends to those files ([Journal.Blocked]) or writes those entries: they are held.
//   - A journal is a log. A record that was written never changes, so that what a process has read of another's journal
//     stays true. Its outcome is in a later record (Move, Decide), or, in the common case, in the mark: a record with a
//     number up to the mark is committed unless a Decide record says otherwise. Each record has the checksum of the one
//     before it, so that remains of an earlier lap or of a power cut are not taken for records.
//   - The records after the last committed one may be dropped by the kernel, when a sync of them has failed, until somebody writes
//     them over themselves and syncs. Whoever opens a journal as its own, or relies on a decision of others, does that. Others
//     look for these records again when somebody has opened a journal, or its process is dead.
//   - So may the mark, which is not synced with each batch. A [Visitor] has it written again before the sync upon which a log file is
//     removed: [Visitor.Renew].
//   - A write to the journal that fails is kept and repeated before any other, so that the log has no gap.
//   - The locks have one order: directory lock, journals, log files. The lock of a journal is held for as long as its
//     process lives.
//   - Bytes in a log file are overwritten only when a checksum proves them to be of the block, or when they are zeros in
//     its place. Less than 64 bytes in front of somebody else's stay: any line may begin like that. A partly written line becomes
//     blanks and a line feed. It is cut off only at the end of a file that no other
//     process has open, while other processes that open it wait.
//   - A file that cannot be read is not a journal. No content makes a reader crash or take more memory than a segment.
//
// # Bounds
//
// A journal is 16 MiB, in two segments that are written in turn, and never grows. It remembers at least the last 200,000
// lines, or the last 14,000 commits when these are small: that is the window of ids within which an entry is recognized
// that Redis, after a failover, hands out again although it was acknowledged. In memory a process keeps 56 bytes for each
// record of each journal.
//
// # Power cuts
//
// With Durable the record is on disk before the first byte of its lines can be, and they are before their acknowledgement.
// After a power cut any subset of the pages that were not synced may be missing. The next process sees by the boot in the
// record that the machine has started again, and checks each line at its place. The mark is not synced before a process ends in
// good order: each record says how far the mark was when it was written, so that only the last records are checked once more. Without Durable the
// order in which the disk gets journal and lines is the kernel's.
package journal
