//go:build !linux

package proctest

import (
	"net"
	"strconv"
)

// hold looks whether the port is free, and cannot keep it so: only Linux lets a socket that does not listen share a port with one
// that does.
func hold(port int) (release func(), err error) {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, err
	}
	return func() {}, l.Close()
}
