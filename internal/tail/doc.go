// Package tail reads the log files of all channels together, in the order of time, and goes on as they grow.
//
// # Model
//
//	Reader.Last   the last lines of each channel, back across its files, merged
//	Reader.Next   what was added since, also in files of a new day or channel, and in files that were replaced
//
// A Reader keeps no file open between two calls; it remembers how far it has read each. It lists the directory in each call;
// nothing runs in between.
//
// # Rules
//
//   - A line is read when it is complete.
//   - [Parse] finds time, level and channel of a line in each of envelog's formats. A line in another format, such as one of
//     another program, gets the time and level of the line before it, and the channel of its file.
//   - Lines that one call returns are in the order of time. Across calls they are in the order in which they were written.
//   - What is compressed is not read. Neither is more of a file than [MaxScan] bytes in one call, from its end.
package tail
