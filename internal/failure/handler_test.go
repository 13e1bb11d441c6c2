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

	"github.com/google/go-cmp/cmp"

	"envelog/consumer"
	"envelog/decoder"
	"envelog/decoder/messenger"
	"envelog/decoder/phpserialize"
	"envelog/internal/retry"
	"envelog/internal/serialized"
	"envelog/transport"
)

// journal is all the rooms around a Handler. It records what was asked of it.
type journal struct {
	calls []string
	sent  transport.Message
	err   error
}

func (j *journal) note(format string, args ...any) error {
	j.calls = append(j.calls, fmt.Sprintf(format, args...))
	return j.err
}

// Message takes the field for the body; "signed " in front stands for a signature.
func (j *journal) Message(e *transport.Entry) transport.Message {
	m := transport.Message{Body: e.Message}
	if body, signed := bytes.CutPrefix(e.Message, []byte("signed ")); signed {
		m = transport.Message{Body: body, Headers: []transport.Header{{Name: "Body-Sign", Value: "v2:00"}}}
	}
	return m
}

func (j *journal) Retry(_ context.Context, id []byte, m transport.Message, delay time.Duration) error {
	j.sent = m
	return j.note("retry %s in %v", id, delay)
}

func (j *journal) Park(_ context.Context, id []byte, m transport.Message) error {
	j.sent = m
	return j.note("park %s", id)
}

func (j *journal) GiveBack(_ context.Context, id []byte) error { return j.note("give back %s", id) }

func (j *journal) Keep(e *transport.Entry, reason error) (string, error) {
	return "/log/.rejected/async-1-0.json", j.note("keep %s: %v", e.ID, reason)
}

// envelope is one of PhpSerializer, of a message without properties, with stamps in PHP's spelling.
func envelope(stamps string) string {
	if stamps == "" {
		stamps = "a:0:{}"
	}
	const class = "\x00" + messenger.EnvelopeClass + "\x00"
	plain := serialized.Of(fmt.Sprintf(`O:"%s":{s:"%sstamps";%ss:"%smessage";O:"App\Log":{}}`, messenger.EnvelopeClass, class, stamps, class))
	return string(messenger.AppendBody(nil, []byte(plain)))
}

// retried is the RedeliveryStamp of a message that was retried so often, in the shape of 6.4.
func retried(n int) string {
	const class = "\x00" + messenger.RedeliveryStamp + "\x00"
	return envelope(fmt.Sprintf(`a:{s:"%[1]s";a:{i:0;O:"%[1]s":{s:"%[2]sretryCount";i:%[3]d;s:"%[2]sredeliveredAt";O:"DateTimeImmutable":{s:"date";s:"2024-01-02 03:04:05.000000";s:"timezone_type";i:3;s:"timezone";s:"UTC";}}}}`,
		messenger.RedeliveryStamp, class, n))
}

// failedOn has the SentToFailureTransportStamp of a message that failed on a transport.
func failedOn(receiver string) string {
	const class = "\x00" + messenger.SentToFailureTransportStamp + "\x00"
	return envelope(fmt.Sprintf(`a:{s:"%[1]s";a:{i:0;O:"%[1]s":{s:"%[2]soriginalReceiverName";s:"%[3]s";}}}`, messenger.SentToFailureTransportStamp, class, receiver))
}

