package messenger_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"envelog/decoder/messenger"
	"envelog/decoder/phpserialize"
	"envelog/fixtures"
	"envelog/internal/serialized"
	"envelog/phpvalue"
	"envelog/transport"
)

func openMessage(t testing.TB, m transport.Message) *messenger.Opened {
	t.Helper()
	o, err := messenger.OpenMessage(m, phpserialize.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// recorded returns the stages of the message that failed in the worker of a suite.
func recorded(t *testing.T, suite string) map[string]*messenger.Opened {
	t.Helper()
	cases, err := fixtures.Load(suite)
	if err != nil {
		t.Fatal(err)
	}
	stages := map[string]*messenger.Opened{}
	for _, c := range cases {
		if c.Group != "worker" {
			continue
		}
		stages[c.Name+".field"] = openMessage(t, transport.Message{Body: bodyOf(t, c.Field)})
		if c.Member != nil {
			stages[c.Name+".member"] = openMessage(t, transport.Message{Body: bodyOf(t, c.Member)})
		}
	}
	return stages
}

func lastStamp(o *messenger.Opened, class string) (last phpvalue.Value) {
	e, _ := o.Envelope()
	for it := e.Stamps(class).Children(); it.Next(); {
		last = it.Value().Resolve()
	}
	return last
}

// attemptOf returns what a worker was told when it wrote o.
func attemptOf(o *messenger.Opened, v messenger.Version) (a messenger.Attempt, delay time.Duration) {
	a = messenger.Attempt{Version: v, At: o.FailedAt()}
	a.Failure, _ = o.Failure()
	if id := lastStamp(o, messenger.TransportMessageIDStamp).Property("id"); id.Exists() {
		a.ID = string(id.Text())
	}
	return a, time.Duration(lastStamp(o, messenger.DelayStamp).Property("delay").Int()) * time.Millisecond
}

func versions() map[string]messenger.Version {
	return map[string]messenger.Version{
		"bookworm": messenger.Symfony54, "trixie": messenger.Symfony64, "forky": messenger.Symfony74,
	}
}

// The second failure and the last one add the stamps that Symfony's worker added, byte for byte.
func TestRetryAndParkAsRecorded(t *testing.T) {
	for suite, v := range versions() {
		t.Run(suite, func(t *testing.T) {
			stages := recorded(t, suite)
			want := stages["worker-retry-2.member"]
			a, delay := attemptOf(want, v)
			got, err := stages["worker-retry-2.field"].Retry(a, delay)
			compareBodies(t, "retry", got, err, want)

			want = stages["worker-failed.field"]
			a, _ = attemptOf(want, v)
			got, err = stages["worker-retry-2.member"].Park(a, want.Receiver())
			compareBodies(t, "park", got, err, want)
		})
	}
}

func compareBodies(t *testing.T, what string, got transport.Message, err error, want *messenger.Opened) {
	t.Helper()
	if err != nil || !bytes.Equal(got.Body, want.Message().Body) {
		t.Errorf("%s, %v:\n got %s\nwant %s", what, err, got.Body, want.Message().Body)
	}
}

// The first failure adds the same stamps in the same order; only the flattened exception is one of our own.
func TestFirstRetryAsRecorded(t *testing.T) {
	for suite, v := range versions() {
		t.Run(suite, func(t *testing.T) {
			stages := recorded(t, suite)
			want := stages["worker-retry-1.member"]
			a, delay := attemptOf(want, v)
			m, err := stages["worker-retry-1.field"].Retry(a, delay)
			if err != nil {
				t.Fatal(err)
			}
			got := openMessage(t, m)
			gotNames, gotCounts := got.StampClasses()
			wantNames, wantCounts := want.StampClasses()
			if !slices.Equal(gotNames, wantNames) || !slices.Equal(gotCounts, wantCounts) {
				t.Errorf("stamps are %v %v, want %v %v", gotNames, gotCounts, wantNames, wantCounts)
			}
			gotFailure, _ := got.Failure()
			if wantFailure, _ := want.Failure(); gotFailure != wantFailure {
				t.Errorf("failure is %+v, want %+v", gotFailure, wantFailure)
			}
			if got.Retries() != 1 || !got.FailedAt().Equal(want.FailedAt()) {
				t.Errorf("retry %d at %v, want 1 at %v", got.Retries(), got.FailedAt(), want.FailedAt())
			}
			for _, name := range wantNames {
				if name != messenger.ErrorDetailsStamp && propertiesOf(lastStamp(got, name)) != propertiesOf(lastStamp(want, name)) {
					t.Errorf("%s has %q, want %q", name, propertiesOf(lastStamp(got, name)), propertiesOf(lastStamp(want, name)))
				}
			}
			flat := "flattenException"
			if g, w := lastStamp(got, messenger.ErrorDetailsStamp).Property(flat), lastStamp(want, messenger.ErrorDetailsStamp).Property(flat); propertiesOf(g) != propertiesOf(w) {
				t.Errorf("%s has %q, want %q", flat, propertiesOf(g), propertiesOf(w))
			}
		})
	}
}

func propertiesOf(v phpvalue.Value) string {
	var names []string
	for it := v.Children(); it.Next(); {
		names = append(names, string(it.Value().TextKey()))
	}
	return fmt.Sprintf("%s %q", v.Text(), names)
}

func TestVersionShown(t *testing.T) {
	for suite, v := range versions() {
		stages := recorded(t, suite)
		for name, o := range stages {
			want := v
			if name == "worker-retry-1.field" {
				want = messenger.AnyVersion
			}
			if got := o.Version(); got != want {
				t.Errorf("%s %s: version %v, want %v", suite, name, got, want)
			}
		}
	}
}

func TestParseVersion(t *testing.T) {
	for _, v := range []messenger.Version{messenger.Symfony54, messenger.Symfony64, messenger.Symfony74, messenger.Symfony81} {
		if got, err := messenger.ParseVersion(v.String()); got != v || err != nil {
			t.Errorf("ParseVersion(%q) = %v, %v", v.String(), got, err)
		}
	}
	for _, s := range []string{"", "any", "5", "8.2"} {
		if _, err := messenger.ParseVersion(s); err == nil {
			t.Errorf("ParseVersion(%q) took it", s)
		}
	}
}

func attempt(v messenger.Version, id string) messenger.Attempt {
	return messenger.Attempt{
		Version: v, ID: id, At: time.Date(2026, 11, 23, 8, 50, 32, 123456000, time.UTC),
		Failure: messenger.Failure{Class: "RuntimeException", Code: 42, Message: "boom", File: "f", Line: 7},
	}
}

// Of each class of stamps the first stays, the newest eight and the new one.
func TestRetryHistory(t *testing.T) {
	for v := messenger.AnyVersion; v <= messenger.Symfony81; v++ {
		t.Run(v.String(), func(t *testing.T) {
			m := transport.Message{Body: messenger.AppendBody(nil, []byte(serialized.Of(open+`a:{}`+message+`O:"M":{s:"a";O:"X":{}s:"b";r:4;}}`)))}
			for n := 1; n <= 13; n++ {
				var err error
				if m, err = openMessage(t, m).Retry(attempt(v, fmt.Sprintf("%d-0", n)), time.Duration(n)*time.Millisecond); err != nil {
					t.Fatal(err)
				}
			}
			o := openMessage(t, m)
			e, _ := o.Envelope()
			var delays []int64
			for it := e.Stamps(messenger.DelayStamp).Children(); it.Next(); {
				delays = append(delays, it.Value().Property("delay").Int())
			}
			if want := []int64{1, 5, 6, 7, 8, 9, 10, 11, 12, 13}; !slices.Equal(delays, want) {
				t.Errorf("delays %v, want %v", delays, want)
			}
			if o.Retries() != 13 || e.Stamps(messenger.ErrorDetailsStamp).Len() != 1 {
				t.Errorf("%d retries, %d error details", o.Retries(), e.Stamps(messenger.ErrorDetailsStamp).Len())
			}
			if a, b := e.Message().Property("a"), e.Message().Property("b"); a.Index() != b.Resolve().Index() {
				t.Error("the shared object is shared no more")
			}
		})
	}
}

func TestAnotherFailureIsAdded(t *testing.T) {
	m := transport.Message{Body: messenger.AppendBody(nil, []byte(serialized.Of(open+`a:{}`+message+`O:1:"M":{}}`)))}
	first, err := openMessage(t, m).Retry(attempt(messenger.Symfony74, ""), 0)
	if err != nil {
		t.Fatal(err)
	}
	other := attempt(messenger.Symfony74, "")
	other.Failure.Line = 8
	second, err := openMessage(t, first).Park(other, "async")
	if err != nil {
		t.Fatal(err)
	}
	o := openMessage(t, second)
	e, _ := o.Envelope()
	if f, _ := o.Failure(); f.Line != 8 || e.Stamps(messenger.ErrorDetailsStamp).Len() != 2 {
		t.Errorf("failure %+v, %d in all", f, e.Stamps(messenger.ErrorDetailsStamp).Len())
	}
	if o.Receiver() != "async" || o.Retries() != 0 || !o.FailedAt().Equal(other.At) {
		t.Errorf("receiver %q, retries %d, at %v", o.Receiver(), o.Retries(), o.FailedAt())
	}
}

func symfonyMessage() transport.Message {
	return transport.Message{
		Body: []byte(`{"n":3,"broken":`),
		Headers: []transport.Header{
			{Name: "type", Value: `App\M`}, {Name: "X-Message-Stamp-" + messenger.BusNameStamp, Value: `[{"busName":"b"}]`},
			{Name: "Content-Type", Value: "application/json"}, {Name: "X-Own", Value: "kept"},
		},
	}
}

func TestSymfonySerializerRetryAndPark(t *testing.T) {
	m := symfonyMessage()
	for n := 1; n <= 12; n++ {
		var err error
		if m, err = openMessage(t, m).Retry(attempt(messenger.Symfony64, fmt.Sprintf("%d-0", n)), time.Duration(n)*time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	m, err := openMessage(t, m).Park(attempt(messenger.Symfony64, "13-0"), "async")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	values := map[string]string{}
	for _, h := range m.Headers {
		name := strings.TrimPrefix(strings.TrimPrefix(h.Name, "X-Message-Stamp-"), `Symfony\Component\Messenger\Stamp\`)
		names, values[name] = append(names, name), h.Value
	}
	want := []string{"type", "BusNameStamp", "ErrorDetailsStamp", "DelayStamp", "RedeliveryStamp", "TransportMessageIdStamp", "SentToFailureTransportStamp", "Content-Type", "X-Own"}
	if !slices.Equal(names, want) {
		t.Errorf("headers %v, want %v", names, want)
	}
	if want := `[{"delay":1},{"delay":4},{"delay":5},{"delay":6},{"delay":7},{"delay":8},{"delay":9},{"delay":10},{"delay":11},{"delay":12},{"delay":0}]`; values["DelayStamp"] != want {
		t.Errorf("delays %s, want %s", values["DelayStamp"], want)
	}
	if values["TransportMessageIdStamp"] != `[{"id":"13-0"}]` || values["BusNameStamp"] != `[{"busName":"b"}]` || string(m.Body) != `{"n":3,"broken":` {
		t.Errorf("message %q %v", m.Body, values)
	}
	var details []struct {
		ExceptionClass   string
		FlattenException struct{ Trace []map[string]any }
	}
	if err := json.Unmarshal([]byte(values["ErrorDetailsStamp"]), &details); err != nil || len(details) != 1 || len(details[0].FlattenException.Trace) != 1 {
		t.Errorf("details %s: %v", values["ErrorDetailsStamp"], err)
	}
	o := openMessage(t, m)
	if f, ok := o.Failure(); !ok || f != attempt(0, "").Failure || o.Retries() != 0 || o.Receiver() != "async" || o.Class() != `App\M` || o.Trace() == "" {
		t.Errorf("opened: %+v, retries %d, receiver %q", f, o.Retries(), o.Receiver())
	}
	if at := o.FailedAt(); !at.Equal(attempt(0, "").At.Truncate(time.Second)) {
		t.Errorf("failed at %v", at)
	}
}

func TestOpenMessageRefuses(t *testing.T) {
	stamps := func(value string) transport.Message {
		m := symfonyMessage()
		m.Headers[1].Value = value
		return m
	}
	tests := []struct {
		name string
		m    transport.Message
		want error
	}{
		{"empty", transport.Message{}, messenger.ErrNoBody},
		{"cut off", transport.Message{Body: []byte(`O:36:\"Symf`)}, nil},
		{"no envelope", transport.Message{Body: []byte(`O:1:\"M\":0:{}`)}, messenger.ErrNotEnvelope},
		{"stamps that are no JSON", stamps("["), nil},
		{"stamps that are no list", stamps(`{"busName":"b"}`), messenger.ErrNotEnvelope},
		{"stamps that are a number", stamps(`5`), messenger.ErrNotEnvelope},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			if _, err := messenger.OpenMessage(c.m, phpserialize.Limits{}); err == nil || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("OpenMessage = %v, want %v", err, c.want)
			}
		})
	}
}

func TestSignedIsNotChanged(t *testing.T) {
	m := symfonyMessage()
	m.Headers = append(m.Headers, transport.Header{Name: messenger.HeaderSignature, Value: "00"})
	if _, err := openMessage(t, m).Retry(attempt(0, ""), 0); !errors.Is(err, messenger.ErrSigned) {
		t.Errorf("Retry = %v", err)
	}
}

func TestWrap(t *testing.T) {
	inner := transport.Message{Body: []byte("broken \xff \x00 \"}"), Headers: []transport.Header{{Name: "a", Value: "b"}}}
	wrapped, err := messenger.Wrap(inner, "it is \"broken\"", phpserialize.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	a := attempt(messenger.Symfony81, "17-0")
	a.Failure.Class = messenger.DecodingFailed
	m, err := wrapped.Park(a, "async")
	if err != nil {
		t.Fatal(err)
	}
	o := openMessage(t, m)
	got, ok := o.Wrapped()
	if !ok || !bytes.Equal(got.Body, inner.Body) || !slices.Equal(got.Headers, inner.Headers) {
		t.Errorf("Wrapped = %q %v, %v", got.Body, got.Headers, ok)
	}
	if f, _ := o.Failure(); f.Class != messenger.DecodingFailed || o.Class() != messenger.DecodingFailed {
		t.Errorf("failure %+v of %s", f, o.Class())
	}
	e, _ := o.Envelope()
	if got := propertiesOf(e.Message()); got != messenger.DecodingFailed+` ["message" "code" "encodedEnvelope"]` {
		t.Errorf("message has %s", got)
	}
	if _, ok := openMessage(t, symfonyMessage()).Wrapped(); ok {
		t.Error("a message that decodes is taken for one that does not")
	}
}
