package redis

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"envelog/internal/redis"
	"envelog/internal/redistest"
	"envelog/transport"
	"envelog/transport/streamid"

	redigo "github.com/gomodule/redigo/redis"
	"github.com/google/go-cmp/cmp"
)

// got is what a test compares.
type got struct {
	Entries []string // id, message, body, headers
	Trimmed []streamid.ID
	Lost    int
	Left    int
}

func parseEntries(data string, size, max, limit int) (got, *arena, error) {
	src := &redistest.Pieces{Data: []byte(data), Size: size}
	r := redis.NewReader(src, time.Second)
	a := &arena{buf: make([]byte, 0, 64)}
	if err := r.Begin(0); err != nil {
		return got{}, a, err
	}
	a.keepIn(r, limit, 100<<20)
	err := readEntries(r, a, max)
	a.take(r)
	g := got{Trimmed: a.trimmed, Lost: a.lost, Left: a.left}
	for _, e := range a.views() {
		if fields := (transport.Entry{Message: e.Message, Body: e.Body, Headers: e.Headers}); e.Checksum() != fields.Checksum() {
			return g, a, fmt.Errorf("the checksum of %s is not that of its fields", e.ID)
		}
		g.Entries = append(g.Entries, fmt.Sprintf("%s %s %s %s", e.ID, show(e.Message), show(e.Body), show(e.Headers)))
	}
	if behind := len(r.Kept()) - r.Pos() + len(src.Data); err == nil && behind > 0 {
		err = fmt.Errorf("%w: %d bytes behind", redis.ErrProtocol, behind)
	}
	return g, a, err
}

func show(b []byte) string {
	if b == nil {
		return "-"
	}
	return string(b)
}

// bulk and array spell RESP2.
func bulk(s string) string { return fmt.Sprintf("$%d\r\n%s\r\n", len(s), s) }

func array(items ...string) string {
	return fmt.Sprintf("*%d\r\n%s", len(items), strings.Join(items, ""))
}

func entry(id string, fields ...string) string {
	parts := make([]string, len(fields))
	for i, f := range fields {
		parts[i] = bulk(f)
	}
	return array(bulk(id), array(parts...))
}

const nullArray, nullBulk = "*-1\r\n", "$-1\r\n"

type replyCase struct {
	name       string
	reply      string
	max, limit int
	want       got
	err        error
}

