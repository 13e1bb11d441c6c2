package cli

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"envelog/decoder"
	"envelog/decoder/messenger"
	"envelog/internal/failure"
	"envelog/internal/transport"
	"envelog/internal/transport/redis"
)

// failureFlags say what becomes of messages that cannot be handled.
func failureFlags() []urfave.Flag {
	return []urfave.Flag{
		failureTransportFlag(),
		valued(failingFlags, "max-retries", "", "", "How often a message is retried whose file cannot be written [default: the application's, else 3]"),
		valued(failingFlags, "retry-delay", "", "", "Milliseconds before the first retry [default: the application's, else 1000]"),
		valued(failingFlags, "retry-multiplier", "", "", "By which each delay is longer than the one before [default: the application's, else 2]"),
		valued(failingFlags, "retry-max-delay", "", "", "Milliseconds that a delay is at most, 0 for no limit [default: the application's, else 0]"),
		valued(failingFlags, "retry-jitter", "", "", "Share of a delay that is random, 0 to 1 [default: the application's, else 0.1]"),
		valued(failingFlags, "symfony", "", "", "Version of the PHP workers, for the shape of stamps: 5.4, 6.4, 7.4 or 8.1 [default: as messages show, else what all of them read]"),
		valued(failingFlags, "unknown", "", "", "What becomes of messages that are no log records: fail, leave (to PHP workers of the group) or ignore (acknowledged) [default: leave where their classes are not known, else fail]"),
	}
}

// failureOptions are those flags, read and checked, but for what differs among transports.
type failureOptions struct {
	unknown failure.Unknown
	version messenger.Version
}

func (r *flagReader) failureOptions() failureOptions {
	return failureOptions{
		unknown: failure.Unknown(read(r, "unknown", oneOf(string(failure.Fail), string(failure.Leave), string(failure.Ignore)))),
		version: read(r, "symfony", func(_, text string) (messenger.Version, error) { return messenger.ParseVersion(text) }),
	}
}

// addFailures puts what flags say of failures in the place of what the application says.
func (r *flagReader) addFailures(t *transportSettings) {
	if v := r.settings.Of("failure-transport"); v.IsSet() {
		t.failureTransport = v.Text()
	}
	override(r, "max-retries", &t.retry.MaxRetries, wholeNumber)
	override(r, "retry-delay", &t.retry.Delay, parseMilliseconds)
	override(r, "retry-multiplier", &t.retry.Multiplier, anyNumber)
	override(r, "retry-max-delay", &t.retry.MaxDelay, parseMilliseconds)
	override(r, "retry-jitter", &t.retry.Jitter, anyNumber)
	if err := failure.Strategy(t.retry).Validate(); err != nil && len(r.errs) == 0 {
		r.note(err)
	}
}

// override replaces a value by that of a flag, when it is set.
func override[T any](r *flagReader, name string, value *T, parse func(option, text string) (T, error)) {
	if r.String(name) != "" {
		*value = read(r, name, parse)
	}
}

func wholeNumber(option, text string) (int, error) {
	n, err := parseNumber(text)
	if err != nil || n != math.Trunc(n) || math.Abs(n) > math.MaxInt32 {
		return 0, complain(`Option "%s" must be a whole number, "%s" passed.`, option, text)
	}
	return int(n), nil
}

func anyNumber(option, text string) (float64, error) {
	n, err := parseNumber(text)
	if err != nil {
		return 0, complain(`Option "%s" must be a number, "%s" passed.`, option, text)
	}
	return n, nil
}

func parseMilliseconds(option, text string) (time.Duration, error) {
	n, err := wholeNumber(option, text)
	if err != nil {
		return 0, complain(`Option "%s" must be a whole number of milliseconds, "%s" passed.`, option, text)
	}
	return time.Duration(n) * time.Millisecond, nil
}

// failures makes the room for what fails on one transport.
func (s *session) failures(h *house, o consumeOptions, t transportSettings, origin origin) (*failure.Handler, error) {
	parking, err := s.parking(h, o.catalogue, t, origin)
	if err != nil {
		return nil, err
	}
	return failure.New(failure.Config{
		Transport: t.name,
		Strategy:  failure.Strategy(t.retry),
		Unknown:   o.failures.unknown,
		Version:   o.failures.version,
		Limits:    o.record.decoderOptions(decoder.None).Limits,
		Origin:    origin,
		Parking:   parking,
		Target:    t.failureTransport,
		Rejects:   h.rejects.Of(t.name, origin.Stream),
		Say:       failure.Voice{Log: s.log, Transport: t.name},
	}), nil
}

// parking opens the failure transport; nothing when there is none. On the server of the transport itself a message gets
// there in one step.
func (s *session) parking(h *house, c *catalogue, t transportSettings, origin origin) (failure.Parking, error) {
	name := t.failureTransport
	if name == "" || name == t.name {
		return nil, nil
	}
	to, err := c.settings(name)
	switch {
	case !slices.Contains(c.all(), name) || err == nil && to.dsn == "":
		return nil, complain(`The failure transport "%s" is not configured: pass --dsn %s=DSN, or --failure-transport= for none. Valid transports are: %s.`,
			name, name, strings.Join(c.all(), ", "))
	case err != nil:
		return nil, err
	}
	if redis.SupportsDSN(to.dsn) {
		config, err := to.config()
		if err != nil {
			return nil, err
		}
		if origin.SameServer(config) {
			return nearby{origin.Receiver, config}, nil
		}
	}
	storage, err := s.storage(c, name)
	if err != nil {
		return nil, fmt.Errorf("failure transport: %w", err)
	}
	h.closers = append(h.closers, storage.Close)
	return &failure.Elsewhere{Sender: storage, Reject: origin.Reject}, nil
}

// origin is a transport that is consumed, as its failures see it.
type origin struct {
	redis.Config
	*redis.Receiver
}

// nearby is a failure transport on the server of the transport.
type nearby struct {
	*redis.Receiver
	to redis.Config
}

// Park implements failure.Parking.
func (n nearby) Park(ctx context.Context, id []byte, m transport.Message) error {
	return n.Receiver.Park(ctx, id, m, n.to)
}
