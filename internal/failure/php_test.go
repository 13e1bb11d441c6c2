//go:build integration || compat

package failure_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"envelog/consumer"
	"envelog/decoder/messenger"
	"envelog/internal/failure"
	"envelog/internal/phptest"
	"envelog/internal/redistest"
	"envelog/internal/retry"
	"envelog/internal/transport/doctrine"
	"envelog/internal/transport/redis"
	"envelog/transport"
)

// told is what PHP says of a message that it handles (testdata/peer.php).
type told struct {
	Class      string
	Same       bool // the message is what it was when it was sent
	Retries    int
	Stamps     int // of the class RedeliveryStamp
	Error      string
	ErrorClass string
	Receiver   string
	Bus        string
	Body       string
}

// php runs testdata/peer.php, and returns what it printed.
func php(t *testing.T, args ...string) string {
	t.Helper()
	return string(phptest.Run(t, "", append([]string{"testdata/peer.php"}, args...)...))
}

// handled has PHP handle one message, and returns what it says of it.
func handled(t *testing.T, dsn string) (said told) {
	t.Helper()
	line := php(t, "handle", dsn, "", "1")
	if err := json.Unmarshal([]byte(line), &said); err != nil {
		t.Fatalf("PHP says %q: %v", line, err)
	}
	return said
}

// side is envelog's side of a stream that PHP works on, too.
type side struct {
	t        *testing.T
	server   *redistest.Server
	receiver *redis.Receiver
	config   redis.Config
}

func newSide(t *testing.T) side {
	t.Helper()
	server := redistest.Start(t)
	s := side{t: t, server: server}
	s.config = parse(t, s.dsn("messages"))
	s.config.Consumer = "envelog"
	s.receiver = redis.NewReceiver(s.config, redis.Options{})
	if err := s.receiver.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.receiver.Close() })
	return s
}

