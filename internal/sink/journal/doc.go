// Package journal closes the window between the write of a line and the acknowledgement of its entry: it keeps, beside the
// log files, what is about to be appended where, so that an entry that is handed out again is recognized. It knows ids,
// checksums and places, and nothing of Redis.
//
// # Model
//
// <log-dir>/.envelog/ has one file for each process that writes, <name>.journal, and one named gate. A commit goes
//
//	Enter   lock the gate; read what is new in the journals of others
//	Ask     for each entry that may be known: unknown, written, or held by a process that lives
//	Write   one record of all that is about to be appended: per file a block, per line id, length, checksums
//	Leave   unlock the gate
//	Sync    force the record to disk, when lines survive power cuts too
//	Begin   per file, under its lock, right before the append: the place of the block
//	Settle  after the append, and its sync: every line of the record is safe
//
// The last record alone can be unsettled. Who finds it so, and the lock of its journal free, knows that its process died
// on the way: it compares the files with the record, writes down which lines are there, and takes back a line that was
// written in part. Settled records are trusted without a look at the files, which may be compressed or gone by then.
//
// An entry is looked for by its id, by binary search among the extents of records, and then by id, source and checksum of
// its payload in the one record that can have it. One whose id is above all that any journal has, as that of every entry
// that comes for the first time and in order, costs one comparison.
//
// # Rules
//
//   - A journal is locked (flock) by its process for all of that one's life: who can take the lock knows that it is dead.
//     The gate is held for microseconds, and a log file for the time of a write; never both by one process, but for who
//     settles what a dead process left: gate, journal, log file, in this order.
//   - Between Enter and Leave nobody else writes a record: of two processes that have the same entry in hand, one finds
//     the record of the other. That one was first, and writes; the other leaves the entry pending.
//   - A process that was stopped for long, and whose entries were claimed meanwhile, asks as everybody does before it
//     writes its record. Stopped behind that, it is found alive with its record unsettled: the claimer waits for it.
//   - Bytes are cut off, or made blank, only when their checksum proves them to be of the record, at its place. The kernel
//     leaves whole pages of a write behind when its process is killed; for each page boundary within a block the record
//     has the checksum of the piece of the line before it. What is not proven is left as it is.
//   - Without its journal a process begins anew. What cannot be read is no journal. No content makes a reader fail or take
//     more memory than a half of a journal.
//
// # Bounds
//
// A journal is 16 MiB, in two halves that are written in turn, and never grows. It remembers at least the last 240,000
// lines, or the last 16,000 commits when these are small: that is the window of ids within which an entry is recognized
// that Redis, after a failover, hands out again although it was acknowledged. In memory a process keeps 48 bytes for each
// record of each journal.
//
// # Power cuts
//
// The record is on disk before the first byte of its lines can be, and they are before their acknowledgement. After a
// power cut the lines of the last commit may be there, in part, or as zeros; the next process finds the boot of the
// machine changed, looks even for blocks whose Begin is lost, and cuts off zeros at the end of the file. The mark that
// Settle writes is not synced: without it a record is merely compared with its files once more. Unless Durable, the order
// in which the disk gets journal and lines is the kernel's.
package journal
