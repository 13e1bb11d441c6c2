package console

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Wrap breaks text at spaces into lines of no more than width columns, and longer words where they reach it.
func Wrap(text string, width int) (lines []string) {
	line := ""
	for word := range strings.SplitSeq(text, " ") {
		switch {
		case line == "":
			line = word
		case columns(line)+1+columns(word) <= width:
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

// chop cuts text into pieces of width columns; there is at least one.
func chop(text string, width int) (pieces []string) {
	for columns(text) > width {
		head := cut(text, width)
		pieces, text = append(pieces, head), text[len(head):]
	}
	return append(pieces, text)
}

// cut returns as much of the beginning of text as fits into so many columns, at least one character of what has any.
func cut(text string, width int) string {
	end, state := 0, -1
	for end < len(text) {
		cluster, _, wide, next := uniseg.FirstGraphemeClusterInString(text[end:], state)
		if wide > width && end > 0 {
			break
		}
		end, width, state = end+len(cluster), width-wide, next
	}
	return text[:end]
}

// columns is how wide a terminal shows text: Chinese characters and emoji have two columns, accents that stand alone none.
func columns(text string) int { return uniseg.StringWidth(text) }

// Pad fills text with spaces to width columns; a longer one stays as it is.
func Pad(text string, width int) string {
	return text + strings.Repeat(" ", max(width-columns(text), 0))
}

// Printable returns text with everything escaped that a terminal might obey or that is not UTF-8.
func Printable(text string) string {
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

// Clip returns text as a terminal can show it, after so many columns of other text: cut where the line ends. A file or a
// pipe has no such end.
func (c *Console) Clip(text string, behind int) string {
	text = Printable(text)
	width := c.width - behind
	if !c.terminal || columns(text) <= width {
		return text
	}
	return cut(text, max(width-len("..."), 1)) + "..."
}
