package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strconv"
)

// drain takes count entries off the stream and throws them away: XREADGROUP, XACK and XDEL with nothing between. Two
// reads are always under way, so that the server never waits for the client: it is what the server and a socket can do
// at the most, and the measure for a consumer that also decodes, writes and syncs.
func drain(addr, stream, group string, count int) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return fmt.Errorf("drain: %w", err)
	}
	defer conn.Close()
	d := drainer{r: bufio.NewReaderSize(conn, 1<<20), w: bufio.NewWriterSize(conn, 1<<18)}
	read := command("XREADGROUP", "GROUP", group, "drain", "COUNT", "1000", "STREAMS", stream, ">")
	d.w.Write(read)
	d.w.Write(read)
	if err := d.w.Flush(); err != nil {
		return fmt.Errorf("drain: %w", err)
	}
	settles := 0
	for done := 0; done < count; {
		ids, err := d.entries(settles)
		if err != nil {
			return fmt.Errorf("drain: %w", err)
		}
		done += len(ids)
		settles = 0
		if len(ids) > 0 {
			d.settle("XACK", []string{stream, group}, ids)
			d.settle("XDEL", []string{stream}, ids)
			settles = 2
		}
		d.w.Write(read)
		if err := d.w.Flush(); err != nil {
			return fmt.Errorf("drain: %w", err)
		}
		// The reply of the read that was sent before this settling comes first.
		d.owed, settles = settles, d.owed
	}
	// A close with replies unread would reset the connection, and the server would drop commands that it has not seen.
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		return fmt.Errorf("drain: %w", err)
	}
	_, err = io.Copy(io.Discard, d.r)
	return err
}

// drainer is one connection; what it reads is counted and dropped.
type drainer struct {
	r    *bufio.Reader
	w    *bufio.Writer
	ids  [][]byte
	text []byte
	owed int // replies to XACK and XDEL that stand after the next read's reply
}

// entries skips the given number of integer replies, then reads one XREADGROUP reply and returns its ids.
func (d *drainer) entries(settles int) ([][]byte, error) {
	for range settles {
		if _, err := d.length(':'); err != nil {
			return nil, err
		}
	}
	d.ids, d.text = d.ids[:0], d.text[:0]
	if n, err := d.length('*'); err != nil || n < 0 {
		return nil, err
	}
	d.length('*') // [stream, entries]
	if err := d.skipBulk(); err != nil {
		return nil, err
	}
	n, err := d.length('*')
	for i := 0; i < n && err == nil; i++ {
		err = d.entry()
	}
	return d.ids, err
}

func (d *drainer) entry() error {
	d.length('*') // [id, fields]
	n, err := d.length('$')
	if err != nil {
		return err
	}
	start := len(d.text)
	d.text = append(d.text, make([]byte, n+2)...)
	if _, err := io.ReadFull(d.r, d.text[start:]); err != nil {
		return err
	}
	d.ids = append(d.ids, d.text[start:start+n])
	fields, err := d.length('*')
	for i := 0; i < fields && err == nil; i++ {
		err = d.skipBulk()
	}
	return err
}

func (d *drainer) skipBulk() error {
	n, err := d.length('$')
	if err != nil {
		return err
	}
	_, err = d.r.Discard(n + 2)
	return err
}

// length reads a header line such as "*2" and returns its number.
func (d *drainer) length(kind byte) (int, error) {
	line, err := d.r.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	if line[0] != kind {
		return 0, fmt.Errorf("the server said %q", bytes.TrimSpace(line))
	}
	n := 0
	for _, c := range line[1 : len(line)-2] {
		if c == '-' {
			return -1, nil
		}
		n = n*10 + int(c-'0')
	}
	return n, nil
}

func (d *drainer) settle(name string, keys []string, ids [][]byte) {
	fmt.Fprintf(d.w, "*%d\r\n", 1+len(keys)+len(ids))
	for _, arg := range append([]string{name}, keys...) {
		fmt.Fprintf(d.w, "$%d\r\n%s\r\n", len(arg), arg)
	}
	for _, id := range ids {
		var head [24]byte
		d.w.Write(append(strconv.AppendInt(append(head[:0], '$'), int64(len(id)), 10), "\r\n"...))
		d.w.Write(id)
		d.w.WriteString("\r\n")
	}
}

func command(args ...string) []byte {
	var b []byte
	b = fmt.Appendf(b, "*%d\r\n", len(args))
	for _, arg := range args {
		b = fmt.Appendf(b, "$%d\r\n%s\r\n", len(arg), arg)
	}
	return b
}
