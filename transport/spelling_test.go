package transport_test

import (
	"testing"

	"envelog/transport"
)

func TestMessagesAreSpelledAsEntries(t *testing.T) {
	for _, tc := range []struct {
		name                 string
		message              transport.Message
		frame, body, headers string
	}{
		{"of PhpSerializer", transport.Message{Body: []byte(`O:1:\"A\"`)}, `{"body":"O:1:\\\"A\\\"","headers":[]}`, `O:1:\"A\"`, "[]"},
		{"of the other serializer, headers in their order", transport.Message{
			Body: []byte("{}"), Headers: []transport.Header{{Name: "type", Value: `App\Log`}, {Name: "a", Value: `"`}},
		}, `{"body":"{}","headers":{"type":"App\\Log","a":"\""}}`, "{}", `{"type":"App\\Log","a":"\""}`},
		{"without a body", transport.Message{}, `{"body":"","headers":[]}`, "", "[]"},
		{"no text", transport.Message{Body: []byte("\xff\x00")}, "\xff\x00", "\xff\x00", "[]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := string(tc.message.Frame()); got != tc.frame {
				t.Errorf("frame %q, want %q", got, tc.frame)
			}
			e := transport.Stored{ID: "1-0", Message: tc.message}.Entry()
			if e.Body == nil || string(e.Body) != tc.body || string(e.Headers) != tc.headers || string(e.ID) != "1-0" || e.Message != nil {
				t.Errorf("entry %+v", e)
			}
		})
	}
}
