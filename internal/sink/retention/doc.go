// Package retention decides what becomes of log files that are no longer written to: it removes the oldest ones and
// compresses the others.
//
// # Model
//
// A [Keeper] makes a pass over the log directory every minute, in a goroutine of its own:
//
//	lock      <log-dir>/.envelog/retention.lock: of several processes one makes the pass
//	tidy      remove half-made archives; finish what a process left between archive and removal
//	expire    by KeepDays and KeepFiles
//	compress  closed files, the oldest first; a pass begins no new one after a minute
//	expire    by KeepBytes
//
// # Rules
//
//   - Nothing is touched but regular files whose name [envelog/sink.ParseFileName] can read, and the Keeper's own
//     unfinished archives, .<name>.gz.part and .zst.part. Other programs may use such names too, as Monolog's
//     RotatingFileHandler does: files of that kind in the log directory are under the same rules.
//   - A file is closed when nobody can want to append to it any more: its day is over, or there is a file with a higher
//     number and it has one itself. (The first file of a running day has the name that PHP writes to.) What was written to
//     within the last minute, or is open for writing in any process of this machine, is not closed.
//   - A day is over when it has ended in Options.Timezone; without one, records have days of their own zones, and it is
//     over when it has ended everywhere on Earth (UTC-12).
//   - The newest file of a channel, and the one with the highest number of a day that is not over, are never removed.
//   - The archive is on disk, under its name, before the file is removed. Killed at any point, the next pass begins again, or
//     finishes: of a file and its archive that are both there, the file goes when the archive holds all of it, and the
//     archive is made again when lines came after it. Should the two have nothing to do with each other, as when PHP wrote
//     to a name whose file was compressed, the file gets the next free number.
//   - Removal happens under the file's lock (flock), as each write of the sink does, which looks afterwards whether the
//     name still stands for the file. No journal may need the file: while it is open whether a line stands in it, it
//     stays (see [envelog/sink/journal.Visitor]). What was settled is trusted afterwards without a look at the file.
//   - A line whose file is removed or compressed goes to a new file of the same day, which expires as all others do.
//
// Where the file system has no locks, nothing is done.
package retention
