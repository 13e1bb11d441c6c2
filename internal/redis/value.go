package redis

import (
	"fmt"

	redigo "github.com/gomodule/redigo/redis"
)

// Value reads one reply as redigo returns it: int64, []byte, string for a status, []any, or nil; a redigo.Error within an
// array, and as the error when it is the reply. One of more than limit bytes, or beyond the other bounds, is an ErrProtocol.
func (r *Reader) Value(limit int) (any, error) {
	v := valueReader{Reader: r, bytes: limit, items: maxItems}
	reply, err := v.read(0)
	if failure, ok := reply.(redigo.Error); ok && err == nil {
		return nil, failure
	}
	return reply, err
}

// valueReader reads one reply.
type valueReader struct {
	*Reader
	bytes, items int // how many more there may be, beside those that arrays have announced
}

func (v *valueReader) read(depth int) (any, error) {
	line, err := v.line()
	if err != nil {
		return nil, err
	}
	if v.bytes -= len(line); v.bytes < 0 {
		return nil, v.tooLong()
	}
	switch line[0] {
	case '+':
		return string(line[1:]), nil
	case '-':
		return redigo.Error(line[1:]), nil
	}
	kind, n, err := parseHead(line)
	switch {
	case err != nil:
		return nil, err
	case kind == ':':
		return int64(n), nil
	case n < 0:
		return nil, nil
	case kind == '$':
		return v.text(n)
	}
	return v.array(n, depth)
}

func (v *valueReader) tooLong() error {
	return fmt.Errorf("%w: more bytes than a reply to this command has", ErrProtocol)
}

// text reads a string. Its memory grows with what arrives.
func (v *valueReader) text(n int) ([]byte, error) {
	if v.bytes -= n; v.bytes < 0 {
		return nil, v.tooLong()
	}
	text := make([]byte, 0, min(n, Slack))
	for {
		piece := min(n-len(text), len(v.buf)-v.pos)
		text = append(text, v.buf[v.pos:v.pos+piece]...)
		v.pos += piece
		if len(text) == n {
			_, err := v.Take(0)
			return text, err
		}
		if err := v.more(1); err != nil {
			return nil, err
		}
	}
}

// array reads n values. Its memory grows with what arrives.
func (v *valueReader) array(n, depth int) (any, error) {
	switch {
	case depth == maxDepth:
		return nil, fmt.Errorf("%w: arrays within arrays, %d deep", ErrProtocol, maxDepth)
	case n > v.items:
		return nil, fmt.Errorf("%w: more than %d values", ErrProtocol, maxItems)
	}
	v.items -= n
	values := make([]any, 0, min(n, 64))
	for range n {
		value, err := v.read(depth + 1)
		if err != nil {
			return nil, err
		}
		values = append(values, value)
	}
	return values, nil
}
