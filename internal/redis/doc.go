// Package redis is a lean client of a Redis server, of the master that Sentinels name, or of a Redis Cluster: it
// connects, logs in, sends commands and reads replies. It knows nothing of Messenger; the transport
// of Symfony Messenger is built on it.
//
// # Model
//
// A [Server] says where the server is and how to log in. [Dial] returns a [Conn] to the node that has a key. Rare
// commands go through [Conn.Do]; what carries messages is written with [Conn.Write] and read with the [Reader] that a
// Conn embeds, from the same socket: the bytes of a reply can stay where the socket put them.
//
// # Rules
//
//   - A server is not trusted. The same bounded Reader reads every reply, also those of sentinels and of the nodes of a
//     cluster.
//   - No error holds a password.
//   - A Conn is for one goroutine, except for [Conn.Abort] and [Reader.Began].
package redis