func TestHandle(t *testing.T) {
	unwritten := consumer.Failure{Err: errors.New("permission denied"), Passing: true}
	undecoded := consumer.Failure{Err: errors.New("cut off")}
	uncertain := consumer.Failure{Err: fmt.Errorf("decode message: %w", errors.Join(decoder.ErrUnmappable, decoder.ErrUncertain)), Class: `App\Mail`}
	foreign := consumer.Failure{Err: fmt.Errorf("decode message: %w", decoder.ErrUnknownClass), Class: `App\Mail`}
	withoutParking := func(c *Config) { c.Parking = nil }
	on := func(transport string) func(*Config) { return func(c *Config) { c.Transport = transport } }
	unknown := func(u Unknown) func(*Config) { return func(c *Config) { c.Unknown = u } }
	for _, test := range []struct {
		name    string
		change  func(*Config)
		message string
		failure consumer.Failure
		want    consumer.Outcome
		calls   string
		log     string
	}{
		{name: "retried for the first time", message: envelope(""), failure: unwritten, want: consumer.Retried, calls: "retry 1-0 in 1s",
			log: `Error thrown while handling message App\Log. Sending for retry #1 using 1000 ms delay. Error: "permission denied"`},
		{name: "retried for the last time", message: retried(2), failure: unwritten, want: consumer.Retried, calls: "retry 1-0 in 4s", log: "Sending for retry #3 using 4000 ms delay"},
		{name: "retried too often", message: retried(3), failure: unwritten, want: consumer.Parked, calls: "park 1-0",
			log: `Error thrown while handling message App\Log. Removing from transport after 3 retries. Error: "permission denied"`},
		{name: "no retries", change: func(c *Config) { c.Strategy.MaxRetries = 0 }, message: envelope(""), failure: unwritten, want: consumer.Parked, calls: "park 1-0", log: `Error: "permission denied". Sent to the failure transport failed.`},
		{name: "no failure transport", change: withoutParking, message: retried(3), failure: unwritten, want: consumer.Kept, calls: "keep 1-0: permission denied",
			log: `Removing from transport after 3 retries. Error: "permission denied". Kept in /log/.rejected/async-1-0.json; when the cause is mended: retry async-1-0"`},
		{name: "on the failure transport itself", change: on("failed"), message: retried(3), failure: unwritten, want: consumer.Stayed, calls: "give back 1-0",
			log: `It stays on the failure transport async after 3 retries. Error: "permission denied"`},
		{name: "undecodable, on the failure transport itself", change: on("failed"), message: "broken", failure: undecoded, want: consumer.Stayed, calls: "give back 1-0"},
		{name: "on a failure transport that has one, too", change: on("failed_high"), message: failedOn("high"), failure: undecoded, want: consumer.Stayed, calls: "give back 1-0"},
		{name: "on a failure transport that is not known as one", change: func(c *Config) { c.Parking, c.Target = nil, "" }, message: failedOn("async"), failure: undecoded, want: consumer.Stayed, calls: "give back 1-0"},
		{name: "retried on a failure transport", change: on("failed"), message: failedOn("async"), failure: unwritten, want: consumer.Retried, calls: "retry 1-0 in 1s", log: "retry #1"},
		{name: "undecodable", message: "broken", failure: undecoded, want: consumer.Parked, calls: "park 1-0", log: "handling message of unknown class. Removing from transport after 0 retries"},
		{name: "undecodable, no failure transport", change: withoutParking, message: "broken", failure: undecoded, want: consumer.Kept, calls: "keep 1-0: cut off"},
		{name: "signed", message: "signed " + envelope(""), failure: unwritten, want: consumer.Parked, calls: "park 1-0"},
		{name: "of another kind", message: envelope(""), failure: foreign, want: consumer.Parked, calls: "park 1-0"},
		{name: "of another kind, left", change: unknown(Leave), message: envelope(""), failure: foreign, want: consumer.Left, calls: "give back 1-0", log: `Message App\Mail is left`},
		{name: "of another kind, ignored", change: unknown(Ignore), message: envelope(""), failure: foreign, want: consumer.Ignored, log: `Message App\Mail is ignored`},
		{name: "of a class that may be another worker's", message: envelope(""), failure: uncertain, want: consumer.Left, calls: "give back 1-0", log: `name their class with the setting class`},
		{name: "of such a class, as it is asked for", change: unknown(Fail), message: envelope(""), failure: uncertain, want: consumer.Parked, calls: "park 1-0"},
		{name: "undecodable, where other kinds are ignored", change: unknown(Ignore), message: "broken", failure: undecoded, want: consumer.Parked, calls: "park 1-0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var log strings.Builder
			j := &journal{}
			c := testConfig(j, &log)
			if test.change != nil {
				test.change(&c)
			}
			got, err := New(c).Handle(t.Context(), &transport.Entry{ID: []byte("1-0"), Message: []byte(test.message)}, test.failure)
			if err != nil || got != test.want || strings.Join(j.calls, "; ") != test.calls {
				t.Errorf("outcome %d, %v, calls %q; want %d, %q", got, err, j.calls, test.want, test.calls)
			}
			if !strings.Contains(strings.ReplaceAll(strings.ReplaceAll(log.String(), `\\`, `\`), `\"`, `"`), test.log) {
				t.Errorf("log lacks %q:\n%s", test.log, log.String())
			}
		})
	}
}

// TestACutMessageIsKept has a failure transport, to which nobody can send a message that nobody has whole.
func TestACutMessageIsKept(t *testing.T) {
	var log strings.Builder
	j := &journal{}
	e := &transport.Entry{ID: []byte("1-0"), Message: []byte(envelope("")), Cuts: []transport.Cut{{Field: "message", Bytes: 1 << 30}}}
	got, err := New(testConfig(j, &log)).Handle(t.Context(), e, consumer.Failure{Err: errors.New("too large")})
	if err != nil || got != consumer.Kept || strings.Join(j.calls, "; ") != "keep 1-0: too large" {
		t.Fatalf("outcome %d, %v, calls %q", got, err, j.calls)
	}
	// A retry would only say that the rest is gone.
	if said := log.String(); strings.Contains(said, "retry async") || !strings.Contains(said, "Only its beginning is kept in /log/.rejected/async-1-0.json") || !strings.Contains(said, "raise max-message-bytes") {
		t.Errorf("said %s", said)
	}
}

func testConfig(j *journal, log *strings.Builder) Config {
	options := &slog.HandlerOptions{Level: slog.LevelDebug}
	return Config{
		Transport: "async", Target: "failed", Strategy: retry.Strategy{MaxRetries: 3, Delay: time.Second, Multiplier: 2},
		Origin: j, Parking: j, Rejects: j, Now: func() time.Time { return time.Unix(0, 0) },
		Say: Voice{Log: slog.New(slog.NewTextHandler(log, options)), Transport: "async",
			Again: Again{"retry parked", "retry kept", func(name string) string { return "retry " + name }}},
	}
}

// TestWhatIsParkedTellsWhy opens what was sent, of each kind of message.
func TestWhatIsParkedTellsWhy(t *testing.T) {
	for _, test := range []struct {
		name, message, class, exception string
		wrapped                         bool
	}{
		{"an envelope", envelope(""), `App\Log`, unmappable, false},
		{"none", "broken \xff", messenger.DecodingFailed, undecodable, true},
		{"nothing at all", "", messenger.DecodingFailed, undecodable, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			j := &journal{}
			e := &transport.Entry{ID: []byte("1-0"), Message: []byte(test.message)}
			if _, err := New(testConfig(j, &strings.Builder{})).Handle(t.Context(), e, consumer.Failure{Err: errors.New("at byte 7")}); err != nil {
				t.Fatal(err)
			}
			opened, err := messenger.OpenMessage(j.sent, phpserialize.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			why, _ := opened.Failure()
			if opened.Class() != test.class || why.Class != test.exception || why.Message != "at byte 7" || opened.Receiver() != "async" || opened.Retries() != 0 {
				t.Errorf("sent %s from %s: %+v", opened.Class(), opened.Receiver(), why)
			}
			inner, ok := opened.Wrapped()
			if ok != test.wrapped {
				t.Errorf("wrapped is %v", ok)
			}
			if diff := cmp.Diff(j.Message(e), inner); ok && diff != "" {
				t.Errorf("what is wrapped (-want +got):\n%s", diff)
			}
		})
	}
}

// TestShapesFollowWhatMessagesShow writes the shape of the version that wrote the stamps seen last.
func TestShapesFollowWhatMessagesShow(t *testing.T) {
	for _, test := range []struct {
		name    string
		version messenger.Version
		before  []string
		want    messenger.Version
	}{
		{"told", messenger.Symfony54, nil, messenger.Symfony54},
		{"told, against what they show", messenger.Symfony74, []string{retried(1)}, messenger.Symfony74},
		{"shown", messenger.AnyVersion, []string{envelope(""), retried(1), envelope("")}, messenger.Symfony64},
	} {
		t.Run(test.name, func(t *testing.T) {
			j := &journal{}
			c := testConfig(j, &strings.Builder{})
			c.Version = test.version
			h := New(c)
			for _, m := range append(test.before, envelope("")) {
				if _, err := h.Handle(t.Context(), &transport.Entry{ID: []byte("1-0"), Message: []byte(m)}, consumer.Failure{Err: errors.New("x")}); err != nil {
					t.Fatal(err)
				}
			}
			opened, err := messenger.OpenMessage(j.sent, phpserialize.Limits{})
			if err != nil || opened.Version() != test.want {
				t.Errorf("version %v, %v; want %v", opened.Version(), err, test.want)
			}
		})
	}
}

func TestErrorsLeaveTheEntry(t *testing.T) {
	down := errors.New("connection refused")
	j := &journal{err: down}
	h := New(testConfig(j, &strings.Builder{}))
	for _, f := range []consumer.Failure{{Err: errors.New("x")}, {Err: errors.New("x"), Passing: true}} {
		if _, err := h.Handle(t.Context(), &transport.Entry{ID: []byte("1-0"), Message: []byte(envelope(""))}, f); !errors.Is(err, down) {
			t.Errorf("handle = %v", err)
		}
	}
}

// sender is a failure transport elsewhere.
type sender struct {
	asked, sent int
	err         error
}

func (s *sender) Send(context.Context, transport.Message, time.Duration) (string, error) {
	s.asked++
	if s.err == nil {
		s.sent++
	}
	return "", s.err
}

// TestElsewhereRests: a server that fails is not asked for each message, and is asked again after a while.
func TestElsewhereRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &sender{err: errors.New("no answer")}
		p := &Elsewhere{Sender: to, Reject: func(context.Context, []byte) error { return nil }}
		for range 3 {
			if err := p.Park(t.Context(), []byte("1-0"), transport.Message{}); !errors.Is(err, to.err) {
				t.Errorf("park = %v", err)
			}
		}
		time.Sleep(rest)
		_ = p.Park(t.Context(), []byte("1-0"), transport.Message{})
		if to.asked != 2 {
			t.Errorf("asked %d times, want 2", to.asked)
		}
	})
}

// TestUnstorable: what the failure transport can never hold is kept, and does not keep others from being sent.
func TestUnstorable(t *testing.T) {
	j, to := &journal{}, &sender{err: fmt.Errorf("send message: %w: max_allowed_packet", transport.ErrUnstorable)}
	c := testConfig(j, &strings.Builder{})
	c.Parking = &Elsewhere{Sender: to, Reject: func(context.Context, []byte) error { return nil }}
	got, err := New(c).Handle(t.Context(), &transport.Entry{ID: []byte("1-0"), Message: []byte(envelope(""))}, consumer.Failure{Err: errors.New("at byte 7")})
	if err != nil || got != consumer.Kept || len(j.calls) != 1 || !strings.HasPrefix(j.calls[0], "keep 1-0: at byte 7; the failure transport failed cannot hold") {
		t.Errorf("outcome %d, %v, calls %q", got, err, j.calls)
	}
	to.err = nil
	if err := c.Parking.Park(t.Context(), []byte("2-0"), transport.Message{}); err != nil {
		t.Errorf("park of the next one: %v", err)
	}
}

func TestElsewhereSendsBeforeItRejects(t *testing.T) {
	synctest.Test(t, sendsBeforeItRejects)
}

func sendsBeforeItRejects(t *testing.T) {
	to, down := &sender{err: errors.New("database is down")}, errors.New("redis is down")
	var rejected int
	var reject error
	p := &Elsewhere{Sender: to, Reject: func(context.Context, []byte) error { rejected++; return reject }}
	if err := p.Park(t.Context(), []byte("1-0"), transport.Message{}); !errors.Is(err, to.err) || rejected != 0 {
		t.Errorf("park = %v, rejected %d times", err, rejected)
	}
	time.Sleep(rest)
	to.err, reject = nil, down
	if err := p.Park(t.Context(), []byte("1-0"), transport.Message{}); !errors.Is(err, down) {
		t.Errorf("park = %v", err)
	}
	reject = nil
	if err := p.Park(t.Context(), []byte("1-0"), transport.Message{}); err != nil || to.sent != 1 {
		t.Errorf("park = %v, sent %d times", err, to.sent)
	}
	if err := p.Park(t.Context(), []byte("1-0"), transport.Message{}); err != nil || to.sent != 2 {
		t.Errorf("another entry of that id: %v, sent %d times", err, to.sent)
	}
}

// TestElsewhereSendsEachEntryOnce has several entries that cannot be rejected, and come in turn.
func TestElsewhereSendsEachEntryOnce(t *testing.T) {
	to, reject := &sender{}, errors.New("redis is down")
	p := &Elsewhere{Sender: to, Reject: func(context.Context, []byte) error { return reject }}
	park := func() {
		for _, id := range []string{"1-0", "2-0"} {
			if err := p.Park(t.Context(), []byte(id), transport.Message{}); !errors.Is(err, reject) {
				t.Errorf("park of %s = %v", id, err)
			}
		}
	}
	park()
	park()
	reject = nil
	park()
	if to.sent != 2 {
		t.Errorf("sent %d times", to.sent)
	}
}
