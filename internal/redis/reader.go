package redis

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"sync/atomic"
	"time"

	redigo "github.com/gomodule/redigo/redis"

	"envelog/internal/quantity"
	"envelog/transport/streamid"
)

// ErrProtocol is a reply that Redis does not send.
var ErrProtocol = errors.New("malformed reply")

// Bounds of one reply. Redis itself sends nothing that is larger.
const (
	maxBulk  = 512 << 20 // bytes of a string: proto-max-bulk-len
	maxLine  = 64 << 10  // bytes of an error or a status
	maxItems = 1 << 19   // strings, numbers and arrays of a reply that is read as a value
	maxDepth = 16        // arrays within arrays
	maxValue = 64 << 20  // bytes of a reply that is read as a value, unless its reader asks for more
)

// Slack is the free room beyond the limit of KeepIn, in bytes: the socket is read in large pieces.
const Slack = 64 << 10

const (
	piece = 128 << 10 // bytes that are read at once: what is not of this reply is moved to where the next one goes
	small = 16 << 10  // the buffer of replies that are not kept

	// leastRate is how many bytes a second a server must send at least once a reply takes longer than its timeout: one
	// that sends a byte now and then does not hold the reader for longer than the timeout.
	leastRate = 256 << 10
)

// source is the part of a net.Conn that a reader needs.
type source interface {
	io.Reader
	SetReadDeadline(time.Time) error
}

// Reader reads RESP2 replies from a connection. The bytes of a batch go from the socket straight into memory of the
// caller (KeepIn), where they stay; all other replies pass through a small buffer. Nothing is allocated for a length or
// a count that a reply announces before bytes of it have arrived, and memory grows with what arrives. Each reply has one
// deadline as a whole.
type Reader struct {
	src     source
	timeout time.Duration // of a whole reply
	until   time.Time     // deadline of this reply, for a server that sends no more than a few bytes
	got     int           // bytes of this reply so far, and perhaps of those after it

	buf   []byte // what has arrived
	pos   int    // the next byte to look at
	small []byte // buf of the replies that are not kept

	began atomic.Bool // bytes have arrived since the reply's begin

	keep  bool // buf is the caller's: what was looked at stays where it is
	limit int  // bytes up to which buf grows in one step
}

// NewReader returns a Reader of src. Each reply may take as long as the timeout, and longer only while it arrives at a
// reasonable rate.
func NewReader(src source, timeout time.Duration) *Reader {
	return &Reader{src: src, timeout: timeout, small: make([]byte, 0, small)}
}

// Begin prepares for the reply of one command, which may block for as long as given. Without KeepIn nothing is kept.
func (r *Reader) Begin(blocking time.Duration) error {
	if r.pos != len(r.buf) {
		return fmt.Errorf("%w: %s that nobody asked for", ErrProtocol, quantity.Count(len(r.buf)-r.pos, "byte", "bytes"))
	}
	if cap(r.small) > Slack {
		r.small = make([]byte, 0, small)
	}
	r.buf, r.pos, r.keep = r.small[:0], 0, false
	r.Expect(blocking)
	return nil
}

// Expect gives the next reply its time. Begin does so for the first one.
func (r *Reader) Expect(blocking time.Duration) {
	r.until = time.Now().Add(blocking + r.timeout)
	r.got = 0
	r.began.Store(false)
}

// Began reports whether bytes of the reply have arrived. It may be called by anyone.
func (r *Reader) Began() bool { return r.began.Load() }

// KeepIn lets the rest of the reply go to memory of the caller, which grows to limit in one step when much arrives.
func (r *Reader) KeepIn(memory []byte, limit int) {
	r.buf, r.pos = append(memory[:0], r.buf[r.pos:]...), 0
	r.keep, r.limit = true, limit
}

// Kept is the memory of KeepIn with what has arrived; it may move with each further read.
func (r *Reader) Kept() []byte { return r.buf }

// Keeping reports whether strings stay where they are: from KeepIn to Leave.
func (r *Reader) Keeping() bool { return r.keep }

// Pos is where in Kept the next byte to look at is.
func (r *Reader) Pos() int { return r.pos }

