//go:build integration

package redis

import (
	"context"
	"slices"
	"syscall"
	"testing"
	"time"

	redigo "github.com/gomodule/redigo/redis"

	"envelog/internal/redistest"
)

const (
	benchEntries = 100_000
	benchSize    = 1900 // bytes of a typical stored field
	benchCount   = 1000 // entries of a batch
)

// contender drains a stream of benchEntries.
type contender struct {
	name  string
	drain func(b *testing.B, s *redistest.Server)

	rates, cpu []float64 // messages per second, microseconds of this process per message
}

// BenchmarkDrain drains 100,000 entries in each round with every contender in turn, so that a machine that is faster or
// slower for a while is so for all, and reports the medians. Run it with -benchtime=7x or more.
func BenchmarkDrain(b *testing.B) {
	s := redistest.Start(b)
	contenders := []*contender{
		{name: "receiver", drain: drainInTurn},
		{name: "ahead", drain: drainAhead},
		{name: "redigo", drain: drainRedigo},
	}
	payload := slices.Repeat([]byte("0123456789"), benchSize/10)
	for b.Loop() {
		for _, c := range contenders {
			fill(b, s, payload)
			c.measure(b, s)
		}
	}
	for _, c := range contenders {
		b.ReportMetric(median(c.rates), c.name+"-msg/s")
		b.ReportMetric(median(c.cpu), c.name+"-cpu-us/msg")
	}
	b.ReportMetric(0, "ns/op")
}

func (c *contender) measure(b *testing.B, s *redistest.Server) {
	b.Helper()
	start, used := time.Now(), cpuTime(b)
	c.drain(b, s)
	c.rates = append(c.rates, benchEntries/time.Since(start).Seconds())
	c.cpu = append(c.cpu, float64((cpuTime(b)-used).Microseconds())/benchEntries)
	if left := s.Do("XLEN", "messages"); left != int64(0) {
		b.Fatalf("%s left %d entries", c.name, left)
	}
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func fill(b *testing.B, s *redistest.Server, payload []byte) {
	b.Helper()
	s.Do("FLUSHALL")
	c, err := redigo.Dial("tcp", s.Addr)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	for range benchEntries / 1000 {
		for range 1000 {
			_ = c.Send("XADD", "messages", "*", "message", payload)
		}
		if _, err := c.Do(""); err != nil {
			b.Fatal(err)
		}
	}
}

func benchReceiver(b *testing.B, s *redistest.Server) *Receiver {
	b.Helper()
	cfg, err := ParseDSN("redis://" + s.Addr + "/messages/symfony/bench")
	if err != nil {
		b.Fatal(err)
	}
	r := NewReceiver(cfg, Options{})
	if err := r.Connect(b.Context()); err != nil {
		b.Fatal(err)
	}
	return r
}

// drainInTurn receives, acknowledges, and receives again.
func drainInTurn(b *testing.B, s *redistest.Server) {
	r := benchReceiver(b, s)
	defer r.Close()
	ctx := context.Background()
	var ids [][]byte
	for n := 0; n < benchEntries; n += len(ids) {
		batch, err := r.Receive(ctx, benchCount, time.Second)
		if err != nil {
			b.Fatal(err)
		}
		ids = ids[:0]
		for i := range batch.Entries {
			ids = append(ids, batch.Entries[i].ID)
		}
		if err := r.Ack(ctx, ids); err != nil {
			b.Fatal(err)
		}
		batch.Release()
	}
	if err := r.Flush(ctx); err != nil {
		b.Fatal(err)
	}
}

// drainAhead receives the next batch while the last one is acknowledged, as the consumer does.
func drainAhead(b *testing.B, s *redistest.Server) {
	r := benchReceiver(b, s)
	defer r.Close()
	ctx := context.Background()
	type received struct {
		ids     [][]byte
		release func()
	}
	batches := make(chan received)
	go func() {
		defer close(batches)
		for n := 0; n < benchEntries; {
			batch, err := r.Receive(ctx, benchCount, time.Second)
			if err != nil {
				b.Error(err)
				return
			}
			ids := make([][]byte, len(batch.Entries))
			for i := range batch.Entries {
				ids[i] = batch.Entries[i].ID
			}
			batches <- received{ids, batch.Release}
			n += len(ids)
		}
	}()
	for batch := range batches {
		if err := r.Ack(ctx, batch.ids); err != nil {
			b.Fatal(err)
		}
		if batch.release != nil {
			batch.release()
		}
	}
	if err := r.Flush(ctx); err != nil {
		b.Fatal(err)
	}
}

// drainRedigo is the plain loop that the driver's documentation leads to.
func drainRedigo(b *testing.B, s *redistest.Server) {
	c, err := redigo.Dial("tcp", s.Addr)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	s.Do("XGROUP", "CREATE", "messages", "symfony", "0")
	for n := 0; n < benchEntries; {
		streams, err := redigo.Values(c.Do("XREADGROUP", "GROUP", "symfony", "bench", "COUNT", benchCount, "BLOCK", 1000, "STREAMS", "messages", ">"))
		if err != nil {
			b.Fatal(err)
		}
		entries := streams[0].([]any)[1].([]any)
		acked, deleted := redigo.Args{"messages", "symfony"}, redigo.Args{"messages"}
		for _, e := range entries {
			id := e.([]any)[0]
			acked, deleted = append(acked, id), append(deleted, id)
		}
		_ = c.Send("XACK", acked...)
		if _, err := c.Do("XDEL", deleted...); err != nil {
			b.Fatal(err)
		}
		n += len(entries)
	}
}
