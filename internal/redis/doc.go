// Package redis is a lean client of a Redis server, of the master that Sentinels name, or of a Redis Cluster: it
// connects, logs in, sends commands and reads replies. What is kept on the server is its users' matter; the
// transport of Symfony Messenger is built on it.
//
// # Model
//
// A [Server] says where the server is and how to log in. [Dial] returns a [Conn] to the node that has a key. Rare
// commands go through [Conn.Do]; what carries messages is written with [Conn.Write] and read with the [Reader] that a
// Conn embeds, from the same socket: the bytes of a reply can stay where the socket put them.
//
// # Rules
//
//   - A server is not trusted. Each reply of each connection, those of sentinels and of the nodes of a cluster too, is
//     read by one Reader.
//   - No error holds a password.
//   - A Conn is for one goroutine, except for [Conn.Abort] and [Reader.Began].
package redis
