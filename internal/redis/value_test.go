package redis

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"envelog/internal/redistest"

	redigo "github.com/gomodule/redigo/redis"
)

func readValue(data string, size, limit int) (any, error) {
	r := NewReader(&redistest.Pieces{Data: []byte(data), Size: size}, time.Second)
	if err := r.Begin(0); err != nil {
		return nil, err
	}
	return r.Value(limit)
}

var valueCases = []struct {
	name, reply string
	want        any
	err         error
}{
	{name: "status", reply: "+OK\r\n", want: "OK"},
	{name: "integer", reply: ":-42\r\n", want: int64(-42)},
	{name: "string", reply: "$5\r\na\r\nbc\r\n", want: []byte("a\r\nbc")},
	{name: "null", reply: "$-1\r\n"},
	{name: "null array", reply: "*-1\r\n"},
	{name: "array", reply: "*3\r\n:1\r\n*1\r\n$0\r\n\r\n-ERR no\r\n", want: []any{int64(1), []any{[]byte{}}, redigo.Error("ERR no")}},
	{name: "error", reply: "-ERR no\r\n", err: redigo.Error("ERR no")},
	{name: "a count", reply: "*8000000000\r\n", err: ErrProtocol},
	{name: "a length", reply: "$200000000000\r\n", err: ErrProtocol},
	{name: "a length beyond the limit", reply: "$1000001\r\n", err: ErrProtocol},
	{name: "strings beyond the limit", reply: "*2\r\n$600000\r\n" + strings.Repeat("x", 600_000) + "\r\n$600000\r\n", err: ErrProtocol},
	{name: "arrays in arrays", reply: strings.Repeat("*1\r\n", 10_000), err: ErrProtocol},
	{name: "counts in arrays", reply: strings.Repeat("*500000\r\n", 3), err: ErrProtocol},
	{name: "too many small ones", reply: "*500000\r\n" + strings.Repeat("*1\r\n:1\r\n", 300_000), err: ErrProtocol},
	{name: "a count that never comes", reply: "*500000\r\n", err: io.ErrUnexpectedEOF},
	{name: "a length that never comes", reply: "$900000\r\nx", err: io.ErrUnexpectedEOF},
	{name: "endless line", reply: "+" + strings.Repeat("x", 1<<20), err: ErrProtocol},
	{name: "unknown type", reply: "%1\r\n", err: ErrProtocol},
}

func TestValue(t *testing.T) {
	for _, tt := range valueCases {
		for _, size := range []int{1, 1000, 1 << 20} {
			got, err := readValue(tt.reply, size, 1_000_000)
			if !errors.Is(err, tt.err) || !reflect.DeepEqual(got, tt.want) && err == nil {
				t.Errorf("%s in pieces of %d: %v, %v", tt.name, size, got, err)
			}
		}
	}
}

// TestMemoryFollowsWhatArrives counts what reading an announcement takes.
func TestMemoryFollowsWhatArrives(t *testing.T) {
	for _, announced := range []string{"*8000000000\r\n", "*500000\r\n", "$200000000000\r\n", "$60000000\r\nx", strings.Repeat("*1000000\r\n", 15)} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := readValue(announced, 1000, maxValue)
		runtime.ReadMemStats(&after)
		if taken := after.TotalAlloc - before.TotalAlloc; err == nil || taken > 1<<20 {
			t.Errorf("%.20q: %v, %d bytes", announced, err, taken)
		}
	}
}

// TestOneDeadlineForAReply has a server that sends a byte now and then, which is no answer however long it goes on, and
// one that sends a large reply slowly, which is.
func TestOneDeadlineForAReply(t *testing.T) {
	for _, tt := range []struct {
		name    string
		piece   int
		arrives bool
	}{{"a byte now and then", 1, false}, {"a large reply", 256 << 10, true}} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const size = 5 << 20
				ours, theirs := net.Pipe()
				var server sync.WaitGroup
				defer server.Wait()
				defer ours.Close()
				server.Go(func() {
					defer theirs.Close()
					reply := fmt.Appendf(nil, "$%d\r\n%s\r\n", size, strings.Repeat("x", size))
					for len(reply) > 0 {
						n, err := theirs.Write(reply[:min(tt.piece, len(reply))])
						if err != nil {
							return
						}
						reply = reply[n:]
						<-time.After(time.Second / 2)
					}
				})
				r := NewReader(ours, 3*time.Second)
				if err := r.Begin(0); err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				_, err := r.Value(maxValue)
				if took := time.Since(start); (err == nil) != tt.arrives || !tt.arrives && took > 4*time.Second {
					t.Fatalf("%v after %v", err, took)
				}
			})
		})
	}
}

// FuzzValue checks that the outcome does not depend on how the bytes arrive, and that redigo reads the same.
func FuzzValue(f *testing.F) {
	for _, c := range valueCases {
		if len(c.reply) < 10000 {
			f.Add([]byte(c.reply), byte(3))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, size byte) {
		whole, err := readValue(string(data), 1<<20, 1<<20)
		parts, partsErr := readValue(string(data), int(size)+1, 1<<20)
		if (err == nil) != (partsErr == nil) || !reflect.DeepEqual(whole, parts) {
			t.Fatalf("at once %v, %v; in pieces %v, %v", whole, err, parts, partsErr)
		}
		if err != nil {
			return
		}
		want, err := redigo.NewConn(&redistest.Pieces{Data: bytes.Clone(data), Size: 1 << 20}, 0, 0).Receive()
		if err != nil || !reflect.DeepEqual(whole, want) {
			t.Fatalf("redigo reads %v, %v; here %v", want, err, whole)
		}
	})
}
