package proctest

import (
	"errors"
	"net"
	"strconv"
	"syscall"
	"testing"
)

// TestAPortIsForOneCaller has a server listen on a reserved port, end, and listen again. Nobody else can reserve it meanwhile, and
// clients are refused as long as nobody listens.
func TestAPortIsForOneCaller(t *testing.T) {
	port := Port(t)
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	taken := func() {
		t.Helper()
		if release, err := hold(port); err == nil {
			release()
			t.Error("another one got the port")
		}
		if c, err := net.Dial("tcp", addr); !errors.Is(err, syscall.ECONNREFUSED) {
			if err == nil {
				c.Close()
			}
			t.Errorf("dial where nobody listens: %v", err)
		}
	}
	taken()
	for range 2 {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			t.Fatalf("listen on the reserved port: %v", err)
		}
		if release, err := hold(port); err == nil {
			release()
			t.Error("another one got the port of a server")
		}
		l.Close()
		taken()
	}
}
