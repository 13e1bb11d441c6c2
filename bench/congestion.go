package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// congestionControl is what the connections of the server use: Linux's default. A machine may have BBR in its place, which spaces out
// over loopback, too, what a server sends: that slows down who reads a lot at once, drain and envelog, and not PHP, which reads little.
const congestionControl = "cubic"

var errNoSocket = errors.New("no listening socket is found")

// setCongestionControl sets it for the connections that the server accepts from now on: they have it from the socket that listens.
func (s *server) setCongestionControl(name string) error {
	process, err := unix.PidfdOpen(s.pid, 0)
	if err != nil {
		return fmt.Errorf("open process: %w", err)
	}
	defer unix.Close(process)
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.pid))
	if err != nil {
		return err
	}
	for _, file := range files {
		number, _ := strconv.Atoi(file.Name()) // they are numbers
		fd, err := unix.PidfdGetfd(process, number, 0)
		if errors.Is(err, unix.EBADF) { // a client has left meanwhile
			continue
		}
		if err != nil {
			return fmt.Errorf("take over a socket: %w", err)
		}
		listens, _ := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN) // 0 for what is no socket
		if listens == 1 {
			err = unix.SetsockoptString(fd, unix.IPPROTO_TCP, unix.TCP_CONGESTION, name)
		}
		unix.Close(fd)
		if listens == 1 {
			return err
		}
	}
	return errNoSocket
}

// useCongestionControl sets [congestionControl], and returns what to print about it.
func (s *server) useCongestionControl() string {
	err := s.setCongestionControl(congestionControl)
	if err == nil {
		return congestionControl
	}
	used, _ := os.ReadFile("/proc/sys/net/ipv4/tcp_congestion_control") // the error counts
	return fmt.Sprintf("%q (%s cannot be set: %v)", strings.TrimSpace(string(used)), congestionControl, err)
}
