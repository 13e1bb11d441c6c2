package worker

import (
	"log/slog"
	"strings"
	"testing"
	"unicode/utf8"

	"envelog/decoder"
	"envelog/decoder/phpredis"
	"envelog/internal/config"
	"envelog/transport"
)

// TestFailedMessagesAreClipped describes messages whose class, or whose error, is longer than a page wants it.
func TestFailedMessagesAreClipped(t *testing.T) {
	w := &Worker{}
	w.Lines = config.Lines{Format: config.DefaultFormat, Limits: decoder.Limits{}}
	pipeline, err := NewPipeline(w.Lines, phpredis.None, config.Messages{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("\xff", 1<<20)
	for _, m := range []transport.Stored{
		{ID: "1-0", Message: transport.Message{Body: []byte(`{}`), Headers: []transport.Header{{Name: "type", Value: `App\` + strings.Repeat("A", 1<<20)}}}},
		{ID: long, Message: transport.Message{Body: []byte(long)}},
	} {
		f := failedList{Worker: w}.describe("failed", m, pipeline)
		for what, text := range map[string]string{"id": f.ID, "class": f.Class, "error": f.Error, "record": f.Record} {
			if len(text) > 10<<10 || !utf8.ValidString(text) {
				t.Errorf("the %s has %d bytes", what, len(text))
			}
		}
	}
}
