// Package outage logs the outages of what a worker needs: Redis, a database, the log files, the failure transport.
//
// # Model
//
// A [Watch] watches one such thing, which may have several [Part]s, such as the two connections to one server. The outage
// begins when the first part fails, and is over when no part fails any more. Each of these is logged once, all at one level,
// so that a log with the start of an outage also has its end:
//
//   - it begins, with the error
//   - the error changes, as from "connection refused" to NOAUTH: somebody did something about it, and something else is
//     wrong now
//   - it lasts: every [Again]
//   - it is over, with how long it lasted and what has waited
package outage

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Again is the pause after which an outage that lasts is said again.
const Again = 3 * time.Minute

// mostCauses is how many causes are said of one outage before it is said again: a server that fails in another way each
// time does not fill the log.
const mostCauses = 5

// Words are the sentences about one thing.
type Words struct {
	Begins string // "Redis fails; trying again until it recovers." The error follows it, as an attribute
	Lasts  string // "Redis still fails": how long it does follows it
	Over   string // "Redis has recovered": how long that took follows it
}

// Watch tells a log about the outages of one thing. Its methods may be called by any goroutine.
type Watch struct {
	log   *slog.Logger
	level slog.Level
	words Words
	attrs []any
	cause atomic.Pointer[string] // the error of the outage; nil: there isn't one

	mu      sync.Mutex
	failing int // parts
	since   time.Time
	spoken  time.Time
	tries   int
	said    map[string]bool // the kinds of errors that were said since spoken
}

// New returns a Watch that speaks at that level, with these attributes; all of it works.
func New(log *slog.Logger, level slog.Level, words Words, attrs ...any) *Watch {
	return &Watch{log: log, level: level, words: words, attrs: attrs}
}

// Cause is the latest error of the outage, "" when there isn't one.
func (w *Watch) Cause() string {
	if cause := w.cause.Load(); cause != nil {
		return *cause
	}
	return ""
}

// Part returns a part of the thing, which works.
func (w *Watch) Part() *Part { return &Part{watch: w} }

// Part is a part that fails or works by itself.
type Part struct {
	watch *Watch
	fails atomic.Bool
}

// Failed says that an attempt failed.
func (p *Part) Failed(err error) {
	w, cause := p.watch, err.Error()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cause.Store(&cause)
	if !p.fails.Swap(true) {
		w.failing++
	}
	now := time.Now()
	if w.tries++; w.tries == 1 {
		w.since = now
		w.begin(now, cause)
		w.say(w.words.Begins, "error", cause)
		return
	}
	switch kind := KindOf(cause); {
	case now.Sub(w.spoken) >= Again:
		w.begin(now, cause)
		w.say(fmt.Sprintf("%s after %s.", w.words.Lasts, Lasted(now.Sub(w.since))), "error", cause, "tries", w.tries)
	case !w.said[kind] && len(w.said) < mostCauses:
		w.said[kind] = true
		w.say(fmt.Sprintf("%s after %s, for another reason now.", w.words.Lasts, Lasted(now.Sub(w.since))), "error", cause)
	}
}

// begin forgets what was said before now.
func (w *Watch) begin(now time.Time, cause string) {
	w.spoken, w.said = now, map[string]bool{KindOf(cause): true}
}

// Fails reports whether the last attempt failed.
func (p *Part) Fails() bool { return p.fails.Load() }

// Over says that an attempt succeeded; what has waited meanwhile, as "320 messages waited", is said with it. It costs
// next to nothing when there is no outage.
func (p *Part) Over(waited ...string) {
	if !p.fails.Load() {
		return
	}
	w := p.watch
	w.mu.Lock()
	defer w.mu.Unlock()
	if p.fails.Swap(false) {
		w.failing--
	}
	if w.failing > 0 || w.tries == 0 {
		return
	}
	text := fmt.Sprintf("%s after %s", w.words.Over, Lasted(time.Since(w.since)))
	w.say(strings.Join(append([]string{text}, waited...), ", ")+".", "tries", w.tries)
	w.tries = 0
	w.cause.Store(nil)
}

func (w *Watch) say(text string, args ...any) {
	w.log.Log(context.Background(), w.level, text, append(w.attrs[:len(w.attrs):len(w.attrs)], args...)...)
}

// KindOf is the text of an error without its numbers: the port of a connection that was lost, or an id, is another one
// each time.
func KindOf(cause string) string {
	var kind strings.Builder
	digits := false
	for _, c := range []byte(cause) {
		isDigit := '0' <= c && c <= '9'
		if !isDigit {
			kind.WriteByte(c)
		} else if !digits {
			kind.WriteByte('0')
		}
		digits = isDigit
	}
	return kind.String()
}

// Lasted says for people how long something took, in one unit: "400 ms", "1.5 s", "12 s", "6 min", "3 h".
func Lasted(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d/time.Millisecond)
	case d < 10*time.Second:
		return strconv.FormatFloat(math.Round(10*d.Seconds())/10, 'f', -1, 64) + " s"
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return fmt.Sprintf("%d h", d/time.Hour)
}
