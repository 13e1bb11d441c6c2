package messenger_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"envelog/decoder/messenger"
	"envelog/decoder/phpserialize"
)

// bodyOf returns the body in a stored field or member, phpredis' serializer being PHP; nil when nothing is stored.
func bodyOf(t *testing.T, stored []byte) []byte {
	t.Helper()
	if len(stored) == 0 {
		return nil
	}
	if stored[0] == 's' {
		stored = parse(t, string(stored)).Root().Text()
	}
	var frame struct{ Body string }
	if err := json.Unmarshal(stored, &frame); err != nil {
		t.Fatalf("%.80q: %v", stored, err)
	}
	return []byte(frame.Body)
}

// checkBody decodes body down to the envelope, and encodes it again.
func checkBody(t *testing.T, name string, body []byte) {
	t.Helper()
	wire, err := messenger.AppendDecoded(nil, body)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	tree := parse(t, string(wire))
	if _, err := messenger.Open(tree.Root()); err != nil {
		t.Logf("%s: %v", name, err)
		return
	}
	var e phpserialize.Encoder
	again, err := e.Append(nil, tree)
	if err != nil || !bytes.Equal(again, wire) {
		t.Errorf("%s: encoded to %q, %v, want %q", name, again, err, wire)
	}
	if got := messenger.AppendBody(nil, again); !bytes.Equal(got, body) {
		t.Errorf("%s: body is %q, want %q", name, got, body)
	}
}