// Leave ends KeepIn and returns the memory with what was looked at; what has arrived after it passes through the small
// buffer. It is called while Keeping only.
func (r *Reader) Leave() []byte {
	kept := r.buf[:r.pos]
	r.small = append(r.small[:0], r.buf[r.pos:]...)
	r.buf, r.pos, r.keep = r.small, 0, false
	return kept
}

// more reads some bytes; want says how many are known to come, 1 when that is unknown.
func (r *Reader) more(want int) error {
	if !r.keep && r.pos > 0 {
		r.buf = r.buf[:copy(r.buf, r.buf[r.pos:])]
		r.pos = 0
	}
	if len(r.buf) == cap(r.buf) {
		r.grow(want)
	}
	if err := r.src.SetReadDeadline(r.until.Add(time.Duration(r.got) * time.Second / leastRate)); err != nil {
		return fmt.Errorf("read reply: %w", err)
	}
	room := r.buf[len(r.buf):cap(r.buf)]
	if len(room) > piece {
		room = room[:piece]
	}
	n, err := r.src.Read(room)
	r.buf = r.buf[:len(r.buf)+n]
	r.got += n
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
func (r *Reader) grow(want int) {
	room := 2 * cap(r.buf)
	if most := max(r.limit, len(r.buf)+want) + Slack; r.keep && most <= 3*cap(r.buf) {
		room = most
	}
	r.buf = append(make([]byte, 0, max(room, small)), r.buf...)
}

// line consumes one line, without what ends it; it is valid until the next call.
func (r *Reader) line() ([]byte, error) {
	end := bytes.IndexByte(r.buf[r.pos:], '\n')
	for end < 0 {
		seen := len(r.buf) - r.pos
		if seen > maxLine {
			return nil, fmt.Errorf("%w: a line of more than %d bytes", ErrProtocol, maxLine)
		}
		if err := r.more(1); err != nil {
			return nil, err
		}
		if end = bytes.IndexByte(r.buf[r.pos+seen:], '\n'); end >= 0 {
			end += seen
		}
	}
	line := r.buf[r.pos : r.pos+end]
	r.pos += end + 1
	if len(line) < 2 || line[len(line)-1] != '\r' {
		return nil, fmt.Errorf("%w: line %.40q", ErrProtocol, line)
	}
	return line[:len(line)-1], nil
}

// Head consumes one line: the type of a reply with its number, which is a length, a count (-1: null), or an integer.
// An error reply is returned as redigo's error type.
func (r *Reader) Head() (kind byte, n int, err error) {
	if kind, n = r.shortHead(); kind != 0 {
		return kind, n, nil
	}
	line, err := r.line()
	if err != nil {
		return 0, 0, err
	}
	return parseHead(line)
}

// shortDigits is how many digits a head has that is read in one step; with as many, it is no longer than eight bytes.
const shortDigits = 5

// shortHead consumes a line with a short number that is not negative, when it has arrived as a whole: an entry of a stream has five
// of them. Otherwise kind is 0, and nothing is consumed.
func (r *Reader) shortHead() (kind byte, n int) {
	b := r.buf[r.pos:]
	if len(b) < 1+shortDigits+2 || b[0] != '$' && b[0] != '*' && b[0] != ':' {
		return 0, 0
	}
	b = b[:1+shortDigits+2]
	for i := 1; i < len(b)-1; i++ {
		digit := b[i] - '0'
		if digit <= 9 {
			n = 10*n + int(digit)
			continue
		}
		if i == 1 || b[i] != '\r' || b[i+1] != '\n' {
			return 0, 0
		}
		r.pos += i + 2
		return b[0], n
	}
	return 0, 0
}

func parseHead(line []byte) (kind byte, n int, err error) {
	var ok bool
	switch kind = line[0]; kind {
	case '-':
		return kind, 0, redigo.Error(line[1:])
	case '+':
		return kind, 0, nil
	case ':':
		n, ok = parseInteger(line[1:])
	case '$', '*':
		n, ok = parseCount(line[1:])
	}
	switch {
	case !ok:
		return 0, 0, fmt.Errorf("%w: line %.40q", ErrProtocol, line)
	case kind == '$' && n > maxBulk:
		return 0, 0, fmt.Errorf("%w: a string of %d bytes", ErrProtocol, n)
	}
	return kind, n, nil
}

// parseCount reads a length or a count; -1 is a null.
func parseCount(text []byte) (int, bool) {
	if string(text) == "-1" {
		return -1, true
	}
	v, digits := streamid.Digits(text)
	return int(v), digits > 0 && digits == len(text) && v <= math.MaxInt
}

// parseInteger reads a signed integer.
func parseInteger(text []byte) (int, bool) {
	if digits, negative := bytes.CutPrefix(text, []byte{'-'}); negative {
		v, n := streamid.Digits(digits)
		return -int(v), n > 0 && n == len(digits) && v <= math.MaxInt
	}
	v, n := streamid.Digits(text)
	return int(v), n > 0 && n == len(text) && v <= math.MaxInt
}

// Array consumes the head of an array; -1 is a null.
func (r *Reader) Array() (int, error) {
	kind, n, err := r.Head()
	if err == nil && kind != '*' && !(kind == '$' && n < 0) {
		err = fmt.Errorf("%w: type %q where an array is due", ErrProtocol, kind)
	}
	return n, err
}

// ArrayOf is array for a known count.
func (r *Reader) ArrayOf(want int) error {
	n, err := r.Array()
	if err == nil && n != want {
		err = fmt.Errorf("%w: an array of %d where %d are due", ErrProtocol, n, want)
	}
	return err
}

// Integer consumes an integer reply.
func (r *Reader) Integer() (int, error) {
	kind, n, err := r.Head()
	if err == nil && kind != ':' {
		err = fmt.Errorf("%w: type %q where an integer is due", ErrProtocol, kind)
	}
	return n, err
}

// Status consumes a status reply such as OK.
func (r *Reader) Status() error {
	kind, _, err := r.Head()
	if err == nil && kind != '+' {
		err = fmt.Errorf("%w: type %q where a status is due", ErrProtocol, kind)
	}
	return err
}

// Length consumes the head of a string that is there.
func (r *Reader) Length() (int, error) {
	kind, n, err := r.Head()
	if err == nil && (kind != '$' || n < 0) {
		err = fmt.Errorf("%w: type %q where a string is due", ErrProtocol, kind)
	}
	return n, err
}

// Take consumes the n bytes of a string and returns where they begin in buf.
func (r *Reader) Take(n int) (int, error) {
	for len(r.buf)-r.pos < n+2 {
		if err := r.more(n + 2 - (len(r.buf) - r.pos)); err != nil {
			return 0, err
		}
	}
	at := r.pos
	if r.buf[at+n] != '\r' || r.buf[at+n+1] != '\n' {
		return 0, fmt.Errorf("%w: a string longer than its length of %d", ErrProtocol, n)
	}
	r.pos += n + 2
	return at, nil
}

// Some consumes the first n bytes of a string, whose others SkipTo consumes then, and returns where they begin in Kept.
func (r *Reader) Some(n int) (int, error) {
	for len(r.buf)-r.pos < n {
		if err := r.more(n - (len(r.buf) - r.pos)); err != nil {
			return 0, err
		}
	}
	at := r.pos
	r.pos += n
	return at, nil
}

// Skip consumes the n bytes of a string without keeping them, while Keeping too.
func (r *Reader) Skip(n int) error { return r.SkipTo(io.Discard, n) }

// SkipTo is Skip that shows the bytes to w, which returns no errors.
func (r *Reader) SkipTo(w io.Writer, n int) error {
	for n > len(r.buf)-r.pos {
		n -= len(r.buf) - r.pos
		_, _ = w.Write(r.buf[r.pos:])
		r.buf = r.buf[:r.pos]
		if err := r.more(1); err != nil {
			return err
		}
	}
	_, _ = w.Write(r.buf[r.pos : r.pos+n])
	r.pos += n
	_, err := r.Take(0)
	return err
}

// ShortString consumes a string of a known small size, valid until the next call.
func (r *Reader) ShortString() ([]byte, error) {
	n, err := r.Length()
	if err == nil && n > maxLine {
		err = fmt.Errorf("%w: a string of %d bytes where a short one is due", ErrProtocol, n)
	}
	if err != nil {
		return nil, err
	}
	at, err := r.Take(n)
	if err != nil {
		return nil, err
	}
	return r.buf[at : at+n], nil
}
