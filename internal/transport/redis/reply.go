package redis

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	redigo "github.com/gomodule/redigo/redis"
)

// errProtocol is a reply that Redis does not send.
var errProtocol = errors.New("malformed reply")

const (
	maxBulk = 512 << 20 // Redis' own limit of a string, proto-max-bulk-len
	maxLine = 64 << 10  // an error message, at most
	slack   = 64 << 10  // free room beyond the limit of a batch, so that the socket is read in large pieces
	small   = 16 << 10  // the buffer of replies that are not kept
)

// source is the part of a net.Conn that a reader needs.
type source interface {
	io.Reader
	SetReadDeadline(time.Time) error
}

// reader reads RESP2 replies from a connection. The bytes of a batch go from the socket straight into its arena, where
// its entries stay as views; all other replies pass through a small buffer. Nothing is allocated for a length that a
// reply announces before bytes of it have arrived, and memory grows with what arrives.
type reader struct {
	src      source
	timeout  time.Duration // how long to wait for more of a reply that has begun
	patience time.Duration // how long to wait for the next bytes

	buf   []byte // what has arrived
	pos   int    // the next byte to look at
	small []byte // buf of the replies that are not kept

	began atomic.Bool // bytes have arrived since the reply's begin; for the guard

	keep  bool // buf is an arena's: what was looked at stays where it is
	limit int  // bytes that several entries together may take of an arena
}

func newReader(src source, timeout time.Duration) *reader {
	return &reader{src: src, timeout: timeout, patience: timeout, small: make([]byte, 0, small)}
}

// begin prepares for the reply of one command, which may block for as long as given. Without an arena nothing is kept.
func (r *reader) begin(blocking time.Duration) error {
	if r.pos != len(r.buf) {
		return fmt.Errorf("%w: %d bytes that nobody asked for", errProtocol, len(r.buf)-r.pos)
	}
	if cap(r.small) > slack {
		r.small = make([]byte, 0, small)
	}
	r.patience = blocking + r.timeout
	r.began.Store(false)
	r.buf, r.pos, r.keep = r.small[:0], 0, false
	return nil
}

// keepIn lets the rest of the reply go to the arena.
func (r *reader) keepIn(a *arena, limit int) {
	a.reset()
	r.buf, r.pos = append(a.buf[:0], r.buf[r.pos:]...), 0
	r.keep, r.limit = true, limit
}

// leave ends keepIn: the arena has its bytes, and what has arrived behind them passes through the small buffer.
func (r *reader) leave(a *arena) {
	if !r.keep {
		return
	}
	a.buf = r.buf[:r.pos]
	r.small = append(r.small[:0], r.buf[r.pos:]...)
	r.buf, r.pos, r.keep = r.small, 0, false
}

// more reads some bytes; want says how many are known to come, 1 when that is unknown.
func (r *reader) more(want int) error {
	if !r.keep && r.pos > 0 {
		r.buf = r.buf[:copy(r.buf, r.buf[r.pos:])]
		r.pos = 0
	}
	if len(r.buf) == cap(r.buf) {
		r.grow(want)
	}
	if err := r.src.SetReadDeadline(time.Now().Add(r.patience)); err != nil {
		return fmt.Errorf("read reply: %w", err)
	}
	r.patience = r.timeout
	n, err := r.src.Read(r.buf[len(r.buf):cap(r.buf)])
	r.buf = r.buf[:len(r.buf)+n]
	switch {
	case n > 0:
		r.began.Store(true)
		return nil
	case errors.Is(err, io.EOF):
		return fmt.Errorf("read reply: %w", io.ErrUnexpectedEOF)
	case err == nil:
		return fmt.Errorf("read reply: %w", io.ErrNoProgress)
	}
	return fmt.Errorf("read reply: %w", err)
}

// grow makes room: twice as much, and never more than the batch may take, or than is known to come.
func (r *reader) grow(want int) {
	room := 2 * cap(r.buf)
	if most := max(r.limit, len(r.buf)+want) + slack; r.keep && most <= 3*cap(r.buf) {
		room = most
	}
	r.buf = append(make([]byte, 0, max(room, small)), r.buf...)
}

