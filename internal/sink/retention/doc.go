// Package retention removes the oldest log files, and compresses others that are no longer written to.
//
// # Model
//
// A [Keeper] makes a pass over the log directory every minute, in a goroutine of its own:
//
//	lock      <log-dir>/.envelog/retention.lock: one of several processes makes the pass
//	clean up  remove incomplete archives; finish a removal that a process was killed in
//	expire    by KeepDays and KeepFiles
//	compress  closed files, the oldest first; a pass begins no new one after a minute
//	expire    by KeepBytes
//
// # Rules
//
//   - It touches only regular files whose name [envelog/internal/sink.ParseFileName] can read, and the Keeper's own incomplete
//     archives, .<name>.gz.part and .zst.part. Files of other programs with such names, such as those of Monolog's
//     RotatingFileHandler, follow the same rules.
//   - A file that is nearly nothing but holes is no log: it is not compressed, and counts for what it has on the disk.
//   - A file is closed when no process will append to it again: its day is over, or it has a number and there is a file with
//     a higher one. (The first file of the current day has the name that PHP writes to.) A file that was written to within
//     the last minute, or is open for writing in any process of this machine, is not closed.
//   - A day is over when it has ended in Options.Timezone. Without a time zone records have the days of their own zones, and
//     a day is over when it has ended everywhere on Earth (UTC-12).
//   - The newest file of a channel, and the one with the highest number of a day that is not over, are never removed.
//   - The archive is on disk, under its name, before the file is removed. After a crash the next pass starts again or
//     finishes. If both the file and its archive exist, the file is removed if the archive has all of it, also when a power cut has
//     brought it back shorter, or with zeros where pages were not on disk; the archive is made again if lines were added since. If
//     the two are unrelated, such as when PHP wrote to a name whose file was compressed, the file gets the next free number. What
//     was written to after the archived file was never counts as part of the archive.
//   - A file is removed under its lock (flock), which each write of the sink takes too; the sink then checks whether the name
//     still belongs to the file. A file stays while a journal is in doubt about a line in it (see
//     [envelog/internal/sink/journal.Visitor]). Records that are resolved are not checked against the file again.
//     They are resolved before a file is read for its archive, or compared with it, too: the kernel may drop what could not be synced.
//   - A line whose file was removed or compressed goes to a new file of the same day, which expires like all others.
//
// Without locks of the file system it does nothing.
package retention
