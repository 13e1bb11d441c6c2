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
	"envelog/transport"
)

// Voice says what becomes of failures, with Symfony's sentences where it has one (SendFailedMessageForRetryListener,
// SendFailedMessageToFailureTransportListener). The zero Voice says nothing.
type Voice struct {
	Log       *slog.Logger
	Transport string
	Summary   *Summary // holds back lines that would be many; nil: none
	Again     Again
}

// Again are the commands that bring messages back when the cause is mended.
type Again struct {
	Parked string // all that was sent to the failure transport
	Kept   string // all that is kept raw
	// KeptAs is for one that is kept raw, by its name.
	KeptAs func(name string) string
}

func (v Voice) say(level slog.Level, text, class string, id []byte, args ...any) {
	if v.Log == nil {
		return
	}
	v.Log.Log(context.Background(), level, text, append(args, "class", class, "message_id", string(id), "transport", v.Transport)...)
}

// saying is why a message failed, and what becomes of it.
type saying struct {
	level     slog.Level
	class     string
	id        string
	transport string
	cause     string
	kind      string // of what becomes of it, one word
	step      string // Symfony's sentence about that, of each message: "Removing from transport."
	all       string // the last sentence about several of them; may be empty
}

// failed says of one message why it failed, what becomes of it, and where it is now, all in one line; or nothing, when
// the Summary counts it.
func (v Voice) failed(a *attempt, level slog.Level, kind, all, text string, args ...any) {
	class := named(a.class)
	what := saying{
		level: level, class: a.class, id: string(a.id), transport: v.Transport, cause: a.cause.Error(), kind: kind, step: steps[kind], all: all,
	}
	if v.Log == nil || v.Summary.holds(what) {
		return
	}
	v.say(level, "Error thrown while handling message "+class+". "+text, a.class, a.id, args...)
}

// The kinds of what becomes of a message, and what the sum of several says of each.
const (
	kindRetried = "retried"
	kindRemoved = "removed"
	kindStays   = "stays"
)

var steps = map[string]string{
	kindRetried: "Sending for retry.", kindRemoved: "Removing from transport.", kindStays: "They stay on the failure transport.",
}

func (v Voice) retrying(a *attempt, retry int, delay time.Duration) {
	v.failed(a, slog.LevelWarn, kindRetried, "", fmt.Sprintf("Sending for retry #%d using %d ms delay. Error: %q",
		retry, delay.Milliseconds(), a.cause.Error()), "retryCount", retry, "delay", delay.Milliseconds())
}

// removed says what failed for good, and, in the same line, where it is now.
func (v Voice) removed(a *attempt, all, where string, args ...any) {
	v.failed(a, loglevel.Critical, kindRemoved, all, fmt.Sprintf("Removing from transport after %d retries. Error: %q. %s",
		a.retries(), a.cause.Error(), where), append(args, "retryCount", a.retries())...)
}

// parked has Symfony's sentence about it, too.
func (v Voice) parked(a *attempt, target string) {
	v.say(slog.LevelInfo, fmt.Sprintf("Rejected message %s will be sent to the failure transport %s.", named(a.class), target), a.class, a.id)
	where := fmt.Sprintf("Sent to the failure transport %s.", target)
	v.removed(a, where+" When the cause is mended: "+v.Again.Parked, where, "failure_transport", target)
}

func (v Voice) kept(a *attempt, path string) {
	if a.cut {
		const cure = "which no retry can bring back; for those to come, raise max-message-bytes"
		v.removed(a, fmt.Sprintf("Only their beginnings are kept in %s, %s", filepath.Dir(path), cure),
			fmt.Sprintf("Only its beginning is kept in %s, %s", path, cure), "kept_in", path)
		return
	}
	name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	v.removed(a, fmt.Sprintf("Kept in %s; when the cause is mended: %s", filepath.Dir(path), v.Again.Kept),
		fmt.Sprintf("Kept in %s; when the cause is mended: %s", path, v.Again.KeptAs(name)), "kept_in", path)
}

func (v Voice) staying(a *attempt) {
	v.failed(a, loglevel.Critical, kindStays, "", fmt.Sprintf("It stays on the failure transport %s after %d retries. Error: %q",
		v.Transport, a.retries(), a.cause.Error()), "retryCount", a.retries())
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
