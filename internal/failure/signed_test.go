package failure

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"envelog/consumer"
	"envelog/decoder"
	"envelog/decoder/messenger"
	"envelog/decoder/phpserialize"
	"envelog/transport"
)

// signedOrigin hands out a message that is signed.
type signedOrigin struct {
	*journal
	message transport.Message
}

func (o signedOrigin) Message(*transport.Entry) transport.Message { return o.message }

func newSigner(t *testing.T, secret string) *messenger.Signer {
	t.Helper()
	s, err := messenger.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSignedMessages lets a signed message fail in each way, with its secret, with another one, and without any.
func TestSignedMessages(t *testing.T) {
	signed := newSigner(t, "s3cret").Sign(transport.Message{Body: []byte(envelope(""))})
	unwritten := consumer.Failure{Err: errors.New("permission denied"), Passing: true}
	refused := consumer.Failure{Err: decoder.ErrSignature}
	for _, test := range []struct {
		name, secret string
		failure      consumer.Failure
		want         consumer.Outcome
		unchanged    bool // it is sent as it was
		wrapped      bool // it is sent inside of another message, which is not signed
	}{
		{"retried", "s3cret", unwritten, consumer.Retried, false, false},
		{"parked", "s3cret", consumer.Failure{Err: errors.New("x")}, consumer.Parked, false, false},
		{"wrong signature", "other", refused, consumer.Parked, false, true},
		{"secret is not known", "", consumer.Failure{Err: errors.New("x")}, consumer.Parked, true, false},
		{"secret is not known, its file cannot be written", "", unwritten, consumer.Parked, true, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			j := &journal{}
			c := testConfig(j, &strings.Builder{})
			c.Origin = signedOrigin{j, signed}
			if test.secret != "" {
				c.Signer = newSigner(t, test.secret)
			}
			got, err := New(c).Handle(t.Context(), &transport.Entry{ID: []byte("1-0")}, test.failure)
			if err != nil || got != test.want {
				t.Fatalf("outcome %d, %v", got, err)
			}
			if diff := cmp.Diff(signed, j.sent); (diff == "") != test.unchanged {
				t.Errorf("what is sent (-as it was +got):\n%s", diff)
			}
			if err := newSigner(t, "s3cret").Verify(j.sent); (err != nil) != test.wrapped {
				t.Errorf("its signature: %v", err)
			}
			opened, err := messenger.OpenMessage(j.sent, phpserialize.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if inner, ok := opened.Wrapped(); ok != test.wrapped || ok && !cmp.Equal(inner, signed) {
				t.Errorf("wrapped: %t, %v", ok, inner)
			}
			if why, ok := opened.Failure(); ok == test.unchanged || test.wrapped && !strings.Contains(why.Message, "invalid signature") {
				t.Errorf("it says %+v", why)
			}
		})
	}
}
