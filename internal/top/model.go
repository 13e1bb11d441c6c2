package top

import (
	"context"
	"io"
	"time"

	tea "charm.land/bubbletea/v2"

	"envelog/internal/overview"
)

// Look finds out how everything is.
type Look func(context.Context) overview.Snapshot

// Run draws until the reader quits, or ctx ends.
func Run(ctx context.Context, look Look, in io.Reader, out io.Writer, colours bool) error {
	m := model{ctx: ctx, look: look, view: View{Colours: colours, Width: 80, Height: 24}}
	_, err := tea.NewProgram(m, tea.WithContext(ctx), tea.WithInput(in), tea.WithOutput(out)).Run()
	if ctx.Err() != nil {
		return nil //nolint:nilerr // it was told to end
	}
	return err
}

// model is the state of the view, as bubbletea has it.
type model struct {
	ctx  context.Context //nolint:containedctx // bubbletea's commands have none
	look Look
	last overview.Snapshot
	view View
}

// due says that it is time for another look.
type due struct{}

// Init implements tea.Model.
func (m model) Init() tea.Cmd { return m.again }

// again looks once.
func (m model) again() tea.Msg { return m.look(m.ctx) }

// Update implements tea.Model.
func (m model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.view.Width, m.view.Height = msg.Width, msg.Height
	case overview.Snapshot:
		if !m.view.Paused {
			m.last = msg
		}
		return m, tea.Tick(overview.Every, func(time.Time) tea.Msg { return due{} })
	case due:
		return m, m.again
	case tea.KeyPressMsg:
		return m.press(msg.String())
	}
	return m, nil
}

func (m model) press(key string) (tea.Model, tea.Cmd) {
	switch key {
	case "q", "ctrl+c":
		return m, tea.Quit
	case "space", "p":
		m.view.Paused = !m.view.Paused
	case "s":
		m.view.Order = (m.view.Order + 1) % orders
	case "h", "?":
		m.view.Help = !m.view.Help
	case "esc":
		m.view.Help = false
	}
	return m, nil
}

// View implements tea.Model.
func (m model) View() tea.View {
	v := tea.NewView(Draw(m.last, m.view))
	v.AltScreen = true
	return v
}
