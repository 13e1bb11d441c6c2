package main

import (
	"net"
	"os"
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
	const other = "reno" // every Linux has it, everybody may use it, and none has it by default
	if got := accepted(t, l); got == other {
		t.Fatalf("connections have %q already", got)
	}
	s := &server{pid: os.Getpid()}
	if err := s.setCongestionControl(other); err != nil {
		t.Fatal(err)
	}
	if got := accepted(t, l); got != other {
		t.Errorf("connections have %q, want %q", got, other)
	}
	if err := s.setCongestionControl("none of that name"); err == nil {
		t.Error("no error for a name that does not exist")
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
