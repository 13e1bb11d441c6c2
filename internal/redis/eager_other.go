//go:build !linux

package redis

import "net"

// newEager returns nc: only on Linux is it known what helps.
func newEager(nc net.Conn) net.Conn { return nc }
