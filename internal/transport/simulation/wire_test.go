package simulation

import (
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// wire is one direction of a connection: what was written to it can be read until it is closed, and after that.
type wire struct {
	mu      sync.Mutex
	sent    []byte
	closed  bool
	changed chan struct{} // has a token when the reader should look again
}

// end is one end of a connection that does not leave the process, as net.Pipe makes them, but that holds what is written, as
// a network does, and costs no more than the copying of its bytes.
type end struct {
	in, out *wire

	mu    sync.Mutex
	until time.Time // deadline of reads; zero: none
}

// newConnection returns both ends.
func newConnection() (*end, *end) {
	there, back := &wire{changed: make(chan struct{}, 1)}, &wire{changed: make(chan struct{}, 1)}
	return &end{in: back, out: there}, &end{in: there, out: back}
}

func (w *wire) wake() {
	select {
	case w.changed <- struct{}{}:
	default:
	}
}

// take copies what has come; more reports whether something may come still.
func (w *wire) take(b []byte) (n int, more bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n = copy(b, w.sent)
	w.sent = w.sent[n:]
	return n, !w.closed
}

func (w *wire) close() {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.wake()
}

func (e *end) Read(b []byte) (int, error) {
	for {
		n, more := e.in.take(b)
		switch {
		case n > 0:
			return n, nil
		case !more:
			return 0, io.EOF
		}
		if err := e.wait(); err != nil {
			return 0, err
		}
	}
}

// wait returns when there may be something to read, or when the deadline is over.
func (e *end) wait() error {
	e.mu.Lock()
	until := e.until
	e.mu.Unlock()
	if until.IsZero() {
		<-e.in.changed
		return nil
	}
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-e.in.changed:
		return nil
	case <-timer.C:
		return os.ErrDeadlineExceeded
	}
}

func (e *end) Write(b []byte) (int, error) {
	e.out.mu.Lock()
	if e.out.closed {
		e.out.mu.Unlock()
		return 0, io.ErrClosedPipe
	}
	e.out.sent = append(e.out.sent, b...)
	e.out.mu.Unlock()
	e.out.wake()
	return len(b), nil
}

// Close ends both directions.
func (e *end) Close() error {
	e.in.close()
	e.out.close()
	return nil
}

func (e *end) SetReadDeadline(t time.Time) error {
	e.mu.Lock()
	e.until = t
	e.mu.Unlock()
	return nil
}

func (e *end) SetDeadline(t time.Time) error  { return e.SetReadDeadline(t) }
func (*end) SetWriteDeadline(time.Time) error { return nil } // a write never waits
func (*end) LocalAddr() net.Addr              { return &net.UnixAddr{Name: "played"} }
func (*end) RemoteAddr() net.Addr             { return &net.UnixAddr{Name: "played"} }
