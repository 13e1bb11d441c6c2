package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"envelog/internal/overview"
	"envelog/internal/tail"
	"envelog/record"
)

const (
	mostStreams  = 10        // at the same time
	streamLines  = 200       // that one look sends at most, the newest ones
	streamBytes  = 8 << 10   // of a line
	streamScan   = 512 << 10 // of a file's growth that one look reads
	lookEvery    = 500 * time.Millisecond
	writeWithin  = 10 * time.Second // one answer, or one event of a stream
	silentLooks  = 30               // after which something is sent, so that a client that is gone is noticed
	filterLength = 200
)

// streamLines sends the lines of the log files as they are written (server-sent events). Each client has a reader of its
// own, so that a slow one holds up nobody, and loses lines instead of filling memory; how many, it is told.
func (s *Server) streamLines(w http.ResponseWriter, r *http.Request) {
	filter, err := readFilter(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	select {
	case s.streams <- struct{}{}:
		defer func() { <-s.streams }()
	default:
		http.Error(w, fmt.Sprintf("There are %d clients that follow lines already.", mostStreams), http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	reader := tail.New(s.options.Pages.LogDir, filter)
	reader.Scan = streamScan
	lines, err := reader.Last(streamLines / 4)
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for quiet := silentLooks; ; quiet++ { // something is sent at once, so that the client knows that it is connected
		if len(lines) > 0 || err != nil || quiet >= silentLooks {
			quiet = 0
			if send(w, lines, err) != nil {
				return
			}
		}
		select {
		case <-r.Context().Done():
			return
		case <-s.stopping:
			return
		case <-tick.C:
		}
		lines, err = reader.Next()
	}
}

// readFilter reads the query: channel, level, and q, a text that lines contain.
func readFilter(r *http.Request) (f tail.Filter, err error) {
	q := r.URL.Query()
	if len(r.URL.RawQuery) > filterLength*8 {
		return f, errors.New("the filter is too long")
	}
	if channel := q.Get("channel"); channel != "" {
		f.Channels = []string{channel}
	}
	if level := q.Get("level"); level != "" {
		var ok bool
		if f.Least, ok = record.LevelFromName([]byte(level)); !ok {
			return f, errors.New("there is no level of that name")
		}
	}
	if text := strings.ToLower(q.Get("q")); text != "" {
		f.Match = func(line string) bool { return strings.Contains(strings.ToLower(line), text) }
	}
	return f, nil
}

// event is what is sent at once.
type event struct {
	Lines   []overview.Line `json:"lines"`
	Left    int             `json:"left_out"` // lines that were too many
	Problem string          `json:"problem,omitempty"`
}

func send(w http.ResponseWriter, lines []tail.Line, problem error) error {
	e := event{Lines: []overview.Line{}, Left: max(len(lines)-streamLines, 0)}
	for _, l := range lines[e.Left:] {
		shown := overview.LineOf(l)
		shown.Text = clip(shown.Text)
		e.Lines = append(e.Lines, shown)
	}
	if problem != nil {
		e.Problem = problem.Error()
	}
	text, err := json.Marshal(e) // no line feed is in it, so that it is one event
	if err != nil {
		return err
	}
	c := http.NewResponseController(w)
	if err := c.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "data: %s\n\n", text); err != nil {
		return err
	}
	return c.Flush()
}

// clip shortens a line, and makes it UTF-8.
func clip(text string) string {
	if len(text) > streamBytes {
		text = text[:streamBytes] + "…"
	}
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	return text
}