func replyCases() []replyCase {
	long := strings.Repeat("x", 5000)
	return []replyCase{
		{name: "none", reply: array()},
		{name: "one", reply: array(entry("1-0", "message", "hello")), want: got{Entries: []string{"1-0 hello - -"}}},
		{name: "empty message", reply: array(entry("1-0", "message", "")), want: got{Entries: []string{"1-0  - -"}}},
		{name: "no fields", reply: array(entry("1-0")), want: got{Entries: []string{"1-0 - - -"}}},
		{name: "direct fields", reply: array(entry("1-0", "headers", "{}", "x", "y", "body", "b")), want: got{Entries: []string{"1-0 - b {}"}}},
		{name: "a field twice", reply: array(entry("1-0", "message", "a", "message", "b")), want: got{Entries: []string{"1-0 b - -"}}},
		{name: "line ends in a value", reply: array(entry("1-0", "message", "a\r\n$3\r\n\x00")), want: got{Entries: []string{"1-0 a\r\n$3\r\n\x00 - -"}}},
		{
			name:  "several",
			reply: array(entry("1-0", "message", "a"), entry("1-1", "message", long), entry("2-0", "message", "c")),
			want:  got{Entries: []string{"1-0 a - -", "1-1 " + long + " - -", "2-0 c - -"}},
		},
		{
			name:  "trimmed while pending",
			reply: array(entry("1-0", "message", "a"), array(bulk("1-1"), nullArray), array(bulk("1-2"), nullBulk)),
			want:  got{Entries: []string{"1-0 a - -"}, Trimmed: []streamid.ID{{MS: 1, Seq: 1}, {MS: 1, Seq: 2}}},
		},
		{name: "claimed and gone", reply: array(nullBulk, nullArray, entry("1-0", "message", "a")), want: got{Entries: []string{"1-0 a - -"}, Lost: 2}},
		{
			name: "more than the limit", limit: 300,
			reply: array(entry("1-0", "message", "a"), entry("1-1", "message", long), entry("1-2", "message", "c"), array(bulk("1-3"), nullArray)),
			want:  got{Entries: []string{"1-0 a - -"}, Left: 3},
		},
		{
			name: "the first is always kept", limit: 300,
			reply: array(entry("1-0", "message", long), entry("1-1", "message", "b")),
			want:  got{Entries: []string{"1-0 " + long + " - -"}, Left: 1},
		},
		{
			name: "more than the count", max: 1,
			reply: array(entry("1-0", "message", "a"), entry("1-1", "message", "b")),
			want:  got{Entries: []string{"1-0 a - -"}, Left: 1},
		},

		{name: "nothing arrives", reply: "", err: io.ErrUnexpectedEOF},
		{name: "ends in a line", reply: "*1\r", err: io.ErrUnexpectedEOF},
		{name: "ends in a value", reply: array(entry("1-0", "message", "hello"))[:40], err: io.ErrUnexpectedEOF},
		{name: "absurd length", reply: "*1\r\n*2\r\n$9223372036854775807\r\n", err: redis.ErrProtocol},
		{name: "length beyond Redis' limit", reply: "*1\r\n*2\r\n$536870913\r\n", err: redis.ErrProtocol},
		{name: "length that never comes", reply: "*1\r\n*2\r\n$3\r\n1-0\r\n*2\r\n$7\r\nmessage\r\n$536870912\r\nx", err: io.ErrUnexpectedEOF},
		{name: "a huge id", reply: "*1\r\n*2\r\n$65\r\n", err: redis.ErrProtocol},
		{name: "more than was asked for", reply: "*8000000000\r\n", err: redis.ErrProtocol},
		{name: "more fields than Redis takes", reply: "*1\r\n*2\r\n$3\r\n1-0\r\n*8000000000\r\n", err: redis.ErrProtocol},
		{name: "count overflows", reply: "*99999999999999999999\r\n", err: redis.ErrProtocol},
		{name: "negative", reply: "*-2\r\n", err: redis.ErrProtocol},
		{name: "no number", reply: "*\r\n", err: redis.ErrProtocol},
		{name: "bare line feed", reply: "*1\n", err: redis.ErrProtocol},
		{name: "unknown type", reply: "!1\r\n", err: redis.ErrProtocol},
		{name: "integer for an array", reply: ":1\r\n", err: redis.ErrProtocol},
		{name: "entry of three", reply: "*1\r\n*3\r\n", err: redis.ErrProtocol},
		{name: "field without a value", reply: array(entry("1-0", "message")), err: redis.ErrProtocol},
		{name: "id is a word", reply: array(entry("x", "message", "a")), err: redis.ErrProtocol},
		{name: "id overflows", reply: array(entry("99999999999999999999-0", "message", "a")), err: redis.ErrProtocol},
		{name: "value longer than its length", reply: array("*2\r\n$3\r\n1-0\r\n*2\r\n$7\r\nmessage\r\n$1\r\nabc\r\n"), err: redis.ErrProtocol},
		{name: "null value", reply: array(array(bulk("1-0"), array(bulk("message"), nullBulk))), err: redis.ErrProtocol},
		{name: "skipped value longer than its length", limit: 300, reply: "*2\r\n" + entry("1-0", "message", "a") + "*2\r\n$3\r\n1-1\r\n*2\r\n$7\r\nmessage\r\n$400\r\n" + long, err: redis.ErrProtocol},
		{name: "endless line", reply: "-" + strings.Repeat("x", 1<<20), err: redis.ErrProtocol},
		{name: "bytes behind", reply: array() + "x", err: redis.ErrProtocol},
	}
}

func TestReadEntries(t *testing.T) {
	for _, tt := range replyCases() {
		for _, size := range []int{1, 7, 1 << 20} {
			t.Run(fmt.Sprintf("%s in pieces of %d", tt.name, size), func(t *testing.T) {
				max, limit := tt.max, tt.limit
				if max == 0 {
					max = 100
				}
				if limit == 0 {
					limit = 1 << 20
				}
				got, _, err := parseEntries(tt.reply, size, max, limit)
				if !errors.Is(err, tt.err) {
					t.Fatalf("error %v, want %v", err, tt.err)
				}
				if diff := cmp.Diff(tt.want, got); err == nil && diff != "" {
					t.Fatalf("(-want +got):\n%s", diff)
				}
			})
		}
	}
}

