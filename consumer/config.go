package consumer

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"envelog/internal/invalid"
)

// Source is one receiver with what is its own.
type Source struct {
	Name     string // Symfony's name of the transport, unique in the Config
	Receiver Receiver
	Pipeline *Pipeline // makes the lines
	Failures Failures  // takes what the Pipeline refuses, and what cannot be written
	Observer Observer  // is told what becomes of the entries; nil: it is not reported
}

// Config is what a [Consumer] consists of.
type Config struct {
	Sources []Source // in order of priority, the highest first; at least one
	Sink    Sink     // keeps the lines

	Log *slog.Logger // what the worker says, with Symfony's words; nil: nothing

	FetchSize int           // entries asked for at once, 1 or more
	Sleep     time.Duration // the longest that one read blocks; it never delays an entry. 0: 1 ms, as PHP's BLOCK 1
	Keepalive time.Duration // pause between keepalives for entries in flight; 0: none. Every receiver must be a Keepaliver

	Limit        int           // entries to handle, rejected ones included, then stop; exact; 0: no limit
	FailureLimit int           // failed attempts, retries included, then stop; what is in flight is finished; 0: no limit
	MemoryLimit  uint64        // bytes that Memory may report, more: stop; 0: no limit
	TimeLimit    time.Duration // time after which no more is read; 0: no limit

	StopWhenEmpty bool // stop as soon as the last answer of every source was that it has nothing

	CommitBytes int           // bytes of lines that make a commit before the batch is at its end; 0: 4 MiB
	StopTimeout time.Duration // time that receivers have, after a stop, to acknowledge what is in flight; 0: 8 s
	Stopping    func()        // is called when no more is read, whatever the reason; may be nil

	// Memory returns the bytes that MemoryLimit is about; nil: what the Go runtime holds of the system's memory, as
	// PHP's memory_get_usage(true) is what its allocator holds.
	Memory func() uint64
}

// The defaults of Config.
const (
	DefaultCommitBytes = 4 << 20
	DefaultStopTimeout = 8 * time.Second // docker stop kills after 10 s
)

// validate returns all that is wrong with the configuration.
func (c *Config) validate() error {
	return errors.Join(
		c.validateSources(),
		invalid.Unless(c.Sink != nil, "Sink is missing"),
		invalid.Unless(c.FetchSize >= 1, "FetchSize is %d, must be 1 or more", c.FetchSize),
		invalid.Unless(c.CommitBytes >= 0, "CommitBytes is %d, must not be negative", c.CommitBytes),
		invalid.Unless(c.Limit >= 0, "Limit is %d, must not be negative", c.Limit),
		invalid.Unless(c.FailureLimit >= 0, "FailureLimit is %d, must not be negative", c.FailureLimit),
		invalid.Unless(c.Sleep >= 0, "Sleep is %v, must not be negative", c.Sleep),
		invalid.Unless(c.Keepalive >= 0, "Keepalive is %v, must not be negative", c.Keepalive),
		invalid.Unless(c.TimeLimit >= 0, "TimeLimit is %v, must not be negative", c.TimeLimit),
		invalid.Unless(c.StopTimeout >= 0, "StopTimeout is %v, must not be negative", c.StopTimeout),
	)
}

func (c *Config) validateSources() error {
	errs := []error{invalid.Unless(len(c.Sources) > 0, "Sources is empty")}
	seen := make(map[string]bool)
	for _, s := range c.Sources {
		errs = append(errs,
			invalid.Unless(!seen[s.Name], "source %q is there twice", s.Name),
			invalid.Unless(s.Receiver != nil, "source %q has no Receiver", s.Name),
			invalid.Unless(s.Pipeline != nil && s.Pipeline.Decoder != nil && s.Pipeline.Formatter != nil, "source %q has no Pipeline", s.Name),
			invalid.Unless(s.Failures != nil, "source %q has no Failures", s.Name))
		seen[s.Name] = true
		if _, ok := s.Receiver.(Keepaliver); c.Keepalive > 0 && !ok {
			errs = append(errs, fmt.Errorf("source %q cannot be kept alive", s.Name))
		}
	}
	return errors.Join(errs...)
}

// setDefaults replaces zero values whose meaning is a default.
func (c *Config) setDefaults() {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Sleep == 0 {
		c.Sleep = time.Millisecond
	}
	if c.CommitBytes == 0 {
		c.CommitBytes = DefaultCommitBytes
	}
	if c.StopTimeout == 0 {
		c.StopTimeout = DefaultStopTimeout
	}
	if c.Memory == nil {
		c.Memory = runtimeMemory
	}
}