func parse(t *testing.T, dsn string) redis.Config {
	t.Helper()
	config, err := redis.ParseDSN(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

func (s side) dsn(stream string) string {
	return fmt.Sprintf("redis://%s/%s/symfony/php?delete_after_ack=true", s.server.Addr, stream)
}

type origin struct {
	redis.Config
	*redis.Receiver
}

type nearby struct {
	*redis.Receiver
	to redis.Config
}

func (n nearby) Park(ctx context.Context, id []byte, m transport.Message) error {
	return n.Receiver.Park(ctx, id, m, n.to)
}

// fails lets one entry of the stream fail.
func (s side) fails(retries int, parking failure.Parking, f consumer.Failure) (consumer.Outcome, *transport.Entry) {
	s.t.Helper()
	h := failure.New(failure.Config{
		Transport: "async", Target: "failed", Parking: parking, Origin: origin{s.config, s.receiver},
		Strategy: retry.Strategy{MaxRetries: retries, Delay: 20 * time.Millisecond, Multiplier: 1},
	})
	batch, err := s.receiver.Receive(s.t.Context(), 1, 5*time.Minute)
	if err != nil || len(batch.Entries) != 1 {
		s.t.Fatalf("received %d entries, %v", len(batch.Entries), err)
	}
	outcome, err := h.Handle(s.t.Context(), &batch.Entries[0], f)
	if err != nil {
		s.t.Fatal(err)
	}
	return outcome, &batch.Entries[0]
}

func unwritable() consumer.Failure {
	return consumer.Failure{Err: errors.New("log file \"x\": permission denied"), Passing: true}
}

// nothingLeft checks that no entry is pending or on the stream.
func (s side) nothingLeft(stream string) {
	s.t.Helper()
	if n := s.server.Do("XLEN", stream); n != int64(0) {
		s.t.Errorf("%v entries are left on %s", n, stream)
	}
}

// TestPHPAndEnvelogRetryInTurn has a message that shares objects and references fail ten times, now here, now there.
func TestPHPAndEnvelogRetryInTurn(t *testing.T) {
	s := newSide(t)
	php(t, "send", s.dsn("messages"))
	for range 5 {
		if outcome, _ := s.fails(20, nil, unwritable()); outcome != consumer.Retried {
			t.Fatalf("outcome = %d", outcome)
		}
		php(t, "fail", s.dsn("messages"), "", "1")
	}
	got := handled(t, s.dsn("messages"))
	want := told{Class: `App\Message\Order`, Same: true, Retries: 10, Stamps: 10, Error: "No such customer.", ErrorClass: "RuntimeException", Bus: "messenger.bus.default"}
	if got != want {
		t.Errorf("PHP says %+v, want %+v", got, want)
	}
	s.nothingLeft("messages")
}

// TestHistoryIsLimitedAsByPHP has one message retried by PHP alone, and one in turn, so often that stamps are dropped.
func TestHistoryIsLimitedAsByPHP(t *testing.T) {
	s := newSide(t)
	php(t, "send", s.dsn("messages"))
	php(t, "fail", s.dsn("messages"), "", "14")
	want := handled(t, s.dsn("messages"))
	php(t, "send", s.dsn("messages"))
	for range 7 {
		php(t, "fail", s.dsn("messages"), "", "1")
		s.fails(20, nil, consumer.Failure{Err: errors.New("No such customer."), Passing: true})
	}
	got := handled(t, s.dsn("messages"))
	if want.ErrorClass = got.ErrorClass; got != want || got.Retries != 14 || !got.Same {
		t.Errorf("after retries in turn PHP says %+v, after its own %+v", got, want)
	}
}

// TestPHPHandlesWhatEnvelogParks has one that is new, and one that was retried, on a failure transport of Redis.
func TestPHPHandlesWhatEnvelogParks(t *testing.T) {
	s := newSide(t)
	for range 2 {
		php(t, "send", s.dsn("messages"))
	}
	if outcome, _ := s.fails(1, nearby{s.receiver, parse(t, s.dsn("failed"))}, unwritable()); outcome != consumer.Retried {
		t.Fatalf("outcome = %d", outcome)
	}
	for range 2 { // the second one is new, the first one was retried once
		outcome, _ := s.fails(0, nearby{s.receiver, parse(t, s.dsn("failed"))}, unwritable())
		if outcome != consumer.Parked {
			t.Fatalf("outcome = %d", outcome)
		}
	}
	for range 2 {
		got := handled(t, s.dsn("failed"))
		want := told{Class: `App\Message\Order`, Same: true, Error: unwritable().Err.Error(), ErrorClass: "UnexpectedValueException", Receiver: "async", Bus: "messenger.bus.default"}
		if want.Stamps = got.Stamps; got != want {
			t.Errorf("PHP says %+v, want %+v", got, want)
		}
	}
	s.nothingLeft("messages")
	s.nothingLeft("failed")
}

// TestPHPReadsWhatCannotBeDecoded has entries that hold no envelope, of which nothing is lost.
func TestPHPReadsWhatCannotBeDecoded(t *testing.T) {
	for _, test := range []struct{ name, field, body string }{
		{"not JSON", "poison \xff", "poison \xff"},
		{"JSON without a body", `{"a":1}`, `{"a":1}`},
		{"cut off", `{"body":"O:36:\"Symfony","headers":[]}`, `O:36:"Symfony`},
		{"another value", `{"body":"a:0:{}","headers":[]}`, `a:0:{}`},
		{"empty", ``, ``},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newSide(t)
			s.server.Do("XADD", "messages", "*", "message", test.field)
			outcome, _ := s.fails(3, nearby{s.receiver, parse(t, s.dsn("failed"))}, consumer.Failure{Err: errors.New("decode frame at byte 0: corrupt")})
			if outcome != consumer.Parked {
				t.Fatalf("outcome = %d", outcome)
			}
			got := handled(t, s.dsn("failed"))
			want := told{
				Class: messenger.DecodingFailed, Stamps: 1, Error: "decode frame at byte 0: corrupt", ErrorClass: messenger.DecodingFailed, Receiver: "async",
				Body: base64.StdEncoding.EncodeToString([]byte(test.body)),
			}
			if got != want {
				t.Errorf("PHP says %+v, want %+v", got, want)
			}
		})
	}
}

