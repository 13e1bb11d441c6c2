// Package health reports the state of a worker: a [Monitor] watches its receivers and its sink and makes a [Report], which
// /livez and /readyz serve, systemd's watchdog uses, and envelog health reads from a file.
//
// # Rules
//
//   - A worker is live as long as its loop turns. Waiting for Redis or for the disk is live: a restart would not help.
//   - It is ready when it has joined its groups, reads, and can write.
//   - The file ([Note]) always has the same size, so that writing it needs no free space. An error with it never stops the
//     worker.
package health
