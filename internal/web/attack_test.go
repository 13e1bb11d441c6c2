package web

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"envelog/internal/health"
)

// pipes is a listener in memory, whose connections hold nothing that was not read and know the time of a bubble.
type pipes struct {
	dialed chan net.Conn
	closed chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.dialed:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error { close(p.closed); return nil }

func (*pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9400} }

func (p *pipes) dial() net.Conn {
	here, there := net.Pipe()
	p.dialed <- there
	return here
}

// attack serves pages of dir in a bubble while it is attacked.
func attack(t *testing.T, dir string, attacker func(t *testing.T, p *pipes)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := &pipes{dialed: make(chan net.Conn), closed: make(chan struct{})}
		shown := pages(dir)
		shown.Retry = func(context.Context, string, string) error { return errors.New("nothing was named") }
		shown.Remove = shown.Retry
		s := newServer(Options{
			Token: "secret", Write: true, Pages: shown,
			Health:  func() health.Report { return health.Report{Live: true, Ready: true, State: health.Idle} },
			Metrics: prometheus.NewRegistry(), Log: slog.New(slog.DiscardHandler),
		}, p)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		attacker(t, p)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func request(line string, headers ...string) string {
	return line + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret\r\n" + strings.Join(append(headers, "", ""), "\r\n")
}

// trickle writes text, and then a byte a second, until the server is gone.
func trickle(c net.Conn, text string) {
	if _, err := io.WriteString(c, text); err != nil {
		return
	}
	for {
		time.Sleep(time.Second)
		if _, err := c.Write([]byte{' '}); err != nil {
			return
		}
	}
}

// TestSlowRequestsEnd has clients that send a byte a second for ever.
func TestSlowRequestsEnd(t *testing.T) {
	const json = "Content-Type: application/json"
	for _, test := range []struct {
		name, text string
		within     time.Duration
		status     string // "" for no answer
	}{
		{"nothing", "", headerTimeout, ""},
		{"a header", "GET /livez HTTP/1.1\r\nHost: local", headerTimeout, ""},
		{"a body", request("POST /failed/retry", json, "Content-Length: 100") + `{"transport":`, bodyTimeout, "400 Bad Request"},
		{"a body in pieces", request("POST /failed/retry", json, "Transfer-Encoding: chunked") + "1000\r\n{", bodyTimeout, "400 Bad Request"},
		{"a body that is refused", request("POST /failed/retry", "Sec-Fetch-Site: cross-site", "Content-Length: 100"), bodyTimeout, "403 Forbidden"},
		{"a body that nobody reads", request("GET /livez", "Content-Length: 100000"), bodyTimeout, "200 OK"},
		{"a body without the token", "POST /failed/retry HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n", bodyTimeout, "401 Unauthorized"},
	} {
		t.Run(test.name, func(t *testing.T) {
			attack(t, t.TempDir(), func(t *testing.T, p *pipes) {
				c, began := p.dial(), time.Now()
				var client sync.WaitGroup
				client.Go(func() { trickle(c, test.text) })
				answer, err := io.ReadAll(c)
				if took := time.Since(began); err != nil || took > test.within+time.Second {
					t.Errorf("the connection ended after %v, %v, want %v", took, err, test.within)
				}
				if !strings.HasPrefix(string(answer), strings.TrimSpace("HTTP/1.1 "+test.status)) && (test.status != "" || len(answer) > 0) {
					t.Errorf("the answer is %.100q, want %q", answer, test.status)
				}
				c.Close()
				client.Wait()
			})
		})
	}
}

// TestAnswersThatNobodyReadsEnd has clients that read nothing, or only the beginning.
func TestAnswersThatNobodyReadsEnd(t *testing.T) {
	for _, path := range []string{"/", "/page.js", "/overview.json", "/failed.json", "/metrics", "/livez", "/lines"} {
		t.Run(path, func(t *testing.T) {
			attack(t, t.TempDir(), func(t *testing.T, p *pipes) {
				c, began := p.dial(), time.Now()
				if _, err := io.WriteString(c, request("GET "+path)); err != nil {
					t.Fatal(err)
				}
				if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
					t.Fatal(err)
				}
				time.Sleep(writeWithin + time.Second)
				synctest.Wait()
				if _, err := c.Write([]byte("G")); !errors.Is(err, io.ErrClosedPipe) {
					t.Errorf("after %v the connection is there still: %v", time.Since(began), err)
				}
				c.Close()
			})
		})
	}
}

// TestStreamsThatNobodyReadsMakeRoom has as many clients as there may be that ask for lines and do not read them.
func TestStreamsThatNobodyReadsMakeRoom(t *testing.T) {
	attack(t, t.TempDir(), func(t *testing.T, p *pipes) {
		for range mostStreams {
			c := p.dial()
			defer c.Close()
			if _, err := io.WriteString(c, request("GET /lines")); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(writeWithin + time.Second)
		c := p.dial()
		defer c.Close()
		if _, err := io.WriteString(c, request("GET /lines")); err != nil {
			t.Fatal(err)
		}
		if answer, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || answer.StatusCode != http.StatusOK { //nolint:bodyclose // it has no end
			t.Errorf("a client that reads gets %v, %v", answer, err)
		}
	})
}

// TestStreamsOutliveTheDeadlines follows lines for longer than an answer may take.
func TestStreamsOutliveTheDeadlines(t *testing.T) {
	attack(t, t.TempDir(), func(t *testing.T, p *pipes) {
		c, began := p.dial(), time.Now()
		defer c.Close()
		if _, err := io.WriteString(c, request("GET /lines")); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(c)
		for time.Since(began) < 10*writeWithin {
			if !lines.Scan() {
				t.Fatalf("the stream ended after %v: %v", time.Since(began), lines.Err())
			}
		}
	})
}

// TestACrowdKeepsNoProbeOut has more clients connected than there may be: the oldest goes at once, and a probe is answered.
func TestACrowdKeepsNoProbeOut(t *testing.T) {
	attack(t, t.TempDir(), func(t *testing.T, p *pipes) {
		began := time.Now()
		var crowd []net.Conn
		for range mostConnections {
			c := p.dial()
			defer c.Close()
			if _, err := io.WriteString(c, "GET /lines HTTP/1.1\r\n"); err != nil {
				t.Fatal(err)
			}
			crowd = append(crowd, c)
		}
		c := p.dial()
		defer c.Close()
		if _, err := io.WriteString(c, request("GET /livez")); err != nil {
			t.Fatal(err)
		}
		answer, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Errorf("a probe gets %s", answer.Status)
		}
		if _, err := crowd[0].Read(make([]byte, 1)); err == nil || time.Since(began) > 0 {
			t.Errorf("the oldest connection ends after %v with %v", time.Since(began), err)
		}
	})
}
