package console

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Wrap breaks text at spaces into lines of no more than width characters, and longer words where they reach it.
func Wrap(text string, width int) (lines []string) {
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

// Pad fills text with spaces to width characters; a longer one stays as it is.
func Pad(text string, width int) string {
	return text + strings.Repeat(" ", max(width-utf8.RuneCountInString(text), 0))
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

// Clip returns text as a terminal can show it, cut at width characters.
func Clip(text string, width int) string {
	text = Printable(text)
	if utf8.RuneCountInString(text) <= width {
		return text
	}
	return string([]rune(text)[:max(width-3, 0)]) + "..."
}
