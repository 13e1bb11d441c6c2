package redis

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// mostLooks is how often a read looks for bytes before it sleeps. That costs less than falling asleep and being woken.
const mostLooks = 4

// eager is a connection whose reader looks again, and lets others run in between, before it sleeps. A server on the same machine
// sends a long reply in pieces of 64 KiB. Each of them would wake the reader, and mostly on the processor of the server, which
// then waits for it.
type eager struct {
	net.Conn
	raw   syscall.RawConn
	look  func(fd uintptr) (done bool) // made once: a closure is garbage
	yield func()                       // lets others run
	asked [1]unix.PollFd
}

// newEager returns nc, read eagerly where it is a socket.
func newEager(nc net.Conn) net.Conn {
	socket, ok := nc.(syscall.Conn)
	if !ok {
		return nc
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return nc
	}
	e := &eager{Conn: nc, raw: raw, yield: schedYield}
	e.look = e.await
	return e
}

// Read is that of the connection, after a moment in which bytes may come.
func (e *eager) Read(p []byte) (int, error) {
	_ = e.raw.Read(e.look) // the read itself finds out what is wrong
	return e.Conn.Read(p)
}

// await returns when there are bytes to read, or looking again is worth nothing.
func (e *eager) await(fd uintptr) (done bool) {
	e.asked[0] = unix.PollFd{Fd: int32(fd), Events: unix.POLLIN}
	for range mostLooks - 1 {
		if n, err := unix.Poll(e.asked[:], 0); n != 0 || err != nil {
			break
		}
		e.yield()
	}
	return true
}

// schedYield lets another thread run on this processor.
func schedYield() { _, _, _ = syscall.RawSyscall(unix.SYS_SCHED_YIELD, 0, 0, 0) } // it has no error
