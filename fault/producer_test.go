//go:build fault

package fault

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gomodule/redigo/redis"

	"envelog/fixtures"
)

const (
	requestID = "01JD3W8QZJ8K2M5N7P9R1T3V5X" // of the recorded message
	burst     = 100                          // messages in one round trip
	backlog   = 20_000                       // messages that may wait
)

var number = regexp.MustCompile(`request_id="?0*(\d+)`)

// producer adds numbered messages to the stream, and survives what happens to the server.
type producer struct {
	addr     func() string // of the server; "" when there isn't one
	replicas atomic.Int64  // that have to confirm
	limit    atomic.Int64  // numbers up to this one are added; 0: any
	message  func(n int) []byte
	next     int
	conn     redis.Conn
	added    []string     // the numbers that the server, and its replicas, acknowledged
	count    atomic.Int64 // of added

	quit, done chan struct{}
}

func newProducer(t *testing.T, addr func() string) *producer {
	t.Helper()
	return &producer{addr: addr, message: numbered(t)}
}

// start goes on where stop ended.
func (p *producer) start() {
	p.quit, p.done = make(chan struct{}), make(chan struct{})
	go p.run()
}

func (p *producer) run() {
	defer close(p.done)
	for {
		select {
		case <-p.quit:
			return
		default:
		}
		if err := p.add(); err != nil {
			if p.conn != nil {
				p.conn.Close()
			}
			p.conn = nil
			pause(5 * time.Millisecond)
		}
	}
}

// add adds one burst. After an error nobody knows which of it the server took: those numbers do not come again.
func (p *producer) add() error {
	if err := p.connect(); err != nil {
		return err
	}
	if limit := p.limit.Load(); limit > 0 && int64(p.next) >= limit {
		pause(time.Millisecond)
		return nil
	}
	if length, err := redis.Int(p.conn.Do("XLEN", "messages")); err != nil || length > backlog {
		pause(5 * time.Millisecond)
		return err
	}
	first := p.next
	p.next += burst
	for n := first; n < p.next; n++ {
		if err := p.conn.Send("XADD", "messages", "*", "message", p.message(n)); err != nil {
			return err
		}
	}
	if err := p.conn.Flush(); err != nil {
		return err
	}
	var added []string
	for n := first; n < p.next; n++ {
		if _, err := p.conn.Receive(); err == nil {
			added = append(added, fmt.Sprint(n))
		} else if p.conn.Err() != nil {
			return p.keep(added, err)
		}
	}
	return p.keep(added, nil)
}

// keep takes messages for added, when as many replicas have them as should.
func (p *producer) keep(added []string, err error) error {
	if replicas := p.replicas.Load(); replicas > 0 {
		n, failure := redis.Int64(p.conn.Do("WAIT", replicas, 1000))
		if failure != nil || n < replicas {
			return cmp.Or(err, failure, errNotReplicated)
		}
	}
	p.added = append(p.added, added...)
	p.count.Store(int64(len(p.added)))
	return err
}

var errNotReplicated = errors.New("too few replicas confirmed")

func (p *producer) connect() (err error) {
	if p.conn == nil {
		p.conn, err = redis.Dial("tcp", p.addr(), redis.DialConnectTimeout(time.Second),
			redis.DialReadTimeout(10*time.Second), redis.DialWriteTimeout(10*time.Second))
	}
	return err
}

// stop ends the producer; then added is complete.
func (p *producer) stop() {
	close(p.quit)
	<-p.done
}

// numbered returns a recorded message with a number instead of its request id, in one of three channels.
func numbered(t *testing.T) func(n int) []byte {
	t.Helper()
	cases, err := fixtures.Typical("forky")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if c.Name == "typical-medium" && bytes.Contains(c.Field, []byte(requestID)) {
			return func(n int) []byte {
				field := bytes.ReplaceAll(c.Field, []byte(requestID), fmt.Appendf(nil, "%026d", n))
				channel := [...]string{"request", "console", "payment"}[n%3]
				return bytes.Replace(field, []byte(`s:7:\\\"request\\\"`), []byte(`s:7:\\\"`+channel+`\\\"`), 1)
			}
		}
	}
	t.Fatal("no recorded message has the request id")
	return nil
}
