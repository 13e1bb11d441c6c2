// Package tail reads the log files of all channels together, in the order of time, and goes on as they grow.
//
// # Model
//
//	Reader.Last   the last lines of each channel, back across its files, merged
//	Reader.Next   what was added since, by whichever file: of a new day, of a new channel, of one that was replaced
//
// A Reader holds no file open between two calls, and remembers of each how far it has read. It looks at the directory when
// it is asked; nothing runs in between.
//
// # Rules
//
//   - A line is read when it is complete.
//   - The time, level and channel of a line are found in each of envelog's formats ([Parse]). A line that is in none of
//     them, as one that another program wrote, has time and level of the line before it, and the channel
//     of its file.
//   - Lines that one call returns are in the order of time. Across calls they are in the order in which they were written.
//   - What is compressed is not read. Neither is more of a file than [MaxScan] bytes in one call, from its end.
package tail
