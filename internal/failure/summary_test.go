package failure

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// summed has so many messages fail for that cause, each with other numbers in it, and returns what the log says.
func summed(t *testing.T, level slog.Level, fail func(v Voice)) []string {
	t.Helper()
	var log bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: level}))
		s := NewSummary(logger)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		fail(Voice{Log: logger, Transport: "async", Summary: s, Again: Again{"retry parked", "retry kept", func(name string) string { return "retry " + name }}})
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return strings.Split(strings.TrimSpace(log.String()), "\n")
}

func attemptOf(i int, text string) *attempt {
	return &attempt{id: fmt.Appendf(nil, "%d-0", i), class: `App\Log`, cause: errors.New(text)}
}

func TestManyFailuresOfOneCauseAreSummedUp(t *testing.T) {
	said := summed(t, slog.LevelWarn, func(v Voice) {
		for i := range 10_000 {
			v.parked(attemptOf(i, fmt.Sprintf("at byte %d", i)), "failed")
		}
		time.Sleep(2 * firstSum)
		for i := range 7 {
			v.parked(attemptOf(i, fmt.Sprintf("at byte %d", i)), "failed")
		}
	})
	if len(said) != eachOf+2 {
		t.Fatalf("%d lines:\n%s", len(said), strings.Join(said, "\n"))
	}
	for i, want := range []string{
		`Removing from transport after 0 retries. Error: \"at byte 4\". Sent to the failure transport failed."`,
		`Error thrown while handling 9995 more messages App\\Log within 10 s. Removing from transport. Error of the last one: \"at byte 9999\". Sent to the failure transport failed. When the cause is mended: retry parked"`,
		`Error thrown while handling 7 more messages App\\Log`,
	} {
		if !strings.Contains(said[eachOf-1+i], want) {
			t.Errorf("said %s\nwant %s", said[eachOf-1+i], want)
		}
	}
}

func TestOtherCausesAreOthers(t *testing.T) {
	said := summed(t, slog.LevelWarn, func(v Voice) {
		for i := range eachOf {
			v.parked(attemptOf(i, "cut off"), "failed")
			v.kept(attemptOf(i, "too large"), "/log/.rejected/async-1-0.json")
			v.retrying(attemptOf(i, "too large"), 1, time.Second)
			v.staying(attemptOf(i, "too large"))
		}
	})
	if len(said) != 4*eachOf {
		t.Errorf("%d lines:\n%s", len(said), strings.Join(said, "\n"))
	}
}

func TestCausesWithoutEndDoNotFillTheLog(t *testing.T) {
	said := summed(t, slog.LevelWarn, func(v Voice) {
		for i := range 1000 {
			v.parked(attemptOf(i, strings.Repeat("x", i)), "failed")
		}
	})
	if len(said) > 2*mostCauses {
		t.Errorf("%d lines", len(said))
	}
}

func TestACauseThatComesBackLaterIsSaidAgain(t *testing.T) {
	said := summed(t, slog.LevelWarn, func(v Voice) {
		for range 3 {
			for i := range eachOf {
				v.parked(attemptOf(i, "cut off"), "failed")
			}
			time.Sleep(time.Hour)
		}
	})
	if len(said) != 3*eachOf {
		t.Errorf("%d lines:\n%s", len(said), strings.Join(said, "\n"))
	}
}

func TestWhoAsksForALinePerMessageHasThem(t *testing.T) {
	said := summed(t, slog.LevelInfo, func(v Voice) {
		for i := range 100 {
			v.kept(attemptOf(i, "cut off"), "/log/.rejected/async-1-0.json")
		}
	})
	if len(said) != 100 {
		t.Errorf("%d lines", len(said))
	}
}