// TestPHPShowsAndRetriesWhatEnvelogParks has Symfony's own commands work on a failure transport of Doctrine.
func TestPHPShowsAndRetriesWhatEnvelogParks(t *testing.T) {
	s, file := newSide(t), filepath.Join(t.TempDir(), "failed.db")
	php(t, "table", file)
	php(t, "send", s.dsn("messages"))
	config, err := doctrine.ParseDSN("doctrine://default?queue_name=failed&auto_setup=false", map[string]string{"default": "sqlite:///" + file})
	if err != nil {
		t.Fatal(err)
	}
	table, err := doctrine.Open(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { table.Close() })
	before := today()
	outcome, _ := s.fails(0, &failure.Elsewhere{Sender: table, Reject: s.receiver.Reject}, unwritable())
	after := today() // which is another day around midnight
	if outcome != consumer.Parked {
		t.Fatalf("outcome = %d", outcome)
	}
	s.nothingLeft("messages")
	var id string
	for m, err := range table.All(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		id = m.ID
	}
	shown := php(t, "show", file, id)
	for _, want := range []string{`App\Message\Order`, "UnexpectedValueException", "permission denied", "async"} {
		if !strings.Contains(shown, want) {
			t.Errorf("messenger:failed:show does not say %q:\n%s", want, shown)
		}
	}
	if !strings.Contains(shown, before) && !strings.Contains(shown, after) {
		t.Errorf("messenger:failed:show does not say %s:\n%s", before, shown)
	}
	if retried := php(t, "retry", file, id); !strings.Contains(retried, `"same":true`) {
		t.Errorf("messenger:failed:retry does not handle it:\n%s", retried)
	}
	if n, err := table.Count(t.Context()); err != nil || n.Waiting+n.Pending+n.Delayed != 0 {
		t.Errorf("count = %+v, %v", n, err)
	}
}

func today() string { return time.Now().UTC().Format(time.DateOnly) }

// TestPHPClaimsWhatEnvelogLeaves gives a message back, which PHP handles at once.
func TestPHPClaimsWhatEnvelogLeaves(t *testing.T) {
	s := newSide(t)
	php(t, "send", s.dsn("messages"))
	batch, err := s.receiver.Receive(t.Context(), 1, 5*time.Minute)
	if err != nil || len(batch.Entries) != 1 {
		t.Fatalf("received %d entries, %v", len(batch.Entries), err)
	}
	if err := s.receiver.GiveBack(t.Context(), batch.Entries[0].ID); err != nil {
		t.Fatal(err)
	}
	if got := handled(t, s.dsn("messages")); !got.Same || got.Retries != 0 {
		t.Errorf("PHP says %+v", got)
	}
	s.nothingLeft("messages")
}

// TestStrategyIsThatOfPHP compares what does not depend on chance: delays without jitter, and what is refused.
func TestStrategyIsThatOfPHP(t *testing.T) {
	const ms = time.Millisecond
	for _, test := range []struct {
		name     string
		strategy retry.Strategy
	}{
		{"default, without jitter", retry.Strategy{MaxRetries: 3, Delay: 1000 * ms, Multiplier: 2}},
		{"always the same", retry.Strategy{Delay: 1500 * ms, Multiplier: 1}},
		{"fractions", retry.Strategy{Delay: 7 * ms, Multiplier: 1.37}},
		{"at once", retry.Strategy{Multiplier: 3}},
		{"limited", retry.Strategy{Delay: 1000 * ms, Multiplier: 3, MaxDelay: 10_000 * ms}},
		{"delay", retry.Strategy{Delay: -1 * ms, Multiplier: 1}},
		{"multiplier", retry.Strategy{Multiplier: 0.5}},
		{"max delay", retry.Strategy{Multiplier: 1, MaxDelay: -1 * ms}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := test.strategy
			arguments, err := json.Marshal([]any{s.MaxRetries, s.Delay.Milliseconds(), s.Multiplier, s.MaxDelay.Milliseconds(), 0})
			if err != nil {
				t.Fatal(err)
			}
			type said struct {
				Error string
				Waits []int64
			}
			var want, got said
			if err := json.Unmarshal([]byte(php(t, "strategy", string(arguments))), &want); err != nil {
				t.Fatal(err)
			}
			if err := s.Validate(); err != nil {
				got.Error = err.Error()
			} else {
				for retries := range 6 {
					got.Waits = append(got.Waits, s.Waiting(retries).Milliseconds())
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("it says %v, PHP says %v", got, want)
			}
		})
	}
}
