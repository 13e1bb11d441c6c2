package doctrine_test

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"envelog/internal/transport/doctrine"
)

// serverDSNs are the DSNs of the platforms that have a server, for one at addr.
func serverDSNs(addr string) map[string]string {
	return map[string]string{"PostgreSQL": "postgresql://app:pa%3Ass@" + addr + "/app", "MySQL": "mysql://app:pa%3Ass@" + addr + "/app"}
}

// TestSilentServer: one that takes the connection and never answers is waited for as long as the context lasts.
func TestSilentServer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	for name, dsn := range serverDSNs(listener.Addr().String()) {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			if _, err := open(t, dsn).Count(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("count: %v, want context.DeadlineExceeded", err)
			}
		})
	}
}

// TestSilenceIsBounded: nobody waits for such a server as long as for an operation that takes its time.
func TestSilenceIsBounded(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	for name, dsn := range serverDSNs(listener.Addr().String()) {
		t.Run(name, func(t *testing.T) {
			_, err := open(t, dsn).Count(t.Context())
			wantClass(t, map[string]error{"count": err}, doctrine.ErrUnreachable, "no answer for 5s", "is it running")
		})
	}
}

// TestAnotherServer: a port of something else is said to be none of a database.
func TestAnotherServer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	defer group.Wait()
	defer listener.Close()
	group.Go(func() { greet(listener, "HTTP/1.1 400 Bad Request\r\n\r\n") })
	for name, dsn := range serverDSNs(listener.Addr().String()) {
		t.Run(name, func(t *testing.T) {
			wantClass(t, operations(t.Context(), open(t, dsn)), doctrine.ErrUnreachable, "127.0.0.1", "the right host and port")
		})
	}
}

// greet says the same to all who come, and hangs up.
func greet(l net.Listener, text string) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		_, _ = conn.Write([]byte(text))
		conn.Close()
	}
}
