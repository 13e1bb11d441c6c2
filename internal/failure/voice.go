package failure

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"envelog/consumer"
	"envelog/internal/loglevel"
	"envelog/internal/transport"
)

// Voice says what becomes of failures, with Symfony's sentences where it has one (SendFailedMessageForRetryListener,
// SendFailedMessageToFailureTransportListener). The zero Voice says nothing.
type Voice struct {
	Log       *slog.Logger
	Transport string
}

func (v Voice) say(level slog.Level, text, class string, id []byte, args ...any) {
	if v.Log == nil {
		return
	}
	v.Log.Log(context.Background(), level, text, append(args, "class", class, "message_id", string(id), "transport", v.Transport)...)
}

func (v Voice) retrying(a *attempt, retry int, delay time.Duration) {
	v.say(slog.LevelWarn, fmt.Sprintf("Error thrown while handling message %s. Sending for retry #%d using %d ms delay. Error: %q",
		named(a.class), retry, delay.Milliseconds(), a.cause.Error()), a.class, a.id, "retryCount", retry, "delay", delay.Milliseconds())
}

// removed says what failed for good, and, in the same line, where it is now.
func (v Voice) removed(a *attempt, where string, args ...any) {
	v.say(loglevel.Critical, fmt.Sprintf("Error thrown while handling message %s. Removing from transport after %d retries. Error: %q. %s",
		named(a.class), a.retries(), a.cause.Error(), where), a.class, a.id, append(args, "retryCount", a.retries())...)
}

// parked has Symfony's sentence about it, too.
func (v Voice) parked(a *attempt, target string) {
	v.say(slog.LevelInfo, fmt.Sprintf("Rejected message %s will be sent to the failure transport %s.", named(a.class), target), a.class, a.id)
	v.removed(a, fmt.Sprintf("Sent to the failure transport %s.", target), "failure_transport", target)
}

func (v Voice) kept(a *attempt, path string) {
	name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	v.removed(a, fmt.Sprintf("Kept in %s; when the cause is mended: envelog rejected:retry %s", path, name), "kept_in", path)
}

func (v Voice) staying(a *attempt) {
	v.say(loglevel.Critical, fmt.Sprintf("Error thrown while handling message %s. It stays on the failure transport %s after %d retries. Error: %q",
		named(a.class), v.Transport, a.retries(), a.cause.Error()), a.class, a.id, "retryCount", a.retries())
}

// retries is how often the message was retried.
func (a *attempt) retries() int {
	if a.opened == nil {
		return 0
	}
	return a.opened.Retries()
}

func (v Voice) leaving(e *transport.Entry, f consumer.Failure) {
	v.say(slog.LevelInfo, fmt.Sprintf("Message %s is left to other workers.", named(f.Class)), f.Class, e.ID)
}

// leavingByDefault says it once, since a mistake in configuration makes many of them.
func (v Voice) leavingByDefault(e *transport.Entry, f consumer.Failure) {
	v.say(slog.LevelWarn, fmt.Sprintf("Message %s is no log record that envelog can read, and nothing says which classes of this "+
		"transport are log records: it is left pending for PHP workers of the group, and so are others like it. "+
		"If this transport is for log records alone, name their class with the setting class; otherwise set unknown to fail, leave or ignore. Error: %q",
		named(f.Class), f.Err.Error()), f.Class, e.ID)
}

func (v Voice) ignoring(e *transport.Entry, f consumer.Failure) {
	v.say(loglevel.Notice, fmt.Sprintf("Message %s is ignored (acknowledging to transport).", named(f.Class)), f.Class, e.ID)
}

// named returns the class, or words in its place.
func named(class string) string {
	if class == "" {
		return "of unknown class"
	}
	return class
}
