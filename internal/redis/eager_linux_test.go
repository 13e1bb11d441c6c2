package redis

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// connected returns both ends of a connection; the first one is read eagerly.
func connected(t *testing.T, network, addr string) (ours net.Conn, theirs net.Conn) {
	t.Helper()
	l, err := net.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	nc, err := net.Dial(network, l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if theirs, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	ours = newEager(nc)
	t.Cleanup(func() { _, _ = ours.Close(), theirs.Close() })
	if _, ok := ours.(*eager); !ok {
		t.Fatalf("a connection is a %T", ours)
	}
	return ours, theirs
}

// What comes while others run is read without falling asleep, and nothing is looked for for ever.
func TestEagerLooksBeforeItSleeps(t *testing.T) {
	nc, theirs := connected(t, "unix", filepath.Join(t.TempDir(), "socket")) // where what is written is there at once
	ours := nc.(*eager)
	_ = ours.SetReadDeadline(time.Now().Add(time.Minute)) // who does not look waits for what never comes
	for _, comes := range []int{0, 1, mostLooks - 1, 0} { // after so many times that others could run
		yields := 0
		ours.yield = func() {
			if yields++; yields == comes {
				_, _ = theirs.Write([]byte("a reply"))
			}
		}
		if comes == 0 {
			_, _ = theirs.Write([]byte("a reply"))
		}
		var got [7]byte
		if _, err := io.ReadFull(ours, got[:]); err != nil || string(got[:]) != "a reply" || yields != comes {
			t.Errorf("bytes that come when others have run %d times: %q, %v, after %d", comes, got, err, yields)
		}
	}
	yields := 0
	ours.yield = func() { yields++ }
	_ = ours.SetReadDeadline(time.Now().Add(time.Millisecond))
	if _, err := ours.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || yields > mostLooks-1 {
		t.Errorf("where nothing comes: %v, after others could run %d times", err, yields)
	}
	_ = ours.SetReadDeadline(time.Time{})
	_ = theirs.Close()
	if n, err := ours.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %d bytes, %v", n, err)
	}
}

// What goes wrong is what goes wrong without it, word by word: operators and tests know these texts.
func TestEagerFailsAsTheConnectionDoes(t *testing.T) {
	ours, _ := connected(t, "tcp", "127.0.0.1:0")
	_ = ours.SetReadDeadline(time.Now().Add(time.Millisecond))
	if _, err := ours.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || !strings.HasPrefix(err.Error(), "read tcp ") {
		t.Errorf("after the deadline: %v", err)
	}
	_ = ours.SetReadDeadline(time.Time{})
	time.AfterFunc(10*time.Millisecond, func() { _ = ours.Close() })
	if _, err := ours.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) || !strings.HasPrefix(err.Error(), "read tcp ") {
		t.Errorf("closed while it is read: %v", err)
	}
}

func TestEagerMakesNoGarbage(t *testing.T) {
	ours, theirs := connected(t, "tcp", "127.0.0.1:0")
	var got [1]byte
	if n := testing.AllocsPerRun(100, func() {
		_, _ = theirs.Write(got[:])
		_, _ = ours.Read(got[:])
	}); n != 0 {
		t.Errorf("a read allocates %v times", n)
	}
}

func TestWhatIsNoSocketIsReadAsItIs(t *testing.T) {
	ours, theirs := net.Pipe()
	defer func() { _, _ = ours.Close(), theirs.Close() }()
	if newEager(ours) != ours {
		t.Error("a pipe is not returned as it is")
	}
}
