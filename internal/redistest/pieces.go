package redistest

import (
	"io"
	"net"
	"time"
)

// Pieces is a connection that delivers its bytes in pieces of a given size, and takes none.
type Pieces struct {
	net.Conn // for redigo, which calls nothing else
	Data     []byte
	Size     int
}

// Read delivers the next piece, and io.EOF after the last one.
func (p *Pieces) Read(b []byte) (int, error) {
	if len(p.Data) == 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), p.Size)], p.Data)
	p.Data = p.Data[n:]
	return n, nil
}

// SetReadDeadline does nothing.
func (p *Pieces) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing.
func (p *Pieces) SetWriteDeadline(time.Time) error { return nil }

// Close does nothing.
func (p *Pieces) Close() error { return nil }
