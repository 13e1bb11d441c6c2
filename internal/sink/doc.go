// Package sink keeps lines: it appends each to the file of its channel and day, and says when it is safe to acknowledge
// the entry that it came from.
//
// # Model
//
//	Stage   copies a line into the buffer of <dir>/<channel>-<YYYY-MM-DD>.log; nothing is written
//	Commit  under the directory lock: look up in the journals, prepare; for each file: open, lock, write, unlock. Then
//	        all files, and the directory, are synced at the same time, and the journal commits
//
// A line that Commit did not report as failed is safe, and its buffer is free; all others stay staged, in their order,
// and the next Commit tries again. A file that fails does not hold up the others.
//
// The day is the record's own, in the zone of its time or in Options.Timezone; a late record goes to the file of its own
// day. Names are made so that no channel can leave the directory ([envelog/internal/filename]). The name has the pattern of Monolog's
// RotatingFileHandler, so that an application that falls back to that writes to the same files.
//
// A file that would become larger than Options.RotateSize is followed by <channel>-<YYYY-MM-DD>.1.log, then .2; nothing
// is ever renamed. Lines go to the file with the highest number, or, when that is compressed, to a new one: see
// number.go, and [envelog/internal/sink/retention] for what becomes of files later.
//
// # What survives what
//
//	                envelog killed      power cut, kernel crash
//	SyncBatch       all acknowledged    all acknowledged
//	SyncInterval    all acknowledged    all but the last Interval
//	SyncNever       all acknowledged    all but what the kernel held back: usually 30 s
//
// Lines are acknowledged after Commit. Killed between the two, envelog is handed their entries again, and knows them by its
// journal ([envelog/internal/sink/journal]): each line stands once in its file. Killed in the middle of a write(2), it leaves a
// torn line at the end of the file; the next process that appends removes it when the journal proves whose it is, and
// otherwise ends it first, so that no other line is damaged.
//
// # Sharing files with other processes
//
// Files are opened with O_APPEND, and each batch is one write(2) under flock(LOCK_EX). On a local file system of Linux:
//
//   - Among processes that lock (envelog, Monolog's StreamHandler with useLocking), no line is torn, and none is lost but by what
//     remains, below.
//   - A process that does not lock, but appends each line with one write(2), as PHP does for StreamHandler, is kept apart
//     from envelog by O_APPEND: the kernel appends one write after the other, each as a whole.
//   - A write can be cut short, by a kill, a full disk, a quota or a limit on file sizes. Whole lines of it stay. The part
//     of a line is cut off when nobody else has the file open, and is otherwise overwritten by blanks and a line feed, so
//     that a line which a process without lock appends at that moment is not lost. That is done, too, in a file that was
//     renamed within the directory meanwhile.
//   - What remains: a process without lock that appends between the look at the file's size and a write in which envelog
//     is killed, which useLocking of StreamHandler excludes; any process that appends the text of a batch whose writer was
//     killed before it wrote; and one that appends to a part of less than 64 bytes. docs/delivery.md says what can then happen.
//   - NFS has no atomic append: there, all writers must lock. Where locks are not available, O_APPEND has to do.
//   - copytruncate of logrotate loses what is written between its copy and its cut, whoever writes; move files instead.
//
// Before each write, within the lock, the name is compared with the file that is open: a file that was moved, removed or
// replaced is opened again, and so is the directory. Log files that are symbolic links are not followed, and what is not
// a regular file is not written to; the log directory itself may be a link.
//
// # Failed syncs
//
// After a failed fdatasync Linux tells the error once, marks the pages clean, and the next sync of the same pages is a
// success that means nothing. Therefore lines whose sync failed are not safe until they are written again: the file is
// closed, its lines stay staged, and the next Commit opens it, writes them over themselves at the place where they are,
// which makes the pages dirty again, and syncs. So it does with the blanks that a part of a line has become; where a part was cut off, the
// file is synced again, also when it was moved meanwhile. Where others
// changed the place of lines they are appended again, and may then be
// there twice. With SyncInterval, lines whose sync fails are acknowledged already: that is logged as an error.
//
// # Bounds
//
// At most MaxOpenFiles files are open, and those not written to for five minutes are closed. At most MaxFiles files are
// written to in one day; lines for further ones go to overflow-YYYY-MM-DD.log, by the day of writing, which is said once
// a day. What is staged is bounded by who stages ([Sink.Staged]); of the memory for it 8 MiB are kept.
package sink
