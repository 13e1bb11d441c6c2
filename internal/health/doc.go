// Package health knows how a worker is: a [Monitor] watches its receivers and its sink, and tells it in a [Report], which
// /livez and /readyz serve, systemd's watchdog acts on, and envelog health reads from a file.
//
// # Rules
//
//   - A worker is live as long as its loop turns. Waiting for Redis or for the disk is live: a restart would not help.
//   - It is ready when it has joined its groups, reads, and can write.
//   - The file ([Note]) has the same size each time, so that writing it needs no room on a disk that is full. What goes
//     wrong with it never keeps the worker from working.
package health