// head consumes one line: the type of a reply with its number, which is a length, a count (-1: null), or an integer.
// An error reply is returned as redigo's error type.
func (r *reader) head() (kind byte, n int, err error) {
	end := bytes.IndexByte(r.buf[r.pos:], '\n')
	for end < 0 {
		if len(r.buf)-r.pos > maxLine {
			return 0, 0, fmt.Errorf("%w: a line of more than %d bytes", errProtocol, maxLine)
		}
		if err := r.more(1); err != nil {
			return 0, 0, err
		}
		end = bytes.IndexByte(r.buf[r.pos:], '\n')
	}
	line := r.buf[r.pos : r.pos+end]
	r.pos += end + 1
	if len(line) < 2 || line[len(line)-1] != '\r' {
		return 0, 0, fmt.Errorf("%w: line %.40q", errProtocol, line)
	}
	return parseHead(line[:len(line)-1])
}

func parseHead(line []byte) (kind byte, n int, err error) {
	switch line[0] {
	case '-':
		return '-', 0, redigo.Error(line[1:])
	case '+':
		return '+', 0, nil
	case '$', '*', ':':
		if v, digits := parseDigits(line[1:]); digits > 0 && digits == len(line)-1 && v <= 1<<62 {
			n = int(v)
		} else if string(line[1:]) == "-1" {
			n = -1
		} else {
			return 0, 0, fmt.Errorf("%w: line %.40q", errProtocol, line)
		}
	default:
		return 0, 0, fmt.Errorf("%w: line %.40q", errProtocol, line)
	}
	if line[0] == '$' && n > maxBulk {
		return 0, 0, fmt.Errorf("%w: a string of %d bytes", errProtocol, n)
	}
	return line[0], n, nil
}

// array consumes the head of an array; -1 is a null.
func (r *reader) array() (int, error) {
	kind, n, err := r.head()
	if err == nil && kind != '*' && !(kind == '$' && n < 0) {
		err = fmt.Errorf("%w: type %q where an array is due", errProtocol, kind)
	}
	return n, err
}

// arrayOf is array for a known count.
func (r *reader) arrayOf(want int) error {
	n, err := r.array()
	if err == nil && n != want {
		err = fmt.Errorf("%w: an array of %d where %d are due", errProtocol, n, want)
	}
	return err
}

// integer consumes an integer reply.
func (r *reader) integer() (int, error) {
	kind, n, err := r.head()
	if err == nil && kind != ':' {
		err = fmt.Errorf("%w: type %q where an integer is due", errProtocol, kind)
	}
	return n, err
}

// length consumes the head of a string that is there.
func (r *reader) length() (int, error) {
	kind, n, err := r.head()
	if err == nil && (kind != '$' || n < 0) {
		err = fmt.Errorf("%w: type %q where a string is due", errProtocol, kind)
	}
	return n, err
}

// take consumes the n bytes of a string and returns where they begin in buf.
func (r *reader) take(n int) (int, error) {
	for len(r.buf)-r.pos < n+2 {
		if err := r.more(n + 2 - (len(r.buf) - r.pos)); err != nil {
			return 0, err
		}
	}
	at := r.pos
	if r.buf[at+n] != '\r' || r.buf[at+n+1] != '\n' {
		return 0, fmt.Errorf("%w: a string longer than its length of %d", errProtocol, n)
	}
	r.pos += n + 2
	return at, nil
}

// skip consumes the n bytes of a string without keeping them.
func (r *reader) skip(n int) error {
	for n > len(r.buf)-r.pos {
		n -= len(r.buf) - r.pos
		r.pos = len(r.buf)
		if err := r.more(1); err != nil {
			return err
		}
	}
	r.pos += n
	_, err := r.take(0)
	return err
}

// shortString consumes a string of a known small size, valid until the next call.
func (r *reader) shortString() ([]byte, error) {
	n, err := r.length()
	if err == nil && n > maxLine {
		err = fmt.Errorf("%w: a string of %d bytes where a short one is due", errProtocol, n)
	}
	if err != nil {
		return nil, err
	}
	at, err := r.take(n)
	if err != nil {
		return nil, err
	}
	return r.buf[at : at+n], nil
}
