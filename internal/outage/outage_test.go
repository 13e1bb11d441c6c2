package outage

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// watched returns a watch of Redis, and its log without the times.
func watched() (*Watch, *bytes.Buffer) {
	var log bytes.Buffer
	leaveOut := func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}
	handler := slog.NewTextHandler(&log, &slog.HandlerOptions{ReplaceAttr: leaveOut})
	words := Words{"Redis fails.", "Redis still fails", "Redis has recovered"}
	return New(slog.New(handler), slog.LevelWarn, words, "redis", "r:6379"), &log
}

func wantLog(t *testing.T, log *bytes.Buffer, want ...string) {
	t.Helper()
	if got := strings.TrimSpace(log.String()); got != strings.Join(want, "\n") {
		t.Errorf("said\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	log.Reset()
}

func TestBeginAndEndAreSaidOnceAtOneLevel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, log := watched()
		p := w.Part()
		p.Over()
		for range 12 {
			p.Failed(errors.New("connection refused"))
			time.Sleep(time.Second)
		}
		if w.Cause() != "connection refused" || !p.Fails() {
			t.Errorf("cause %q", w.Cause())
		}
		p.Over("320 messages waited")
		p.Over()
		if w.Cause() != "" || p.Fails() {
			t.Errorf("cause %q after the outage", w.Cause())
		}
		wantLog(t, log,
			`level=WARN msg="Redis fails." redis=r:6379 error="connection refused"`,
			`level=WARN msg="Redis has recovered after 12 s, 320 messages waited." redis=r:6379 tries=12`)
	})
}

func TestAnOutageEndsWhenNoPartFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, log := watched()
		read, ack := w.Part(), w.Part()
		read.Failed(errors.New("EOF"))
		ack.Failed(errors.New("EOF"))
		read.Over()
		if w.Cause() == "" {
			t.Error("the other part still fails")
		}
		read.Failed(errors.New("EOF"))
		ack.Over()
		time.Sleep(time.Second)
		read.Over()
		wantLog(t, log,
			`level=WARN msg="Redis fails." redis=r:6379 error=EOF`,
			`level=WARN msg="Redis has recovered after 1 s." redis=r:6379 tries=3`)
	})
}

func TestAnotherCauseIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, log := watched()
		p := w.Part()
		for _, cause := range []string{"read 127.0.0.1:40001: EOF", "read 127.0.0.1:9: EOF", "refused", "read 127.0.0.1:7: EOF", "NOAUTH", "refused"} {
			p.Failed(errors.New(cause))
			time.Sleep(time.Second)
		}
		if w.Cause() != "refused" {
			t.Errorf("cause %q", w.Cause())
		}
		wantLog(t, log,
			`level=WARN msg="Redis fails." redis=r:6379 error="read 127.0.0.1:40001: EOF"`,
			`level=WARN msg="Redis still fails after 2 s, for another reason now." redis=r:6379 error=refused`,
			`level=WARN msg="Redis still fails after 4 s, for another reason now." redis=r:6379 error=NOAUTH`)
	})
}

func TestAnOutageThatLastsIsSaidAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, log := watched()
		p := w.Part()
		for range 100 {
			p.Failed(errors.New("refused"))
			time.Sleep(5 * time.Second)
		}
		wantLog(t, log,
			`level=WARN msg="Redis fails." redis=r:6379 error=refused`,
			`level=WARN msg="Redis still fails after 3 min." redis=r:6379 error=refused tries=37`,
			`level=WARN msg="Redis still fails after 6 min." redis=r:6379 error=refused tries=73`)
	})
}

func TestManyCausesDoNotFillTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, log := watched()
		p := w.Part()
		for i := range 1000 {
			p.Failed(errors.New(strings.Repeat("x", i%100)))
		}
		if n := strings.Count(log.String(), "\n"); n != mostCauses {
			t.Errorf("%d lines", n)
		}
	})
}

func TestLasted(t *testing.T) {
	for d, want := range map[time.Duration]string{
		40 * time.Millisecond: "40 ms", 400 * time.Millisecond: "400 ms", 12 * time.Second: "12 s", 1500 * time.Millisecond: "1.5 s", 119 * time.Second: "119 s",
		6*time.Minute + 7*time.Second: "6 min", 90 * time.Minute: "90 min", 50 * time.Hour: "50 h",
	} {
		if got := Lasted(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}
