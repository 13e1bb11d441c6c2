//go:build integration

package redistest_test

import (
	"net"
	"os"
	"testing"
	"time"

	"envelog/internal/redistest"
)

func TestRestartKeepsPortAndData(t *testing.T) {
	s := redistest.Start(t, redistest.AOF()...)
	addr := s.Addr
	s.Do("SET", "k", "v")
	s.Kill()
	if c, err := net.Dial("tcp", addr); err == nil {
		c.Close()
		t.Fatal("the server still listens after Kill")
	}
	s.Restart()
	if got := s.Do("GET", "k"); s.Addr != addr || got != "v" {
		t.Fatalf("after the restart: addr %s, k = %v", s.Addr, got)
	}
}

func TestPauseFreezes(t *testing.T) {
	s := redistest.Start(t)
	c, err := net.Dial("tcp", s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s.Pause()
	if _, err := c.Write([]byte("PING\r\n")); err != nil {
		t.Fatal(err)
	}
	reply := make([]byte, 7)
	_ = c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if n, err := c.Read(reply); !os.IsTimeout(err) {
		t.Fatalf("a paused server answered: %q, %v", reply[:n], err)
	}
	s.Resume()
	_ = c.SetReadDeadline(time.Now().Add(3 * time.Minute))
	if _, err := c.Read(reply); err != nil {
		t.Fatalf("a resumed server does not answer: %v", err)
	}
}

func TestArguments(t *testing.T) {
	s := redistest.Start(t, "--databases", "3")
	s.Restart("--maxmemory-policy", "noeviction")
	got := s.Do("CONFIG", "GET", "databases").([]any)
	if len(got) != 2 || got[1] != "3" {
		t.Fatalf("CONFIG GET databases = %v", got)
	}
}
