package top

import (
	"context"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/mattn/go-runewidth"

	"envelog/internal/overview"
)

func typical() overview.Snapshot {
	s := overview.Snapshot{
		At: time.Date(2026, 11, 30, 10, 0, 0, 0, time.UTC),
		Transports: []overview.Transport{
			{Name: "async_logging", Waiting: 123456789, Pending: 1000, Failed: 1, Oldest: 0.8, Arriving: 12345, Reading: 12000},
			{Name: "away", Problem: "dial tcp 127.0.0.1:6379: connection refused"},
		},
	}
	for i := range 30 {
		name := strings.Repeat("c", 40) + string(rune('a'+i%26))
		s.Transports[0].Consumers = append(s.Transports[0].Consumers, overview.Consumer{Name: name, State: overview.Alive, Pending: i, Idle: 3})
		s.Files = append(s.Files, overview.File{Name: string(rune('z'-i%26)) + "-2026-11-30.log", Bytes: int64(i) << 20, Growth: float64(30 - i)})
		s.Errors = append(s.Errors, overview.Line{Text: "[2026-11-30T10:00:00+00:00] app.ERROR: " + strings.Repeat("x", 200)})
	}
	return s
}

func TestEverythingFitsTheTerminal(t *testing.T) {
	for _, terminal := range []View{{Width: 80, Height: 24}, {Width: 200, Height: 60}, {Width: 40, Height: 8}, {Width: 80, Height: 24, Help: true}} {
		lines := strings.Split(Draw(typical(), terminal), "\n")
		if len(lines) > terminal.Height {
			t.Errorf("%+v: %d lines", terminal, len(lines))
		}
		for _, line := range lines {
			if n := runewidth.StringWidth(line); n > terminal.Width {
				t.Errorf("%+v: %d columns: %q", terminal, n, line)
			}
		}
	}
	text := Draw(typical(), View{Width: 80, Height: 24})
	for _, want := range []string{"async_logging         123456789     1000", "connection refused", "CONSUMER", "FILE", "LAST ERRORS", "app.ERROR", "q quit"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not there:\n%s", want, text)
		}
	}
}

func TestHostileTextCannotMoveTheCursor(t *testing.T) {
	const evil = "a\x1b[2J\x1b]0;owned\x07\r\n\u202e\u2066\x9b31m\u200b\u2060\ufeff\U000E0041\u0085\u2028\t\b"
	s := overview.Snapshot{
		Transports: []overview.Transport{{Name: evil, Consumers: []overview.Consumer{{Name: evil, State: evil}}}, {Name: evil, Problem: evil}},
		Files:      []overview.File{{Name: evil}}, Errors: []overview.Line{{Text: evil}}, Problem: evil,
	}
	for _, view := range []View{{Width: 80, Height: 24}, {Width: 400, Height: 60}, {Width: 9, Height: 24}, {}} {
		text := Draw(s, view)
		if strings.ContainsAny(text, "\x1b\x07\r\t\b\u202e\u2066\u009b\u200b\u2060\ufeff\U000E0041\u0085\u2028") || strings.Contains(text, "\x9b") {
			t.Errorf("%+v: something acts on the terminal: %q", view, text)
		}
		if lines := strings.Count(text, "\n") + 1; view.Height == 0 && lines != 11 {
			t.Errorf("%+v: %d lines: %q", view, lines, text)
		}
	}
}

func TestColoursAreLeftOut(t *testing.T) {
	if text := Draw(typical(), View{Width: 80, Height: 24}); strings.Contains(text, "\x1b") {
		t.Error("there are colours")
	}
	if text := Draw(typical(), View{Width: 80, Height: 24, Colours: true}); !strings.Contains(text, "\x1b[32m") {
		t.Error("there are none")
	}
}

// press sends a key.
func press(m tea.Model, key rune) tea.Model {
	m, _ = m.Update(tea.KeyPressMsg{Code: key, Text: string(key)})
	return m
}

func TestKeysChangeTheView(t *testing.T) {
	m := tea.Model(model{ctx: t.Context(), look: func(context.Context) overview.Snapshot { return typical() }, view: View{Width: 80, Height: 24}})
	m, _ = m.Update(m.Init()())
	content := func() string { return m.View().Content }
	if !strings.Contains(content(), "sorted by rate") || strings.Index(content(), "z-2026") > strings.Index(content(), "y-2026") {
		t.Errorf("it begins with\n%s", content())
	}
	if m = press(press(m, 's'), 's'); !strings.Contains(content(), "sorted by name") || !strings.Contains(content(), "a-2026") {
		t.Errorf("after s twice:\n%s", content())
	}
	if m = press(m, ' '); !strings.Contains(content(), "PAUSED") {
		t.Errorf("after the space bar:\n%s", content())
	}
	m, _ = m.Update(overview.Snapshot{Transports: []overview.Transport{{Name: "new"}}})
	if strings.Contains(content(), "new ") {
		t.Error("it went on while it was paused")
	}
	if m = press(m, 'h'); !strings.Contains(content(), "in a worker's hands") {
		t.Errorf("after h:\n%s", content())
	}
	if _, cmd := m.Update(tea.KeyPressMsg{Code: 'q', Text: "q"}); cmd == nil || cmd() != (tea.QuitMsg{}) {
		t.Error("q does not quit")
	}
}
