package consumer

import (
	"context"
	"errors"
	"fmt"

	"envelog/internal/transport"
)

// The sentences below are those of Symfony's Worker, its listeners and HandleMessageMiddleware, with the placeholders
// filled in, where Symfony has one for the event.

func (r *run) sayReceived(class string, e *transport.Entry) {
	r.Log.Info("Received message "+class, "class", class, "message_id", string(e.ID))
}

func (w *writer) sayAcknowledged(saved []staged) {
	if !w.narrate {
		return
	}
	for _, s := range saved {
		w.Log.Info(s.class+" was handled successfully (acknowledging to transport).",
			"class", s.class, "message_id", string(s.entry.ID))
	}
}

// sayNotSettled speaks once until a failed entry can be brought somewhere again.
func (w *writer) sayNotSettled(e *transport.Entry, err error) {
	if w.mute {
		return
	}
	w.mute = true
	w.Log.Error(fmt.Sprintf("Failed messages can be brought nowhere, they stay pending: %v", err),
		"message_id", string(e.ID))
}

func (w *writer) saySinkFails(err error) {
	w.Log.Warn(fmt.Sprintf("Writing failed, reading pauses until it works: %v", err),
		"entries", len(w.staged))
}

func (w *writer) sayHeld(f *fetcher, n int) {
	w.Log.Warn("Another process has entries in flight that were claimed from it; they stay pending here.",
		"transport", f.Name, "entries", n)
}

func (w *writer) saySinkWorks() { w.Log.Info("Writing works again.") }

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
