package redis

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"envelog/internal/redistest"
)

// TestHead reads heads that have arrived as a whole, and ones that come byte by byte.
func TestHead(t *testing.T) {
	for _, test := range []struct {
		line string
		kind byte
		n    int
		ok   bool
	}{
		{"$0", '$', 0, true},
		{"*2", '*', 2, true},
		{"$00000007", '$', 7, true},
		{"$1853", '$', 1853, true},
		{"$99999999", '$', 99999999, true},
		{"$100000000", '$', 100000000, true},
		{"$536870913", '$', 0, false},
		{"$-1", '$', -1, true},
		{":-3", ':', -3, true},
		{":7", ':', 7, true},
		{"+OK", '+', 0, true},
		{"$", 0, 0, false},
		{"$1a", 0, 0, false},
		{"$1\r", 0, 0, false},
		{"$12345678a", 0, 0, false},
		{"!5", 0, 0, false},
		{"", 0, 0, false},
	} {
		const behind = "0123456789abcdef"
		for _, size := range []int{1, 3, 1000} {
			t.Run(fmt.Sprintf("%q by %d", test.line, size), func(t *testing.T) {
				r := NewReader(&redistest.Pieces{Data: []byte(test.line + "\r\n" + behind), Size: size}, time.Second)
				kind, n, err := r.Head()
				if !test.ok {
					if !errors.Is(err, ErrProtocol) {
						t.Fatalf("%q %d, error %v", kind, n, err)
					}
					return
				}
				if err != nil || kind != test.kind || n != test.n {
					t.Fatalf("%q %d, error %v", kind, n, err)
				}
				if at, err := r.Some(len(behind)); err != nil || string(r.Kept()[at:at+len(behind)]) != behind {
					t.Fatalf("the next bytes are %q, error %v", r.Kept()[at:], err)
				}
			})
		}
	}
}

// BenchmarkHead reads the heads of an entry of a stream.
func BenchmarkHead(b *testing.B) {
	const entries = 500
	data := []byte(strings.Repeat("*2\r\n$15\r\n*2\r\n$7\r\n$1853\r\n", entries) + strconv.Itoa(1<<40))
	r := NewReader(&redistest.Pieces{Data: data, Size: len(data)}, time.Second)
	r.KeepIn(make([]byte, 0, 2*len(data)), len(data))
	if err := r.more(1); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		r.pos = 0
		for range 5 * entries {
			if _, _, err := r.Head(); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*entries), "ns/entry")
}
