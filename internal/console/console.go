package console

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// The widths of Symfony's Terminal and SymfonyStyle.
const (
	unknownWidth = 80
	MaxWidth     = 120
	leastWidth   = 20
)

// Console writes to one stream as SymfonyStyle does.
type Console struct {
	out     *stream
	width   int  // columns of the terminal
	wraps   bool // blocks are wrapped to the width
	colours bool // escape sequences are welcome
	muted   bool // only errors are written
	apart   bool // what was written last ends in an empty line

	terminal bool
}

// New looks at the stream: a terminal has colours, unless NO_COLOR is set, and a width; COLUMNS overrides it. Elsewhere, as
// in a pipe, lines have no end, unless COLUMNS says so.
func New(out io.Writer, getenv func(string) string) *Console {
	c := &Console{out: &stream{to: out}, width: unknownWidth}
	if file, ok := out.(*os.File); ok {
		if size, err := unix.IoctlGetWinsize(int(file.Fd()), unix.TIOCGWINSZ); err == nil {
			c.terminal, c.wraps, c.colours = true, true, getenv("NO_COLOR") == ""
			c.setWidth(int(size.Col))
		}
	}
	if columns, err := strconv.Atoi(getenv("COLUMNS")); err == nil {
		c.wraps = true
		c.setWidth(columns)
	}
	return c
}

// setWidth takes over what can be a width: a terminal may have 0 columns as long as it has not been told.
func (c *Console) setWidth(columns int) {
	if columns >= leastWidth {
		c.width = columns
	}
}

// Success writes a block that says OK (SymfonyStyle::success).
func (c *Console) Success(text string) {
	c.block(text, " [OK] ", "      ", "30;42")
}

// Problem writes a block that says ERROR (SymfonyStyle::error).
func (c *Console) Problem(text string) {
	c.block(text, " [ERROR] ", "         ", "37;41")
}

// Warning writes a block that says WARNING (SymfonyStyle::warning).
func (c *Console) Warning(text string) {
	c.block(text, " [WARNING] ", "           ", "30;43")
}

// Note writes a block that says NOTE (SymfonyStyle::note).
func (c *Console) Note(text string) {
	c.block(text, " ! [NOTE] ", " !        ", "33")
}

// Title writes a line, underlined (SymfonyStyle::title).
func (c *Console) Title(text string) {
	if !c.apart {
		c.Printf("\n")
	}
	c.Line("%s", c.Paint("33", text))
	c.Line("%s\n", c.Paint("33", strings.Repeat("=", columns(text))))
	c.apart = true
}

// Line writes a line of text.
func (c *Console) Line(format string, args ...any) {
	c.Printf(format+"\n", args...)
	c.apart = format == ""
}

// Write writes bytes as they are, unless the console is muted.
func (c *Console) Write(p []byte) (int, error) {
	c.apart = false
	if c.muted {
		return len(p), nil
	}
	return c.out.Write(p)
}

// Comment writes a remark (SymfonyStyle::comment).
func (c *Console) Comment(text string) {
	c.block(text, " // ", " // ", "")
}

// block writes text wrapped, each line with a prefix and filled with spaces to the end, and an empty line before and
// after it. Between two blocks there is one.
func (c *Console) block(text, first, next, colour string) {
	width := min(c.width, MaxWidth)
	lines := []string{told(text)}
	if c.wraps {
		lines = Wrap(lines[0], max(width-len(first), 1))
	} else {
		width = 0
	}
	for i, line := range lines {
		prefix := next
		if i == 0 {
			prefix = first
		}
		lines[i] = c.Paint(colour, Pad(prefix+line, width))
	}
	if empty := c.Paint(colour, Pad("", width)); c.colours && colour != "" {
		lines = append(append([]string{empty}, lines...), empty)
	}
	if !c.apart {
		c.Printf("\n")
	}
	c.Printf("%s\n\n", strings.Join(lines, "\n"))
	c.apart = true
}

// failure writes an error as Symfony's Application::renderThrowable does, and below it how the command is used.
func (c *Console) failure(err error, usage string) {
	var lines []string
	widest := 0
	for line := range strings.SplitSeq(err.Error(), "\n") {
		text := strings.TrimLeft(line, " ")
		indent := line[:len(line)-len(text)]
		for _, part := range Wrap(told(text), max(c.width-5-len(indent), 1)) {
			part = indent + part
			lines = append(lines, part)
			widest = max(widest, columns(part))
		}
	}
	box := []string{"", c.Paint("37;41", Pad("", widest+4))}
	for _, line := range lines {
		box = append(box, c.Paint("37;41", Pad("  "+line, widest+4)))
	}
	box = append(box, c.Paint("37;41", Pad("", widest+4)), "")
	if usage != "" {
		box = append(box, c.Paint("32", usage), "")
	}
	_, _ = fmt.Fprintln(c.out, strings.Join(box, "\n")) // muted or not
}

// Printf writes text, unless the console is muted. [Console.WriteError] tells whether that failed.
func (c *Console) Printf(format string, args ...any) {
	if !c.muted {
		_, _ = fmt.Fprintf(c.out, format, args...)
	}
}

// WriteError returns the error of the first write that failed, without the name of the file; nil when only the reader of a
// pipe has gone, as that of "envelog list | head -1".
func (c *Console) WriteError() error { return c.out.failed() }

// Paint puts text into colours, by the parameters of the terminal's SGR sequence.
func (c *Console) Paint(colour, text string) string {
	if !c.colours || colour == "" {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// Width returns the columns in which text is wrapped.
func (c *Console) Width() int { return c.width }

// IsTerminal reports whether a person may look at it.
func (c *Console) IsTerminal() bool { return c.terminal }

// HasColours reports whether escape sequences are welcome.
func (c *Console) HasColours() bool { return c.colours }

// IsMuted reports whether nothing but errors is written.
func (c *Console) IsMuted() bool { return c.muted }
