package top

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"

	"envelog/internal/console"
	"envelog/internal/overview"
	"envelog/internal/quantity"
)

// Orders are those in which consumers and files may be listed.
const (
	ByRate = iota // the busiest first
	BySize        // the largest first
	ByName
	orders
)

func orderName(order int) string { return [...]string{"rate", "size", "name"}[order] }

// View says how a snapshot is drawn.
type View struct {
	Width, Height int // 0 for as much as there is
	Order         int
	Paused        bool
	Help          bool
	Colours       bool
}

const (
	red    = "31"
	green  = "32"
	yellow = "33"
	dim    = "90"
	bold   = "1"
)

// Draw returns a snapshot as lines of text.
func Draw(s overview.Snapshot, v View) string {
	p := &page{View: v}
	title := "envelog top  " + s.At.Format(time.TimeOnly) + "  sorted by " + orderName(v.Order)
	if v.Paused {
		title += "  PAUSED"
	}
	p.line(bold, title)
	if v.Help {
		p.help()
		return p.text()
	}
	p.transports(s.Transports)
	left := v.Height - len(p.lines) - 1 // a line for the keys
	consumers, files, errors := consumersOf(s.Transports, v.Order), sorted(s.Files, v.Order), s.Errors
	if v.Height > 0 {
		consumers = consumers[:min(len(consumers), max(left/3-1, 1))]
		errors = errors[:min(len(errors), max(left/5, 1))]
		files = files[:min(len(files), max(left-len(consumers)-len(errors)-3, 1))]
	}
	p.consumers(consumers)
	p.files(files, s.Problem)
	p.errors(errors)
	if v.Height > 0 {
		for len(p.lines) < v.Height-1 {
			p.line("", "")
		}
		p.line(dim, "q quit   space pause   s sort   h help")
	}
	return p.text()
}

// page is what is drawn so far.
type page struct {
	View
	lines []string
}

func (p *page) line(colour, text string) {
	text = console.Printable(text)
	if p.Width > 0 {
		text = runewidth.Truncate(text, p.Width, "…")
	}
	if p.Colours && colour != "" && text != "" {
		text = "\x1b[" + colour + "m" + text + "\x1b[0m"
	}
	p.lines = append(p.lines, text)
}

func (p *page) text() string {
	if p.Height > 0 && len(p.lines) > p.Height {
		p.lines = append(p.lines[:p.Height-1], p.lines[len(p.lines)-1])
	}
	return strings.Join(p.lines, "\n")
}

// column fits text into a column of the page.
func column(text string, width int) string {
	return runewidth.FillRight(runewidth.Truncate(console.Printable(text), width, "…"), width)
}

func (p *page) transports(all []overview.Transport) {
	p.line(dim, fmt.Sprintf("%-21s %9s %8s %8s %7s %7s %7s %6s", "TRANSPORT", "WAITING", "PENDING", "DELAYED", "FAILED", "OLDEST", "IN/S", "READ/S"))
	for _, t := range all {
		if t.Problem != "" {
			p.line(red, column(t.Name, 21)+" "+t.Problem)
			continue
		}
		colour := ""
		if t.Failed > 0 {
			colour = yellow
		}
		p.line(colour, fmt.Sprintf("%s %9d %8d %8d %7d %7s %7s %6s",
			column(t.Name, 21), t.Waiting, t.Pending, t.Delayed, t.Failed, seconds(t.Oldest), rate(t.Arriving), rate(t.Reading)))
	}
}

// member is a consumer of a transport.
type member struct {
	transport string
	overview.Consumer
}

func consumersOf(all []overview.Transport, order int) (members []member) {
	for _, t := range all {
		for _, c := range t.Consumers {
			members = append(members, member{t.Name, c})
		}
	}
	if order != ByName {
		slices.SortStableFunc(members, func(a, b member) int { return cmp.Compare(b.Pending, a.Pending) })
	}
	return members
}

func (p *page) consumers(members []member) {
	p.line(dim, fmt.Sprintf("%-32s %-21s %-7s %8s %8s", "CONSUMER", "TRANSPORT", "STATE", "PENDING", "ASKED"))
	for _, m := range members {
		colour := ""
		switch m.State {
		case overview.Alive:
			colour = green
		case overview.Silent, overview.Gone:
			colour = red
		}
		p.line(colour, fmt.Sprintf("%s %s %s %8d %8s", column(m.Name, 32), column(m.transport, 21), column(m.State, 7), m.Pending, seconds(m.Idle)))
	}
}

func sorted(files []overview.File, order int) []overview.File {
	files = slices.Clone(files) // they come by their rates
	switch order {
	case BySize:
		slices.SortStableFunc(files, func(a, b overview.File) int { return cmp.Compare(b.Bytes, a.Bytes) })
	case ByName:
		slices.SortStableFunc(files, func(a, b overview.File) int { return strings.Compare(a.Name, b.Name) })
	}
	return files
}

func (p *page) files(files []overview.File, problem string) {
	p.line(dim, fmt.Sprintf("%-45s %10s %9s %10s", "FILE", "SIZE", "LINES/S", "BYTES/S"))
	if problem != "" {
		p.line(red, problem)
	}
	for _, f := range files {
		p.line("", fmt.Sprintf("%s %10s %9s %10s", column(f.Name, 45), size(float64(f.Bytes)), rate(f.Lines), size(f.Growth)))
	}
}

func (p *page) errors(lines []overview.Line) {
	p.line(dim, "LAST ERRORS")
	for _, l := range lines {
		p.line(red, l.Text)
	}
}

func (p *page) help() {
	for _, text := range []string{
		"",
		"WAITING   messages that no worker has read yet",
		"PENDING   read, and not acknowledged: in a worker's hands",
		"DELAYED   not due yet, as those that are retried",
		"FAILED    on the failure transport: envelog messenger:failed:show",
		"OLDEST    age of the oldest of them",
		"IN/S      messages that arrive a second; READ/S: that the whole group reads",
		"STATE     alive, silent or gone for envelog's workers; php for others",
		"ASKED     how long ago a consumer asked for messages",
		"",
		"space     pause and go on     s   sort by rate, size or name",
		"h         this page           q   quit",
	} {
		p.line("", text)
	}
}

func rate(n float64) string {
	switch {
	case n >= 1e6:
		return fmt.Sprintf("%.1fM", n/1e6)
	case n >= 1e4:
		return fmt.Sprintf("%.1fk", n/1e3)
	case n >= 100 || n == 0:
		return fmt.Sprintf("%.0f", n)
	}
	return fmt.Sprintf("%.1f", n)
}

func size(n float64) string { return quantity.Bytes(uint64(max(n, 0))) }

func seconds(n float64) string {
	switch {
	case n < 10:
		return fmt.Sprintf("%.1fs", n)
	case n < 120:
		return fmt.Sprintf("%.0fs", n)
	case n < 2*3600:
		return fmt.Sprintf("%.0fm", n/60)
	case n < 48*3600:
		return fmt.Sprintf("%.0fh", n/3600)
	}
	return fmt.Sprintf("%.0fd", n/86400)
}
