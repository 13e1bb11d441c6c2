package cli

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// The widths of Symfony's Terminal and SymfonyStyle.
const (
	unknownWidth = 80
	blockWidth   = 120
	leastWidth   = 20
)

// console writes to one stream as SymfonyStyle does.
type console struct {
	out     io.Writer
	width   int  // columns of the terminal
	colours bool // escape sequences are welcome
	muted   bool // only errors are written
	apart   bool // what was written last ends in an empty line
	silent  bool // nothing is written

	terminal bool
}

// newConsole looks at the stream: a terminal has colours, unless NO_COLOR is set, and a width; COLUMNS overrides it.
func newConsole(out io.Writer, getenv func(string) string) *console {
	c := &console{out: out, width: unknownWidth}
	if file, ok := out.(*os.File); ok {
		if size, err := unix.IoctlGetWinsize(int(file.Fd()), unix.TIOCGWINSZ); err == nil {
			c.terminal, c.colours = true, getenv("NO_COLOR") == ""
			c.setWidth(int(size.Col))
		}
	}
	if columns, err := strconv.Atoi(getenv("COLUMNS")); err == nil {
		c.setWidth(columns)
	}
	return c
}

// setWidth takes over what can be a width: a terminal may have 0 columns as long as it has not been told.
func (c *console) setWidth(columns int) {
	if columns >= leastWidth {
		c.width = columns
	}
}

// success writes a block that says OK (SymfonyStyle::success).
func (c *console) success(text string) {
	c.block(text, " [OK] ", "      ", "30;42")
}

// problem writes a block that says ERROR (SymfonyStyle::error).
func (c *console) problem(text string) {
	c.block(text, " [ERROR] ", "         ", "37;41")
}

// warning writes a block that says WARNING (SymfonyStyle::warning).
func (c *console) warning(text string) {
	c.block(text, " [WARNING] ", "           ", "30;43")
}

// note writes a block that says NOTE (SymfonyStyle::note).
func (c *console) note(text string) {
	c.block(text, " ! [NOTE] ", " !        ", "33")
}

// title writes a line, underlined (SymfonyStyle::title).
func (c *console) title(text string) {
	if !c.apart {
		c.printf("\n")
	}
	c.line("%s", c.paint("33", text))
	c.line("%s\n", c.paint("33", strings.Repeat("=", utf8.RuneCountInString(text))))
	c.apart = true
}

// line writes a line of text.
func (c *console) line(format string, args ...any) {
	c.printf(format+"\n", args...)
	c.apart = false
}

// comment writes a remark (SymfonyStyle::comment).
func (c *console) comment(text string) {
	c.block(text, " // ", " // ", "")
}

// block writes text wrapped, each line with a prefix and filled with spaces to the end, and an empty line before and
// after it. Between two blocks there is one.
func (c *console) block(text, first, next, colour string) {
	width := min(c.width, blockWidth)
	lines := wrap(printable(text), max(width-len(first), 1))
	for i, line := range lines {
		prefix := next
		if i == 0 {
			prefix = first
		}
		lines[i] = c.paint(colour, pad(prefix+line, width))
	}
	if empty := c.paint(colour, pad("", width)); c.colours && colour != "" {
		lines = append(append([]string{empty}, lines...), empty)
	}
	if !c.apart {
		c.printf("\n")
	}
	c.printf("%s\n\n", strings.Join(lines, "\n"))
	c.apart = true
}

// failure writes an error as Symfony's Application::renderThrowable does, and below it how the command is used.
func (c *console) failure(err error, usage string) {
	if c.silent {
		return
	}
	var lines []string
	widest := 0
	for line := range strings.SplitSeq(err.Error(), "\n") {
		for _, part := range chop(printable(line), max(c.width-5, 1)) {
			lines = append(lines, part)
			widest = max(widest, utf8.RuneCountInString(part))
		}
	}
	box := []string{"", c.paint("37;41", pad("", widest+4))}
	for _, line := range lines {
		box = append(box, c.paint("37;41", pad("  "+line, widest+4)))
	}
	box = append(box, c.paint("37;41", pad("", widest+4)), "")
	if usage != "" {
		box = append(box, c.paint("32", usage), "")
	}
	_, _ = fmt.Fprintln(c.out, strings.Join(box, "\n")) // muted or not
}

// printf writes text, unless the console is muted. Where the console is gone, there is nobody to tell.
func (c *console) printf(format string, args ...any) {
	if !c.muted {
		_, _ = fmt.Fprintf(c.out, format, args...)
	}
}

// paint puts text into colours, by the parameters of the terminal's SGR sequence.
func (c *console) paint(colour, text string) string {
	if !c.colours || colour == "" {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// wrap breaks text at spaces into lines of no more than width characters, and longer words where they reach it.
func wrap(text string, width int) (lines []string) {
	line := ""
	for word := range strings.SplitSeq(text, " ") {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= width:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
		parts := chop(line, width)
		lines = append(lines, parts[:len(parts)-1]...)
		line = parts[len(parts)-1]
	}
	return append(lines, line)
}

// chop cuts text into pieces of width characters; there is at least one.
func chop(text string, width int) (pieces []string) {
	runes := []rune(text)
	for len(runes) > width {
		pieces = append(pieces, string(runes[:width]))
		runes = runes[width:]
	}
	return append(pieces, string(runes))
}

func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(width-utf8.RuneCountInString(text), 0))
}

// shown returns what comes from a message as it is, for a file or a pipe, and printable for a terminal.
func (c *console) shown(text string) string {
	if c.terminal {
		return printable(text)
	}
	return text
}

// printable returns text with everything escaped that a terminal might obey or that is not UTF-8.
func printable(text string) string {
	if utf8.ValidString(text) && strings.IndexFunc(text, unfit) < 0 {
		return text
	}
	var b strings.Builder
	for i, r := range text {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], "\ufffd"):
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case unfit(r):
			quoted := strconv.QuoteRune(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func unfit(r rune) bool { return !unicode.IsPrint(r) }
