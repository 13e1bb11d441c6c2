package consumer

import (
	"context"
	"errors"
	"log/slog"

	"envelog/internal/outage"
	"envelog/transport"
)

// The sentences below are those of Symfony's Worker, its listeners and HandleMessageMiddleware, with the placeholders
// filled in, where Symfony has one for the event.

func (r *run) sayReceived(class string, e *transport.Entry) {
	r.Log.Info("Received message "+class, "class", class, "message_id", string(e.ID))
}

func (w *writer) sayAcknowledged(saved []staged) {
	for _, s := range saved {
		class := s.outcome().class
		if class == "" {
			continue
		}
		w.Log.Info(class+" was handled successfully (acknowledging to transport).",
			"class", class, "message_id", string(s.entry().ID))
	}
}

// watchFiles says that lines cannot be written, and that they can be again.
func (c *Config) watchFiles() *outage.Part {
	return outage.New(c.Log, slog.LevelWarn, outage.Words{
		Begins: "Writing failed; reading pauses until it works, and nothing is lost.",
		Lasts:  "Writing still fails",
		Over:   "Writing works again",
	}).Part()
}

// watchFailures says that messages of a transport that failed cannot be brought to where they belong.
func (c *Config) watchFailures(transport string) *outage.Part {
	return outage.New(c.Log, slog.LevelError, outage.Words{
		Begins: "Cannot retry, park or keep messages that failed; they stay pending, and are tried again.",
		Lasts:  "Messages that failed still stay pending",
		Over:   "Messages that failed can be retried, parked or kept again",
	}, "transport", transport).Part()
}

func (w *writer) sayHeld(f *fetcher, n int) {
	w.Log.Warn("Another process has entries in flight that were claimed from it; they stay pending here.",
		"transport", f.Name, "entries", n)
}

// sayStopping speaks of a wanted stop, and of the limit that wanted it; an error is for the caller of Run to say.
func (r *run) sayStopping() {
	if r.failure() != nil {
		return
	}
	r.Log.Info("Stopping worker.", "transport_names", r.names())
	if limit, ok := errors.AsType[limitError](context.Cause(r.reading)); ok {
		r.Log.Info(limit.Error())
	}
}

func (r *run) names() []string {
	names := make([]string, len(r.Sources))
	for i, s := range r.Sources {
		names[i] = s.Name
	}
	return names
}
