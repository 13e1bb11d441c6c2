// Package retry is Symfony's retry strategy: how often a message is retried, and after which delay.
package retry

import (
	"errors"
	"math"
	"math/rand/v2"
	"time"

	"envelog/internal/invalid"
)

// Strategy says how often a message is retried, and after what time: Symfony's MultiplierRetryStrategy
// (Retry/MultiplierRetryStrategy.php, of 7.1 with its jitter; the older ones are those with none).
type Strategy struct {
	MaxRetries int           // retries after the first attempt; 0: none
	Delay      time.Duration // before the first retry, in whole milliseconds; 0: at once
	Multiplier float64       // by which each delay is longer than the one before; 1 or more
	MaxDelay   time.Duration // no delay is longer; 0: no limit
	Jitter     float64       // share of the delay that is added or taken away at random; 0 to 1
}

// Default is what FrameworkBundle configures where the application says nothing (DependencyInjection/Configuration.php).
func Default() Strategy {
	return Strategy{MaxRetries: 3, Delay: time.Second, Multiplier: 2, Jitter: 0.1}
}

// Validate returns all that is wrong with s, in PHP's words.
func (s Strategy) Validate() error {
	return errors.Join(
		invalid.Unless(s.MaxRetries >= 0, "Max retries must be greater than or equal to zero: \"%d\" given.", s.MaxRetries),
		invalid.Unless(s.Delay >= 0, "Delay must be greater than or equal to zero: \"%d\" given.", s.Delay.Milliseconds()),
		invalid.Unless(s.Multiplier >= 1, "Multiplier must be greater than zero: \"%v\" given.", s.Multiplier),
		invalid.Unless(s.MaxDelay >= 0, "Max delay must be greater than or equal to zero: \"%d\" given.", s.MaxDelay.Milliseconds()),
		invalid.Unless(s.Jitter >= 0 && s.Jitter <= 1, "Jitter must be between 0 and 1: \"%v\" given.", s.Jitter),
	)
}

// Retryable reports whether a message that was retried so often may be retried once more.
func (s Strategy) Retryable(retries int) bool { return retries < s.MaxRetries }

// Waiting returns how long a message that was retried so often waits for its next retry, in whole milliseconds.
func (s Strategy) Waiting(retries int) time.Duration { return s.waiting(retries, rand.Int64N) }

// waiting is Waiting with a source of random numbers below n.
func (s Strategy) waiting(retries int, random func(n int64) int64) time.Duration {
	delay := float64(s.Delay.Milliseconds()) * math.Pow(s.Multiplier, float64(retries))
	if s.Jitter > 0 {
		most := milliseconds(delay * s.Jitter)
		delay += float64(random(2*most+1) - most)
	}
	if most := float64(s.MaxDelay.Milliseconds()); most != 0 && delay > most {
		return s.MaxDelay
	}
	return time.Duration(milliseconds(math.Ceil(delay))) * time.Millisecond
}

// milliseconds is a PHP integer of ms, within what a Duration holds.
func milliseconds(ms float64) int64 {
	const most = math.MaxInt64 / int64(time.Millisecond) / 2
	if !(ms < float64(most)) {
		return most
	}
	return int64(ms)
}