// TestLargeFieldsAreCut has fields that are larger than the arena takes pass by: the beginning is kept, and the sum of all.
func TestLargeFieldsAreCut(t *testing.T) {
	large := strings.Repeat("0123456789", 30_000) // and more than is kept of it
	junk := strings.Repeat("x", 50_000)
	reply := array(
		entry("1-0", "message", "a"),
		entry("1-1", "junk", junk, junk, junk, "message", large, "body", "b"),
		entry("1-2", "message", large, "message", large), // the last one counts
		entry("1-3", "message", "c"),
	)
	for _, size := range []int{1, 1000, 1 << 20} {
		r := redis.NewReader(&redistest.Pieces{Data: []byte(reply), Size: size}, time.Second)
		a := &arena{buf: make([]byte, 0, 64)}
		if err := r.Begin(0); err != nil {
			t.Fatal(err)
		}
		a.keepIn(r, 1<<20, 100_000)
		if err := readEntries(r, a, 10); err != nil {
			t.Fatal(err)
		}
		a.take(r)
		entries := a.views()
		if len(entries) != 4 || string(entries[0].Message) != "a" || string(entries[3].Message) != "c" || string(entries[1].Body) != "b" {
			t.Fatalf("in pieces of %d: %d entries", size, len(entries))
		}
		want := []transport.Cut{{Field: "message", Bytes: len(large), SHA256: sha256.Sum256([]byte(large))}}
		for _, e := range entries[1:3] {
			if diff := cmp.Diff(want, e.Cuts); diff != "" || string(e.Message) != large[:cutAt] {
				t.Errorf("in pieces of %d: entry %s with %d bytes, cuts (-want +got):\n%s", size, e.ID, len(e.Message), diff)
			}
		}
		if cap(a.buf) > 10*cutAt {
			t.Errorf("in pieces of %d: %d bytes taken", size, cap(a.buf))
		}
	}
}

func TestErrorReply(t *testing.T) {
	_, _, err := parseEntries("-NOGROUP No such key\r\n", 3, 1, 1)
	var reply redigo.Error
	if !errors.As(err, &reply) || !strings.HasPrefix(string(reply), "NOGROUP ") {
		t.Fatalf("error %v", err)
	}
}

func TestReaderMemoryFollowsWhatArrives(t *testing.T) {
	announced := "*1\r\n*2\r\n$3\r\n1-0\r\n*2\r\n$7\r\nmessage\r\n$536870912\r\n"
	_, a, err := parseEntries(announced+strings.Repeat("x", 1<<20), 64<<10, 1, 4<<20)
	if !errors.Is(err, io.ErrUnexpectedEOF) || cap(a.buf) > 8<<20 {
		t.Fatalf("error %v, %d bytes taken for one MiB", err, cap(a.buf))
	}
	big := strings.Repeat("x", 20<<20)
	_, a, err = parseEntries(array(entry("1-0", "message", big)), 64<<10, 1, 4<<20)
	if err != nil || cap(a.buf) > len(big)+2*redis.Slack {
		t.Fatalf("error %v, %d bytes taken for %d", err, cap(a.buf), len(big))
	}
}

// FuzzReadEntries checks that the outcome does not depend on how the bytes arrive, that memory follows the input, and
// that redigo reads the same from what is accepted.
func FuzzReadEntries(f *testing.F) {
	for _, c := range replyCases() {
		if len(c.reply) < 10000 {
			f.Add([]byte(c.reply), byte(3), uint16(300))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, size byte, limit uint16) {
		const max = 50
		whole, a, err := parseEntries(string(data), 1<<20, max, int(limit))
		if most := 4*len(data) + int(limit) + 2*redis.Slack; cap(a.buf) > most {
			t.Fatalf("%d bytes taken for %d", cap(a.buf), len(data))
		}
		parts, _, partsErr := parseEntries(string(data), int(size)+1, max, int(limit))
		if (err == nil) != (partsErr == nil) || err == nil && !cmp.Equal(whole, parts) {
			t.Fatalf("at once %v, %v; in pieces %v, %v", whole, err, parts, partsErr)
		}
		if err != nil {
			return
		}
		reply, err := redigo.NewConn(&redistest.Pieces{Data: bytes.Clone(data), Size: 1 << 20}, 0, 0).Receive()
		if err != nil {
			t.Fatalf("redigo does not read what was accepted: %v", err)
		}
		items, _ := reply.([]any)
		if n := len(whole.Entries) + len(whole.Trimmed) + whole.Lost + whole.Left; n != len(items) {
			t.Fatalf("%d entries, redigo has %d", n, len(items))
		}
	})
}
