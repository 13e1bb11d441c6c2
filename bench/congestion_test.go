package main

import (
	"errors"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// The server is this process: what it accepts has what was set for the socket that listens.
func TestSetCongestionControl(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	other := "reno" // every Linux has it, and everybody may use it
	if accepted(t, l) == other {
		other = congestionControl
	}
	s := &server{pid: os.Getpid()}
	err = s.setCongestionControl(other)
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSYS) { // as in a container, or on an old kernel
		if got := s.useCongestionControl(); !strings.Contains(got, "cannot be set: take over a socket: ") {
			t.Errorf("what cannot be done is told as %q", got)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := accepted(t, l); got != other {
		t.Errorf("connections have %q, want %q", got, other)
	}
	if err := s.setCongestionControl("none of that name"); err == nil {
		t.Error("no error for a name that does not exist")
	}
	if got := s.useCongestionControl(); got != accepted(t, l) && !strings.Contains(got, "(cubic cannot be set: ") { // as where not everybody may
		t.Errorf("says %q, connections have %q", got, accepted(t, l))
	}
	gone := &server{pid: 1 << 30}
	if got := gone.useCongestionControl(); !strings.Contains(got, "(cubic cannot be set: open process: ") {
		t.Errorf("what cannot be done is told as %q", got)
	}
}

// accepted returns the congestion control of a connection that l accepts.
func accepted(t *testing.T, l net.Listener) (name string) {
	t.Helper()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	raw, err := conn.(syscall.Conn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var failed error
	if err := raw.Control(func(fd uintptr) { name, failed = unix.GetsockoptString(int(fd), unix.IPPROTO_TCP, unix.TCP_CONGESTION) }); err != nil || failed != nil {
		t.Fatal(err, failed)
	}
	return name
}
