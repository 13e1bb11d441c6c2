package retry

import (
	"math"
	"testing"
	"time"
)

func TestWaiting(t *testing.T) {
	const ms = time.Millisecond
	lowest := func(int64) int64 { return 0 }
	highest := func(n int64) int64 { return n - 1 }
	for _, test := range []struct {
		name     string
		strategy Strategy
		random   func(int64) int64
		retries  int
		want     time.Duration
	}{
		{"the first", Strategy{Delay: time.Second, Multiplier: 2}, nil, 0, time.Second},
		{"the second", Strategy{Delay: time.Second, Multiplier: 2}, nil, 1, 2 * time.Second},
		{"the third", Strategy{Delay: time.Second, Multiplier: 2}, nil, 2, 4 * time.Second},
		{"always the same", Strategy{Delay: 10 * time.Second, Multiplier: 1}, nil, 7, 10 * time.Second},
		{"rounded up", Strategy{Delay: 10 * ms, Multiplier: 1.45}, nil, 1, 15 * ms},
		{"at once", Strategy{Multiplier: 2, Jitter: 0.5}, highest, 3, 0},
		{"jitter, least", Strategy{Delay: time.Second, Multiplier: 2, Jitter: 0.1}, lowest, 1, 1800 * ms},
		{"jitter, most", Strategy{Delay: time.Second, Multiplier: 2, Jitter: 0.1}, highest, 1, 2200 * ms},
		{"jitter is a whole number", Strategy{Delay: 15 * ms, Multiplier: 1, Jitter: 0.1}, highest, 0, 16 * ms},
		{"limited", Strategy{Delay: time.Second, Multiplier: 2, MaxDelay: 3 * time.Second}, nil, 2, 3 * time.Second},
		{"limited, jitter lost", Strategy{Delay: time.Second, Multiplier: 2, MaxDelay: 4 * time.Second, Jitter: 0.5}, highest, 2, 4 * time.Second},
		{"not quite limited", Strategy{Delay: time.Second, Multiplier: 2, MaxDelay: 4 * time.Second}, nil, 2, 4 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.strategy.waiting(test.retries, test.random); got != test.want {
				t.Errorf("waits %v, want %v", got, test.want)
			}
		})
	}
}

func TestWaitingNeverOverflows(t *testing.T) {
	s := Strategy{Delay: time.Hour, Multiplier: 1e30, Jitter: 1}
	for _, retries := range []int{0, 1, 10, 1000, math.MaxInt32} {
		if got := s.Waiting(retries); got < 0 {
			t.Errorf("waits %v after %d retries", got, retries)
		}
	}
}

func TestRetryable(t *testing.T) {
	if s := Default(); !s.Retryable(0) || !s.Retryable(2) || s.Retryable(3) {
		t.Error("the default is not three retries")
	}
	if (Strategy{}).Retryable(0) {
		t.Error("none is one")
	}
}

func TestValidate(t *testing.T) {
	for _, test := range []struct {
		name     string
		strategy Strategy
		want     string
	}{
		{"default", Default(), ""},
		{"delay", Strategy{Delay: -time.Second, Multiplier: 1}, `Delay must be greater than or equal to zero: "-1000" given.`},
		{"multiplier", Strategy{Multiplier: 0.5}, `Multiplier must be greater than zero: "0.5" given.`},
		{"not a number", Strategy{Multiplier: math.NaN()}, `Multiplier must be greater than zero: "NaN" given.`},
		{"max delay", Strategy{Multiplier: 1, MaxDelay: -time.Millisecond}, `Max delay must be greater than or equal to zero: "-1" given.`},
		{"jitter", Strategy{Multiplier: 1, Jitter: 1.5}, `Jitter must be between 0 and 1: "1.5" given.`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := ""
			if err := test.strategy.Validate(); err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("says %q, want %q", got, test.want)
			}
		})
	}
}
