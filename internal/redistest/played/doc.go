// Package played is a Redis that is played: the commands that the Redis transport uses, with their replies, in memory. It
// runs the transport's own Lua scripts. It has no clock and no network of its own, so that a simulation can let time jump,
// cut connections, hold replies back, and let a failover forget what was written: see [Server.Snapshot].
//
// The behaviours of the transport's tests are run on it and on real servers, so that both do the same.
package played
