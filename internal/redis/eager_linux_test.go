package redis

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// connected returns both ends of a connection over loopback; the first one is read eagerly.
func connected(t *testing.T) (ours net.Conn, theirs net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	nc, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if theirs, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	ours = newEager(nc)
	t.Cleanup(func() { _, _ = ours.Close(), theirs.Close() })
	if _, ok := ours.(*eager); !ok {
		t.Fatalf("a TCP connection is a %T", ours)
	}
	return ours, theirs
}

func TestEagerReadsWhatIsThereAndWhatComes(t *testing.T) {
	ours, theirs := connected(t)
	for _, pause := range []time.Duration{0, 5 * time.Microsecond, time.Millisecond} {
		go func() {
			time.Sleep(pause)
			_, _ = theirs.Write([]byte("a reply"))
		}()
		var got [7]byte
		if _, err := io.ReadFull(ours, got[:]); err != nil || string(got[:]) != "a reply" {
			t.Errorf("after %v: %q, %v", pause, got, err)
		}
	}
	_ = theirs.Close()
	if n, err := ours.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %d bytes, %v", n, err)
	}
}

// What goes wrong is what goes wrong without it, word by word: operators and tests know these texts.
func TestEagerFailsAsTheConnectionDoes(t *testing.T) {
	ours, _ := connected(t)
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
	ours, theirs := connected(t)
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
